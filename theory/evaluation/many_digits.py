"""The value of a statement in arithmetic of many digits, by a walk of its own over the SymPy tree.

Shares nothing with the evaluation in double precision but the statement: one number at a time, where that
works on arrays. What a symbol means is told by whoever asks.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from typing import Any

import sympy as sp
from mpmath import mp, mpf

from theory.expressions import (
    Avg,
    ForEveryOther,
    MaxAxes,
    MaxOver,
    NormalTail,
    SumAxes,
    SumOver,
    SumOverPairs,
)
from theory.quantities import lookup

At = tuple[int, int, int, int]
"""Query class i, other classes j and l, axis r."""
LETTERS = "ijlr"
MOST_STEPS = 30_000
"""Parts of a statement that are computed for one value, about a second's worth."""
COSTLY = 200
"""Steps that a normal tail counts as, or a function that is not ``PLAIN``."""
MOST_TERMS = 10_000
"""Of a sum over whole numbers."""
FARTHEST = mpf(10) ** 600
"""Larger exponents need as many digits as they have: those of double exponentials, which have millions."""
Function = Callable[..., Any]


class NotExact(ValueError):
    """A statement holds something that has no value of many digits here."""


def _no_parameter(name: str, at: At) -> mpf:
    raise NotExact(f"'{name}' is no quantity")


@dataclass(frozen=True)
class Rules:
    """How a walk goes.

    parameter : the value of a symbol that is no quantity, by its name, for (i, j, l, r). functions : what
    statements may hold besides ``PLAIN``, by kind. alike : share of a number by which another may be above it
    for the rounding of quantities alone: then nothing is known of <= and >=, and of what is next to a whole
    number. most : parts that are computed.
    """

    parameter: Callable[[str, At], mpf] = _no_parameter
    functions: Mapping[Any, Function] = field(default_factory=dict)
    alike: float = 0.0
    most: int = MOST_STEPS


