"""Whether an evaluation leaves double precision on its way, and whether that matters.

2^1024 is infinite, so that what is divided by it is 0, and exp(-800) is 0, whatever it is multiplied by.
NumPy tells of both. Where it does, a statement is evaluated again with what is beyond the largest number, or
below the smallest, kept at that: if its value is another one, it says nothing. Other array libraries do not
tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from theory.array import Array, Namespace, Operand
from theory.geometry.quiet import noted

LARGEST, SMALLEST = 1e300, 2.3e-308
"""The first leaves room to add up over classes; smaller numbers than the second have fewer digits."""


class Reach:
    """What an evaluation notes of results beyond double precision; ``keeps``: they stay at its ends."""

    def __init__(self, *, keeps: bool = False) -> None:
        self.is_left = False
        self.keeps = keeps

    def note(self, kind: str, flag: int) -> None:
        """Called by NumPy where a result is beyond the largest number or below the smallest."""
        if _current.get() is self:
            self.is_left = True

    def kept(self, xp: Namespace, compute: Callable[[], Operand]) -> Operand:
        """The result of one operation; its arguments are computed, and kept, by calls of this within."""
        if not self.keeps:
            return compute()
        before, self.is_left = self.is_left, False
        value = compute()
        is_left, self.is_left = self.is_left, before
        # Numbers of NumPy are numbers of Python, too.
        return _at_the_ends(xp, xp.asarray(value)) if is_left else value


def product(xp: Namespace, a: Operand, b: Operand) -> Operand:
    """a b, kept at the ends where results are kept there: of several factors in one step."""
    value = a * b
    reach = _current.get()
    if reach is None or not reach.keeps:
        return value
    size = xp.abs(xp.asarray(value))
    is_small = xp.logical_and(size < SMALLEST, xp.logical_and(xp.asarray(a != 0), xp.asarray(b != 0)))
    is_left = bool(xp.any(xp.logical_or(is_small, size > LARGEST)))
    return _at_the_ends(xp, xp.asarray(value)) if is_left else value


def whether_left(compute: Callable[[], list[Array]]) -> tuple[list[Array], bool]:
    """Some results, and whether double precision was left on the way to them."""
    reach = _current.get()
    if reach is None:
        return compute(), False
    before, reach.is_left = reach.is_left, False
    values = compute()
    is_left, reach.is_left = reach.is_left, reach.is_left or before
    return values, is_left


def _at_the_ends(xp: Namespace, value: Array) -> Array:
    value = xp.where(xp.logical_and(value >= 0, value < SMALLEST), xp.full_like(value, SMALLEST), value)
    value = xp.where(xp.logical_and(value < 0, value > -SMALLEST), xp.full_like(value, -SMALLEST), value)
    value = xp.where(value > LARGEST, xp.full_like(value, LARGEST), value)
    return xp.where(value < -LARGEST, xp.full_like(value, -LARGEST), value)


_current: ContextVar[Reach | None] = ContextVar("reach", default=None)


def current() -> Reach | None:
    """What evaluations note now; None for nothing."""
    return _current.get()


@contextmanager
def within(reach: Reach | None) -> Iterator[None]:
    """Evaluations within note to ``reach`` from where they silence warnings; with None to nothing."""
    token = _current.set(reach)
    try:
        with noted(None if reach is None else reach.note):
            yield
    finally:
        _current.reset(token)


@contextmanager
def searching() -> Iterator[None]:
    """Evaluations within try many values: they note nothing, and keep what they would."""
    reach = _current.get()
    with within(reach if reach is not None and reach.keeps else None):
        yield
