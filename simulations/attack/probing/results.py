"""Results of probing a bound, law by law."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simulations.attack.claims import Claim
from simulations.attack.probing.probe import ProbePoint
from simulations.attack.probing.regimes import Regimes
from simulations.populations.base import Population


@dataclass(frozen=True)
class Nearest:
    """A ratio of one law at one point, in the dimension that it has there. The claim's ``query`` is None for
    the mean over classes."""

    law: str
    point: ProbePoint
    dimension: int
    claim: Claim
    exact: bool

    @property
    def ratio(self) -> float:
        """error / bound."""
        return self.claim.ratio

    @property
    def where(self) -> str:
        """The setting in words, with what distinguishes the law's members."""
        shots = self.point.shots
        many = "infinitely many" if math.isinf(shots) else f"{shots:.15g}"
        return (
            f"{many} shot{'s' * (shots != 1)}, {self.point.ways} ways, dimension {self.dimension} "
            f"(parameter {self.point.level:g}, shape {self.point.variant + 1})"
        )


NEARLY = 0.8
"""A refutation with this part of the largest excess over 1 is as clear as it."""
CLEAR = 2.0
"""A larger ratio makes a refutation no clearer."""


def plainness(refutation: Nearest) -> tuple[bool, bool, float, int, float]:
    """Sort key; smaller is simpler to read: finite shots and the mean over classes first, then few shots and
    classes, and among these an error that is not tiny."""
    point = refutation.point
    return (
        math.isinf(point.shots),
        refutation.claim.query is not None,
        point.shots * point.ways,
        refutation.dimension,
        -refutation.claim.error,
    )


def clearly(refutations: Iterable[Nearest]) -> float:
    """The excess over 1 from which a refutation is about as clear as the clearest of these."""
    return NEARLY * (min(CLEAR, max((each.ratio for each in refutations), default=1.0)) - 1)


def plainest(refutations: Sequence[Nearest]) -> Nearest | None:
    """The refutation to look at: of those with nearly the largest ratio the one with the smallest numbers."""
    if not refutations:
        return None
    clear = clearly(refutations)
    return min((each for each in refutations if each.ratio - 1 >= clear), key=plainness)


@dataclass(frozen=True)
class Reach:
    """The largest finite number of shots, of ways and the largest dimension at which a bound had a value on
    a law."""

    shots: float = 0
    ways: int = 0
    dimension: int = 0

    def with_point(self, shots: float, ways: int, dimension: int) -> Reach:
        """The same, out to this point too; infinitely many shots are no distance."""
        return Reach(
            max(self.shots, shots if math.isfinite(shots) else 0),
            max(self.ways, ways),
            max(self.dimension, dimension),
        )


@dataclass(frozen=True)
class LawSearch:
    """Results of the probes of one law.

    sides : for each comparison of the statement, whether its left side was seen below and above its right.
    planned, evaluated, tried, applied : points of the plan; reached in time; where the law exists; where the
        bound has a value. climbed : further points, reached by climbing from the nearest of these.
    broken : a probe that refutes the bound, if any (the one with the largest ratio); nearest includes it.
    witness, population : among those that refute it nearly as clearly, the one with the smallest numbers.
    reach : how far it was tried where the bound has a value, the climb included.
    """

    law: str
    sentence: str
    covers: str
    planned: int
    evaluated: int
    tried: int
    applied: int
    climbed: int
    nearest: Nearest | None
    broken: Nearest | None
    witness: Nearest | None
    population: Population | None
    sides: tuple[tuple[bool, bool], ...]
    seconds: float
    reach: Reach = Reach()

    @property
    def left_out(self) -> int:
        """Planned points that were not evaluated."""
        return self.planned - self.evaluated

    @property
    def left_out_because(self) -> str:
        """Why points were left out, in words."""
        return "for time" if self.broken is None else "once it was refuted"


@dataclass(frozen=True)
class Probed:
    """All laws. ``regimes`` is what was read off the statement."""

    regimes: Regimes
    laws: tuple[LawSearch, ...]

    @property
    def applied(self) -> int:
        """Points at which the bound applies, over all laws."""
        return sum(law.applied for law in self.laws)

    @property
    def tried(self) -> int:
        """Points tried, over all laws."""
        return sum(law.tried for law in self.laws)

    @property
    def nearest(self) -> Nearest | None:
        """The point of largest error / bound; None where the bound applies nowhere."""
        candidates = [law.nearest for law in self.laws if law.nearest is not None]
        return max(candidates, key=lambda each: each.ratio, default=None)

    @property
    def share(self) -> float:
        """The share of the existing probes at which the bound has a value; 1 where there are no probes."""
        return self.applied / self.tried if self.tried else 1.0

    @property
    def refuting(self) -> tuple[LawSearch, ...]:
        """Laws that refute the bound, the simplest refutation first."""
        refuted = [(law.witness, law) for law in self.laws if law.witness is not None]
        clear = clearly(witness for witness, _ in refuted)
        refuted.sort(key=lambda pair: (pair[0].ratio - 1 < clear, plainness(pair[0])))
        return tuple(law for _, law in refuted)

    @property
    def unreached(self) -> tuple[str, ...]:
        """Sides of comparisons that no probe was on."""
        missing = []
        for index, comparison in enumerate(self.regimes.comparisons):
            below = any(law.sides[index][0] for law in self.laws)
            above = any(law.sides[index][1] for law in self.laws)
            for reached, word in ((below, "<"), (above, ">")):
                if not reached:
                    missing.append(f"{comparison.left} {word} {comparison.right}")
        return tuple(missing)

    @property
    def limits(self) -> str:
        """What was not searched, in one sentence, derived from the points evaluated and not from the plan."""
        shots = max((law.reach.shots for law in self.laws), default=0)
        ways = max((law.reach.ways for law in self.laws), default=0)
        dimension = max((law.reach.dimension for law in self.laws), default=0)
        finite = f"no finite number of shots above {shots:.9g}" if shots else "no finite number of shots"
        text = f"{finite}, no more than {ways} ways and no dimension above {dimension} were tried"
        if not ways:
            text = "nothing was tried, as no probe satisfies the assumptions"
        for reason in ("for time", "once it was refuted"):
            count = sum(law.left_out for law in self.laws if law.left_out_because == reason)
            text += f"; {count} planned probes were left out {reason}" if count else ""
        return text
