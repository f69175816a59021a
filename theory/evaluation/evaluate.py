"""From a SymPy statement to numbers, in the array namespace of the geometry it is evaluated on.

A small tree walk instead of ``sympy.lambdify``, whose NumPy printer is not array-API clean. Equal
sub-expressions are computed once per evaluation. The environment knows what a symbol or a reduction over
classes means; ``Scalars`` gives them plain numbers, ``theory.evaluation.environment`` reads a
``ClassGeometry``.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

import sympy as sp
from sympy.concrete.expr_with_limits import ExprWithLimits

from theory.array import NUMPY, Array, Namespace, Operand, Unary
from theory.evaluation import concentration, reach, rounding, special
from theory.evaluation.missing import MissingQuantity
from theory.evaluation.products import Extreme, extreme_factors, logarithm_of
from theory.evaluation.reading import term_at
from theory.expressions import REDUCTIONS, ChiSquareLess, KlUpper, MixtureUpper, NormalOrthant, NormalTail
from theory.quantities import lookup

MOST_TERMS, MOST_ONE_BY_ONE = 1e6, 1000
"""Of a sum over whole numbers; and where its terms hold other quantities, or are sums."""
NEXT, MOST_ROUNDED = 2.0**-50, 1 << 40
"""Share of itself by which rounding may leave a number of counts, as log(1000)/log(10), below a whole one;
larger numbers are told apart from whole ones by less."""
APART = 1e-9
"""How far rounding may leave the limit of a sum from a whole number."""
LEAST, MOST = 1e-300, 1e299
"""Smaller parts of a product may have lost digits already, larger ones stand for all that are beyond."""
MOST_DIVISOR = 1 << 1000
"""Of a factor of a statement that is divided by; others leave double precision."""
MOST_COMMON = 1 << 20
"""Largest common denominator over which quotients are added as whole numbers."""


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
    return _Walk(environment)(_plan(expression), layout)


class _Walk:
    def __init__(self, environment: Environment) -> None:
        self.env = environment
        self.xp = environment.xp
        self.memo: dict[tuple[_Plan, str], Operand] = {}
        self.rounding = rounding.current()
        self._moves = self.rounding is not None and self.rounding.disturbs
        self.reach = reach.current()

    def __call__(self, plan: _Plan, layout: str) -> Operand:
        if plan.constant is not None and not (self._moves and plan.is_rounded):
            return plan.constant
        key = (plan, layout)
        value = self.memo.get(key)
        if value is None:
            value = plan.constant
            if value is None:
                value = self._computed(plan, layout)
            if self._moves and self.rounding is not None and plan.is_rounded:
                value = self.rounding.moved(value, plan.rounded_by)
            self.memo[key] = value
        return value

    def _computed(self, plan: _Plan, layout: str) -> Operand:
        if self.reach is None or not plan.is_rounded:
            return plan.step(self, layout)
        return self.reach.kept(self.xp, lambda: plan.step(self, layout))

    def decisive(self, plan: _Plan, layout: str) -> Array:
        """The value of what is compared or rounded to a whole number. It is not moved unless it lost digits,
        and never if it is of counts alone, as n/2 >= 1: a little less than a whole number is another one."""
        if self.rounding is None:
            return self.array(plan, layout)
        if not plan.is_given:
            return self.rounding.decision(lambda: _Walk(self.env).array(plan, layout))
        with rounding.unmoved():
            return _Walk(self.env).array(plan, layout)

    def array(self, plan: _Plan, layout: str) -> Array:
        """The value of ``plan`` as an array."""
        value = self(plan, layout)
        return self.as_array(value) if isinstance(value, float | int) else value

    def as_array(self, value: Operand) -> Array:
        if isinstance(value, float | int):
            return self.xp.asarray(float(value), dtype=self.xp.float64)
        return value


Step = Callable[[_Walk, str], Operand]


class _Plan:
    """How a node is computed. SymPy is asked only once to find that out, however often the node is evaluated:
    a bound is evaluated for thousands of geometries."""

    def __init__(self, node: sp.Basic) -> None:
        number = _number(node)
        beyond = number is not None and node.is_finite and (math.isinf(number) or (number == 0 != node))
        self.constant = None if beyond else number
        self.is_rounded = rounding.is_rounded(node)
        self.rounded_by = rounding.INACCURATE.get(node.func, rounding.STEP)
        self.is_given = _is_given(node)
        if beyond:
            self.step: Step = _beyond(node, number or 0.0)
        else:
            self.step = _no_step if number is not None else _step(node)


def _number(node: sp.Basic) -> float | None:
    """The value of a plain number; None for anything else, and for what SymPy knows no digits of, such as the
    functions of this package, or not always the right ones, as of sums and products."""
    if not node.is_number or node.has(*REDUCTIONS, ExprWithLimits):
        return None
    try:
        return float(node)
    except TypeError:
        return None


def _is_given(node: sp.Basic) -> bool:
    """Whether it is a function of numbers that are given beside a geometry: of counts and indices of sums,
    for the most part."""
    if node.has(*REDUCTIONS):
        return False
    entries = [lookup(symbol) for symbol in node.free_symbols]
    return all(entry is None or (entry.source != "geometry" and not entry.index) for entry in entries)


@lru_cache(maxsize=1 << 14)
def _plan(node: sp.Basic) -> _Plan:
    return _Plan(node)


def _plans(node: sp.Basic) -> list[_Plan]:
    return [_plan(argument) for argument in node.args]


def _no_step(walk: _Walk, layout: str) -> Operand:
    raise TypeError("a number is not computed")


def _beyond(number: sp.Basic, value: float) -> Step:
    """A number that double precision does not hold: computed where that is to be told."""
    sign, end = (-1 if number.is_negative else 1), (1e3 if math.isinf(value) else -1e3)

    def step(walk: _Walk, layout: str) -> Operand:
        if walk.reach is None:
            return value
        return sign * walk.xp.exp(walk.xp.asarray(end, dtype=walk.xp.float64))

    return step


def _step(node: sp.Basic) -> Step:
    if node.is_Symbol:
        return lambda walk, layout: walk.env.symbol(node, layout)
    if node in (sp.true, sp.false):
        return lambda walk, layout: walk.xp.asarray(bool(node))
    if isinstance(node, REDUCTIONS):
        # What is reduced is planned where it is asked for: plain numbers may stand for whole reductions.
        argument = node.args[0]
        return lambda walk, layout: walk.env.reduce(node, layout, lambda axes: walk(_plan(argument), axes))
    if node.is_Add:
        return _add(node)
    if node.is_Mul:
        return _mul(node)
    if node.is_Pow:
        return _pow(node)
    planned = _KINDS.get(node.func)
    if planned is None:
        raise ValueError(f"statements may not contain '{node.func.__name__}', only {_known()}")
    return planned(node)


def _known() -> str:
    """What a statement may hold, as it is written."""
    names = {kind.__name__ for kind in _KINDS if not issubclass(kind, sp.logic.boolalg.Boolean)}
    return ", ".join(["+, *, /, **", *sorted(names - {"NormalOrthant"}, key=str.lower)])


def _add(node: sp.Basic) -> Step:
    # Signs that SymPy does not know are looked at in the numbers. A difference of what is read, as n - 1 or
    # v_j - v_i, has no rounding of the statement's own in it.
    computed = any(not each.as_coeff_Mul()[1].is_Atom for each in node.args)
    may_cancel = computed and not all(each.is_nonnegative for each in node.args)
    # Of whole numbers 13/3 - 1/3 is 4, and the difference of the two quotients is less.
    shares = [each.as_coeff_Mul()[0] for each in node.args]
    common = sp.ilcm(*(each.q for each in shares)) if all(each.is_Rational for each in shares) else 1
    whole = int(common) if common <= MOST_COMMON else 1
    plans = [_plan(whole * each) for each in node.args]

    def step(walk: _Walk, layout: str) -> Operand:
        terms = [walk(plan, layout) for plan in plans]
        total = terms[0]
        for term in terms[1:]:
            total = total + term
        if walk.rounding is not None and (may_cancel or walk.rounding.decides):
            arrays = [walk.as_array(each) for each in terms]
            walk.rounding.addition(walk.xp, arrays, walk.as_array(total))
            if may_cancel:
                walk.rounding.difference(walk.xp, arrays, walk.as_array(total))
        return total if whole == 1 else total / whole

    return step


def _mul(node: sp.Basic) -> Step:
    # Reciprocals are divided by, not multiplied with, which keeps exactly representable values exact: 7/10 of
    # 90 is 63, and 0.7 times 90 is less.
    first, *rest = node.args
    whole = first.q if first.is_Rational and first.q <= MOST_DIVISOR else 1
    arguments = rest if first * whole == 1 else [first * whole, *rest]
    below = [each.is_Pow and each.exp.is_number and each.exp.is_negative for each in arguments]
    factors = [
        (_plan(sp.Pow(factor.base, -factor.exp) if is_below else factor), is_below)
        for factor, is_below in zip(arguments, below, strict=True)
    ]
    share = float(whole)

    def step(walk: _Walk, layout: str) -> Operand:
        value: Operand | None = None
        divisor: Operand | None = None
        for factor, is_below in factors:
            term = walk(factor, layout)
            if is_below:
                divisor = term if divisor is None else reach.product(walk.xp, divisor, term)
            else:
                value = term if value is None else reach.product(walk.xp, value, term)
        above = 1.0 if value is None else value
        if share != 1.0:
            above = above / share
        return above if divisor is None else above / _divisor(walk, divisor)

    extreme = extreme_factors(node)
    return step if extreme is None else _in_range(step, extreme)


def _in_range(direct: Step, extreme: Extreme) -> Step:
    """A product that is computed by the logarithm of some factors where it, or one of them, leaves double
    precision."""
    factors = [_plan(factor) for factor in extreme.factors]
    logarithm, others = _plan(extreme.logarithm), _plan(extreme.others)

    def step(walk: _Walk, layout: str) -> Operand:
        xp, product = walk.xp, walk.as_array(direct(walk, layout))
        left = xp.logical_or(product == 0, ~xp.isfinite(product))
        # Between these two lies whatever part of the product.
        least, most = (xp.asarray(1.0, dtype=xp.float64) for _ in range(2))
        for factor in factors:
            size = xp.abs(walk.array(factor, layout))
            least, most = (
                least * xp.minimum(size, xp.ones_like(size)),
                most * xp.maximum(size, xp.ones_like(size)),
            )
        left = xp.logical_or(left, xp.logical_or(least < LEAST, most > MOST))
        if not bool(xp.any(left)):
            return product
        # In one exponential: what it is multiplied by may bring it back into range.
        rest = walk.array(others, layout)
        value = xp.exp(walk.array(logarithm, layout) + xp.log(xp.abs(rest)))
        value = xp.where(rest < 0, -value, value)
        return xp.where(xp.logical_and(left, ~xp.isnan(value)), value, product)

    return step


def _divisor(walk: _Walk, value: Operand) -> Operand:
    return value if walk.rounding is None else walk.rounding.divisor(walk.xp, walk.as_array(value))


def _root(base: _Plan) -> Step:
    # Radicands are nonnegative by the theory; rounding may leave -1e-17 where the truth is 0. NaN stays NaN.
    def step(walk: _Walk, layout: str) -> Operand:
        value = walk.array(base, layout)
        return walk.xp.sqrt(walk.xp.where(value < 0, walk.xp.zeros_like(value), value))

    return step


def _square(base: _Plan) -> Step:
    def step(walk: _Walk, layout: str) -> Operand:
        value = walk.array(base, layout)
        return value * value

    return step


def _reciprocal(below: _Plan) -> Step:
    return lambda walk, layout: 1.0 / _divisor(walk, walk(below, layout))


def _pow(node: sp.Basic) -> Step:
    of, to = node.args
    if to.is_negative:
        return _reciprocal(_plan(sp.Pow(of, -to)))
    base, exponent = _plans(node)
    if to == sp.Rational(1, 2):
        return _root(base)
    if to == 2:
        return _square(base)

    def step(walk: _Walk, layout: str) -> Operand:
        # A whole exponent stays whole: negative numbers have no other powers.
        value = walk.array(base, layout)
        power = walk.decisive(exponent, layout) if exponent.is_given else walk(exponent, layout)
        if walk.rounding is not None:
            walk.rounding.power(walk.xp, walk.as_array(power))
        return value ** (walk.as_array(power) if not isinstance(power, float) else power)

    return step


Kind = Callable[[sp.Basic], Step]
"""From a node of one kind to how it is computed."""


def _function(compute: Callable[[_Walk, list[Array]], Array]) -> Kind:
    """A function of the values of the node's arguments."""

    def planned(node: sp.Basic) -> Step:
        plans = _plans(node)
        return lambda walk, layout: compute(walk, [walk.array(plan, layout) for plan in plans])

    return planned


