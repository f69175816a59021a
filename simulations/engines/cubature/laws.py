"""From normal scores to the centres of all classes and the spreads of a query, class by class.

Given its spreads a query is Gaussian: a Laplace coordinate is a normal one times the root of twice an
exponential variable, which is a chi variable with two degrees of freedom.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from simulations.engines.surface import ChiQuantile
from simulations.populations.base import Population
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.laplace import LaplaceClasses
from theory.array import Array

FARTHEST = 8.1
"""Normal scores beyond it, of probability 3e-16, count as it."""
NODES, STEPS = 400, 600
LONGEST = 45.0
"""In units of scale / sqrt(shots): beyond it a mean of Laplace draws has probability below 1e-16."""


@dataclass(frozen=True, eq=False)
class Laws:
    """``offsets`` (k, k, p), [i, j] = mu_j - mu_i; ``factors`` (k, p, p) of the noise of one draw; Laplace
    classes have theirs on the diagonal, in scales; ``shots`` may be infinite."""

    offsets: Array
    factors: Array
    shots: float
    laplace: bool

    @property
    def classes(self) -> int:
        """How many there are."""
        return len(self.offsets)

    @property
    def dimension(self) -> int:
        """Of the feature space."""
        return int(self.offsets.shape[2])

    @property
    def centre_scores(self) -> int:
        """Normal scores that all centres take."""
        return 0 if math.isinf(self.shots) else self.classes * self.dimension

    @property
    def spread_scores(self) -> int:
        """Normal scores that the spreads of a query take."""
        return self.dimension if self.laplace else 0

    def centres(self, scores: Array) -> Array:
        """(points, k, p): centres less their class means, from scores (k p, points)."""
        if math.isinf(self.shots):
            return np.zeros((scores.shape[1], self.classes, self.dimension))
        law = LaplaceMean.build(int(self.shots)) if self.laplace else None
        noise = scores / math.sqrt(self.shots) if law is None else law(scores)
        rows = noise.reshape(self.classes, self.dimension, -1)
        return np.stack([(factor @ row).T for factor, row in zip(self.factors, rows, strict=True)], axis=1)

    def spread(self, rows: Array, own: int, scores: Array) -> Array:
        """``rows`` (points, others, p) times the root of a query's covariance given its spreads."""
        turned = rows @ self.factors[own]
        return turned * ChiQuantile.build(2)(scores).T[:, None, :] if self.laplace else turned


def laws(population: Population, shots: float) -> Laws | None:
    """In units of the distance of the means; None for another family."""
    unit = population.unit
    offsets = population.all_differences(unit)
    if isinstance(population, LaplaceClasses):
        factors = np.array([np.diag(row / math.sqrt(2)) for row in population.stds / unit])
        return Laws(offsets, factors, shots, laplace=True)
    if isinstance(population, GaussianClasses):
        roots = [_root(covariance / unit / unit) for covariance in population.covariances]
        return Laws(offsets, np.array(roots), shots, laplace=False)
    return None


def _root(covariance: Array) -> Array:
    if covariance.ndim == 1:
        return np.diag(np.sqrt(covariance))
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))


@dataclass(frozen=True, eq=False)
class LaplaceMean:
    """The quantile of a mean of Laplace draws of scale 1 as a function of the normal score: given the spreads
    it is normal with the root of their sum, a chi variable, over the shots."""

    quantile: Any

    @staticmethod
    @lru_cache(maxsize=8)
    def build(shots: int) -> LaplaceMean:
        """Of ``shots`` draws; kept once it is made."""
        from scipy.interpolate import CubicSpline
        from scipy.special import ndtr, ndtri

        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        nodes = FARTHEST * nodes
        weights = weights * np.exp(-(nodes**2) / 2)
        weights /= weights.sum()
        spread = np.maximum(ChiQuantile.build(2 * shots)(nodes), 1e-12) / shots
        x = np.concatenate([[0.0], np.geomspace(1e-4, LONGEST, STEPS) / math.sqrt(shots)])
        score = -ndtri(ndtr(-x[:, None] / spread) @ weights)
        score[0] = 0.0
        kept = score < FARTHEST + 0.1
        return LaplaceMean(CubicSpline(score[kept], x[kept]))

    def __call__(self, score: Array) -> Array:
        """The quantiles at normal scores of any shape."""
        return np.asarray(np.copysign(self.quantile(np.minimum(np.abs(score), FARTHEST)), score))
