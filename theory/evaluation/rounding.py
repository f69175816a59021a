"""What rounding leaves of a statement whose parts cancel.

1 - (1 - x)^2 is 0 in double precision for every x below 1e-16, and a true bound of that form would be called
violated by any error. An evaluation under ``watched`` notes whether a difference, a logarithm or a power lost
digits. Under ``disturbed`` every intermediate result is moved by some units in its last place: how far the
value moves with them is how far rounding may have put it off (stochastic arithmetic, Vignes 1993). What is
read from a geometry or a setting is not moved: rounding of moments is not that of the statement.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np
import sympy as sp

from theory.array import Array, Namespace, Operand

STEP = 2.0**-50
"""By up to this share of itself an intermediate result is moved, eight times what one operation rounds by: by
different ones, so that two moves hardly ever cancel to less than rounding."""
LOST = 2.0**-8
"""A result that is so small beside what it was computed from has lost 8 of its 53 bits, and may lose as many
again in what it is part of."""
MOST_MOVED, MOST_KEPT = 0.1, 1 << 20
"""Share of itself by which a divisor may move, and numbers of a divisor that are kept to see it: over the
triples of many classes they would fill the memory."""


class Rounding:
    """What an evaluation does at each operation besides computing it. ``before``: that of an earlier
    evaluation of the same statement, whose searches and divisors come in the same order."""

    def __init__(self, seed: int = 0, before: Rounding | None = None) -> None:
        self._seed = seed
        self._draws = None if before is None else np.random.default_rng(seed)
        self._lost: Array | None = None
        self._places: list[Array] = []
        self._divisors: list[Array | None] = []
        self._decisions: list[Rounding] = []
        self._known = None if before is None else iter(before._places)
        self._unmoved = None if before is None else iter(before._divisors)
        self._decided = None if before is None else iter(before._decisions)

    @property
    def disturbs(self) -> bool:
        """Whether intermediate results are moved."""
        return self._draws is not None

    @property
    def lost(self) -> bool:
        """Whether an operation lost digits anywhere."""
        own = self._lost is not None and bool(self._lost)
        return own or any(each.lost for each in self._decisions)

    def place(self, search: Callable[[], Array]) -> Array:
        """Where ``search`` ends; found once, and neither watched nor disturbed on the way."""
        if self._known is not None:
            return next(self._known)
        with unmoved():
            self._places.append(search())
        return self._places[-1]

    def decision(self, compute: Callable[[], Array]) -> Array:
        """What something is decided by: compared, or rounded to a whole number. It is moved only where it
        lost digits itself: else it is what it says, as of two classes that are alike."""
        if self._decided is None:
            with watched() as inner:
                value = compute()
            self._decisions.append(inner)
            return value
        known = next(self._decided, None)
        with unmoved() if known is None or not known.lost else disturbed(self._seed, known):
            return compute()

    def divisor(self, xp: Namespace, value: Array) -> Array:
        """What something is divided by; NaN where it moves so far that nothing is known of the quotient."""
        if self._unmoved is None:
            self._divisors.append(value if math.prod(value.shape) <= MOST_KEPT else None)
            return value
        unmoved = next(self._unmoved, None)
        if unmoved is None:
            return value
        if unmoved.shape != value.shape:  # of a sum that has another number of terms now
            return xp.full_like(value, math.nan)
        # By 0 itself a quotient is infinite already, or left out by a case of the statement.
        size = xp.abs(unmoved)
        unknown = xp.logical_and(xp.abs(value - unmoved) > MOST_MOVED * size, size > 0)
        return xp.where(unknown, xp.full_like(value, math.nan), value)

    def difference(self, xp: Namespace, terms: Sequence[Array], total: Array) -> None:
        """Note a sum of terms of both signs."""
        size = xp.abs(terms[0])
        for term in terms[1:]:
            size = size + xp.abs(term)
        self._note(xp, xp.abs(total) < LOST * size)

    def logarithm(self, xp: Namespace, value: Array) -> None:
        """Note a logarithm of what may be next to 1."""
        self._note(xp, xp.abs(value - 1) < LOST)

    def power(self, xp: Namespace, exponent: Array) -> None:
        """Note a power, which multiplies the relative rounding of its base by the exponent."""
        self._note(xp, xp.abs(exponent) > 1 / LOST)

    def moved(self, value: Operand) -> Operand:
        """An intermediate result, moved up or down at random where this disturbs: by the same share for all
        classes, so that their order does not matter."""
        if self._draws is None:
            return value
        return value * (1 + STEP * float(self._draws.uniform(-1.0, 1.0)))

    def _note(self, xp: Namespace, lost: Array) -> None:
        some = xp.any(lost)
        self._lost = some if self._lost is None else xp.logical_or(self._lost, some)


_current: ContextVar[Rounding | None] = ContextVar("rounding", default=None)


def current() -> Rounding | None:
    """What evaluations that begin now do besides; None for nothing."""
    return _current.get()


@contextmanager
def watched() -> Iterator[Rounding]:
    """Evaluations within note whether they lost digits."""
    yield from _within(Rounding())


@contextmanager
def disturbed(seed: int, before: Rounding) -> Iterator[Rounding]:
    """An evaluation within moves every intermediate result, as ``seed`` decides, and searches nothing anew:
    ``before`` is what watched the same evaluation."""
    yield from _within(Rounding(seed, before))


@contextmanager
def unmoved() -> Iterator[None]:
    """Evaluations within are neither watched nor disturbed."""
    token = _current.set(None)
    try:
        yield
    finally:
        _current.reset(token)


_spread_only: ContextVar[bool] = ContextVar("spread_only", default=False)


@contextmanager
def unwatched() -> Iterator[None]:
    """Values within are as double precision leaves them: where only their spread over samples is asked for,
    which is far wider."""
    token = _spread_only.set(True)
    try:
        yield
    finally:
        _spread_only.reset(token)


def is_unwatched() -> bool:
    """Whether no evaluation is to be put on the safe side of rounding now."""
    return _spread_only.get()


def _within(rounding: Rounding) -> Iterator[Rounding]:
    token = _current.set(rounding)
    try:
        yield rounding
    finally:
        _current.reset(token)


def is_rounded(node: sp.Basic) -> bool:
    """Whether the value of a node is a number that was computed: no constant, symbol or comparison."""
    return not (node.is_Symbol or node.is_number or node.is_Boolean or node.is_Relational)