def _folded(name: str) -> Kind:
    """A function of two arrays, in the namespace, applied from left to right."""

    def compute(walk: _Walk, values: list[Array]) -> Array:
        first, *rest = values
        for value in rest:
            first = getattr(walk.xp, name)(first, value)
        return first

    return _function(compute)


def _unary(name: str) -> Kind:
    def compute(walk: _Walk, values: list[Array]) -> Array:
        function: Unary = getattr(walk.xp, name)
        return function(*values)

    return _function(compute)


def _compare(compare: Callable[[Array, Array], Array], or_alike: bool = False) -> Kind:
    """A comparison, for ``or_alike`` also of what rounding alone keeps apart: distances of a simplex are."""

    def planned(node: sp.Basic) -> Step:
        plans = _plans(node)
        computed = sum(not plan.is_given and plan.constant is None for plan in plans)

        def step(walk: _Walk, layout: str) -> Operand:
            (a, b), is_left = reach.whether_left(lambda: [walk.decisive(plan, layout) for plan in plans])
            outcome = rounding.or_alike(walk.xp, a, b, compare) if or_alike else compare(a, b)
            if walk.rounding is None:
                return outcome
            return walk.rounding.comparison(walk.xp, outcome, (a, b), computed, is_left)

        return step

    return planned


