"""CDNV over a finite pool of classes from the CDNV of some of them: the shape of the paper's proposition.

Assumes     l distinct classes drawn without replacement from a pool of L in which every CDNV is at most
            V_max; the map fixed before they were drawn, or one of |F| such maps
Claims      with probability >= 1 - delta, the mean CDNV (half) over the pairs of the pool is at most
            Avg V + 2 V_max ((L-l)/l) sqrt(log(|F|/delta) s/2), s = sum_{i=1}^l (L-i)^-2
Kind        high_probability
Sharp       its hypothesis cannot hold for classes drawn independently (`bounded_cdnv_is_impossible`): the
            repair is `pair_bound_new_classes`
Source      shape of arXiv 2112.15121, second proposition; derived here from
            `u_statistic_without_replacement`; proof in proofs/new_classes/cdnv_new_classes.py
"""

from theory.assumptions import DistinctMeans
from theory.assumptions.sampling import BoundedCdnv, DistinctClassesFromPool, FixedFeatureMap, MinimumClasses
from theory.bound import derived
from theory.bound.confidence import MeanCdnvConfidence
from theory.collapse import CDNV
from theory.expressions import Avg
from theory.new_classes.u_statistic import u_statistic_without_replacement
from theory.quantities import U, V_max, b

cdnv_new_classes = MeanCdnvConfidence(
    name="cdnv_new_classes",
    title="CDNV on new classes of a finite pool",
    statement=u_statistic_without_replacement.closed_form.subs(
        {U: Avg(CDNV["half"]), b: V_max}, simultaneous=True
    ),
    assumptions=(
        BoundedCdnv(),
        DistinctClassesFromPool(),
        FixedFeatureMap("classes"),
        MinimumClasses(2),
        DistinctMeans(),
    ),
    provenance=derived("u_statistic_without_replacement with the kernel V and b = V_max"),
)
