"""From a SymPy statement to numbers, in the array namespace of the geometry it is evaluated on.

A small tree walk instead of ``sympy.lambdify``, whose NumPy printer is not array-API clean. Equal
sub-expressions are computed once per evaluation. The environment knows what a symbol or a reduction over
classes means; ``Scalars`` gives them plain numbers, ``theory.evaluation.environment`` reads a
``ClassGeometry``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Protocol

import sympy as sp

from theory.array import NUMPY, Array, Namespace, Operand, Unary
from theory.evaluation import concentration, rounding, special
from theory.expressions import REDUCTIONS, ChiSquareLess, KlUpper, MixtureUpper, NormalOrthant, NormalTail


class Environment(Protocol):
    """What an evaluation needs to know. ``layout`` names the axes of the array wanted, as ``"ij"``."""

    xp: Namespace

    def symbol(self, symbol: sp.Symbol, layout: str) -> Array:
        """The value of a symbol, broadcastable against ``layout``. Raises where it has none."""

    def reduce(self, node: sp.Expr, layout: str, inner: Callable[[str], Operand]) -> Array:
        """The value of a sum, mean or maximum over classes; ``inner(layout)`` evaluates its argument."""


class Scalars:
    """Plain numbers for symbols, and for whole reductions such as ``Avg(...)`` where given."""

    def __init__(self, values: Mapping[sp.Expr, Any], xp: Namespace | None = None) -> None:
        self.xp = NUMPY if xp is None else xp
        self._values = dict(values)

    def symbol(self, symbol: sp.Symbol, layout: str) -> Array:
        """The number given for the symbol. Raises ValueError where none was."""
        if symbol not in self._values:
            raise ValueError(f"no value was given for '{symbol}'")
        return self.xp.asarray(self._values[symbol], dtype=self.xp.float64)

    def reduce(self, node: sp.Expr, layout: str, inner: Callable[[str], Operand]) -> Array:
        """The number given for the whole reduction. Raises ValueError where none was."""
        if node not in self._values:
            raise ValueError(f"no value was given for '{node}'")
        return self.xp.asarray(self._values[node], dtype=self.xp.float64)


def evaluate(expression: sp.Expr, environment: Environment, layout: str = "") -> Operand:
    """The value of ``expression`` with the axes of ``layout``, broadcastable against them."""
    return _Walk(environment)(expression, layout)


class _Walk:
    def __init__(self, environment: Environment) -> None:
        self.env = environment
        self.xp = environment.xp
        self.memo: dict[tuple[sp.Basic, str], Operand] = {}
        self.rounding = rounding.current()

    def __call__(self, node: sp.Basic, layout: str) -> Operand:
        key = (node, layout)
        if key not in self.memo:
            value = _step(node)(self, layout)
            if self.rounding is not None and rounding.is_rounded(node):
                value = self.rounding.moved(value)
            self.memo[key] = value
        return self.memo[key]

    def _array(self, value: Operand) -> Array:
        if isinstance(value, float | int):
            return self.xp.asarray(float(value), dtype=self.xp.float64)
        return value

    def arguments(self, node: sp.Basic, layout: str) -> list[Operand]:
        return [self(argument, layout) for argument in node.args]


Step = Callable[[_Walk, str], Operand]


@lru_cache(maxsize=1 << 14)
def _step(node: sp.Basic) -> Step:
    """How a node is computed. SymPy is called only once to find that out, however often the node is
    evaluated: a bound is evaluated for thousands of geometries."""
    if node.is_number and not node.has(*REDUCTIONS):
        value = float(node)
        return lambda walk, layout: value
    if node.is_Symbol:
        return lambda walk, layout: walk.env.symbol(node, layout)
    if isinstance(node, REDUCTIONS):
        argument = node.args[0]
        return lambda walk, layout: walk.env.reduce(node, layout, lambda axes: walk(argument, axes))
    if node.is_Add:
        return _add(node)
    if node.is_Mul:
        return _mul(node)
    if node.is_Pow:
        return _pow(node)
    handler = _HANDLERS.get(node.func)
    if handler is None:
        raise ValueError(f"statements may not contain '{node.func.__name__}'")
    return lambda walk, layout: handler(walk, node, layout)


def _add(node: sp.Basic) -> Step:
    # Signs that SymPy does not know are looked at in the numbers. A difference of what is read, as n - 1 or
    # v_j - v_i, has no rounding of the statement's own in it.
    computed = any(not each.as_coeff_Mul()[1].is_Atom for each in node.args)
    may_cancel = computed and not all(each.is_nonnegative for each in node.args)

    def step(walk: _Walk, layout: str) -> Operand:
        terms = walk.arguments(node, layout)
        total = terms[0]
        for term in terms[1:]:
            total = total + term
        if walk.rounding is not None and may_cancel:
            walk.rounding.difference(walk.xp, [walk._array(each) for each in terms], walk._array(total))
        return total

    return step


def _mul(node: sp.Basic) -> Step:
    # Reciprocals are divided by, not multiplied with, which keeps exactly representable values exact.
    below = [each.is_Pow and each.exp.is_number and each.exp.is_negative for each in node.args]
    factors = [
        (sp.Pow(factor.base, -factor.exp) if is_below else factor, is_below)
        for factor, is_below in zip(node.args, below, strict=True)
    ]

    def step(walk: _Walk, layout: str) -> Operand:
        value: Operand | None = None
        divisor: Operand | None = None
        for factor, is_below in factors:
            term = walk(factor, layout)
            if is_below:
                divisor = term if divisor is None else divisor * term
            else:
                value = term if value is None else value * term
        above = 1.0 if value is None else value
        return above if divisor is None else above / _divisor(walk, divisor)

    return step


def _divisor(walk: _Walk, value: Operand) -> Operand:
    return value if walk.rounding is None else walk.rounding.divisor(walk.xp, walk._array(value))


def _root(walk: _Walk, base: sp.Basic, layout: str) -> Operand:
    # Radicands are nonnegative by the theory; rounding may leave -1e-17 where the truth is 0. NaN stays NaN.
    value = walk._array(walk(base, layout))
    return walk.xp.sqrt(walk.xp.where(value < 0, walk.xp.zeros_like(value), value))


def _square(walk: _Walk, base: sp.Basic, layout: str) -> Operand:
    value = walk._array(walk(base, layout))
    return value * value


def _pow(node: sp.Basic) -> Step:
    base, exponent = node.args
    if exponent == sp.Rational(1, 2):
        return lambda walk, layout: _root(walk, base, layout)
    if exponent == 2:
        return lambda walk, layout: _square(walk, base, layout)
    if exponent.is_negative:
        positive = sp.Pow(base, -exponent)
        return lambda walk, layout: 1.0 / _divisor(walk, walk(positive, layout))

    def step(walk: _Walk, layout: str) -> Operand:
        value, power = walk._array(walk(base, layout)), walk(exponent, layout)
        if walk.rounding is not None:
            walk.rounding.power(walk.xp, walk._array(power))
        return value ** (walk._array(power) if not isinstance(power, float) else power)

    return step


def _extremum(name: str) -> Callable[[_Walk, sp.Basic, str], Operand]:
    def handler(walk: _Walk, node: sp.Basic, layout: str) -> Operand:
        first, *rest = map(walk._array, walk.arguments(node, layout))
        for term in rest:
            first = getattr(walk.xp, name)(first, term)
        return first

    return handler


def _unary(name: str) -> Callable[[_Walk, sp.Basic, str], Operand]:
    def handler(walk: _Walk, node: sp.Basic, layout: str) -> Operand:
        function: Unary = getattr(walk.xp, name)
        return function(walk._array(walk(node.args[0], layout)))

    return handler


def _log(walk: _Walk, node: sp.Basic, layout: str) -> Operand:
    value = walk._array(walk(node.args[0], layout))
    if walk.rounding is not None:
        walk.rounding.logarithm(walk.xp, value)
    return walk.xp.log(value)


def _compare(operator: Callable[[Array, Array], Array]) -> Callable[[_Walk, sp.Basic, str], Operand]:
    def handler(walk: _Walk, node: sp.Basic, layout: str) -> Operand:
        left, right = map(walk._array, walk.arguments(node, layout))
        return operator(left, right)

    return handler


def _logic(name: str) -> Callable[[_Walk, sp.Basic, str], Operand]:
    def handler(walk: _Walk, node: sp.Basic, layout: str) -> Operand:
        first, *rest = walk.arguments(node, layout)
        for term in rest:
            first = getattr(walk.xp, name)(first, term)
        return first

    return handler


def _piecewise(walk: _Walk, node: sp.Basic, layout: str) -> Operand:
    """First case whose condition holds. The last case of a statement is its ``True`` case."""
    *cases, (last, condition) = node.args
    if condition != sp.true:
        raise ValueError("a Piecewise statement must end with a True case")
    value = walk._array(walk(last, layout))
    for expression, condition in reversed(cases):
        chosen = walk._array(walk(condition, layout))
        value = walk.xp.where(chosen, walk._array(walk(expression, layout)), value)
    return value


def _chi_square(walk: _Walk, node: sp.Basic, layout: str) -> Operand:
    return special.chi_square_less(*map(walk._array, walk.arguments(node, layout)), xp=walk.xp)


def _orthant(walk: _Walk, node: sp.Basic, layout: str) -> Operand:
    raise ValueError("an orthant probability is evaluated for given centres, not from a geometry")


def _normal_tail(walk: _Walk, node: sp.Basic, layout: str) -> Operand:
    (value,) = map(walk._array, walk.arguments(node, layout))
    return special.normal_tail(value, xp=walk.xp)


def _kl_upper(walk: _Walk, node: sp.Basic, layout: str) -> Operand:
    return concentration.kl_upper(*map(walk._array, walk.arguments(node, layout)), xp=walk.xp)


def _mixture_upper(walk: _Walk, node: sp.Basic, layout: str) -> Operand:
    mean, count, failure, *tilts = map(walk._array, walk.arguments(node, layout))
    return concentration.mixture_upper(mean, count, failure, [float(tilt) for tilt in tilts], xp=walk.xp)


def _sum(walk: _Walk, node: sp.Basic, layout: str) -> Operand:
    """A finite sum over whole numbers; its limits and all other symbols are single numbers."""
    term, (index, first, last) = node.args
    start, stop = (round(float(walk(end, ""))) for end in (first, last))
    steps = walk.xp.asarray([float(step) for step in range(start, stop + 1)], dtype=walk.xp.float64)
    terms = walk._array(evaluate(term, _WithIndex(walk.env, index, steps), ""))
    return walk.xp.sum(walk.xp.broadcast_to(terms, steps.shape))


class _WithIndex:
    def __init__(self, environment: Environment, index: sp.Symbol, steps: Array) -> None:
        self.xp, self._outer, self._index, self._steps = environment.xp, environment, index, steps

    def symbol(self, symbol: sp.Symbol, layout: str) -> Array:
        return self._steps if symbol == self._index else self._outer.symbol(symbol, "")

    def reduce(self, node: sp.Expr, layout: str, inner: Callable[[str], Operand]) -> Array:
        raise ValueError("a sum may not hold a reduction over classes")


_HANDLERS: dict[Any, Callable[[_Walk, sp.Basic, str], Operand]] = {
    sp.Max: _extremum("maximum"),
    sp.Min: _extremum("minimum"),
    sp.exp: _unary("exp"),
    sp.log: _log,
    sp.Abs: _unary("abs"),
    sp.floor: _unary("floor"),
    sp.Sum: _sum,
    KlUpper: _kl_upper,
    MixtureUpper: _mixture_upper,
    sp.Piecewise: _piecewise,
    sp.StrictLessThan: _compare(lambda a, b: a < b),
    sp.LessThan: _compare(lambda a, b: a <= b),
    sp.StrictGreaterThan: _compare(lambda a, b: a > b),
    sp.GreaterThan: _compare(lambda a, b: a >= b),
    sp.And: _logic("logical_and"),
    sp.Or: _logic("logical_or"),
    ChiSquareLess: _chi_square,
    NormalOrthant: _orthant,
    NormalTail: _normal_tail,
}
