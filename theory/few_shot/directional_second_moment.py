"""`cdnv_optimal` with the variance along the line between the means in place of the largest one.

Assumes     independent draws, finite second moments, distinct class means
Claims      `cdnv_optimal` with lam_i replaced by
            min(lam_i, (sqrt(u'S_i u) + sqrt(lam_i (v_i + v_j)/n)/d)^2)
Kind        upper, one ordered pair; any n >= 1, second moments only
Sharp       as `cdnv_optimal`, which it never exceeds
Source      derived here; proof in proofs/few_shot/directional_second_moment.py
"""

import sympy as sp

from theory.assumptions import DistinctMeans, FiniteVariance
from theory.bound import PairBound, derived
from theory.few_shot.cdnv_optimal import cdnv_optimal
from theory.quantities import Mark, d, dir_i, lam_i, local, n, v_i, v_j

ell = local(
    "ell", "bound on the query's variance along the line of the drawn centres", Mark("ℓ"), nonnegative=True
)

directional_second_moment = PairBound(
    name="directional_second_moment",
    title="Directional bound from second moments",
    statement=cdnv_optimal.statement,
    where=(
        (ell, sp.Min(lam_i, (sp.sqrt(dir_i) + sp.sqrt(lam_i * (v_i + v_j) / n) / d) ** 2)),
        *((symbol, meaning.subs(lam_i, ell)) for symbol, meaning in cdnv_optimal.where),
    ),
    assumptions=(FiniteVariance(), DistinctMeans()),
    provenance=derived("triangle inequality for the seminorm of S_i, then Minkowski"),
)
