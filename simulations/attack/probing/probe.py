"""One probe: a population, a number of shots, and for each class an error that is known to be reached."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from simulations.populations.base import Population
from theory.array import Floats
from theory.assumptions import Granted
from theory.geometry import ClassGeometry
from theory.setting import Setting

MOST_KEPT, LARGEST_KEPT = 8192, 20_000
"""Probes that a process keeps, and the coordinates of all differences of means that such a one has."""


@dataclass(frozen=True)
class ProbePoint:
    """The point at which a law is evaluated.

    shots : support draws a class, infinite for centres at the class means. ways : classes. dimension : of
    the features. level : a parameter of the law, for most minus log10 of the error aimed at.
    variant : number of the law's shape.
    """

    shots: float = 1
    ways: int = 2
    dimension: int = 1
    level: float = 3.0
    variant: int = 0

    @property
    def text(self) -> str:
        """The point in words."""
        shots = "infinitely many" if math.isinf(self.shots) else f"{self.shots:.15g}"
        return f"{shots} shots, {self.ways} ways, dimension {self.dimension}, parameter {self.level:g}"


@dataclass(frozen=True, eq=False)
class Probe:
    """``errors`` (classes,) are exact where ``exact``, else lower bounds that events of known probability
    give; a bound below any of them, or below their mean, is false. ``highs`` (classes,), where they are
    known, are no less than the errors: a lower bound above any of them is false."""

    law: str
    point: ProbePoint
    population: Population
    errors: Floats
    exact: bool
    highs: Floats | None = None

    @cached_property
    def geometry(self) -> ClassGeometry:
        """The geometry of the population, computed once."""
        return self.population.geometry()

    @cached_property
    def granted(self) -> Granted:
        """What holds of the population."""
        return self.population.granted()

    @property
    def setting(self) -> Setting:
        """All classes take part."""
        shots = self.point.shots
        return Setting(shots if math.isinf(shots) else int(shots), self.population.classes)


class ProbeLaw(ABC):
    """A law with an error in closed form.

    varies : which of "n", "k", "p" the law has (shots, ways, dimension); the others stay at 1 shot,
    2 ways, and whatever dimension it lives in. variants : number of shapes.
    """

    name: ClassVar[str]
    sentence: ClassVar[str]
    varies: ClassVar[str]
    variants: ClassVar[int] = 1
    at_infinity: ClassVar[bool] = False
    at_finite: ClassVar[bool] = True
    """Whether the law is defined for centres at the class means, and for drawn ones."""
    levels: ClassVar[tuple[float, ...]] = (0.5, 1.5, 3.0, 5.0, 8.0)
    few_levels: ClassVar[tuple[float, ...]] = ()
    """Levels away from the axis of shots; all where none are named."""
    fewest_ways: ClassVar[int] = 2
    threshold: ClassVar[bool] = False
    """Whether its error depends on dimension over shots: then it is swept along that ratio too."""

    def depends_on(self, variant: int, axis: str) -> bool:
        """Whether a shape of the law changes with the setting ``axis`` at all."""
        return True

    @abstractmethod
    def probe(self, point: ProbePoint) -> Probe | None:
        """The law at that point; None where it does not exist there (the error aimed at is too large for
        it)."""


_kept: dict[tuple[ProbeLaw, ProbePoint], Probe | None] = {}


def at(law: ProbeLaw, point: ProbePoint) -> Probe | None:
    """The law's probe. Small ones are made once a process: every bound of a file is evaluated at the same
    points. Large ones, whose geometry is megabytes, are made anew."""
    key = (law, point)
    if key in _kept:
        return _kept[key]
    probe = law.probe(point)
    size = 0 if probe is None else probe.population.classes**2 * probe.population.dimension
    if size <= LARGEST_KEPT:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[key] = probe
    return probe
