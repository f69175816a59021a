"""The least value of a family of bounds over its free parameter: a grid, then finer ones."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from numbers import Real
from typing import Literal, get_args

import sympy as sp

from theory.array import Array, Namespace, Unary
from theory.evaluation import reach
from theory.evaluation.reading import normalised
from theory.evaluation.rounding import current
from theory.quantities import TABLE

Scope = Literal["pair", "setting"]
GRID = 64
INNER, ROUNDS = 8, 9
"""Each round keeps two of nine cells: (2/9)^9 is 1e-6."""
SAME = 1e-13
"""Share of a value by which it may change where double precision is left on the way to it."""
MOST_NUMBERS = 1 << 20
"""Numbers in one call of the objective, so that a grid for 1,000 classes does not fill the memory."""


@dataclass(frozen=True)
class FreeParameter:
    """A parameter that a family of bounds may choose: valid for every value in [lower, upper).

    ``upper`` may be ``sympy.oo`` or an expression in quantities. ``scope`` says whether one value serves
    a whole setting or every ordered pair has its own; a bound on pairs is least pair by pair in either case.
    ``closed`` says whether ``lower`` itself is allowed. Ends may be numbers of Python or SymPy. Raises
    ValueError for fields that are none of this.
    """

    symbol: sp.Symbol
    lower: float
    upper: sp.Expr
    scope: Scope
    closed: bool = False
    meaning: str = ""

    def __post_init__(self) -> None:
        upper = _expression(self.upper)
        if upper is not None:
            object.__setattr__(self, "upper", upper)
        for name, problem in _mistakes(self, upper, _expression(self.lower)):
            raise ValueError(f"FreeParameter: `{name}` is {getattr(self, name)!r}; {problem}")

    @property
    def start(self) -> float:
        """``lower`` in double precision."""
        return float(self.lower)


def _expression(end: object) -> sp.Expr | None:
    """A plain number or an expression as SymPy's; None for anything else."""
    if isinstance(end, sp.Expr):
        return normalised(end)
    return sp.sympify(end) if isinstance(end, Real) and not isinstance(end, bool) else None


def _mistakes(free: FreeParameter, upper: sp.Expr | None, lower: sp.Expr | None) -> Iterator[tuple[str, str]]:
    """Fields of a free parameter that hold something else than they should, each with what to write."""
    if not isinstance(free.symbol, sp.Symbol):
        yield "symbol", 'write a symbol of your own, as sympy.Symbol("t", positive=True)'
    elif free.symbol in {entry.symbol for entry in TABLE.values() if entry.source != "free"}:
        yield "symbol", 'that is a quantity; write a symbol of your own, as sympy.Symbol("t", positive=True)'
    if lower is None or not lower.is_number or not lower.is_real or not lower.is_finite:
        yield "lower", "write a finite number, as 0"
    if upper is None or upper.has(sp.I, sp.nan, sp.zoo, -sp.oo) or free.symbol in upper.free_symbols:
        yield "upper", "write a number, sympy.oo or an expression in quantities"
    elif upper.is_number and lower is not None and not upper > lower:
        yield "upper", f"write one above `lower`, which is {free.lower}"
    signed = free.symbol.is_nonnegative if isinstance(free.symbol, sp.Symbol) else None
    if signed and lower is not None and lower.is_real and lower < 0:
        yield "lower", f"`{free.symbol}` is declared to be at least 0; declare it without, or write 0"
    if free.scope not in get_args(Scope):
        yield "scope", f"write one of {', '.join(map(repr, get_args(Scope)))}"
    if not isinstance(free.closed, bool):
        yield "closed", "write True where `lower` itself is allowed, else False"
    if not isinstance(free.meaning, str):
        yield "meaning", "write a text"


def minimise(
    objective: Callable[[Array], Array],
    free: FreeParameter,
    upper: Array,
    xp: Namespace,
    inner: int = 1,
) -> tuple[Array, Array]:
    """Elementwise least value of ``objective(parameter)`` and where it is taken.

    ``objective`` takes parameters of shape (m, *shape of ``upper``) and answers with that shape; ``upper``
    holds the values of ``free.upper`` and may be infinite. The value is exact to about 1e-15 relative near a
    smooth minimum: the argument is narrowed to 1e-6 of a grid cell, and more rounds would only follow
    rounding. NaN counts as infinite. ``inner`` is how many numbers stand behind each value on the way
    (coordinates, say), so that memory stays small.
    """
    rounding = current()
    if rounding is None:
        value, place = _search(objective, free, upper, xp, inner)
    else:
        kept = reach.current()
        tried = objective if kept is None or not kept.keeps else _in_reach(objective, xp)
        place = rounding.place(lambda: _search(tried, free, upper, xp, inner)[1])
        value = objective(xp.stack([place]))[0, ...]
    # No value is allowed where the domain is empty.
    unknown = xp.logical_or(xp.isnan(value), upper <= free.start)
    return xp.where(unknown, xp.full_like(value, math.inf), value), place


def _in_reach(objective: Unary, xp: Namespace) -> Unary:
    """The same where it does not matter that double precision is left on the way; infinite elsewhere."""

    def checked(parameter: Array) -> Array:
        kept = objective(parameter)
        with reach.within(None):
            plain = objective(parameter)
        same = xp.abs(plain - kept) <= SAME * xp.abs(plain)
        return xp.where(same, plain, xp.full_like(plain, math.inf))

    return checked


def _search(
    objective: Callable[[Array], Array], free: FreeParameter, upper: Array, xp: Namespace, inner: int
) -> tuple[Array, Array]:
    lower, closed = free.start, free.closed
    finite = xp.isfinite(upper)
    width = xp.where(finite, upper - lower, xp.ones_like(upper))
    size = max(1, math.prod(upper.shape)) * inner

    def argument(share: Array) -> Array:
        stretched = (share / (1 - share)) ** 3
        return lower + xp.where(finite, width * share, stretched)

    def best_of(shares: list[Array], best: Array, centre: Array) -> tuple[Array, Array]:
        """The least value so far and its share, after trying ``shares``."""
        step = max(1, MOST_NUMBERS // size)
        for start in range(0, len(shares), step):
            block = shares[start : start + step]
            values = objective(argument(xp.stack(block)))
            for k, share in enumerate(block):
                better = values[k, ...] < best  # False for NaN
                centre = xp.where(better, share, centre)
                best = xp.where(better, values[k, ...], best)
        return best, centre

    grid = [(step + (0 if closed else 1)) / (GRID + 1) for step in range(GRID + (1 if closed else 0))]
    best = xp.full_like(upper, math.inf)
    centre = xp.full_like(upper, grid[GRID // 2])
    best, centre = best_of([xp.full_like(upper, share) for share in grid], best, centre)
    # The cells beside the best point; shares 0 and 1 stand for excluded ends, so approach them only.
    below, above = (xp.full_like(upper, 1 / (GRID + 1)) for _ in range(2))
    for _ in range(ROUNDS):
        floor = xp.zeros_like(centre) if closed else centre * 1e-3
        left = xp.where(centre - below > floor, centre - below, floor)
        right = xp.where(centre + above < 1, centre + above, 1 - (1 - centre) * 1e-3)
        cell = (right - left) / (INNER + 1)
        best, centre = best_of([left + cell * (k + 1) for k in range(INNER)], best, centre)
        below = above = cell
    return best, argument(centre)
