"""Which populations can be tilted, and the query classes of each."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from simulations.engines.base import Refused
from simulations.engines.geometry.digits import LOST, VISIBLE, largest_slip
from simulations.engines.geometry.principal import principal_axes
from simulations.engines.tilted.axes import AxesClass
from simulations.engines.tilted.counts import CountsClass
from simulations.engines.tilted.frame import build, common_axes
from simulations.engines.tilted.full import FullClass
from simulations.engines.tilted.inversion import AGREE
from simulations.engines.tilted.parts import MOST_TABLE, PartsClass, states
from simulations.engines.tilted.query_class import TiltedClass
from simulations.engines.tilted.scales import ScalesClass
from simulations.engines.tilted.spheres import SpheresClass, cost
from simulations.populations.base import Population
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.laplace import LaplaceClasses
from simulations.populations.mixture import MixtureClasses
from simulations.populations.student import StudentClasses
from theory.array import Floats

NEEDS = "the tilted engine needs Gaussian, Laplace or Student classes or mixtures of Gaussians"
MOST_SHOTS = 1e9
SMALLEST = 1e-30
"""Of lengths, and the inverse of the largest, between which no class needs a unit of its own."""
MOST_DRAWN = 1000
"""Shots of Student classes."""
SPHERES = 0.3
"""About the relative variance of an episode of Student classes."""
UNLISTED = 0.25
"""About the relative variance of an episode where part counts are drawn: measured are .03 to .2."""


def refusal(population: Population, shots: float) -> str | None:
    """Why no tilts are made for this population at these shots, or None."""
    if isinstance(population, GaussianClasses | LaplaceClasses):
        return None
    if isinstance(population, StudentClasses):
        return "too many shots to draw them one by one" if MOST_DRAWN < shots < math.inf else None
    if isinstance(population, MixtureClasses):
        if _atoms_may_tie(population, shots):
            return "parts without spread may tie, which tilts do not see"
        if listed(population, shots) or shots <= MOST_SHOTS:
            return None
        return "too many part counts to list, and too many shots to draw them"
    return NEEDS


def _atoms_may_tie(population: MixtureClasses, shots: float) -> bool:
    """Whether a query that is an atom may be as near to two centres that differ: they are its own and another
    that is made of atoms alone, or both are means."""
    classes = sum(bool(np.any(part.stds == 0)) for part in population.parts)
    return classes > (0 if math.isinf(shots) else 1)


def planned(population: Population, shots: float) -> tuple[float, float]:
    """About the draws of an episode, and the relative variance of its value where errors are rare."""
    k, p = population.classes, population.dimension
    if isinstance(population, MixtureClasses):
        parts = sum(len(each.weights) for each in population.parts)
        width = min(p, parts + k)
        if not listed(population, shots):
            return 3 * k * width + k * k + 4 * parts, UNLISTED
        return 2 * k * width + k * k, 0.05
    if isinstance(population, LaplaceClasses):
        return 0.95 * (1 + p / 700) * (k + 1) * p + k * k, 0.17 + 1.25 * min(1.0, 16 / p)
    if isinstance(population, StudentClasses):
        return cost(k, min(p, 2 * k), shots, float(np.min(population.dfs))), SPHERES
    return k * p + k * k, 0.05


def query_classes(population: Population, shots: float) -> list[TiltedClass]:
    """One a class. Where lengths are so small or so large that products of four of them leave double
    precision, each class is built in a unit of its own: its margins don't depend on it."""
    units = _own_units(population)
    if np.all((units > SMALLEST) & (units < 1 / SMALLEST)):
        return _built(population, shots)
    return [_built(_in_unit(population, i, float(u)), shots)[i] for i, u in enumerate(units)]


def _own_units(population: Population) -> Floats:
    """(classes,): the distance to the nearest mean, or the class's own spread where that is larger."""
    spreads = _spreads(population)
    units = []
    for i, spread in enumerate(spreads):
        others = np.delete(population.means, i, axis=0) - population.means[i]
        size = float(np.max(np.abs(others))) or 1.0
        gaps = size * np.sqrt(np.sum((others / size) ** 2, axis=1))
        units.append(max(float(np.min(gaps[gaps > 0], initial=size)), float(spread)))
    return np.array(units)


