"""The value of a bound, put off to its safe side by what rounding may have left in it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from theory.bound.answer import BoundValue, NotApplicable, Value
from theory.bound.subsets import FROM_BELOW

REPEATS, FEWEST = 10, 4
"""How often a statement that lost digits is evaluated with its intermediate results moved; and how often
where that hardly moves it."""
KEPT = 1e-12
"""Relative rounding up to which a value is left as it is."""
LINEAR, FURTHER = 0.1, 1000.0
"""Where a value moves by a larger share of itself, what it was divided by may be rounding alone: it is put
off by so many times as much."""
NOTHING = 1e-28
"""What is 0 where no class has any spread, and moves by less, is left at 0: squares of differences of what is
the same, as of a margin's mean and its scale, are moved by the square of a step."""
NO_ERROR = 1e-100
"""An approximation that is less says that there is no error."""
LARGE = 1e280
"""Beyond all errors; and one over it below all that are told from 0."""
NEEDED = 1e-9
"""Relative rounding above which a claim of equality cannot be compared with anything."""


def outward(kind: str, answer: Value, moved: Sequence[BoundValue], nothing: float = 0.0) -> BoundValue:
    """``answer`` with its value, and those for queries of each class, moved to their safe side as far as any
    evaluation in ``moved`` lies from them: up for a bound from above, down for one from below. A claim of
    another kind with too few digits is not applicable. What is 0 and moves by up to ``nothing`` stays so."""
    spreads = _spreads(answer, moved)
    if spreads is None:
        return NotApplicable("whether it applies is decided by rounding")
    off, classes = spreads
    if kind == "approximation" or (kind == "equality" and off <= NEEDED * abs(answer.value)):
        return answer
    if kind == "equality":
        return NotApplicable("its parts cancel: double precision leaves too few digits; state it otherwise")
    sign = -1.0 if kind in FROM_BELOW else 1.0
    per_class = None
    if answer.per_class is not None:
        per_class = tuple(
            _put_off(value, sign, by, nothing) for value, by in zip(answer.per_class, classes, strict=True)
        )
    return Value(_put_off(answer.value, sign, off, nothing), per_class, answer.parameters)


def either_way(kind: str, answer: Value, others: Sequence[BoundValue]) -> BoundValue:
    """``answer`` on the safe side of ``others``, in which comparisons that rounding leaves undecided say
    another thing. One that is not finite is what the comparison guards against, as a division by 0."""
    kept = [each for each in others if isinstance(each, Value) and math.isfinite(each.value)]
    if kind == "approximation" or not kept:
        return answer
    values = [each.value for each in kept]
    if kind == "equality":
        apart = max(abs(value - answer.value) for value in values)
        if apart <= NEEDED * abs(answer.value):
            return answer
        return NotApplicable("which of its cases holds is decided by rounding; state it otherwise")
    safest = min if kind in FROM_BELOW else max
    per_class = answer.per_class
    if per_class is not None:
        classes = [each.per_class for each in kept if each.per_class is not None]
        per_class = tuple(map(safest, per_class, *classes)) if classes else per_class
        # Another outcome may be the safest for each class.
        values.append(math.fsum(per_class) / len(per_class))
    return Value(safest(answer.value, *values), per_class, answer.parameters)


def stays(kind: str, answer: Value, kept: BoundValue) -> bool:
    """Whether a value is the same with what leaves double precision ``kept`` at its ends; or on the far safe
    side in both."""
    if not isinstance(kept, Value):
        return False
    sign = -1.0 if kind in FROM_BELOW else 1.0
    # An approximation is compared with nothing so small.
    none = NO_ERROR if kind == "approximation" else 1 / LARGE

    def is_same(value: float, other: float) -> bool:
        above = kind != "equality" and min(sign * value, sign * other) > LARGE
        near = math.isfinite(value) and abs(value - other) <= KEPT * abs(value) + none
        return above or near or value == other

    pairs = zip(answer.per_class or (), kept.per_class or (), strict=True)
    return is_same(answer.value, kept.value) and all(is_same(*pair) for pair in pairs)


def is_off(answer: Value, moved: Sequence[BoundValue]) -> bool:
    """Whether any value moves by more than is left as it is."""
    spreads = _spreads(answer, moved)
    if spreads is None:
        return True
    values = (answer.value, *(answer.per_class or ()))
    return any(by > KEPT * abs(value) for value, by in zip(values, (spreads[0], *spreads[1]), strict=True))


def _spreads(answer: Value, moved: Sequence[BoundValue]) -> tuple[float, list[float]] | None:
    """Of the value, and of those for queries of each class; None where one of ``moved`` is no value."""
    others = [each for each in moved if isinstance(each, Value)]
    if len(others) < len(moved):
        return None
    return _spread(answer.value, [each.value for each in others]), [
        _spread(value, [math.nan if each.per_class is None else each.per_class[c] for each in others])
        for c, value in enumerate(answer.per_class or ())
    ]


def _spread(value: float, others: Sequence[float]) -> float:
    off = [abs(other - value) if other != value else 0.0 for other in others]
    return math.inf if any(map(math.isnan, off)) else max(off)


def _put_off(value: float, sign: float, by: float, nothing: float) -> float:
    kept = by <= KEPT * abs(value) or (value == 0 and by <= nothing)
    further = FURTHER if by > LINEAR * abs(value) else 1.0
    return value if kept else max(0.0, value + sign * further * by)
