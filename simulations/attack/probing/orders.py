"""How fast a bound falls or grows along one setting, beside the proved bounds with the same assumptions.

A bound that falls faster than every proved one is not thereby false, but it is the first to examine. Slopes
are those of log(bound) against log(setting), read at two far points of one fixed geometry.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from simulations.populations.base import Population
from simulations.populations.gaussian import GaussianClasses
from theory import catalogue
from theory.assumptions import Granted
from theory.bound import Bound, Value
from theory.geometry import ClassGeometry
from theory.setting import Setting

MARGIN = 0.2
"""Smallest difference of slopes that is reported."""
DEEP = 1e-4
"""A bound is compared only where it is informative: at its far point it must be below this and not be 0."""


@dataclass(frozen=True)
class Ray:
    """A ray along which one setting grows while all others stay fixed: ``build(t)`` gives the population and
    its setting."""

    name: str
    sentence: str
    far: tuple[float, float]
    build: Callable[[float], tuple[Population, Setting]]

    @property
    def outward(self) -> int:
        """1 where the ray goes to larger values, else -1."""
        return 1 if self.far[1] > self.far[0] else -1


@dataclass(frozen=True)
class Order:
    """Slopes along one ray. ``proved`` is the fastest proved bound with no further assumptions, by name."""

    ray: str
    sentence: str
    slope: float
    proved: str
    proved_slope: float
    outward: int

    @property
    def suspicious(self) -> bool:
        """Whether the bound falls faster, in the direction of the ray (``outward`` is -1 towards 0)."""
        return self.outward * (self.slope - self.proved_slope) < -MARGIN

    @property
    def text(self) -> str:
        """The order in one sentence, beside that of the fastest proved bound."""
        return (
            f"{self.sentence} it goes like {self.ray}^{self.slope:.3g}; the fastest proved bound with "
            f"these assumptions, {self.proved}, goes like {self.ray}^{self.proved_slope:.3g}"
        )


def _round(stds: tuple[float, ...], dimension: int) -> GaussianClasses:
    means = np.zeros((len(stds), dimension))
    for c in range(1, len(stds)):
        means[c, c - 1] = 1.0
    return GaussianClasses(means.tolist(), [std * std for std in stds])


RAYS = (
    Ray(
        "n",
        "for a query without noise, as shots grow,",
        (1e3, 1e5),
        lambda t: (_round((0.0, 0.05), 4), Setting(int(t), 2)),
    ),
    Ray(
        "v",
        "as all variances shrink together",
        (1e-5, 1e-7),
        lambda t: (_round((math.sqrt(t),) * 2, 2), Setting(5, 2)),
    ),
    Ray(
        "k",
        "as classes are added, all at one distance or more,",
        (24.0, 96.0),
        lambda t: (_round((1e-4,) * int(t), 128), Setting(5, int(t))),
    ),
    Ray(
        "p",
        "as dimensions with the same noise are added",
        (512.0, 8192.0),
        lambda t: (_round((1e-4, 1e-4), int(t)), Setting(5, 2)),
    ),
)


def orders(bound: Bound, rays: Iterable[Ray] = RAYS) -> tuple[Order, ...]:
    """Along every ray on which the bound and a proved one have a value."""
    return tuple(order for ray in rays for order in _order(bound, ray))


def _order(bound: Bound, ray: Ray) -> Iterator[Order]:
    own = _slope(bound, ray)
    if own is None:
        return
    proved = [
        (slope, other.name)
        for other in comparable(bound)
        if (slope := _proved_slope(other.name, ray.name)) is not None
    ]
    if proved:
        slope, name = min(proved, key=lambda pair: ray.outward * pair[0])
        yield Order(ray.name, ray.sentence, own, name, slope, ray.outward)


def comparable(bound: Bound) -> list[Bound]:
    """Catalogue bounds whose assumptions follow from those of ``bound``."""
    assumed = {assumption.name for assumption in Granted(bound.assumptions)}
    return [
        other
        for other in catalogue.about("few_shot_error")
        if other.kind == "upper"
        and other.name != "union_moment_optimal"
        and all(assumption.name in assumed for assumption in other.assumptions)
    ]


def _slope(bound: Bound, ray: Ray) -> float | None:
    """For queries of class 0, which may have no noise, where the bound differs between classes."""
    values = []
    for step in (0, 1):
        geometry, granted, setting = _end(ray.name, step)
        answer = bound.evaluate(geometry, setting, granted)
        if not isinstance(answer, Value):
            return None
        value = answer.value if answer.per_class is None else answer.per_class[0]
        if not 0 < value < math.inf:
            return None
        values.append(math.log(value))
    if min(values) > math.log(DEEP):
        return None
    return (values[1] - values[0]) / math.log(ray.far[1] / ray.far[0])


@cache
def _end(name: str, step: int) -> tuple[ClassGeometry, Granted, Setting]:
    ray = next(ray for ray in RAYS if ray.name == name)
    population, setting = ray.build(ray.far[step])
    return population.geometry(), population.granted(), setting


@cache
def _proved_slope(name: str, ray: str) -> float | None:
    return _slope(catalogue.get(name), next(each for each in RAYS if each.name == ray))
