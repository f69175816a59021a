"""What rounding leaves of a statement whose parts cancel.

1 - (1 - x)^2 is 0 in double precision for every x below 1e-16, and a true bound of that form would be called
violated by any error. An evaluation under ``watched`` notes whether a difference, a logarithm or a power lost
digits. Under ``disturbed`` every intermediate result is moved by some units in its last place: how far the
value moves with them is how far rounding may have put it off (stochastic arithmetic, Vignes 1993). What is
read from a geometry or a setting is not moved: rounding of moments is not that of the statement.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction
from itertools import accumulate

import numpy as np
import sympy as sp

from theory.array import Array, Namespace, Operand
from theory.evaluation import reach
from theory.expressions import REDUCTIONS, ChiSquareLess, NormalTail

STEP = 2.0**-50
"""By up to this share of itself an intermediate result is moved, eight times what one operation rounds by: by
different ones, so that two moves hardly ever cancel to less than rounding."""
INACCURATE: Mapping[type[sp.Basic], float] = {ChiSquareLess: 1e-10, NormalTail: 1e-14, sp.loggamma: 1e-14}
"""The same share of functions that are known to fewer digits."""
LOST = 2.0**-8
"""A result that is so small beside what it was computed from has lost 8 of its 53 bits, and may lose as many
again in what it is part of."""
SMALL = 2.0**-20
"""Share of a sum, or an argument of an exponential, of which the square is next to what rounding leaves."""
ALIKE = 2.0**-48
"""Share of a number by which another may differ from it for rounding alone."""
MOST_MOVED, MOST_KEPT = 0.1, 1 << 20
"""Share of itself by which a divisor may move, and numbers of a divisor that are kept to see it: over the
triples of many classes they would fill the memory."""


class Rounding:
    """What an evaluation does at each operation besides computing it. ``before``: that of an earlier
    evaluation of the same statement, whose searches and divisors come in the same order. ``decides``: of one
    side of a comparison, or what is rounded to a whole number. ``says``: what comparisons say in turn that
    rounding leaves undecided; None for what double precision says. ``moves``: whether results are moved,
    where there is an evaluation ``before``."""

    def __init__(
        self,
        seed: int = 0,
        before: Rounding | None = None,
        *,
        decides: bool = False,
        says: tuple[bool, ...] | None = None,
        moves: bool = True,
    ) -> None:
        self.decides, self._seed, self._says, self._moves = decides, seed, says, moves
        self._draws = np.random.default_rng(seed) if moves and before is not None else None
        self._lost: Array | None = None
        self._hidden: Array | None = None
        self._places: list[Array] = []
        self._divisors: list[Array | None] = []
        self._decisions: list[Rounding] = []
        self._undecided: list[bool] = []
        self._known = None if before is None else iter(before._places)
        self._unmoved = None if before is None else iter(before._divisors)
        self._decided = None if before is None else iter(before._decisions)
        self._open = None if before is None else before._counted()

    @property
    def disturbs(self) -> bool:
        """Whether intermediate results are moved."""
        return self._draws is not None

    @property
    def lost(self) -> bool:
        """Whether an operation lost digits anywhere."""
        own = self._lost is not None and bool(self._lost)
        return own or any(each.lost for each in self._decisions)

    @property
    def undecided(self) -> int:
        """How many comparisons rounding leaves undecided, anywhere."""
        return sum(self._undecided) + sum(each.undecided for each in self._decisions)

    def _counted(self) -> Iterator[tuple[int, bool]]:
        """Of each comparison how many are undecided up to it, and whether it is."""
        return zip(accumulate(self._undecided), self._undecided, strict=True)

    def place(self, search: Callable[[], Array]) -> Array:
        """Where ``search`` ends; found once, and neither watched nor disturbed on the way."""
        if self._known is not None:
            return next(self._known)
        with unmoved(), reach.searching():
            self._places.append(search())
        return self._places[-1]

    def decision(self, compute: Callable[[], Array]) -> Array:
        """What something is decided by: compared, or rounded to a whole number. It is moved only where it
        lost digits itself: else it is what it says, as of two classes that are alike."""
        if self._decided is None:
            self._decisions.append(Rounding(decides=True))
            with _as_current(self._decisions[-1]):
                return compute()
        known = next(self._decided, None)
        is_moved = known is not None and known.lost and self._moves
        if known is None or not (is_moved or (known.undecided and self._says)):
            with unmoved():
                return compute()
        with _as_current(Rounding(self._seed, known, says=self._says, moves=is_moved)):
            return compute()

    def comparison(
        self, xp: Namespace, outcome: Array, sides: tuple[Array, Array], computed: int, is_left: bool = False
    ) -> Array:
        """What a comparison says of two ``sides``, of which the last ``computed`` decisions were computed.

        Where something small was hidden in them, as C in 1 + C, or they left double precision, and no more
        than rounding keeps them apart, they say nothing: as in exp(C) > 1 + C, or exp(n) > 2**n.
        """
        a, b = sides
        alike = xp.logical_and(or_alike(xp, a, b, operator.le), or_alike(xp, a, b, operator.ge))
        # Of 0 times infinity nothing is known.
        alike = xp.logical_or(alike, xp.logical_or(xp.isnan(a), xp.isnan(b)))
        if self._open is None:
            hidden = [each._hidden for each in self._decisions[-computed:]] if computed else []
            is_hidden = is_left or any(some is not None and bool(some) for some in hidden)
            self._undecided.append(is_hidden and bool(xp.any(alike)))
            return outcome
        place, is_undecided = next(self._open, (0, False))
        if self._says is None or not is_undecided:
            return outcome
        return xp.where(alike, xp.full_like(outcome, self._says[place % len(self._says)]), outcome)

    def addition(self, xp: Namespace, terms: Sequence[Array], total: Array) -> None:
        """Note what is small beside the sum that it is part of, where the sum is compared."""
        if self.decides:
            for term in terms:
                self._hide(xp, term, SMALL * xp.abs(total))

    def raised(self, xp: Namespace, exponent: Array) -> None:
        """Note a small exponent, or argument of another function that is not 0 at 0, in what is compared."""
        if self.decides:
            self._hide(xp, exponent, xp.full_like(exponent, SMALL))

    def _hide(self, xp: Namespace, small: Array, beside: Array) -> None:
        some = xp.any(xp.logical_and(small != 0, xp.abs(small) < beside))
        self._hidden = some if self._hidden is None else xp.logical_or(self._hidden, some)

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
        self.raised(xp, exponent)
        self._note(xp, xp.abs(exponent) > 1 / LOST)

    def moved(self, value: Operand, share: float = STEP) -> Operand:
        """An intermediate result, moved up or down at random where this disturbs: by the same share for all
        classes, so that their order does not matter; at most by ``share`` of itself."""
        if self._draws is None:
            return value
        return value * (1 + share * float(self._draws.uniform(-1.0, 1.0)))

    def _note(self, xp: Namespace, lost: Array) -> None:
        some = xp.any(lost)
        self._lost = some if self._lost is None else xp.logical_or(self._lost, some)


def or_alike(xp: Namespace, a: Array, b: Array, compare: Callable[[Array, Array], Array]) -> Array:
    """Whether ``compare`` says so of a and b, or of numbers that rounding alone may keep apart from them."""
    # By the sign of b one of b (1 + ALIKE) and b (1 - ALIKE) is on the generous side; no difference of
    # infinities is taken.
    return xp.logical_or(compare(a, b * (1 + ALIKE)), compare(a, b * (1 - ALIKE)))


_current: ContextVar[Rounding | None] = ContextVar("rounding", default=None)


def current() -> Rounding | None:
    """What evaluations that begin now do besides; None for nothing."""
    return _current.get()


@contextmanager
def watched() -> Iterator[Rounding]:
    """Evaluations within note whether they lost digits."""
    yield from _within(Rounding())


@contextmanager
def disturbed(seed: int, before: Rounding, says: tuple[bool, ...] | None = None) -> Iterator[Rounding]:
    """An evaluation within moves every intermediate result, as ``seed`` decides, and searches nothing anew:
    ``before`` is what watched the same evaluation. Undecided comparisons say ``says``, in turn."""
    yield from _within(Rounding(seed, before, says=says))


@contextmanager
def repeated(before: Rounding) -> Iterator[Rounding]:
    """An evaluation within is as the one that ``before`` watched."""
    yield from _within(Rounding(before=before, moves=False))


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


@contextmanager
def _as_current(rounding: Rounding) -> Iterator[Rounding]:
    yield from _within(rounding)


def _within(rounding: Rounding) -> Iterator[Rounding]:
    token = _current.set(rounding)
    try:
        yield rounding
    finally:
        _current.reset(token)


def is_rounded(node: sp.Basic) -> bool:
    """Whether the value of a node is a number that rounding changed: no symbol, comparison, or number that
    double precision holds."""
    if node.is_number and not node.has(*REDUCTIONS):
        return not (node.is_Rational and _holds(node))
    if node.is_Mul and node.args[0] == -1 and len(node.args) == 2:
        return is_rounded(node.args[1])
    return not (node.is_Symbol or node.is_Boolean or node.is_Relational)


def _holds(number: sp.Rational) -> bool:
    value = float(number)
    return math.isfinite(value) and Fraction(value) == Fraction(int(number.p), int(number.q))
