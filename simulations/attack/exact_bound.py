"""A bound's statement at rational moments, by its own walk over the SymPy tree at 60 digits.

Shares nothing with the floating-point evaluation but the statement. All classes take part (ways = classes).
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from typing import Any

import sympy as sp
from mpmath import mp, mpf

from simulations.attack.exact_matrix import exact_matrix_bound
from simulations.attack.exact_moments import DIGITS, NotExact, PreciseMoments
from simulations.populations.extremal import scaled
from simulations.populations.finite_support import FiniteSupport
from theory.bound import AverageBound, Bound, ClassBound, PairBound, Value
from theory.bound.ladder import LadderBound
from theory.bound.matrix import MatrixBound
from theory.bound.nearest import NearestBound
from theory.expressions import Avg, ForEveryOther, MaxAxes, MaxOver, SumAxes, SumOver, SumOverPairs
from theory.setting import Setting

At = tuple[int, int, int, int]


def exact_bound(bound: Bound, population: FiniteSupport, shots: float, query: int | None) -> mpf:
    """The bound for queries of class ``query``, or (None) for their mean, as an mpmath number.

    A free parameter is set where the floating-point search put it: the bound is valid at every value.
    Raises NotExact for shapes and symbols without an exact evaluation.
    """
    # A free parameter may have a unit of length: it is read and used in the geometry's unit.
    population = scaled(population, 1 / Fraction(population.unit))
    with mp.workdps(DIGITS):
        walk = _Walk(PreciseMoments(population, shots), _parameters(bound, population, shots))
        classes = range(population.classes)
        statement = None if isinstance(bound, MatrixBound) else bound.closed_form
        if isinstance(bound, PairBound):
            values = [
                sum((walk(statement, (i, j, j, 0)) for j in classes if j != i), mpf(0)) for i in classes
            ]
        elif isinstance(bound, ClassBound):
            values = [walk(statement, (i, i, i, 0)) for i in classes]
        elif isinstance(bound, AverageBound) and query is None:
            return +walk(statement, (0, 0, 0, 0))
        elif isinstance(bound, MatrixBound):
            values = exact_matrix_bound(bound, population, shots, walk)
        else:
            raise NotExact(f"a {type(bound).__name__} has no exact evaluation")
        value = values[query] if query is not None else sum(values, mpf(0)) / len(values)
        if mp.isnan(value):
            raise NotExact("it is 0/0 or a difference of infinities here")
        return value


def _parameters(bound: Bound, population: FiniteSupport, shots: float) -> Callable[[str, At], Any]:
    if isinstance(bound, LadderBound | NearestBound):
        return _coefficients(bound, population, shots)
    if bound.free is None:
        return lambda name, at: None
    name, setting = bound.free.symbol.name, Setting(shots, population.classes)
    if isinstance(bound, PairBound):
        _, chosen = bound.pair_values(population.geometry(), setting, population.granted())
        assert chosen is not None  # as of every bound with a free parameter
        return lambda wanted, at: mpf(float(chosen[at[0], at[1]])) if wanted == name else None
    answer = bound.evaluate(population.geometry(), setting, population.granted())
    value = answer.parameters[name] if isinstance(answer, Value) else None
    return lambda wanted, at: mpf(value) if wanted == name and value is not None else None


def _coefficients(
    bound: LadderBound | NearestBound, population: FiniteSupport, shots: float
) -> Callable[[str, At], Any]:
    """Those that the floating-point search proposes, digit for digit: any that are not negative give a
    bound."""
    geometry, setting = population.geometry(), Setting(shots, population.classes)
    _, chosen = bound.certificate(geometry, setting, population.granted())
    places = {symbol.name: chosen[k] for k, symbol in enumerate(bound.coefficients)}

    def value(wanted: str, at: At) -> mpf:
        return mpf(max(float(places[wanted][at[0], at[1]]), 0.0)) if wanted in places else None

    return value


class _Walk:
    def __init__(self, moments: PreciseMoments, parameters: Callable[[str, At], Any]) -> None:
        self.moments, self.parameters = moments, parameters
        self.memo: dict[tuple[sp.Basic, At], Any] = {}

    def __call__(self, node: sp.Basic, at: At) -> mpf:
        key = (node, at)
        if key not in self.memo:
            self.memo[key] = self._value(node, at)
        return self.memo[key]

    def _value(self, node: sp.Basic, at: At) -> mpf:
        if node in (sp.true, sp.false):
            return bool(node)
        if node == sp.oo:
            return mpf("inf")
        if node.is_Rational:
            return mpf(int(node.p)) / mpf(int(node.q))
        if node.is_Symbol:
            chosen = self.parameters(node.name, at)
            return self._symbol(node.name, at) if chosen is None else chosen
        if isinstance(node, sp.Piecewise):
            return next(self(value, at) for value, condition in node.args if self(condition, at))
        if node.func in _REDUCTIONS:
            values = [self(node.args[0], place) for place in self._places(node, at)]
            return _REDUCTIONS[node.func](values)
        if node.func not in _PLAIN:
            raise NotExact(f"'{node.func.__name__}' has no exact evaluation here")
        return _PLAIN[node.func](*(self(argument, at) for argument in node.args))

    def _symbol(self, name: str, at: At) -> mpf:
        i, j, l, r = at
        if name.endswith("_at_l"):
            name, j = name.removesuffix("_at_l"), l
        return self.moments.quantity(name, i, j, l, r)

    def _places(self, node: sp.Basic, at: At) -> list[At]:
        i, j, l, _ = at
        classes = range(self.moments.classes)
        if isinstance(node, SumAxes | MaxAxes):
            return [(i, j, l, r) for r in self.moments.axes]
        if isinstance(node, Avg):
            return [(a, b, b, 0) for a in classes for b in classes if a != b]
        if isinstance(node, SumOverPairs):
            others = [c for c in classes if c != i]
            return [(i, a, b, 0) for a in others for b in others if a != b]
        return [(i, c, c, 0) for c in classes if c != i]


def _power(base: mpf, exponent: mpf) -> mpf:
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


def _total(values: list[Any]) -> mpf:
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
_PLAIN: dict[Any, Callable[..., Any]] = {
    sp.Add: lambda *terms: _total(list(terms)),
    sp.Mul: lambda *factors: reduce(operator.mul, factors, mpf(1)),
    sp.Pow: _power,
    sp.Max: max,
    sp.Min: min,
    sp.exp: mp.exp,
    sp.log: _log,
    sp.Abs: abs,
    sp.floor: mp.floor,
    sp.StrictLessThan: operator.lt,
    sp.LessThan: operator.le,
    sp.StrictGreaterThan: operator.gt,
    sp.GreaterThan: operator.ge,
    sp.And: lambda *parts: all(parts),
    sp.Or: lambda *parts: any(parts),
}
