"""The constant 4 of `cdnv_sharp` cannot be lowered.

Assumes     n = infinity; xi = (d/2)u with probability q, -(d/2)u q/(1-q) otherwise (the mirror for class j)
Claims      error >= lam_i / (lam_i + d^2/4): the value of `cdnv_optimal`, with equality
Kind        lower, about one named law
Source      derived here; proof in proofs/few_shot/constant_is_sharp.py
"""

import math

from theory.assumptions import DistinctMeans, FollowsLaw, MinimumShots
from theory.bound import LawBound, derived
from theory.quantities import d, lam_i

constant_is_sharp = LawBound(
    name="constant_is_sharp",
    title="The constant 4 is sharp",
    kind="lower",
    statement=lam_i / (lam_i + d**2 / 4),
    assumptions=(FollowsLaw("constant_is_sharp"), MinimumShots(math.inf), DistinctMeans()),
    provenance=derived("exact error of a two-point law"),
)
