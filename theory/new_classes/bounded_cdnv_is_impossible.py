"""CDNV is never bounded over classes drawn independently, unless they have no variance.

Assumes     two classes drawn independently; (mu_0, v_0), v_0 > 0, a support point of the law of (mean,
            variance); both draws within epsilon < v_0 of it, which has positive probability
Claims      V >= (v_0 - epsilon)/(4 epsilon^2), which exceeds every constant as epsilon -> 0
Kind        impossibility: of the hypothesis of `cdnv_new_classes` for independent classes
Source      derived here; proof in proofs/new_classes/bounded_cdnv_is_impossible.py
"""

from theory.assumptions.sampling import IndependentClasses
from theory.bound import derived
from theory.bound.confidence import PairCdnvConfidence
from theory.evidence import SourceClasses
from theory.quantities import nearness, v_0

bounded_cdnv_is_impossible = PairCdnvConfidence(
    name="bounded_cdnv_is_impossible",
    section="new_classes",
    title="CDNV of independent classes has no upper bound",
    kind="impossibility",
    statement=(v_0 - nearness) / (4 * nearness**2),
    assumptions=(IndependentClasses(),),
    reads=SourceClasses,
    provenance=derived("a support point of the law of (mean, variance) is approached by both draws"),
)
