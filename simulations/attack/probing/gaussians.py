"""Pairs of Gaussian classes, exactly, in any dimension at any number of shots."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from simulations.attack.probing.probe import Probe, ProbeLaw, ProbePoint
from simulations.engines.tilted.inversion import pair_probability
from simulations.engines.tilted.pair import Coordinates, saddle
from simulations.populations.gaussian import GaussianClasses
from theory.array import Floats
from theory.bound import Value
from theory.few_shot.gaussian_two_class import gaussian_two_class
from theory.inheritance import override
from theory.setting import Setting


def spread_for(level: float, shots: float, dimension: int) -> float:
    """Standard deviation over distance at which the margin lies about ``level`` decades deep in its tail.

    With x = (d/std)^2 the margin has mean x and variance 4 x (1 + 1/n) + 4 p (2/n + 1/n^2), in units of
    std^2; the normal approximation is enough to spread probes over orders of magnitude.
    """
    z2 = _squared_quantile(level)
    a, b = 4 * (1 + 1 / shots), 4 * dimension * (2 / shots + 1 / shots**2)
    x = (z2 * a + math.sqrt((z2 * a) ** 2 + 4 * z2 * b)) / 2
    return 1 / math.sqrt(x)


def _squared_quantile(level: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(10.0**-level)) ** 2


class GaussianPair(ProbeLaw):
    """Two Gaussians with one standard deviation for all axes and both classes."""

    name = "two isotropic Gaussians"
    sentence = "the exact two-class formula"
    varies = "np"
    at_infinity = True
    threshold = True
    levels = (0.302, 0.4, 1.0, 2.0, 4.0, 8.0, 14.0)
    few_levels = (1.0, 4.0, 10.0)

    @override
    def probe(self, point: ProbePoint) -> Probe | None:
        std = spread_for(point.level, point.shots, point.dimension)
        error = pair_of_gaussians(point.shots, point.dimension, std)
        if error is None:
            return None
        population = _two_alike(point.dimension, std)
        return Probe(self.name, point, population, np.full(2, error), exact=True)


def _two_alike(dimension: int, std: float) -> GaussianClasses:
    means = np.zeros((2, dimension))
    means[1, 0] = 1.0
    return GaussianClasses(means.tolist(), [std * std] * 2)


def pair_of_gaussians(shots: float, dimension: int, std: float) -> float | None:
    """The error of two isotropic Gaussians whose means are one apart; None for more shots than its formula
    takes."""
    if math.isinf(shots):
        return _known_means_error(std * std)
    pair = _two_alike(dimension, std)
    answer = gaussian_two_class.evaluate(pair.geometry(), Setting(shots, 2), pair.granted())
    return answer.value if isinstance(answer, Value) else None


def _known_means_error(along: float) -> float:
    """P(error) of a query with variance ``along`` along the line of two means that are one apart."""
    from scipy.special import ndtr

    return float(ndtr(-0.5 / math.sqrt(along))) if along > 0 else 0.0


SHAPES = (
    (1.0, 0.0, 0.0, 0.0),
    (0.0, 0.0, 1.0, 0.0),
    (0.0, 1.0, 0.0, 0.0),
    (0.0, 0.1, 0.0, 1.0),
    (0.0, 0.01, 0.0, 1.0),
    (0.0, 1.0, 0.0, 0.1),
    (0.1, 0.0, 1.0, 0.0),
    (0.1, 0.0, 0.0, 1.0),
    (0.3, 1.0, 1.0, 0.3),
)
"""Standard deviations of class 0 along the line of the means and across it, and of class 1."""
SCALES = np.geomspace(1e-5, 1e5, 401)
ROUNDING = 1e-9
"""Of an inversion, beside what it estimates."""


class UnevenGaussians(ProbeLaw):
    """Classes whose noise lies along the line of the means or across it, and is larger in one of them.

    Each of these depends on one product of the covariances in the variance of a margin: the query's noise
    against the line, its own centre, and the other centre (the larger the other class's noise across the
    line, the more the last one decides).
    """

    name = "Gaussians of unequal spread"
    sentence = "noise along or across the line, in one class or another, by exact inversion"
    varies = "np"
    variants = len(SHAPES)
    at_infinity = True
    levels = (0.05, 0.5, 1.0, 2.0, 4.0)
    few_levels: ClassVar[tuple[float, ...]] = (0.7, 2.0)
    """Target values of the margin's mean over its standard deviation, reached as far as the shape allows."""

    @override
    def depends_on(self, variant: int, axis: str) -> bool:
        return axis != "p" or any(SHAPES[variant][1::2])

    @override
    def probe(self, point: ProbePoint) -> Probe | None:
        n, across = point.shots, point.dimension - 1
        shape = np.array(SHAPES[point.variant])
        # At the class means noise across the line causes no error.
        if across == 0 or (math.isinf(n) and not any(shape[::2])):
            return None
        scale = self._scale(shape, n, across, point.level)
        own, other = (scale * shape[:2]) ** 2, (scale * shape[2:]) ** 2
        both = [_pair_error(own, other, n, across), _pair_error(other, own, n, across)]
        errors = np.array([value * (1 - gap) for value, gap in both])
        if max(errors) < 1e-60:
            return None
        means = np.zeros((2, point.dimension))
        means[1, 0] = 1.0
        variances = [np.array([each[0], *([each[1]] * across)]) for each in (own, other)]
        population = GaussianClasses(means.tolist(), variances)
        highs = np.array([min(1.0, value * (1 + gap)) if gap < 1 else 1.0 for value, gap in both])
        return Probe(self.name, point, population, errors, exact=math.isinf(n), highs=highs)

    @staticmethod
    def _scale(shape: Floats, n: float, across: int, level: float) -> float:
        """The smallest scale where mean over standard deviation is ``level``, or else is about least."""
        s2 = SCALES**2
        along_i, across_i, along_j, across_j = (x * x for x in shape)
        mean = 1 + s2 * (along_j - along_i + across * (across_j - across_i)) / n
        query, own, other = ((along_i, across_i), (along_i / n, across_i / n), (along_j / n, across_j / n))
        products = sum(
            times * (2 * query[a] * (own[a] + other[a]) + own[a] ** 2 + other[a] ** 2)
            for a, times in ((0, 1), (1, across))
        )
        variance = 4 * s2 * (along_i + along_j / n) + 2 * s2**2 * products
        # Of the class that has noise where centres stand still.
        variance = np.where(variance > 0, variance, 4 * s2 * along_j)
        ratio = mean / np.sqrt(variance)
        low = float(np.min(ratio))
        return float(SCALES[np.flatnonzero(ratio <= max(level, low + 0.05 * abs(low)))[0]])


def _pair_error(own: Floats, other: Floats, n: float, across: int) -> tuple[float, float]:
    """P(error) of a query of the class with these variances along and across, and how far off it may be,
    relatively: ten times what the inversion estimates for itself, and 1 where that is too much."""
    if math.isinf(n):
        return _known_means_error(own[0]), 0.0
    pair = Coordinates(
        own_mean=np.zeros(2),
        own=own / n,
        other_mean=np.array([1.0, 0.0]),
        other=other / n,
        query=own,
        times=np.array([1.0, float(across)]),
    )
    value, gap = pair_probability(pair, float(saddle(pair)))
    return (min(1.0, value), 10 * gap + ROUNDING) if gap < 1e-3 else (0.0, 1.0)
