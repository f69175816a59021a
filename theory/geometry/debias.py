"""Corrections of second-pass moments for the noise of the sample means.

Notation: x centred, N samples, S^ the sample covariance (denominator N-1), e the error of the mean, kappa
the cumulant M4 - v^2 - 2 tr S^2. tr S^2 is estimated without bias for N >= 4 (Himeno and Yamada, J.
Multivariate Anal. 2014); the rest to first order in 1/N, with
E D^'S^_i D^ = D'S_i D + tr(S_i S_j)/N_j + tr(S_i^2)/N_i - 2 D.t_i/N_i + kappa_i/N_i^2 and
E D_j^'S^_i D_l^ = D_j'S_i D_l + tr(S_i^2)/N_i - (D_j + D_l).t_i/N_i + kappa_i/N_i^2 for j other than l, and
E D^.t^_i = D.t_i - kappa_i/N_i for the unbiased t^ (D from i to j).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Protocol

from theory.array import Array, Namespace


class SampledMoments(Protocol):
    """What the corrections read of ``SampleMoments``; arrays over classes, lengths in its unit."""

    xp: Namespace
    classes: int
    dimension: int

    @property
    def sizes(self) -> Annotated[Array, "classes"]:
        """(classes,): samples of each class."""

    @property
    def norms(self) -> Mapping[str, Array]:
        """Means of powers of |x| of each class, by name."""

    @property
    def third_along(self) -> Annotated[Array, "classes classes"]:
        """(classes, classes): plug-in of (mean_j - mean_i).t_j."""

    def variances(self) -> Annotated[Array, "classes"]:
        """(classes,): unbiased."""

    def squared_traces(self) -> Annotated[Array, "classes"]:
        """(classes,): tr S_i^2."""

    def fourth_moments(self) -> Annotated[Array, "classes"]:
        """(classes,): E |x|^4 about the mean."""

    def trace_products(self) -> Annotated[Array, "classes classes"]:
        """(classes, classes): tr S_i S_j."""


def debiased_squared_trace(
    source: SampledMoments, plugin: Annotated[Array, "classes"]
) -> Annotated[Array, "classes"]:
    """(classes,): tr S_c^2, kept between v^2/p (its least value at that variance) and v^2."""
    xp, n = source.xp, source.sizes
    variances = source.variances()
    sample = plugin * (n / (n - 1)) ** 2
    squares = source.norms["fourth"] * n / (n - 1)
    enough = n >= 4
    spare = xp.where(enough, (n - 2) * (n - 3), xp.ones_like(n))
    unbiased = (n - 1) / (n * spare) * ((n - 1) * (n - 2) * sample + variances**2 - n * squares)
    estimate = xp.where(enough, unbiased, sample)
    least = variances**2 / source.dimension
    return xp.minimum(xp.maximum(estimate, least), variances**2)


def debiased_fourth(
    source: SampledMoments, plugin: Annotated[Array, "classes"]
) -> Annotated[Array, "classes"]:
    """(classes,): M4, never below v^2. For a scalar 3 mu_2^2 stands where v^2 + 2 tr S^2 does here."""
    n = source.sizes
    variances = source.variances()
    gaussian = variances**2 + 2 * source.squared_traces()
    estimate = (plugin * n**3 / (n - 1) - (2 * n - 3) * gaussian) / (n**2 - 3 * n + 3)
    return source.xp.maximum(estimate, variances**2)


def _cumulant(source: SampledMoments) -> Array:
    return source.fourth_moments() - source.variances() ** 2 - 2 * source.squared_traces()


def _unbiased_third(source: SampledMoments, plugin: Array) -> Array:
    """[i, j] = (mean_j - mean_i).t_j with t_j the unbiased third cumulant (as it is for N = 2)."""
    xp, n = source.xp, source.sizes
    growth = xp.where(n > 2, n**2 / ((n - 1) * xp.where(n > 2, n - 2, xp.ones_like(n))), xp.ones_like(n))
    return plugin * growth[None, :]


def debiased_third_along(
    source: SampledMoments, plugin: Annotated[Array, "classes classes"]
) -> Annotated[Array, "classes classes"]:
    """(classes, classes): [i, j] = (mu_j - mu_i).t_j, 0 on the diagonal."""
    xp, n = source.xp, source.sizes
    estimate = _unbiased_third(source, plugin) - (_cumulant(source) / n)[None, :]
    return estimate * (1 - xp.eye(source.classes, dtype=xp.float64))


def debiased_directional(
    source: SampledMoments, plugin: Annotated[Array, "classes classes"]
) -> Annotated[Array, "classes classes"]:
    """(classes, classes): D'S_i D (not yet over d^2), from its plug-in with denominator N."""
    xp, n = source.xp, source.sizes
    sample = plugin * (n / (n - 1))[:, None]
    # _unbiased_third[i, j] is about (mu_j - mu_i).t_j, so (mu_j - mu_i).t_i is minus its transpose.
    third_of_i = -_unbiased_third(source, source.third_along).T
    noise = source.trace_products() / n[None, :] + (source.squared_traces() / n)[:, None]
    noise = noise - 2 * third_of_i / n[:, None] - (_cumulant(source) / n**2)[:, None]
    estimate = sample - noise
    return xp.where(estimate > 0, estimate, xp.zeros_like(estimate))


def debiased_cross_parts(source: SampledMoments, rows: slice) -> tuple[Array, Array]:
    """What is taken from D_j'S_i D_l, (rows,), and what is added for j and for l each, (rows, classes)."""
    n = source.sizes
    third_of_i = -_unbiased_third(source, source.third_along).T
    # Each D^.t^_i / N_i lacks kappa_i/N_i^2: what is left to take away has the other sign.
    noise = source.squared_traces() / n - _cumulant(source) / n**2
    return noise[rows], (third_of_i / n[:, None])[rows, :]
