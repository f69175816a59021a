"""Many Gaussian classes: all equally far from each other, or at random."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from simulations.attack.probing.gaussians import pair_of_gaussians, spread_for
from simulations.attack.probing.probe import Probe, ProbeLaw, ProbePoint
from simulations.populations.random_means import RandomMeans
from simulations.populations.simplex_etf import SimplexETF
from theory.inheritance import override

NODES = np.linspace(-12.0, 30.0, 2101)
"""Of the trapezoid rule, which for a smooth function with a Gaussian's tails errs by less than rounding."""


class GaussianSimplex(ProbeLaw):
    """Isotropic Gaussians at the corners of a simplex of side 1.

    With centres at the means a query errs where one of k - 1 standard normal scores, each two of correlation
    1/2, exceeds 1/(2 std): given their common part they are independent, which leaves one integral. With
    drawn centres the error is at least that against one other class, which is known exactly.
    """

    name = "simplex of Gaussians"
    sentence = "many Gaussian classes at one distance: the union over them matters at the class means"
    varies = "k"
    at_infinity = True
    levels = (0.7, 2.0, 6.0)
    few_levels: ClassVar[tuple[float, ...]] = (3.0,)

    @override
    def probe(self, point: ProbePoint) -> Probe | None:
        k, n = point.ways, point.shots
        dimension = max(point.dimension, k - 1)
        std = spread_for(point.level, n, dimension)
        radius = math.sqrt((k - 1) / (2 * k))
        population = SimplexETF(k, dimension, radius=radius, std=std)
        error = _at_the_means(k, std) if math.isinf(n) else pair_of_gaussians(n, dimension, std)
        if error is None:
            return None
        exact = math.isinf(n) or k == 2
        return Probe(self.name, point, population, np.full(k, error), exact=exact)


def _at_the_means(k: int, std: float) -> float:
    """P(one of k - 1 scores (g + h_j) / sqrt 2 exceeds 1 / (2 std)), g and all h_j standard normal."""
    from scipy.special import log_ndtr

    density = np.exp(-(NODES**2) / 2) / math.sqrt(2 * math.pi)
    some = -np.expm1((k - 1) * log_ndtr(1 / (math.sqrt(2) * std) - NODES))
    return float(np.sum(density * some) * (NODES[1] - NODES[0]))


MOST_AT_FEW_SHOTS = 5
"""Classes up to which pairs are evaluated where centres are drawn: milliseconds each."""


class RandomGaussians(ProbeLaw):
    """Isotropic Gaussians about random means: no two pairs are equally far apart. The error of a class is at
    least that against the nearest other one."""

    name = "Gaussians about random means"
    sentence = "many Gaussian classes at all distances: of an average no term is like another"
    varies = "k"
    at_infinity = True
    variants = 2
    levels = (0.7, 2.0, 6.0)
    few_levels: ClassVar[tuple[float, ...]] = (2.0,)

    @override
    def probe(self, point: ProbePoint) -> Probe | None:
        k, n = point.ways, point.shots
        if math.isfinite(n) and k > MOST_AT_FEW_SHOTS:
            return None
        # In few dimensions some pairs are much nearer than others.
        dimension = 2 if point.variant else max(2, k)
        means = RandomMeans(k, dimension, seed=k, std=0.0).means
        gaps = np.linalg.norm(means[:, None, :] - means[None, :, :], axis=2) + np.diag(np.full(k, math.inf))
        std = spread_for(point.level, n, dimension) * float(np.min(gaps))
        errors = [pair_of_gaussians(n, dimension, std / nearest) for nearest in np.min(gaps, axis=1)]
        known = [error for error in errors if error is not None]
        if len(known) < k:
            return None
        population = RandomMeans(k, dimension, seed=k, std=std)
        return Probe(self.name, point, population, np.array(known), exact=k == 2)
