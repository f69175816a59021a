"""From normal scores to the centres of all classes and the spreads of a query, class by class.

Given its spreads a query is Gaussian: a Laplace coordinate is a normal one times the root of twice an
exponential variable, which is a chi variable with two degrees of freedom; a Student draw, and the mean of
several, is a normal one times a random scale.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import numpy as np

from simulations.engines.cubature.tilt import GRID, PLAIN, ScoreTilt
from simulations.engines.exact.scale_laws import ScaleLaw
from simulations.engines.exact.student_pairs import half_way
from simulations.engines.exact.surface import ChiQuantile
from simulations.populations.base import Population
from simulations.populations.gaussian import GaussianClasses, root_of
from simulations.populations.laplace import LaplaceClasses
from simulations.populations.student import StudentClasses
from theory.array import Floats, to_numpy
from theory.inheritance import override

FARTHEST = 8.1
"""Normal scores beyond it, of probability 3e-16, count as it."""
LEAST_CHANCE, LEAST_DEVIATION = 1e-200, 1e-150
NODES, STEPS = 400, 600
LONGEST = 45.0
"""In units of scale / sqrt(shots): beyond it a mean of Laplace draws has probability below 1e-16."""


@dataclass(frozen=True, eq=False)
class Laws:
    """Of Gaussian classes; other families derive from it.

    offsets (k, k, p), [i, j] = mu_j - mu_i. factors (k, p, p) of the noise of one draw. ``shots`` may be
    infinite. ``spreads`` scores go into the spreads of a query, ``scores`` into these and all centres.
    """

    offsets: Floats
    factors: Floats
    shots: float
    spreads: int
    scores: int

    @property
    def classes(self) -> int:
        """How many there are."""
        return len(self.offsets)

    @property
    def most_weight(self) -> float:
        """The chance of a region of errors over that with which scores meet it, in units of the chance of an
        error: at most about this."""
        return 1.0

    @property
    def dimension(self) -> int:
        """Of the feature space."""
        return int(self.offsets.shape[2])

    @property
    def pair_variances(self) -> Annotated[Floats, "k k"]:
        """[i, j]: of a query of class i along the difference of the means of i and j."""
        values: Floats = np.sum((self.offsets @ self.factors) ** 2, axis=2)
        return values

    def centres(self, scores: Floats) -> Floats:
        """(points, k, p): centres less their class means, from scores (k p and more, points)."""
        if math.isinf(self.shots):
            return np.zeros((scores.shape[1], self.classes, self.dimension))
        noise = self._standard(scores).reshape(self.classes, self.dimension, -1)
        return np.stack([(factor @ row).T for factor, row in zip(self.factors, noise, strict=True)], axis=1)

    def _standard(self, scores: Floats) -> Floats:
        """Centres of draws of unit factor (k p, points), class by class."""
        return scores / math.sqrt(self.shots)

    def spread(self, rows: Floats, own: int, scores: Floats) -> Floats:
        """``rows`` (points, others, p) times the root of a query's covariance given its spreads."""
        values: Floats = rows @ self.factors[own]
        return values

    def likeliest_first(self, own: int) -> list[int]:
        """The other classes in the order in which queries of one, with the centres at the means, take them
        for theirs. ``union`` wants the rarest last: where two events all but imply each other, that the near
        class wins is certain once the far one does; that the far one does once the near one does is rare,
        and seen by few points."""
        others = [j for j in range(self.classes) if j != own]
        rows = self.offsets[own, others]
        deviations = np.sqrt(np.sum((rows @ self.factors[own]) ** 2, axis=1))
        order = np.argsort(np.sum(rows**2, axis=1) / np.maximum(deviations, LEAST_DEVIATION), kind="stable")
        return [others[place] for place in order]

    def moved(self, own: int, scores: Floats) -> tuple[Floats, Floats | float]:
        """All scores, some moved to where queries of a class err, and weights that make up for it."""
        return scores, 1.0


class LaplaceLaws(Laws):
    """Factors are diagonal, in scales."""

    @override
    def _standard(self, scores: Floats) -> Floats:
        return LaplaceMean.build(int(self.shots))(scores)

    @override
    def spread(self, rows: Floats, own: int, scores: Floats) -> Floats:
        lengths = to_numpy(ChiQuantile.build(2)(scores))
        return super().spread(rows, own, scores) * lengths.T[:, None, :]


