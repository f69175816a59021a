"""Few-shot error of second order in CDNV, from fourth moments.

Assumes     independent draws, known directional fourth moments, distinct class means
Claims      P(M_ij <= 0) <= (2 kap^{1/4} + (E|a|^4)^{1/4} + (E|b|^4)^{1/4})^4 / d^4,
            E|a|^4 = (M4_i + (n-1) v_i^2 + 2(n-1) tr S_i^2)/n^3, kap = sup over unit h of E(xi.h)^4
Kind        upper, one ordered pair; of order V^2 when the kurtosis is bounded
Source      derived here; proof in proofs/few_shot/fourth_moment.py
"""

import sympy as sp

from theory.assumptions import BoundedKurtosis, DistinctMeans
from theory.bound import PairBound, derived
from theory.quantities import M4_i, M4_j, d, kap_i, n, trS2_i, trS2_j, v_i, v_j


def centre_fourth_moment(M4: sp.Expr, v: sp.Expr, trS2: sp.Expr) -> sp.Expr:
    """E|a|^4 for the mean a of n centred draws with these moments."""
    return (M4 + (n - 1) * v**2 + 2 * (n - 1) * trS2) / n**3


_root = sp.Rational(1, 4)

fourth_moment = PairBound(
    name="fourth_moment",
    title="Fourth-moment bound",
    statement=(
        2 * kap_i**_root
        + centre_fourth_moment(M4_i, v_i, trS2_i) ** _root
        + centre_fourth_moment(M4_j, v_j, trS2_j) ** _root
    )
    ** 4
    / d**4,
    assumptions=(BoundedKurtosis(), DistinctMeans()),
    provenance=derived("Markov on the fourth power, Minkowski in L4"),
)