def _floor(node: sp.Basic) -> Step:
    plan = _plan(node.args[0])

    def step(walk: _Walk, layout: str) -> Operand:
        value = walk.decisive(plan, layout)
        if plan.is_given:
            above = walk.xp.maximum(value * (1 + NEXT), value * (1 - NEXT))
            value = walk.xp.where(walk.xp.abs(value) < MOST_ROUNDED, above, value)
        return walk.xp.floor(value)

    return step


def _logarithm(node: sp.Basic) -> Step:
    (argument,) = node.args
    plan = _plan(argument)
    sums = logarithm_of(argument) if isinstance(argument, sp.factorial | sp.binomial) else None
    large = None if sums is None else _plan(sums)

    def step(walk: _Walk, layout: str) -> Operand:
        value = walk.array(plan, layout)
        if walk.rounding is not None:
            walk.rounding.logarithm(walk.xp, value)
        logarithm = walk.xp.log(value)
        if large is None or bool(walk.xp.all(value <= MOST)):
            return logarithm
        return walk.xp.where(value <= MOST, logarithm, walk.array(large, layout))

    return step


def _exponential(walk: _Walk, values: list[Array]) -> Array:
    (value,) = values
    if walk.rounding is not None:
        walk.rounding.raised(walk.xp, value)
    return walk.xp.exp(value)


