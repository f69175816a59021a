"""How what is written in a statement is read: decimals, sums of numbers, names of functions for others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, TypeVar, cast

import sympy as sp

from theory.expressions import ForEveryOther, NormalTail

_Anything = TypeVar("_Anything")
_LOGIC = (sp.Not, sp.Xor, sp.Implies, sp.Equivalent)
FEW_DIGITS, MOST_BELOW, ULPS = 14, 1000, 4
"""Decimals of fewer places are what was written; longer ones are quotients with so large a denominator, where
one is so many units in the last place away, of theirs or of 1, from which they may have been taken."""
LEAST_READ, PLACES = 1e-5, 12
"""Of decimals that are read as others next to them: smaller ones would be changed in digits that count."""
MOST_NUMBERS = 200
"""Terms of a sum of numbers."""
MOST_CHOSEN = 60
"""Of a binomial coefficient that is written as a product."""


def normalised(value: _Anything) -> _Anything:
    """An expression as it is meant, or expressions in tuples and lists; anything else is given back.

    0.1 is read as 1/10 and Python's 2/3 as that: the number of double precision next to it has no place in a
    theorem, nor in a proof. Negations and implications of conditions are written out by "and" and "or", sums
    of numbers alone are added up. Raises ValueError for one that is not finite, or has too many terms.
    """
    if type(value) in (tuple, list):  # not a named one, which takes its parts one by one
        parts: Any = [normalised(each) for each in cast(Any, value)]
        return cast(_Anything, parts if type(value) is list else tuple(parts))
    if not isinstance(value, sp.Basic):
        return value
    meant: dict[sp.Basic, sp.Basic] = {number: _as_written(number) for number in value.atoms(sp.Float)}
    written = _rewritten(value.xreplace(meant) if meant else value)
    joined = {
        node: sp.to_nnf(node, simplify=False)
        for node in written.atoms(*_LOGIC)
        if not node.has(ForEveryOther)
    }
    return cast(_Anything, _added_up(written.xreplace(joined) if joined else written))


def _as_written(number: sp.Float) -> sp.Rational:
    """The shortest decimal of this value; where it is long, the quotient of small numbers or the decimal of
    few places of which this is the value in double precision, if there is one."""
    value = float(number)
    if len(str(number).strip("0")) <= FEW_DIGITS or not LEAST_READ <= abs(value) < 1 << 53:
        return sp.Rational(str(number))
    # 1 - 1/3 of Python is one unit in the last place from 2/3, and 1 - 59/60 fifteen from 1/60.
    near = ULPS * max(math.ulp(value), math.ulp(0.5))
    for read in (Fraction(value).limit_denominator(MOST_BELOW), Fraction(str(round(value, PLACES)))):
        if abs(float(read) - value) <= near:
            return sp.Rational(read.numerator, read.denominator)
    return sp.Rational(str(number))


def _rewritten(expression: sp.Basic) -> sp.Basic:
    for function, rewritten in _REWRITTEN.items():
        if expression.has(function):
            expression = expression.replace(function, rewritten)
    return expression


def _binomial(of: sp.Expr, chosen: sp.Expr) -> sp.Expr:
    if not (chosen.is_Integer and 0 <= chosen <= MOST_CHOSEN):
        return sp.binomial(of, chosen, evaluate=False)
    return sp.Mul(*(of - step for step in range(int(chosen)))) / sp.factorial(chosen)


_REWRITTEN: dict[Any, Any] = {
    sp.ceiling: lambda x: -sp.floor(-x),
    sp.Mod: lambda x, divisor: x - divisor * sp.floor(x / divisor),
    sp.erfc: lambda x: 2 * NormalTail(sp.sqrt(2) * x),
    sp.erf: lambda x: 1 - 2 * NormalTail(sp.sqrt(2) * x),
    sp.binomial: _binomial,
    sp.gamma: lambda x: sp.factorial(x - 1),
}
"""Functions that statements need not know, by what they are."""


def _added_up(expression: sp.Basic, most: int = MOST_NUMBERS) -> sp.Basic:
    """The same with every sum of numbers alone written as the sum of its terms: SymPy's own value of it may
    be wrong, or take for ever."""
    numbers = [node for node in expression.atoms(sp.Sum) if not node.free_symbols]
    return expression.xreplace({node: _total(node.args[0], node.args[1:], most) for node in numbers})


def _total(term: sp.Expr, limits: Sequence[sp.Tuple], most: int) -> sp.Expr:
    *inner, (index, first, last) = limits
    if not (first.is_finite and last.is_finite):
        raise ValueError(f"its sum over {index} has no end; write what it adds up to, or a bound on that")
    if not (first.is_Integer and last.is_Integer):
        raise ValueError(f"its sum over {index} goes from {first} to {last}; write whole numbers")
    if last - first >= most:
        raise ValueError(
            f"its sum over {index} has {last - first + 1} terms, all of them numbers, and no more than "
            f"{MOST_NUMBERS} are added up in all; write its value"
        )
    within = sp.Sum(term, *inner) if inner else term
    terms = [term_at(within, index, each) for each in range(int(first), int(last) + 1)]
    return sp.Add(*(_added_up(each, most // len(terms)) for each in terms))


def term_at(term: sp.Expr, index: sp.Symbol, value: int) -> sp.Expr:
    """The term of a sum, written with the number. Raises ValueError where it is no real number there."""
    written = _rewritten(term.subs(index, value))
    if written.has(sp.zoo, sp.nan, sp.I):
        raise ValueError(f"the term of its sum over {index} is no real number at {index} = {value}")
    return written
