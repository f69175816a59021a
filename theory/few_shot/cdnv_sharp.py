"""Few-shot error from CDNV, constant 4, any anisotropy.

Assumes     independent draws, finite second moments, distinct class means
Claims      P(query of class i falls nearer the centre of j) <= (4 lam_i + (v_i + v_j)/n) / d^2
Kind        upper, one ordered pair; summed over j != i and averaged over i for k classes
Sharp       the constant 4 is attained as n -> oo (`constant_is_sharp`)
Source      derived here; proof in proofs/few_shot/cdnv_sharp.py
"""

from theory.assumptions import DistinctMeans, FiniteVariance
from theory.bound import PairBound, derived
from theory.quantities import d, lam_i, n, v_i, v_j

second_moments = 4 * lam_i + (v_i + v_j) / n
"""Second moment of what pushes the margin below zero; `cdnv_optimal` improves on how it is used."""

cdnv_sharp = PairBound(
    name="cdnv_sharp",
    title="CDNV bound with constant 4",
    statement=second_moments / d**2,
    assumptions=(FiniteVariance(), DistinctMeans()),
    provenance=derived("union over classes of a pairwise Chebyshev argument on the shifted margin"),
)