class Walk:
    """Values of statements for the ``classes`` that take part, at the working precision of ``mp``.

    quantity : the value of a quantity by its name, without ``_at_l``, for (i, j, l, r). steps : parts that
    have been computed.
    """

    def __init__(
        self,
        quantity: Callable[[str, At], mpf],
        classes: Sequence[int],
        axes: Sequence[int],
        rules: Rules = Rules(),
    ) -> None:
        self.quantity, self.classes, self.axes = quantity, classes, axes
        self._parameter, self._most = rules.parameter, rules.most
        self._functions = {
            **PLAIN,
            sp.floor: _floor(rules.alike),
            sp.LessThan: _unless_alike(operator.le, rules.alike),
            sp.GreaterThan: _unless_alike(operator.ge, rules.alike),
            **rules.functions,
        }
        self._costly = {NormalTail, *rules.functions}
        self._memo: dict[Any, Any] = {}
        self._indices: dict[sp.Symbol, int] = {}
        self.steps = 0

    def __call__(self, node: sp.Basic, at: At) -> mpf | bool:
        """The value of ``node``, a number of mpmath or a truth value. Raises NotExact where it has none, or
        none that is real."""
        depends = _dependence(node, frozenset(self._indices))
        steps = tuple(self._indices[index] for index in depends.indices)
        key = (node, tuple(at[place] for place in depends.places), steps)
        if key not in self._memo:
            self.steps += COSTLY if node.func in self._costly else 1
            if self.steps > self._most:
                raise NotExact("it would take long")
            self._memo[key] = self._value(node, at)
        return self._memo[key]

    def _value(self, node: sp.Basic, at: At) -> mpf | bool:
        if node in (sp.true, sp.false):
            return bool(node)
        if node.is_Number or node.is_NumberSymbol:
            return _constant(node)
        if node.is_Symbol:
            return mpf(self._indices[node]) if node in self._indices else self._symbol(node, at)
        if isinstance(node, sp.Piecewise):
            return next(self(value, at) for value, condition in node.args if self(condition, at))
        if isinstance(node, sp.ITE):
            condition, one, other = node.args
            return self(one if self(condition, at) else other, at)
        if isinstance(node, sp.Sum):
            return self._sum(node.args[0], node.args[1:], at)
        if node.func in _REDUCTIONS:
            return _REDUCTIONS[node.func]([self(node.args[0], place) for place in self._places(node, at)])
        return self._applied(node, [self(argument, at) for argument in node.args])

    def _applied(self, node: sp.Basic, arguments: Sequence[mpf | bool]) -> mpf | bool:
        if node.func not in self._functions:
            raise NotExact(f"'{node.func.__name__}' has no exact evaluation here")
        try:
            value = self._functions[node.func](*arguments)
        except NotExact:
            raise
        except (ArithmeticError, ValueError) as error:  # of mpmath, as at a pole
            raise NotExact(f"{node} has no value: {error}") from None
        if not isinstance(value, mpf | bool):
            raise NotExact(f"{node} has no real value")
        return value

    def _symbol(self, symbol: sp.Symbol, at: At) -> mpf:
        # A parameter may have the name of a quantity.
        if _is_parameter(symbol):
            return self._parameter(symbol.name, at)
        i, j, l, r = at
        name = symbol.name.removesuffix("_at_l")
        return self.quantity(name, (i, j if name == symbol.name else l, l, r))

    def _places(self, node: sp.Basic, at: At) -> list[At]:
        i, j, l, _ = at
        if isinstance(node, SumAxes | MaxAxes):
            return [(i, j, l, r) for r in self.axes]
        if isinstance(node, Avg):
            return [(a, b, b, 0) for a in self.classes for b in self.classes if a != b]
        others = [c for c in self.classes if c != i]
        if isinstance(node, SumOverPairs):
            return [(i, a, b, 0) for a in others for b in others if a != b]
        return [(i, c, c, 0) for c in others]

    def _sum(self, term: sp.Expr, limits: Sequence[sp.Tuple], at: At) -> mpf:
        """Of several indices the first is the inmost, as in SymPy."""
        *inner, (index, *ends) = limits
        first, last = (_whole(self(end, at)) for end in ends)
        if last - first >= min(MOST_TERMS, self._most):
            raise NotExact("it would take long")
        total, outer = mpf(0), self._indices
        for step in range(first, last + 1):
            self._indices = {**outer, index: step}
            total += self._sum(term, inner, at) if inner else self(term, at)
        self._indices = outer
        return total


@dataclass(frozen=True)
class _Dependence:
    """What the value of a node depends on: ``indices`` of sums, and ``places`` of (i, j, l, r)."""

    indices: tuple[sp.Symbol, ...]
    places: tuple[int, ...]


@lru_cache(maxsize=1 << 14)
def _dependence(node: sp.Basic, indices: frozenset[sp.Symbol]) -> _Dependence:
    """Where sums about it run through ``indices``."""
    own = indices & node.free_symbols
    return _Dependence(tuple(sorted(own, key=str)), tuple(sorted(_places(node, indices))))


@lru_cache(maxsize=1 << 14)
def _places(node: sp.Basic, indices: frozenset[sp.Symbol]) -> frozenset[int]:
    if node in indices or isinstance(node, Avg):
        return frozenset()
    if node.is_Symbol:
        # A free parameter may have a value of its own for every pair.
        entry = None if _is_parameter(node) else lookup(node)
        return frozenset(map(LETTERS.index, "ij" if entry is None else entry.index))
    if isinstance(node, sp.Sum):
        indices = indices | set(node.bound_symbols)
    if not isinstance(node, SumAxes | MaxAxes) and node.func in _REDUCTIONS:
        return frozenset({LETTERS.index("i")})
    inner = frozenset(place for argument in node.args for place in _places(argument, indices))
    return inner - {LETTERS.index("r")} if node.func in _REDUCTIONS else inner


def _is_parameter(symbol: sp.Symbol) -> bool:
    entry = lookup(symbol)
    return entry is None or entry.source == "free"


def _constant(node: sp.Basic) -> mpf:
    if node in (sp.oo, -sp.oo):
        return mpf("inf") if node == sp.oo else mpf("-inf")
    if node.is_Rational:
        return mpf(int(node.p)) / mpf(int(node.q))
    return mp.make_mpf(node.evalf(mp.dps + 5)._mpf_)


