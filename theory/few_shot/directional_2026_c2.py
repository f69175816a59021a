"""The looser variant of the 2026 bound (Theorem C.2): a sum of squares in place of a squared sum.

Assumes     as `directional_2026`
Claims      P(M_ij <= 0) <= [4 Vt + 3 (E1 + E2 + E3)] / (1 + (v_j - v_i)/(n d^2))^2
Kind        upper, one ordered pair
Sharp       no: never below `directional_2026`
Source      Luthra, Salunkhe, Galanti, ICML 2026, arXiv 2603.03530, Theorem C.2
"""

from theory.assumptions import DistinctMeans, FiniteFourthMoment
from theory.bound import PairBound, published
from theory.collapse import directional_cdnv
from theory.few_shot.directional_2026 import deviations, squared_gap
from theory.few_shot.exact_moment import mean_margin

directional_2026_c2 = PairBound(
    name="directional_2026_c2",
    title="Directional bound of 2026, appendix form",
    statement=(4 * directional_cdnv + 3 * sum(deviations)) / squared_gap,
    condition=mean_margin > 0,
    assumptions=(FiniteFourthMoment(), DistinctMeans()),
    provenance=published("Luthra, Salunkhe, Galanti, ICML 2026, arXiv 2603.03530, Theorem C.2"),
)