@dataclass(frozen=True, eq=False)
class StudentLaws(Laws):
    """The scores of all scales of centres come before those of their directions. ``queries`` and ``own`` are
    tilts, by class, of the scale of a query and of that of its own centre."""

    degrees: tuple[float, ...]
    queries: tuple[ScoreTilt, ...]
    own: tuple[ScoreTilt, ...]

    @override
    def _standard(self, scores: Floats) -> Floats:
        k, shots = self.classes, int(self.shots)
        scales = np.stack([ScaleLaw.build(df, shots)(scores[c]) for c, df in enumerate(self.degrees)])
        return scores[k:] * np.repeat(scales, self.dimension, axis=0)

    @override
    def spread(self, rows: Floats, own: int, scores: Floats) -> Floats:
        scales = ScaleLaw.build(self.degrees[own], 1)(scores[0])
        return super().spread(rows, own, scores) * scales[:, None, None]

    @property
    @override
    def most_weight(self) -> float:
        return 1 + PLAIN

    @override
    def moved(self, own: int, scores: Floats) -> tuple[Floats, Floats | float]:
        moved = scores.copy()
        moved[0], weights = self.queries[own](scores[0])
        if self.own:
            # A centre that is far off loses to several others at once, which plain scores hardly ever meet.
            moved[1 + own], more = self.own[own](scores[1 + own])
            weights = weights * more
        return moved, weights


def counts(population: Population, shots: float) -> tuple[int, int]:
    """How many scores the spreads of a query take, and all centres."""
    k, p = population.classes, population.dimension
    if isinstance(population, LaplaceClasses):
        spreads, centres = p, k * p
    elif isinstance(population, StudentClasses):
        spreads, centres = 1, k * (p + 1)
    else:
        spreads, centres = 0, k * p
    return spreads, 0 if math.isinf(shots) else centres


def laws(population: Population, shots: float) -> Laws | None:
    """In units of the distance of the means; None for another family."""
    unit, eye = population.unit, np.eye(population.dimension)
    spreads, centres = counts(population, shots)
    sizes = shots, spreads, spreads + centres
    offsets = population.all_differences(unit)
    if isinstance(population, LaplaceClasses):
        factors = np.array([np.diag(row / math.sqrt(2)) for row in population.stds / unit])
        return LaplaceLaws(offsets, factors, *sizes)
    if isinstance(population, StudentClasses):
        factors = (population.scales / unit)[:, None, None] * eye
        own = () if math.isinf(shots) else _tilts(population, int(shots))
        dfs = tuple(map(float, population.dfs))
        return StudentLaws(offsets, factors, *sizes, dfs, _tilts(population, 1), own)
    if isinstance(population, GaussianClasses):
        roots = [_root(covariance / unit / unit) for covariance in population.covariances]
        return Laws(offsets, np.array(roots), *sizes)
    return None


def _tilts(population: StudentClasses, draws: int) -> tuple[ScoreTilt, ...]:
    """Of the scale of a mean of so many draws, for each class."""
    chances = [half_way(population, i, GRID, draws) for i in range(population.classes)]
    return tuple(ScoreTilt.build(each + LEAST_CHANCE) for each in chances)


def _root(covariance: Floats) -> Floats:
    return np.diag(np.sqrt(covariance)) if covariance.ndim == 1 else root_of(covariance)


@dataclass(frozen=True, eq=False)
class LaplaceMean:
    """The quantile of a mean of Laplace draws of scale 1 as a function of the normal score: given the spreads
    it is normal with the root of their sum, a chi variable, over the shots."""

    quantile: Callable[[Floats], Floats]

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
        spread = np.maximum(to_numpy(ChiQuantile.build(2 * shots)(nodes)), 1e-12) / shots
        x = np.concatenate([[0.0], np.geomspace(1e-4, LONGEST, STEPS) / math.sqrt(shots)])
        score = -ndtri(ndtr(-x[:, None] / spread) @ weights)
        score[0] = 0.0
        kept = score < FARTHEST + 0.1
        return LaplaceMean(CubicSpline(score[kept], x[kept]))

    def __call__(self, score: Floats) -> Floats:
        """The quantiles at normal scores of any shape."""
        return np.asarray(np.copysign(self.quantile(np.minimum(np.abs(score), FARTHEST)), score))