def _whole(value: mpf) -> int:
    nearest = mp.nint(value)
    if not mp.isfinite(value) or abs(value - nearest) > mpf("1e-9"):
        raise NotExact("a limit of a sum is no whole number")
    return int(nearest)


def _unless_alike(compare: Callable[[Any, Any], bool], alike: float) -> Function:
    def compared(a: mpf, b: mpf) -> bool:
        outcome = bool(compare(a, b))
        if not outcome and (compare(a, b * (1 + alike)) or compare(a, b * (1 - alike))):
            raise NotExact("a comparison is decided by the rounding of quantities")
        return outcome

    return compared


def _floor(alike: float) -> Function:
    def floor(value: mpf) -> mpf:
        nearest = mp.nint(value)
        off = abs(value - nearest)
        # Rounding of many digits leaves log(1000)/log(10) next to 3, on either side.
        if off <= abs(value) * mpf(10) ** (-mp.dps // 2):
            return nearest
        if off <= abs(value) * alike:
            raise NotExact("a whole number is decided by the rounding of quantities")
        return mp.floor(value)

    return floor


def _exponential(value: mpf) -> mpf:
    if FARTHEST < abs(value) < mp.inf:
        raise NotExact("an exponential of what is itself one takes long")
    return mp.exp(value)


def _power(base: mpf, exponent: mpf) -> mpf:
    if FARTHEST < abs(exponent) < mp.inf:
        raise NotExact("an exponential of what is itself one takes long")
    if exponent == mpf(1) / 2:
        return mp.sqrt(max(base, mpf(0)))
    if base < 0 and exponent != int(exponent):
        raise NotExact("a root of a negative number has no real value")
    if base == 0 and exponent < 0:
        # As in floating point: exp(-d^2/v) is 0 where v is, and 0/0 is seen at the end.
        return mpf("inf")
    return mp.power(base, exponent)


def _log(value: mpf) -> mpf:
    if value < 0:
        raise NotExact("a negative number has no real logarithm")
    return mp.log(value)


def _log_gamma(value: mpf) -> mpf:
    if value < 0:
        raise NotExact("below 0 the gamma function has both signs")
    return mp.loggamma(value)


def _binomial(of: mpf, chosen: mpf) -> mpf:
    if chosen != mp.floor(chosen):
        return mp.binomial(of, chosen)
    if chosen < 0:
        return mpf(0)
    is_small = of == mp.floor(of) and 0 <= of < MOST_TERMS
    return mpf(math.comb(int(of), int(chosen))) if is_small else mp.binomial(of, chosen)


def _total(values: Sequence[mpf]) -> mpf:
    return sum(values, mpf(0))


_REDUCTIONS: dict[Any, Callable[[list[Any]], Any]] = {
    SumOver: _total,
    SumOverPairs: _total,
    SumAxes: _total,
    Avg: lambda values: _total(values) / len(values),
    MaxOver: max,
    MaxAxes: max,
    ForEveryOther: all,
}
PLAIN: dict[Any, Function] = {
    sp.Add: lambda *terms: _total(terms),
    sp.Mul: lambda *factors: reduce(operator.mul, factors, mpf(1)),
    sp.Pow: _power,
    sp.Max: max,
    sp.Min: min,
    sp.exp: _exponential,
    sp.log: _log,
    sp.Abs: abs,
    sp.floor: _floor(0.0),
    sp.Equality: operator.eq,
    sp.Unequality: operator.ne,
    sp.StrictLessThan: operator.lt,
    sp.LessThan: operator.le,
    sp.StrictGreaterThan: operator.gt,
    sp.GreaterThan: operator.ge,
    sp.And: lambda *parts: all(parts),
    sp.Or: lambda *parts: any(parts),
    sp.factorial: mp.factorial,
    sp.binomial: _binomial,
    sp.loggamma: _log_gamma,
    NormalTail: lambda x: mp.erfc(x / mp.sqrt(2)) / 2,
}
"""How many digits know the functions that statements may hold: all but those of inverses and integrals."""
