"""Statements with one number, exponent or sign changed, which a proof must not prove."""

from __future__ import annotations

import contextlib
import dataclasses
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import sympy as sp

from theory.bound import Statement
from theory.expressions import REDUCTIONS, ChiSquareLess, KlUpper, MixtureUpper, NormalOrthant

OPAQUE = (KlUpper, MixtureUpper, ChiSquareLess, NormalOrthant)
"""Functions that have no formula: each of their arguments is changed."""
Expression = Callable[[], sp.Basic]
"""An expression that is built when it is asked for."""


@dataclass(frozen=True)
class Mutant:
    """``change`` says in words what was changed, and where."""

    change: str
    bound: Statement


def mutants(bound: Statement, most: int | None = None) -> Iterator[Mutant]:
    """Every number, exponent and sign of the statement and of its abbreviations, changed; of more than
    ``most`` an even sample of about as many."""
    planned = list(_planned(bound))
    every = 1 if most is None else max(1, math.ceil(len(planned) / most))
    for change, changed in planned[::every]:
        # A statement may refuse a mutant at once (no failure probability is spent, a root is not real).
        with contextlib.suppress(ValueError, TypeError):
            yield Mutant(change, changed())


def _planned(bound: Statement) -> Iterator[tuple[str, Callable[[], Statement]]]:
    """What is changed, and how the mutant is made: to build a large formula anew takes SymPy long."""
    own = "relation" if not hasattr(bound, "statement") else "statement"

    def with_own(make: Expression) -> Statement:
        return dataclasses.replace(bound, **{own: make()})

    def with_meaning(place: int, symbol: sp.Symbol, make: Expression) -> Statement:
        where = (*bound.where[:place], (symbol, make()), *bound.where[place + 1 :])
        return dataclasses.replace(bound, where=where)

    for change, make in _changes(getattr(bound, own)):
        yield f"{own}: {change}", partial(with_own, make)
    for place, (symbol, meaning) in enumerate(bound.where):
        for change, make in _changes(meaning):
            yield f"{symbol}: {change}", partial(with_meaning, place, symbol, make)


def changes(expression: sp.Basic) -> Iterator[tuple[str, sp.Basic]]:
    """The expression with one of its nodes changed, each with what was changed in words."""
    for change, make in _changes(expression):
        yield change, make()


def _changes(expression: sp.Basic) -> Iterator[tuple[str, Expression]]:
    for path, node in _nodes(expression, ()):
        for change, changed in _variants(node):
            yield change, partial(_replaced, expression, path, changed)


def _nodes(node: sp.Basic, path: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], sp.Basic]]:
    yield path, node
    if isinstance(node, sp.MatrixSymbol):
        return  # its sizes are not part of the claim
    for place, part in enumerate(node.args):
        yield from _nodes(part, (*path, place))


def _replaced(node: sp.Basic, path: tuple[int, ...], new: sp.Basic) -> sp.Basic:
    if not path:
        return new
    parts = list(node.args)
    parts[path[0]] = _replaced(parts[path[0]], path[1:], new)
    if isinstance(node, (sp.core.relational.Relational, sp.And, *REDUCTIONS)):
        return node.func(*parts, evaluate=False)
    return node.func(*parts)


def _variants(node: sp.Basic) -> Iterator[tuple[str, sp.Basic]]:
    """Changes of one node: its numbers a tenth down and up, its exponent, the signs of its terms."""
    less, more = sp.Rational(9, 10), sp.Rational(11, 10)
    if isinstance(node, sp.Pow) and node.exp.is_Rational:
        step = 1 if node.exp.is_Integer else node.exp / 2
        for exponent in (node.exp - step, node.exp + step):
            yield f"exponent of {node} to {exponent}", node.base**exponent
    if isinstance(node, sp.Add):
        for term in node.args:
            rest = node - term
            yield f"{term} to {less * term}", rest + less * term
            yield f"{term} to {more * term}", rest + more * term
            yield f"sign of {term}", rest - term
    elif isinstance(node, OPAQUE):
        for place, argument in enumerate(node.args):
            for factor in (less, more):
                changed = (*node.args[:place], factor * argument, *node.args[place + 1 :])
                yield f"{argument} to {factor * argument} in {node}", node.func(*changed)
    elif isinstance(node, sp.Mul):
        coefficient, rest = node.as_coeff_Mul()
        if coefficient != 1:
            yield f"{coefficient} to {less * coefficient} in {node}", less * node
            yield f"{coefficient} to {more * coefficient} in {node}", more * node
            yield f"sign of {node}", -node
