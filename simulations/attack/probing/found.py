"""What the probes of a bound showed, law by law."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulations.attack.claims import Claim
from simulations.attack.probing.grid import Axes
from simulations.attack.probing.probe import Point
from simulations.attack.probing.regimes import Regimes
from simulations.populations.base import Population


@dataclass(frozen=True)
class Nearest:
    """A ratio of one law at one point, in the dimension that it has there. The claim's ``query`` is None for
    the mean over classes."""

    law: str
    point: Point
    dimension: int
    claim: Claim
    exact: bool

    @property
    def ratio(self) -> float:
        return self.claim.ratio

    @property
    def where(self) -> str:
        """The setting in words, with what tells the law's members apart."""
        shots = self.point.shots
        many = "infinitely many" if math.isinf(shots) else f"{shots:.15g}"
        return (
            f"{many} shots, {self.point.ways} ways, dimension {self.dimension} (parameter "
            f"{self.point.level:g}, shape {self.point.variant + 1})"
        )


@dataclass(frozen=True)
class LawSearch:
    """What the probes of one law showed.

    sides : for each comparison of the statement, whether its left side was seen below and above its right.
    planned, asked, tried, applied : points of the plan; reached in time; where the law exists; where the
        bound has a value. climbed : further points, asked from the nearest of these.
    broken : a probe that refutes the bound, if any (the one with the largest ratio); nearest includes it.
    witness, population : of those that refute it, the one with the fewest classes and dimensions.
    """

    law: str
    sentence: str
    covers: str
    planned: int
    asked: int
    tried: int
    applied: int
    climbed: int
    nearest: Nearest | None
    broken: Nearest | None
    witness: Nearest | None
    population: Population | None
    sides: tuple[tuple[bool, bool], ...]
    seconds: float


@dataclass(frozen=True)
class Probed:
    """All laws. ``regimes`` is what was read off the statement."""

    regimes: Regimes
    spread: Axes
    laws: tuple[LawSearch, ...]

    @property
    def applied(self) -> int:
        return sum(law.applied for law in self.laws)

    @property
    def tried(self) -> int:
        return sum(law.tried for law in self.laws)

    @property
    def nearest(self) -> Nearest | None:
        found = [law.nearest for law in self.laws if law.nearest is not None]
        return max(found, key=lambda each: each.ratio, default=None)

    @property
    def broken(self) -> tuple[Nearest, ...]:
        return tuple(law.broken for law in self.laws if law.broken is not None)

    @property
    def unreached(self) -> tuple[str, ...]:
        """Sides of comparisons that no probe was on."""
        found = []
        for index, comparison in enumerate(self.regimes.comparisons):
            below = any(law.sides[index][0] for law in self.laws)
            above = any(law.sides[index][1] for law in self.laws)
            for seen, word in ((below, "<"), (above, ">")):
                if not seen:
                    found.append(f"{comparison.left} {word} {comparison.right}")
        return tuple(found)

    @property
    def limits(self) -> str:
        """What was not searched, in one sentence."""
        finite = [n for n in self.spread.shots if math.isfinite(n)]
        return (
            f"nothing finite beyond {finite[-1]:.9g} shots, {self.spread.ways[-1]} ways or dimension "
            f"{self.spread.dimensions[-1]} was tried"
        )
