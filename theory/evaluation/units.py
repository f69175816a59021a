"""Units of a statement: the power of length that an expression in quantities has."""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp

from theory.expressions import REDUCTIONS
from theory.quantities import lookup


class MixedUnits(ValueError):
    """Terms of different powers of length are added or compared."""


def power_of_length(node: sp.Basic, memo: dict[sp.Basic, sp.Expr | None] | None = None) -> sp.Expr | None:
    """Power of length of an expression; None for 0 and infinity, which fit everything. Raises MixedUnits.

    ``memo`` holds what is known of subexpressions: statements written out repeat themselves many times.
    """
    memo = {} if memo is None else memo
    if node not in memo:
        memo[node] = _power(node, memo)
    return memo[node]


def _power(node: sp.Basic, memo: dict[sp.Basic, sp.Expr | None]) -> sp.Expr | None:
    if node in (sp.S.Zero, sp.oo):
        return None
    if isinstance(node, sp.logic.boolalg.Boolean) and not node.is_Symbol:
        _check_condition(node, memo)
        return None
    if node.is_number or node.is_Symbol:
        return _of_leaf(node)
    if isinstance(node, sp.Mul):
        powers = [power_of_length(factor, memo) for factor in node.args]
        return None if None in powers else sp.Add(*powers)
    if isinstance(node, sp.Pow) and node.exp.is_number:
        base = power_of_length(node.base, memo)
        return None if base is None else base * node.exp
    if isinstance(node, sp.Piecewise):
        return _of_cases(node, memo)
    if isinstance(node, (*REDUCTIONS, sp.Sum)):
        return power_of_length(node.args[0], memo)
    common = _common(node.args, memo)
    if isinstance(node, sp.Add | sp.Max | sp.Min | sp.Abs):
        return common
    if common not in (0, None):
        raise MixedUnits(f"{node.func.__name__}(...) of a quantity with unit length^{common}")
    return sp.S.Zero


def _of_leaf(node: sp.Basic) -> sp.Expr:
    """Of a number, or of a symbol: those that are no quantities have no unit."""
    entry = None if node.is_number else lookup(node)
    return sp.Integer(entry.power if entry is not None else 0)


def _of_cases(node: sp.Piecewise, memo: dict[sp.Basic, sp.Expr | None]) -> sp.Expr | None:
    for _, condition in node.args:
        power_of_length(condition, memo)
    return _common([value for value, _ in node.args], memo)


def _check_condition(node: sp.Basic, memo: dict[sp.Basic, sp.Expr | None]) -> None:
    """A relation has no unit, but its two sides have the same; what joins relations compares none of them
    with another."""
    if isinstance(node, sp.core.relational.Relational):
        _common(node.args, memo)
    else:
        for part in node.args:
            power_of_length(part, memo)


def _common(parts: Iterable[sp.Basic], memo: dict[sp.Basic, sp.Expr | None]) -> sp.Expr | None:
    powers: dict[str, sp.Expr] = {}
    for part in parts:
        power = power_of_length(part, memo)
        if power is not None:
            powers.setdefault(power, part)
    if len(powers) > 1:
        (first, a), (second, b) = list(powers.items())[:2]
        raise MixedUnits(f"adds or compares `{a}` (length^{first}) and `{b}` (length^{second})")
    return next(iter(powers), None)
