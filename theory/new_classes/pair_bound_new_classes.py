"""Few-shot error on new classes from the geometry of source classes: the repair of the paper's second claim.

Assumes     l classes drawn independently from the population that new classes come from; the map fixed
            before they were drawn, or one of |F| such maps; what the pair bound assumes of every class
Claims      for any pair bound B: with h = (min(1, B_ij) + min(1, B_ji))/2, in [0, 1] whatever the distance,
            E err <= (k-1) sup{q : floor(l/2) kl(Avg h, q) <= log(|F|/delta)} with probability >= 1 - delta
Kind        high_probability
Source      derived here: the union bound over pairs under `u_statistic_kl`; proof in
            proofs/new_classes/pair_bound_new_classes.py
"""

import sympy as sp

from theory.assumptions import DistinctMeans
from theory.bound import PairBound, derived
from theory.bound.confidence import TransferConfidence
from theory.evidence import SourceClasses
from theory.expressions import Avg
from theory.few_shot.cdnv_optimal import cdnv_optimal
from theory.few_shot.exact_moment import exact_moment
from theory.few_shot.margin_order_4 import margin_order_4
from theory.new_classes.u_statistic import independent, kl_limit, pairs
from theory.quantities import k


def from_pair_bound(bound: PairBound, name: str, title: str) -> TransferConfidence:
    """The statement for one pair bound without free parameters. Raises ValueError for a family."""
    if bound.free is not None:
        raise ValueError(f"{bound.name} is a family of bounds: fix its parameter first")
    return TransferConfidence(
        name=name,
        section="new_classes",
        title=title,
        # The mean of h over unordered pairs is the mean of min(1, B) over ordered ones.
        statement=(k - 1) * kl_limit(Avg(sp.Min(1, bound.closed_form)), sp.S.One, pairs),
        # Coincident means are no obstacle here: such a pair counts as 1.
        assumptions=(*independent, *(a for a in bound.assumptions if not isinstance(a, DistinctMeans))),
        reads=SourceClasses,
        provenance=derived(f"u_statistic_kl of min(1, {bound.name}), union bound over pairs of new classes"),
    )


pair_bound_new_classes = from_pair_bound(
    cdnv_optimal, "pair_bound_new_classes", "Few-shot error on new classes from source geometry"
)

margin_order_4_new_classes = from_pair_bound(
    margin_order_4, "margin_order_4_new_classes", "Few-shot error on new classes from four moments of margins"
)

exact_moment_new_classes = from_pair_bound(
    exact_moment, "exact_moment_new_classes", "Few-shot error on new classes from exact margins"
)