def _normal_tail(walk: _Walk, values: list[Array]) -> Array:
    (value,) = values
    if walk.rounding is not None:
        walk.rounding.raised(walk.xp, value)
    return special.normal_tail(value, xp=walk.xp)


def _mixture_upper(node: sp.Basic) -> Step:
    mean, count, failure, *tilts = node.args
    if not tilts or not all(tilt.is_number for tilt in tilts):
        raise ValueError(
            "after a mean, a count and a failure probability MixtureUpper takes numbers, its tilts"
        )
    plans = [_plan(each) for each in (mean, count, failure)]
    grid = [float(tilt) for tilt in tilts]

    def step(walk: _Walk, layout: str) -> Operand:
        u, blocks, chance = (walk.array(plan, layout) for plan in plans)
        return concentration.mixture_upper(u, blocks, chance, grid, xp=walk.xp)

    return step


def _piecewise(node: sp.Basic) -> Step:
    """First case whose condition holds. The last case of a statement is its ``True`` case."""
    *cases, (last, condition) = node.args
    if condition != sp.true:
        raise ValueError("a Piecewise statement must end with a True case")
    otherwise = _plan(last)
    planned = [(_plan(expression), _plan(holds)) for expression, holds in reversed(cases)]

    def step(walk: _Walk, layout: str) -> Operand:
        value = walk.array(otherwise, layout)
        for expression, holds in planned:
            chosen = walk.array(holds, layout)
            value = walk.xp.where(chosen, walk.array(expression, layout), value)
        return value

    return step


