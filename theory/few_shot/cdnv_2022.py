"""Few-shot error from the average CDNV, in the shape of the 2022 paper.

Assumes     independent draws, finite second moments, distinct class means
Claims      err <= 16 (k-1) (s + 1/n) Avg V_half, s = 1/p if every class is spherically symmetric, else 1
Kind        upper, a function of the average CDNV over ordered pairs (normalization `half`)
Sharp       no: `cdnv_sharp` is four to eight times smaller
Source      Galanti, Gyorgy, Hutter, ICLR 2022 (arXiv 2112.15121); 16 is the commonly quoted constant,
            and is implied by `cdnv_sharp`
"""

from theory.assumptions import DistinctMeans, FiniteVariance
from theory.bound import AverageBound, published_form
from theory.collapse import CDNV
from theory.expressions import Avg
from theory.quantities import k, n, s

cdnv_2022 = AverageBound(
    name="cdnv_2022",
    title="CDNV bound of the 2022 paper",
    statement=16 * (k - 1) * (s + 1 / n) * Avg(CDNV["half"]),
    assumptions=(FiniteVariance(), DistinctMeans()),
    provenance=published_form("Galanti, György, Hutter, ICLR 2022 (arXiv 2112.15121)"),
)
