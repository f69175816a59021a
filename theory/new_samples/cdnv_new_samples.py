"""True CDNV of every two source classes from their samples: McDiarmid and Hoeffding radii.

Assumes     features of norm <= R; m >= 2 independent samples of each of l classes; the map fixed before
            the samples were drawn, or one of |F| such maps
Claims      with probability >= 1 - delta, for all pairs at once, `cdnv_perturbation` with
            eps = R/sqrt m + R sqrt(2x/m), eta_c = v_hat_c/(m-1) + 2 R^2 sqrt(x/(2 floor(m/2))),
            x = log(2 l |F|/delta): one radius for the mean and one for the variance of each of l classes
Kind        high_probability
Source      derived here: McDiarmid for the mean, Hoeffding for the U-statistic |z - z'|^2/2 in [0, 2R^2];
            proof in proofs/new_samples/cdnv_new_samples.py
"""

import sympy as sp

from theory.assumptions.sampling import BoundedFeatures, FixedFeatureMap, IndependentSamples, MinimumSamples
from theory.bound import derived
from theory.bound.confidence import PairCdnvConfidence
from theory.new_samples.cdnv_perturbation import cdnv_perturbation_from_samples
from theory.quantities import F, Mark, R, eps_i, eps_j, eta_i, eta_j, failure, l, local, m, v_hat_i, v_hat_j

x = local("x_s", "log of the number of radii over the failure probability", Mark("x"), positive=True)
eps = local("eps", "radius of every sample mean", Mark("epsilon"), positive=True)

log_radii = sp.log(2 * l * F / failure)
mean_radius = R / sp.sqrt(m) + R * sp.sqrt(2 * x / m)


def variance_radius(v_hat: sp.Symbol) -> sp.Expr:
    """How far the true variance may lie above the sample variance (denominator m)."""
    return v_hat / (m - 1) + 2 * R**2 * sp.sqrt(x / (2 * sp.floor(m / 2)))


cdnv_new_samples = PairCdnvConfidence(
    name="cdnv_new_samples",
    title="CDNV on new samples, bounded features",
    statement=cdnv_perturbation_from_samples.closed_form.subs({eps_i: eps, eps_j: eps}),
    where=(
        (x, log_radii),
        (eps, mean_radius),
        (eta_i, variance_radius(v_hat_i)),
        (eta_j, variance_radius(v_hat_j)),
    ),
    assumptions=(
        BoundedFeatures(),
        IndependentSamples(),
        MinimumSamples(2),
        FixedFeatureMap("samples"),
    ),
    provenance=derived("McDiarmid and Hoeffding radii in the deterministic perturbation bound"),
)
