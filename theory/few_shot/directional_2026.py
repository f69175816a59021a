"""Few-shot error from directional CDNV and tails, as published in 2026 (Theorem 4.1).

Assumes     independent draws, finite fourth moments, distinct means, d^2 + (v_j - v_i)/n > 0
Claims      P(M_ij <= 0) <= [4 Vt + (sqrt E1 + sqrt E2 + sqrt E3)^2] / (1 + (v_j - v_i)/(n d^2))^2,
            E1 = (4/n)(V^2 + V/4), E2 = V/n, E3 = (Th + 2(n-1) V^2)/n^3, V in normalization `sum`
Kind        upper, one ordered pair; published for n >= 10, true from n = 1 by the ordering theorem
Sharp       no: `exact_moment` <= B/(1+B) <= B for every pair
Source      Luthra, Salunkhe, Galanti, ICML 2026, arXiv 2603.03530, Theorem 4.1
"""

import sympy as sp

from theory.assumptions import DistinctMeans, FiniteFourthMoment
from theory.bound import PairBound, published
from theory.collapse import CDNV, directional_cdnv, tail
from theory.few_shot.exact_moment import mean_margin
from theory.quantities import d, n

_V = CDNV["sum"]
deviations = (
    4 / n * (_V**2 + _V / 4),
    _V / n,
    (tail + 2 * (n - 1) * _V**2) / n**3,
)
"""E1, E2, E3."""

squared_gap = (mean_margin / d**2) ** 2

directional_2026 = PairBound(
    name="directional_2026",
    title="Directional bound of 2026",
    statement=(4 * directional_cdnv + sum(map(sp.sqrt, deviations)) ** 2) / squared_gap,
    condition=mean_margin > 0,
    assumptions=(FiniteFourthMoment(), DistinctMeans()),
    provenance=published("Luthra, Salunkhe, Galanti, ICML 2026, arXiv 2603.03530, Theorem 4.1"),
)
