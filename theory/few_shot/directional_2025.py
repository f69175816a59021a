"""Few-shot error from the directional CDNV, as published in 2025; two normalizations.

Assumes     independent draws, finite second moments, distinct class means, n >= 10
Claims      for a >= 5: err <= (k-1) [ (1/2 - 2/a - 2^{3/2}/(a n))^{-2} Vt
            + (a/4) ((2/sqrt n)(Vs + V) + V/n) ], averages over ordered pairs, Vs = Avg sqrt V
Kind        upper, averages; minimised over a unless `at={"a": ...}` fixes it
Sharp       no: `exact_moment` is far smaller
Source      Luthra, Yang, Galanti, NeurIPS 2025, Proposition 1, as restated in the authors' repository.
            V is declared `one_sided` there, but the proof uses `sum`: `directional_2025` is the declared
            form, `directional_2025_sum` the one that the proof supports.
"""

import sympy as sp

from theory.assumptions import DistinctMeans, FiniteVariance, MinimumShots
from theory.bound import AverageBound, published
from theory.collapse import CDNV, directional_cdnv
from theory.evaluation.optimise import FreeParameter
from theory.expressions import Avg
from theory.quantities import k, n, quantity

a = quantity("a", "free parameter of the 2025 bound", "a", source="free", positive=True)

bracket = sp.Rational(1, 2) - 2 / a - 2 ** sp.Rational(3, 2) / (a * n)


def _statement(cdnv: sp.Expr) -> sp.Expr:
    variance = Avg(cdnv)
    spread = (2 / sp.sqrt(n)) * (Avg(sp.sqrt(cdnv)) + variance) + variance / n
    published_value = (k - 1) * (bracket**-2 * Avg(directional_cdnv) + a / 4 * spread)
    return sp.Piecewise((published_value, bracket > 0), (sp.oo, True))


_assumptions = (FiniteVariance(), DistinctMeans(), MinimumShots(10))
_free = FreeParameter(a, 5, sp.oo, "setting", closed=True, meaning="trade-off parameter a")

directional_2025 = AverageBound(
    name="directional_2025",
    title="Directional bound of 2025, as declared",
    statement=_statement(CDNV["one_sided"]),
    provenance=published("Luthra, Yang, Galanti, NeurIPS 2025, Prop. 1 (normalization as declared)"),
    assumptions=_assumptions,
    free=_free,
)

directional_2025_sum = AverageBound(
    name="directional_2025_sum",
    title="Directional bound of 2025, as its proof has it",
    statement=_statement(CDNV["sum"]),
    provenance=published("Luthra, Yang, Galanti, NeurIPS 2025, Prop. 1 (normalization of the proof)"),
    assumptions=_assumptions,
    free=_free,
)