def _orthant(node: sp.Basic) -> Step:
    raise ValueError("an orthant probability is evaluated for given centres, not from a geometry")


def _sum(node: sp.Basic) -> Step:
    return _summed(node.args[0], node.args[1:])


def _summed(term: sp.Expr, limits: Sequence[sp.Tuple]) -> Step:
    """A finite sum over whole numbers, whose limits are single numbers; of several indices the first is the
    inmost, as in SymPy, which makes one sum of sums."""
    *inner, (index, first, last) = limits
    ends = [_plan(first), _plan(last)]
    within = sp.Sum(term, *inner) if inner else term

    def step(walk: _Walk, layout: str) -> Operand:
        steps = _whole_numbers(walk, index, ends)
        if _counts_only(walk, within, index):
            together = walk.xp.asarray([float(each) for each in steps], dtype=walk.xp.float64)
            terms = walk.as_array(evaluate(term, _WithIndex(walk.env, index, together), ""))
            terms = walk.xp.broadcast_to(terms, together.shape)
            _note_cancelling(walk, walk.xp.sum(walk.xp.abs(terms)), walk.xp.sum(terms))
            return walk.xp.sum(terms)
        if len(steps) > MOST_ONE_BY_ONE:
            raise MissingQuantity(
                f"its sum over {index} has {len(steps)} terms that hold other quantities or are sums; "
                f"move what does not depend on {index} out of it"
            )
        total, size = (walk.xp.asarray(0.0, dtype=walk.xp.float64) for _ in range(2))
        for each in steps:
            value = walk.as_array(evaluate(_at(within, index, each), walk.env, layout))
            total, size = total + value, size + walk.xp.abs(value)
        _note_cancelling(walk, size, total)
        return total

    return step


def _note_cancelling(walk: _Walk, size: Array, total: Array) -> None:
    """Terms of both signs in a sum, whose absolute values add up to ``size``."""
    if walk.rounding is not None:
        walk.rounding.difference(walk.xp, [size], total)


