"""A bound's value on the safe side of what rounding leaves of it, and of what leaves double precision."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from theory.assumptions import Granted
from theory.bound.answer import BoundValue, NotApplicable, Value
from theory.bound.evaluated import Evaluated
from theory.bound.many_digits import in_many_digits
from theory.bound.outward import FEWEST, NOTHING, REPEATS, either_way, is_off, outward, stays
from theory.evaluation.reach import Reach, within
from theory.evaluation.rounding import Rounding, disturbed, is_unwatched, repeated, watched
from theory.geometry import ClassGeometry
from theory.setting import Setting

MOST_OPEN = 4
"""Comparisons that rounding leaves undecided, of which all outcomes are tried; others go with these."""
FEW_STEPS = 3000
"""Parts of a statement that many digits are asked for where comparisons are undecided."""


def rounded(
    bound: Evaluated, geometry: ClassGeometry, setting: Setting, granted: Granted, at: dict[str, float]
) -> BoundValue:
    """What the bound says; where parts of its statement cancel, or leave double precision, on the safe side
    of that. Raises ``MissingQuantity``."""
    reading = _Reading(bound, geometry, setting, granted, at)
    return reading.plain() if bound.rounds_itself or is_unwatched() else reading.safe()


@dataclass(frozen=True, eq=False)
class _Reading:
    bound: Evaluated
    geometry: ClassGeometry
    setting: Setting
    granted: Granted
    at: dict[str, float]

    def plain(self) -> BoundValue:
        return self.bound._evaluate(self.geometry, self.setting, self.granted, self.at)

    def safe(self) -> BoundValue:
        answer, rounding = self._in_reach()
        if rounding.lost and isinstance(answer, Value):
            answer = self._put_outward(answer, rounding)
        if rounding.undecided and isinstance(answer, Value):
            answer = self._decided(answer, rounding)
        return answer

    def _kept(self) -> BoundValue:
        """With what is beyond double precision kept at its ends."""
        with within(Reach(keeps=True)), self.geometry.quiet():
            return self.plain()

    def _again(self, rounding: Rounding, seed: int, says: tuple[bool, ...] | None = None) -> BoundValue:
        with disturbed(seed, rounding, says):
            return self.plain()

    def _in_reach(self) -> tuple[BoundValue, Rounding]:
        """The value, and what it noted of rounding; not applicable where the value depends on what leaves
        double precision on the way."""
        reach = Reach()
        with within(reach), self.geometry.quiet(), watched() as rounding:
            answer = self.plain()
        if not reach.is_left or not isinstance(answer, Value):
            return answer, rounding
        kind = self.bound.kind
        with repeated(rounding):
            other = self._kept()
        if not stays(kind, answer, other) and self.bound.free is not None:
            # The search may have ended where double precision is left: there is another end.
            with watched() as rounding:
                other = self._kept()
            with repeated(rounding):
                answer = self.plain()
        if isinstance(answer, Value) and stays(kind, answer, other):
            return answer, rounding
        return NotApplicable("a part of it leaves double precision; state it otherwise"), rounding

    def _put_outward(self, answer: Value, rounding: Rounding) -> BoundValue:
        moved = []
        for seed in range(REPEATS):
            moved.append(self._again(rounding, seed))
            if seed + 1 == FEWEST and not is_off(answer, moved):
                return answer
        is_still = not bool(self.geometry.xp.any(self.geometry.variances > 0))
        return outward(self.bound.kind, answer, moved, NOTHING if is_still else 0.0)

    def _decided(self, answer: Value, rounding: Rounding) -> BoundValue:
        """The safest of all outcomes of what is undecided, for all pairs alike, and of that by many digits,
        pair by pair."""
        ways = product((False, True), repeat=min(rounding.undecided, MOST_OPEN))
        others = [self._again(rounding, seed, says) for seed, says in enumerate(ways)]
        digits = in_many_digits(
            self.bound, self.geometry, self.setting, self.granted, answer, at=self.at, most=FEW_STEPS
        )
        return either_way(self.bound.kind, answer, others if digits is None else [*others, digits])
