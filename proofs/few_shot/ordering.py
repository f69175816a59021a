"""How the bounds compare, pair by pair and for every n >= 1.

`exact_moment` <= B/(1+B) <= B <= `directional_2026_c2` with B = `directional_2026`, where E M > 0; and
`cdnv_optimal` <= min(1, `cdnv_sharp`), whose average is at most `cdnv_2022`.
"""

from dataclasses import dataclass

import sympy as sp

from theory.assumptions import Assumption
from theory.evaluation.optimise import FreeParameter
from theory.expressions import Avg
from theory.few_shot.cdnv_2022 import cdnv_2022
from theory.few_shot.cdnv_optimal import cdnv_optimal
from theory.few_shot.cdnv_sharp import cdnv_sharp
from theory.few_shot.directional_2026 import directional_2026
from theory.few_shot.directional_2026_c2 import directional_2026_c2
from theory.few_shot.exact_moment import exact_moment
from theory.quantities import k


@dataclass(frozen=True)
class Ordering:
    """A theorem about statements of the catalogue; ``relation`` is made from theirs."""

    name: str
    title: str
    relation: sp.Basic
    where: tuple[tuple[sp.Symbol, sp.Expr], ...] = ()
    condition: sp.Basic = sp.true
    free: FreeParameter | None = None
    assumptions: tuple[Assumption, ...] = ()


B, B2 = sp.symbols("B B_2", real=True)
"""Names here for `directional_2026` and its appendix form."""


def _le(x: sp.Expr, y: sp.Expr) -> sp.Basic:
    return sp.Le(x, y, evaluate=False)


ordering_moments = Ordering(
    "ordering_moments",
    "exact_moment beats both 2026 bounds",
    sp.And(
        _le(exact_moment.statement, B / (1 + B)),
        _le(B / (1 + B), B),
        _le(B, B2),
        evaluate=False,
    ),
    (*exact_moment.where, (B, directional_2026.statement), (B2, directional_2026_c2.statement)),
    directional_2026.condition,
)
ordering_cdnv = Ordering(
    "ordering_cdnv",
    "cdnv_optimal beats cdnv_sharp",
    _le(cdnv_optimal.statement, sp.Min(1, cdnv_sharp.statement)),
    cdnv_optimal.where,
)
ordering_average = Ordering(
    "ordering_average",
    "cdnv_sharp beats cdnv_2022",
    _le((k - 1) * Avg(cdnv_sharp.statement), cdnv_2022.statement),
)

ORDERINGS = (ordering_moments, ordering_cdnv, ordering_average)
