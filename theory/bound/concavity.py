"""Whether a statement is concave in its reductions over classes: in its averages, sums and maxima.

With fewer ways than classes the error is a mean over subsets. Only of a concave statement is the value at
the subset means of its reductions at least the mean of its values (Jensen); any other has to be gone through
subset by subset. The rules are those of disciplined convex programming; what they do not recognise counts as
not concave. Bases of powers are at least 0 wherever a statement has a real value.
"""

from __future__ import annotations

from functools import lru_cache

import sympy as sp

from theory.expressions import Avg, MaxOver, SumOver, SumOverPairs
from theory.quantities import k

MOST_SUBSETS = 1 << 21
"""Entries of all subsets' margins up to which a bound is averaged subset by subset."""
OVER_CLASSES = (Avg, SumOver, MaxOver, SumOverPairs)


@lru_cache(maxsize=256)
def is_concave(expression: sp.Expr) -> bool:
    """Whether ``expression`` is recognised as concave in the reductions over classes that it contains."""
    places = {node: sp.Dummy(nonnegative=True) for node in _outermost(expression)}
    # Two ways at least: so that a factor sqrt(k - 1) is known to have a sign.
    others = {k: sp.Dummy(integer=True, nonnegative=True) + 2}
    return _concave(expression.xreplace(places).xreplace(others), frozenset(places.values()))


def _outermost(expression: sp.Basic) -> set[sp.Basic]:
    if isinstance(expression, OVER_CLASSES):
        return {expression}
    return {node for part in expression.args for node in _outermost(part)}


def _concave(expression: sp.Basic, places: frozenset[sp.Symbol]) -> bool:
    if not expression.free_symbols & places or _affine(expression, places):
        return True
    if isinstance(expression, sp.Add | sp.Min):
        return all(_concave(part, places) for part in expression.args)
    if isinstance(expression, sp.Piecewise):
        # A condition that varies with the subset would join pieces by a jump.
        return all(
            not condition.free_symbols & places and _concave(piece, places)
            for piece, condition in expression.args
        )
    if isinstance(expression, sp.Pow | sp.Mul):
        return _concave_product(expression, places) or _power_of_a_sum(expression, places)
    return False


def _affine(expression: sp.Basic, places: frozenset[sp.Symbol]) -> bool:
    """Degree at most 1 in ``places`` together, with coefficients of any sign."""
    if isinstance(expression, sp.Add):
        return all(_affine(part, places) for part in expression.args)
    if isinstance(expression, sp.Mul):
        varying = [part for part in expression.args if part.free_symbols & places]
        return not varying or (len(varying) == 1 and _affine(varying[0], places))
    return expression in places or not expression.free_symbols & places


def _concave_product(expression: sp.Expr, places: frozenset[sp.Symbol]) -> bool:
    """A product of concave terms to powers above 0 of sum at most 1, times a factor of at least 0."""
    powers = _sum_of_powers(expression, places)
    return powers is not None and bool(powers <= 1)


def _sum_of_powers(expression: sp.Expr, places: frozenset[sp.Symbol]) -> sp.Expr | None:
    """Of a product of concave terms to powers above 0, times factors of at least 0; None of any other."""
    total = sp.Integer(0)
    for factor in sp.Mul.make_args(expression):
        if not factor.free_symbols & places:
            if not _at_least_0(factor):
                return None
            continue
        base, exponent = factor.as_base_exp()
        if not (exponent.is_Number and exponent > 0 and _concave(base, places)):
            return None
        total += exponent
    return total


def _power_of_a_sum(expression: sp.Expr, places: frozenset[sp.Symbol]) -> bool:
    """(x^(1/q) + y^(1/q) + ...)^q with q >= 1, of concave x, y, ... with factors of at least 0: a mean of
    order below 1, which is concave."""
    varying = [factor for factor in sp.Mul.make_args(expression) if factor.free_symbols & places]
    constant = [factor for factor in sp.Mul.make_args(expression) if not factor.free_symbols & places]
    if len(varying) != 1 or not all(_at_least_0(factor) for factor in constant):
        return False
    base, power = varying[0].as_base_exp()
    if not (isinstance(base, sp.Add) and power.is_Number and power >= 1):
        return False
    parts = [_sum_of_powers(part, places) for part in base.args]
    return all(powers is not None and bool(powers * power <= 1) for powers in parts)


def _at_least_0(factor: sp.Expr) -> bool:
    """Whether a factor that no subset changes is known to be at least 0; shots and ways are as the
    setting has them."""
    return bool(factor.is_nonnegative)


def too_many_subsets(classes: int, ways: int) -> str:
    """Why a bound that is not concave says nothing about ``ways`` of so many classes."""
    return (
        f"it is not recognised as concave in its averages over classes, and {classes} classes have too many "
        f"subsets of {ways} to take its mean over them"
    )