@lru_cache(maxsize=1 << 12)
def _at(term: sp.Expr, index: sp.Symbol, value: int) -> sp.Expr:
    """The term of a sum, written with the number: what reduces it over classes need not know of an index."""
    try:
        return term_at(term, index, value)
    except ValueError as wrong:
        raise MissingQuantity(str(wrong)) from None


def _whole_numbers(walk: _Walk, index: sp.Symbol, ends: Sequence[_Plan]) -> list[int]:
    """What the index of a sum runs through. Raises ``MissingQuantity`` where that is not told."""
    first, last = (walk.decisive(each, "") for each in ends)
    if first.ndim or last.ndim:
        raise MissingQuantity(f"its sum over {index} has limits that are not the same everywhere")
    begin, end = float(first), float(last)
    if not (math.isfinite(begin) and math.isfinite(end)):
        raise MissingQuantity(f"its sum over {index} has a limit that is no finite number")
    if not end - begin < MOST_TERMS:
        raise MissingQuantity(f"its sum over {index} would have {end - begin + 1:.3g} terms; state its limit")
    for limit in (begin, end):
        if abs(limit - round(limit)) > APART:
            raise MissingQuantity(
                f"its sum over {index} has the limit {limit:g}, no whole number; write floor(...) about it"
            )
    return list(range(round(begin), round(end) + 1))


def _counts_only(walk: _Walk, term: sp.Expr, index: sp.Symbol) -> bool:
    """Whether besides the index of a sum its term holds only single numbers: then all terms are computed at
    once. An exact equality is one of the index, and is decided term by term."""
    if term.has(*REDUCTIONS, sp.Sum, sp.Equality, sp.Unequality):
        return False
    return all(_is_single(walk, symbol) for symbol in term.free_symbols - {index})


def _is_single(walk: _Walk, symbol: sp.Symbol) -> bool:
    entry = lookup(symbol)
    if entry is None or entry.index or entry.source == "free":
        return False
    return walk.as_array(walk.env.symbol(symbol, "")).ndim == 0


class _WithIndex:
    """An environment in which the index of a sum has all its values, in one array."""

    def __init__(self, environment: Environment, index: sp.Symbol, steps: Array) -> None:
        self.xp, self._outer, self._index, self._steps = environment.xp, environment, index, steps

    def symbol(self, symbol: sp.Symbol, layout: str) -> Array:
        return self._steps if symbol == self._index else self._outer.symbol(symbol, layout)

    def reduce(self, node: sp.Expr, layout: str, inner: Callable[[str], Operand]) -> Array:
        return self._outer.reduce(node, layout, inner)


_KINDS: dict[Any, Kind] = {
    sp.Max: _folded("maximum"),
    sp.Min: _folded("minimum"),
    sp.exp: _function(_exponential),
    sp.log: _logarithm,
    sp.Abs: _unary("abs"),
    sp.floor: _floor,
    sp.Sum: _sum,
    KlUpper: _function(lambda walk, values: concentration.kl_upper(*values, xp=walk.xp)),
    MixtureUpper: _mixture_upper,
    sp.Piecewise: _piecewise,
    sp.StrictLessThan: _compare(operator.lt),
    sp.LessThan: _compare(operator.le, or_alike=True),
    sp.StrictGreaterThan: _compare(operator.gt),
    sp.GreaterThan: _compare(operator.ge, or_alike=True),
    sp.ITE: _function(lambda walk, values: walk.xp.where(*values)),
    sp.And: _folded("logical_and"),
    sp.Or: _folded("logical_or"),
    ChiSquareLess: _function(lambda walk, values: special.chi_square_less(*values, xp=walk.xp)),
    sp.binomial: _function(lambda walk, values: special.binomial(*values, xp=walk.xp)),
    sp.factorial: _function(lambda walk, values: special.factorial(*values, xp=walk.xp)),
    sp.loggamma: _function(lambda walk, values: special.log_gamma(*values, xp=walk.xp)),
    NormalOrthant: _orthant,
    NormalTail: _function(_normal_tail),
}
