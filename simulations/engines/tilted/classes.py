"""Which populations can be tilted, and the query classes of each."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulations.engines.base import Refused
from simulations.engines.tilted.axes import AxesClass
from simulations.engines.tilted.frame import build, common_axes
from simulations.engines.tilted.full import FullClass
from simulations.engines.tilted.parts import MOST_TABLE, PartsClass, states
from simulations.engines.tilted.scales import ScalesClass
from simulations.populations.base import Population
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.laplace import LaplaceClasses
from simulations.populations.mixture import MixtureClasses

NEEDS = "the tilted engine needs Gaussian classes or mixtures of Gaussians"


def refusal(population: Population, shots: float) -> str | None:
    if isinstance(population, GaussianClasses):
        return None
    if isinstance(population, MixtureClasses):
        return None if listed(population, shots) else "too many part counts to list"
    if isinstance(population, LaplaceClasses):
        return None
    return NEEDS


def planned(population: Population) -> tuple[float, float]:
    """About the draws of an episode, and the relative variance of its value where errors are rare."""
    k, p = population.classes, population.dimension
    if isinstance(population, MixtureClasses):
        width = min(p, sum(len(each.weights) for each in population.parts) + k)
        return 2 * k * width + k * k, 0.1
    if isinstance(population, LaplaceClasses):
        return 0.75 * (1 + p / 700) * (k + 1) * p + k * k, 0.35 + 2.5 * min(1.0, 16 / p)
    return k * p + k * k, 0.1


def query_classes(population: Population, shots: float) -> list[Any]:
    if isinstance(population, GaussianClasses):
        return gaussian_classes(population, shots)
    if isinstance(population, MixtureClasses):
        return [PartsClass.build(population, i, shots) for i in range(population.classes)]
    if isinstance(population, LaplaceClasses):
        return [_scales(population, i, shots) for i in range(population.classes)]
    raise Refused(NEEDS)


def listed(population: MixtureClasses, shots: float) -> bool:
    """Whether the latent states of every pair are few enough for a table."""
    sizes = sorted(states(len(each.weights), shots) for each in population.parts)
    most = max(len(each.weights) for each in population.parts)
    return most * sizes[-1] * sizes[-2] <= MOST_TABLE


def gaussian_classes(population: GaussianClasses, shots: float) -> list[Any]:
    found = common_axes(population.covariances)
    if found is None:
        return [_full(population, i, shots) for i in range(population.classes)]
    axes, variances = found
    classes = []
    for i in range(population.classes):
        order = [i, *_others(population, i)]
        points = population.means[order[1:]] - population.means[i]
        frame = build(points if axes is None else points @ axes, variances[order], population.classes)
        classes.append(AxesClass.build(frame, frame.variances[0], frame.variances[1:], shots))
    return classes


def _scales(population: LaplaceClasses, i: int, shots: float) -> ScalesClass:
    others = _others(population, i)
    return ScalesClass.build(
        population.means[others] - population.means[i], population.stds[[i, *others]], shots
    )


def _others(population: Population, i: int) -> list[int]:
    return [j for j in range(population.classes) if j != i]


def _full(population: GaussianClasses, i: int, shots: float) -> FullClass:
    own = population.covariances[i]
    values, axes = (own, np.eye(len(own))) if own.ndim == 1 else np.linalg.eigh(own)
    others = _others(population, i)
    factors = []
    for j in others:
        factor = population.factor(j)
        factors.append(axes.T * factor if factor.ndim == 1 else axes.T @ factor)
    offsets = (population.means[others] - population.means[i]) @ axes
    return FullClass.build(np.maximum(values, 0.0), offsets, factors, shots)
