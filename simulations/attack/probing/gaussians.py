"""Isotropic Gaussian classes: two of them exactly, in any dimension at any number of shots."""

from __future__ import annotations

import math

import numpy as np

from simulations.attack.probing.probe import Point, Probe, ProbeLaw
from simulations.populations.gaussian import GaussianClasses
from theory.bound import Value
from theory.few_shot.gaussian_two_class import gaussian_two_class
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
    name = "two isotropic Gaussians"
    sentence = "the exact two-class formula"
    varies = "np"
    threshold = True
    levels = (0.4, 1.0, 2.0, 4.0, 8.0, 14.0)
    few_levels = (1.0, 4.0, 10.0)

    def probe(self, point: Point) -> Probe | None:
        std = spread_for(point.level, point.shots, point.dimension)
        means = np.zeros((2, point.dimension))
        means[1, 0] = 1.0
        population = GaussianClasses(means.tolist(), [std * std] * 2)
        answer = gaussian_two_class.evaluate(
            population.geometry(), Setting(point.shots, 2), population.granted()
        )
        if not isinstance(answer, Value) or answer.per_class is None:
            return None
        return Probe(self.name, point, population, np.array(answer.per_class), exact=True)
