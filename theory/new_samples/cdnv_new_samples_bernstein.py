"""True CDNV of every two source classes from their samples: radii that shrink with the variance.

Assumes     features of norm <= R; m >= 4 independent samples of each of l classes; the map fixed before
            the samples were drawn, or one of |F| such maps
Claims      with M = floor(m/2), Y_r = |z_{2r-1} - z_{2r}|^2/2 and x = log(2 l |F|/delta):
            v_up = mean Y + sqrt(2 S^2 (x + log 2)/M) + 14 R^2 (x + log 2)/(3(M-1)),
            eps = sqrt(v_up/m) + sqrt(2x (v_up + 4R sqrt(v_up/m))/m) + 2Rx/(3m),
            V <= (v_up_i + v_up_j)/(2 (d_hat - eps_i - eps_j)^2) for all pairs at once
Kind        high_probability
Source      derived here from cited parts: Maurer and Pontil 2009 (variance), Bousquet 2002 (mean);
            proof in proofs/new_samples/cdnv_new_samples_bernstein.py
"""

import sympy as sp

from theory.assumptions.sampling import BoundedFeatures, FixedFeatureMap, IndependentSamples, MinimumSamples
from theory.bound import derived
from theory.bound.confidence import PairCdnvConfidence
from theory.new_samples.cdnv_new_samples import log_radii, x
from theory.new_samples.cdnv_perturbation import cdnv_perturbation_from_samples
from theory.quantities import (
    Mark,
    R,
    Y_i,
    Y_j,
    Yvar_i,
    Yvar_j,
    eps_i,
    eps_j,
    eta_i,
    eta_j,
    local,
    m,
    v_hat_i,
    v_hat_j,
)

M = local("M_half", "number of disjoint pairs of samples", Mark("M"), positive=True)
v_up_i, v_up_j = (
    local(f"v_up_{c}", f"upper confidence limit of the variance of class {c}", Mark("v̄", c), nonnegative=True)
    for c in "ij"
)


def variance_limit(mean: sp.Symbol, variance: sp.Symbol) -> sp.Expr:
    """Maurer and Pontil's upper limit for the mean of M values in [0, 2R^2]."""
    log_term = x + sp.log(2)
    return mean + sp.sqrt(2 * variance * log_term / M) + 14 * R**2 * log_term / (3 * (M - 1))


def mean_radius(v_up: sp.Symbol) -> sp.Expr:
    """Bousquet's upper limit for the norm of the mean of m centred vectors of norm at most 2R."""
    return sp.sqrt(v_up / m) + sp.sqrt(2 * x * (v_up + 4 * R * sp.sqrt(v_up / m)) / m) + 2 * R * x / (3 * m)


cdnv_new_samples_bernstein = PairCdnvConfidence(
    name="cdnv_new_samples_bernstein",
    title="CDNV on new samples, variance-sensitive",
    statement=cdnv_perturbation_from_samples.closed_form.subs(
        {eta_i: v_up_i - v_hat_i, eta_j: v_up_j - v_hat_j}, simultaneous=True
    ),
    where=(
        (x, log_radii),
        (M, sp.floor(m / 2)),
        (v_up_i, variance_limit(Y_i, Yvar_i)),
        (v_up_j, variance_limit(Y_j, Yvar_j)),
        (eps_i, mean_radius(v_up_i)),
        (eps_j, mean_radius(v_up_j)),
    ),
    assumptions=(
        BoundedFeatures(),
        IndependentSamples(),
        MinimumSamples(4),
        FixedFeatureMap("samples"),
    ),
    provenance=derived("empirical Bernstein for the variance and Bousquet's inequality for the mean"),
)
