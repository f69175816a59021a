"""How the gap between source CDNV and transfer error falls with samples m and classes l.

Assumes     as in arXiv 2212.12532; C_f a complexity of the map's family, gap_d the smallest source distance
Claims      E err is at most of the order of (k-1) Avg V + k (C_f/gap_d) (n^2/sqrt m + 1/sqrt l), up to logs
Kind        rate: constants and logarithms are not named, so only slopes on log axes are checked; -1/2 in m
            and in l for a fixed map; for learned maps hold the training CDNV fixed across l
Source      published form: arXiv 2212.12532 (JMLR 2026)

Newer text of that paper has k - 1 where the second term here has k, and calls the n^2 an artifact of its
proof: neither changes a slope.
"""

import sympy as sp

from theory.bound import published_form
from theory.bound.confidence import RateStatement
from theory.collapse import CDNV
from theory.expressions import Avg
from theory.quantities import Mark, k, l, local, m, n

complexity = local("C_f", "complexity of the family of feature maps", Mark("C", "f"), positive=True)
gap = local("gap_d", "smallest distance of two source means", Mark("Lambda"), positive=True)

transfer_rates = RateStatement(
    name="transfer_rates",
    title="Rates of the transfer gap",
    statement=(k - 1) * Avg(CDNV["half"]) + k * complexity / gap * (n**2 / sp.sqrt(m) + 1 / sp.sqrt(l)),
    assumptions=(),
    provenance=published_form("JMLR 2026, arXiv 2212.12532 (rates only)"),
)
