"""Corrections of second-pass moments for the noise of the sample means.

With x centred, S^ the sample covariance (denominator N-1), kappa the fourth-order cumulant
M4 - v^2 - 2 tr S^2, and e the error of the mean:
E tr S^^2 = tr S^2 (1 + 1/(N-1)) + v^2/(N-1) + kappa/N, and
E D^'S^_i D^ = D'S_i D + 2 D-independent terms: tr(S_i S_j)/N_j + tr(S_i^2)/N_i + kappa/N_i^2 - 2 D.t_i/N_i
(D from i to j). Moments on the right are plugged in, so the correction is exact to first order in 1/N.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from theory.geometry.features import SampleMoments

Array = Any


def debiased_squared_trace(source: SampleMoments, plugin: Array) -> Array:
    """(classes,): tr S_c^2, between v^2/p (its least value at that variance) and v^2."""
    xp, sizes = source.xp, source._sizes
    variances, fourth = source.variances(), source.fourth_moments()
    sample = plugin * (sizes / (sizes - 1)) ** 2
    cumulant = fourth - variances**2 - 2 * sample
    found = (sample - variances**2 / (sizes - 1) - cumulant / sizes) / (1 + 1 / (sizes - 1))
    least = variances**2 / source.dimension
    return xp.minimum(xp.maximum(found, least), variances**2)


def debiased_directional(source: SampleMoments, plugin: Array) -> Array:
    """(classes, classes): D'S_i D (not yet over d^2), from its plug-in with denominator N."""
    xp, sizes = source.xp, source._sizes
    sample = plugin * (sizes / (sizes - 1))[:, None]
    products = source.trace_products()
    squared = source.squared_traces()
    cumulant = source.fourth_moments() - source.variances() ** 2 - 2 * squared
    # third[i, j] = (mu_j - mu_i).t_j, so (mu_j - mu_i).t_i is minus its transpose.
    third_of_i = -source.third_moments_along().T
    noise = products / sizes[None, :] + (squared / sizes + cumulant / sizes**2)[:, None]
    noise = noise - 2 * third_of_i / sizes[:, None]
    found = sample - noise
    return xp.where(found > 0, found, xp.zeros_like(found))
