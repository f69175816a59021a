"""Centres in few coordinates: outside the span of the means (and of the spikes of the covariances) the
noise of every class is spherical, so only its Gram matrix matters, and that is a Bartlett factor.

k classes cost span + k coordinates each instead of p, whatever p is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace

from simulations.populations.gaussian import GaussianClasses
from simulations.populations.student import StudentClasses
from simulations.runtime.arrays import drawn_like, like, namespace
from theory.array import Array

SAME = 1e-9


@dataclass(frozen=True, eq=False)
class Reduced:
    """means (k, s); factors (distinct, s, s): the query has covariance A A' inside; ``which`` (k,) the factor
    of each class; ``bulk`` (k,) standard deviations outside; ``outside`` the dimensions that lie outside."""

    means: Array
    factors: list[Array]
    which: list[int]
    bulk: Array
    outside: int

    @property
    def classes(self) -> int:
        return len(self.means)

    @property
    def draws(self) -> int:
        """Random numbers an episode's centres cost."""
        k = self.classes
        return k * int(self.means.shape[1]) + (k * (k + 1) // 2 if self.outside else 0)

    def centres(self, rng: Any, stretch: Array) -> Array:
        """(episodes, k, s + columns) for ``stretch`` (episodes, k): the noise of a centre over that of one
        draw (1/sqrt(n) for Gaussian classes)."""
        episodes, k = stretch.shape
        inside = rng.standard_normal((episodes, k, self.means.shape[1]))
        for c in range(k):
            inside[:, c, :] = inside[:, c, :] @ drawn_like(self.factors[self.which[c]], rng).T
        inside = drawn_like(self.means, rng) + inside * stretch[:, :, None]
        if not self.outside:
            return inside
        rows = bartlett(rng, episodes, k, self.outside)
        rows = rows * (drawn_like(self.bulk, rng) * stretch)[:, :, None]
        return namespace(rng).concat([inside, rows], axis=2)

    def spread(self, centres: Array, which: int, bulk: float) -> Array:
        """Centres times the query's factor: (episodes, k, s + columns)."""
        s = self.means.shape[1]
        inside = centres[:, :, :s] @ like(self.factors[which], centres)
        if not self.outside:
            return inside
        return array_namespace(centres).concat([inside, bulk * centres[:, :, s:]], axis=2)


def bartlett(rng: Any, episodes: int, rows: int, columns: int) -> Array:
    """(episodes, rows, min(rows, columns)): lower triangular, L L' has the law of G G' for a standard
    normal G (rows, columns)."""
    width = min(rows, columns)
    xp = namespace(rng)
    factor = xp.zeros((episodes, rows, width))
    for r in range(rows):
        below = min(r, width)
        factor[:, r, :below] = rng.standard_normal((episodes, below))
        if r < width:
            factor[:, r, r] = xp.sqrt(rng.chisquare(columns - r, episodes))
    return factor


def reduce(population: GaussianClasses | StudentClasses) -> Reduced:
    """The fewest coordinates; falls back on all p of them where no bulk is found."""
    means = population.means - population.means[0]
    k, p = means.shape
    if isinstance(population, StudentClasses):
        stds = population.scales
        spikes, bulk = np.zeros((0, p)), stds
        covariances = [np.full(p, std**2) for std in stds]
    else:
        covariances = population.covariances
        found = [_bulk(covariance) for covariance in covariances]
        bulk = np.sqrt(np.array([value for value, _ in found]))
        spikes = np.concatenate([axes for _, axes in found])
    _, size, axes = np.linalg.svd(np.concatenate([_scaled(means), spikes]), full_matrices=False)
    axes = axes[size > 1e-10]
    if len(axes) + k >= p:
        axes, outside = np.eye(p), 0
    else:
        outside = p - len(axes)
    distinct: list[Array] = []
    which = []
    for covariance in covariances:
        for index, other in enumerate(distinct):
            if covariance.shape == other.shape and np.array_equal(covariance, other):
                which.append(index)
                break
        else:
            which.append(len(distinct))
            distinct.append(covariance)
    factors = [_root(axes, covariance) for covariance in distinct]
    return Reduced(means @ axes.T, factors, which, bulk, outside)


def _scaled(means: Array) -> Array:
    size = np.max(np.abs(means))
    return means / size if size > 0 else means


def _bulk(covariance: Array) -> tuple[float, Array]:
    """The most frequent eigenvalue, and the axes of all others."""
    p = len(covariance)
    if covariance.ndim == 1:
        values, vectors = covariance, np.eye(p)
    else:
        values, vectors = np.linalg.eigh(covariance)
    top = float(np.max(values))
    close = np.abs(values[:, None] - values[None, :]) <= SAME * top if p <= 2048 else values[:, None] < 0
    bulk = float(values[int(np.argmax(close.sum(axis=1)))])
    return bulk, vectors.T[np.abs(values - bulk) > SAME * top]


def _root(axes: Array, covariance: Array) -> Array:
    """Square root of the covariance seen in ``axes``."""
    if covariance.ndim == 1 and len(axes) == axes.shape[1]:
        return np.diag(np.sqrt(covariance))
    inner = (axes * covariance) @ axes.T if covariance.ndim == 1 else axes @ covariance @ axes.T
    values, vectors = np.linalg.eigh(inner)
    return vectors * np.sqrt(np.maximum(values, 0.0))