def _spreads(population: Population) -> Floats:
    """(classes,): about the largest standard deviation."""
    if isinstance(population, GaussianClasses):
        tops = [
            np.max(each if each.ndim == 1 else np.diag(each), initial=0.0) for each in population.covariances
        ]
        values: Floats = np.sqrt(np.array(tops))
        return values
    if isinstance(population, LaplaceClasses):
        return np.asarray(np.max(population.stds, axis=1))
    if isinstance(population, StudentClasses):
        return population.stds
    if isinstance(population, MixtureClasses):
        return np.array([np.max(each.stds) for each in population.parts])
    raise Refused(NEEDS)


def _in_unit(population: Population, i: int, unit: float) -> Population:
    """With all lengths divided by ``unit``, about the mean of class ``i``."""
    means = (population.means - population.means[i]) / unit
    if isinstance(population, GaussianClasses):
        return GaussianClasses(means.tolist(), [each / unit / unit for each in population.covariances])
    if isinstance(population, LaplaceClasses):
        return LaplaceClasses(means.tolist(), (population.stds / unit).tolist())
    if isinstance(population, StudentClasses):
        return StudentClasses(means.tolist(), (population.stds / unit).tolist(), population.dfs.tolist())
    if isinstance(population, MixtureClasses):
        return MixtureClasses(
            [
                list(
                    zip(
                        each.weights, (each.means - population.means[i]) / unit, each.stds / unit, strict=True
                    )
                )
                for each in population.parts
            ]
        )
    raise Refused(NEEDS)


def _built(population: Population, shots: float) -> list[TiltedClass]:
    if isinstance(population, GaussianClasses):
        return gaussian_classes(population, shots)
    if isinstance(population, MixtureClasses):
        kind = PartsClass if listed(population, shots) else CountsClass
        return [kind.build(population, i, shots) for i in range(population.classes)]
    if isinstance(population, LaplaceClasses):
        return [_scales(population, i, shots) for i in range(population.classes)]
    if isinstance(population, StudentClasses):
        return [SpheresClass.build(population, i, shots) for i in range(population.classes)]
    raise Refused(NEEDS)


def listed(population: MixtureClasses, shots: float) -> bool:
    """Whether the latent states of every pair are few enough for a table."""
    sizes = sorted(states(len(each.weights), shots) for each in population.parts)
    most = max(len(each.weights) for each in population.parts)
    return most * sizes[-1] * sizes[-2] <= MOST_TABLE


def gaussian_classes(population: GaussianClasses, shots: float) -> list[TiltedClass]:
    """By axes where all covariances share their eigenvectors, else with whole matrices."""
    shared = common_axes(population.covariances, population.means, 1 / shots)
    if shared is None:
        return _full_classes(population, shots)
    axes, variances = shared
    classes: list[TiltedClass] = []
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


def _full_classes(population: GaussianClasses, shots: float) -> list[TiltedClass]:
    """Without pair probabilities where the axes don't know them as exactly as these claim to be."""
    full = [_full(population, i, shots) for i in range(population.classes)]
    variances = np.zeros((len(full), len(full)))
    for i, each in enumerate(full):
        variances[i, _others(population, i)] = each.offsets**2 @ each.own
    slip = largest_slip(population, shots, variances)
    if not slip <= VISIBLE:
        raise Refused(LOST)
    return [each if slip <= AGREE else replace(each, known=False) for each in full]


def _full(population: GaussianClasses, i: int, shots: float) -> FullClass:
    own = population.covariances[i]
    values, axes = (own, np.eye(len(own))) if own.ndim == 1 else principal_axes(own)
    others = _others(population, i)
    factors = []
    for j in others:
        factor = population.factor(j)
        factors.append(axes.T * factor if factor.ndim == 1 else axes.T @ factor)
    offsets = (population.means[others] - population.means[i]) @ axes
    return FullClass.build(values, offsets, factors, shots)
