"""Where a statement changes its regime, read off the statement: Piecewise, Min, Max, floor, sums of powers.

Of two expressions that are compared or added, another one is the larger beyond the point where they are
equal. Where that depends on one of shots, ways and dimension alone it happens at numbers, which are found;
elsewhere it is a comparison of moments, of which a probe can be on either side.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import sympy as sp

from theory.array import Floats
from theory.bound import Bound
from theory.expressions import REDUCTIONS
from theory.quantities import k, n, n_i, n_j, p

Function = Callable[[Floats], Floats]
SETTING: dict[sp.Symbol, str] = {n: "n", n_i: "n", n_j: "n", k: "k", p: "p"}
FARTHEST = {"n": 1e9, "k": 1e4, "p": 1e6}
STEPS = 4000
MOST_TERMS = 8
"""Most terms of a sum that are compared in pairs."""


@dataclass(frozen=True)
class Comparison:
    """Two sides of which the statement uses the smaller, the larger, or the order."""

    left: sp.Expr
    right: sp.Expr

    @property
    def text(self) -> str:
        """What is compared with what."""
        return f"{self.left} against {self.right}"


@dataclass(frozen=True)
class Regimes:
    """``shots``, ``ways``, ``dimensions``: numbers where the statement changes; ``comparisons`` of moments.

    ``periodic`` names the settings of which the statement takes a whole part.
    """

    shots: tuple[float, ...] = ()
    ways: tuple[float, ...] = ()
    dimensions: tuple[float, ...] = ()
    comparisons: tuple[Comparison, ...] = field(default=())
    periodic: tuple[str, ...] = ()

    @property
    def lines(self) -> list[str]:
        """What was found, one line each."""
        named = (("shots", self.shots), ("ways", self.ways), ("dimension", self.dimensions))
        texts = [f"{name}: changes at {', '.join(f'{x:.6g}' for x in at)}" for name, at in named if at]
        texts += [f"{name}: enters by its whole part" for name in self.periodic]
        return texts + [comparison.text for comparison in self.comparisons]


def read(bound: Bound) -> Regimes:
    """Every place where the statement, written out, changes its regime."""
    numbers: dict[str, set[float]] = {"n": set(), "k": set(), "p": set()}
    comparisons: dict[tuple[sp.Expr, sp.Expr], None] = {}
    periodic: set[str] = set()
    for node in _nodes(bound.closed_form):
        if isinstance(node, sp.floor | sp.ceiling):
            periodic |= _settings(node)
        for left, right, compared in _pairs(node):
            settings = _settings(left) | _settings(right)
            if len(settings) == 1 and not _moments(left, right):
                (name,) = settings
                # At 1, where every setting begins, nothing changes.
                numbers[name].update(x for x in _crossings(left, right, name) if x > 1)
            elif compared and settings | _moments(left, right):
                comparisons[left, right] = None
    return Regimes(
        tuple(sorted(numbers["n"])),
        tuple(sorted(numbers["k"])),
        tuple(sorted(numbers["p"])),
        tuple(Comparison(*sides) for sides in comparisons),
        tuple(sorted(periodic)),
    )


def _nodes(expression: sp.Basic) -> Iterator[sp.Basic]:
    """Every subexpression once: statements written out repeat themselves many times."""
    seen: set[sp.Basic] = set()
    pending = [expression]
    while pending:
        node = pending.pop()
        if node not in seen:
            seen.add(node)
            yield node
            pending.extend(node.args)


def _pairs(node: sp.Basic) -> Iterator[tuple[sp.Expr, sp.Expr, bool]]:
    """The expressions that the node sets side by side, and whether it compares them (a sum only adds
    them)."""
    if isinstance(node, sp.Rel):
        yield node.lhs, node.rhs, True
    elif isinstance(node, sp.Min | sp.Max):
        for left, right in combinations(node.args, 2):
            yield left, right, True
    elif isinstance(node, sp.Abs):
        yield node.args[0], sp.S.Zero, True
    elif isinstance(node, sp.Add) and len(node.args) <= MOST_TERMS:
        for left, right in combinations(node.args, 2):
            yield left, right, False


def _settings(node: sp.Basic) -> set[str]:
    return {SETTING[symbol] for symbol in node.free_symbols if symbol in SETTING}


def _moments(*nodes: sp.Basic) -> set[str]:
    """Names of whatever else occurs: moments, granted values, reductions over classes."""
    names = {str(s) for node in nodes for s in node.free_symbols if s not in SETTING}
    return names | {"classes" for node in nodes if node.has(*REDUCTIONS)}


def _crossings(left: sp.Expr, right: sp.Expr, name: str) -> Iterator[float]:
    """Where the sizes of two functions of one setting cross, between 1 and ``FARTHEST``."""
    (symbol,) = {s for s in (left.free_symbols | right.free_symbols) if SETTING.get(s) == name} or {None}
    if symbol is None:
        return
    try:
        one, other = (sp.lambdify(symbol, side, "numpy") for side in (left, right))
        grid = np.geomspace(1.0, FARTHEST[name], STEPS)
        with np.errstate(all="ignore"):
            values = _difference(one, other, grid)
    except (TypeError, ValueError, NameError, AttributeError, OverflowError):
        return
    signs = np.sign(values)
    for index in np.flatnonzero(np.isfinite(values[:-1] * values[1:]) & (signs[:-1] * signs[1:] < 0)):
        yield _bisect(one, other, float(grid[index]), float(grid[index + 1]))
    yield from (float(x) for x in grid[signs == 0][:1])


def _difference(one: Function, other: Function, grid: Floats) -> Floats:
    return np.abs(np.broadcast_to(one(grid), grid.shape)) - np.abs(np.broadcast_to(other(grid), grid.shape))


def _bisect(one: Function, other: Function, low: float, high: float) -> float:
    def sign(x: float) -> float:
        return float(np.sign(_difference(one, other, np.array([x]))[0]))

    first = sign(low)
    for _ in range(60):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if sign(middle) == first else (low, middle)
    nearest = round(high)
    return float(nearest) if abs(high - nearest) < 1e-6 * high else high
