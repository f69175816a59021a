"""CDNV from sample means and variances with given radii; deterministic, both forms.

Assumes     eps_c >= |sample mean - mu_c| and eta_c >= v_c - v_hat_c for both classes
Claims      with A = (eps_i + eps_j)/d, B = (eta_i + eta_j)/(2 d_hat^2): V <= (V_hat + B)(1 + A)^2;
            with A_hat = (eps_i + eps_j)/d_hat < 1: V <= (V_hat + B)/(1 - A_hat)^2
Kind        upper, every ordered pair (symmetric); V in the `half` normalization
Sharp       equality when the noise of the means lies along the line between them
Source      derived here; the shape of the first proposition of arXiv 2112.15121; proof in
            proofs/new_samples/cdnv_perturbation.py
"""

import sympy as sp

from theory.bound import derived
from theory.bound.confidence import PairCdnvConfidence
from theory.quantities import Mark, d, d_hat, eps_i, eps_j, eta_i, eta_j, local, v_hat_i, v_hat_j

V_hat = local("V_hat", "CDNV of the samples", Mark("V̂"), nonnegative=True)
A = local("A_rel", "radius of the means over the true distance", Mark("A"), nonnegative=True)
A_hat = local("A_hat", "radius of the means over the sample distance", Mark("Â"), nonnegative=True)
B = local("B_rel", "radius of the variances over the squared sample distance", Mark("B"))

sample_cdnv = (v_hat_i + v_hat_j) / (2 * d_hat**2)
variance_term = (eta_i + eta_j) / (2 * d_hat**2)

cdnv_perturbation = PairCdnvConfidence(
    name="cdnv_perturbation",
    title="CDNV from sample CDNV, true distance",
    kind="upper",
    statement=(V_hat + B) * (1 + A) ** 2,
    where=((V_hat, sample_cdnv), (A, (eps_i + eps_j) / d), (B, variance_term)),
    assumptions=(),
    provenance=derived("triangle inequality for the distance of the means"),
)

cdnv_perturbation_from_samples = PairCdnvConfidence(
    name="cdnv_perturbation_from_samples",
    title="CDNV from sample CDNV, sample distance",
    kind="upper",
    statement=sp.Piecewise(((V_hat + B) / (1 - A_hat) ** 2, A_hat < 1), (sp.oo, True)),
    where=((V_hat, sample_cdnv), (A_hat, (eps_i + eps_j) / d_hat), (B, variance_term)),
    assumptions=(),
    provenance=derived("reverse triangle inequality for the distance of the means"),
)
