"""Few-shot error from the nearest other class, with no factor k - 1.

Assumes     independent draws, finite second moments, distinct class means
Claims      err_i <= (sqrt E_i + sqrt(sum_j v_j/(n d_ij^2)) + sqrt(v_i/n)/delta_i)^2,
            E_i = 4 min(lam_i sum_j d_ij^-2, T_i/delta_i^2), delta_i = min_j d_ij,
            T_i the sum of the k-1 largest eigenvalues of S_i
Kind        upper, one query class
Source      derived here; proof in proofs/few_shot/min_distance.py
"""

import sympy as sp

from theory.assumptions import DistinctMeans, FiniteVariance
from theory.bound import ClassBound, derived
from theory.expressions import MaxOver, SumOver
from theory.quantities import T_i, d, lam_i, n, v_i, v_j

inverse_square = d**-2
query_term = 4 * sp.Min(lam_i * SumOver(inverse_square), T_i * MaxOver(inverse_square))

min_distance = ClassBound(
    name="min_distance",
    title="Nearest-class bound without the factor k-1",
    statement=(
        sp.sqrt(query_term)
        + sp.sqrt(SumOver(v_j * inverse_square) / n)
        + sp.sqrt(v_i / n * MaxOver(inverse_square))
    )
    ** 2,
    assumptions=(FiniteVariance(), DistinctMeans()),
    provenance=derived("Minkowski in L2 over classes, Ky Fan for the query term"),
)
