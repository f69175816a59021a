"""Mutants of a bound: one numeric constant of its statement is changed by a tenth, everything else stays as
it is.

A constant is a number that multiplies, is added or is an exponent in the statement, in an abbreviation, or in
the domain of a free parameter; signs and the exponent of a plain division are notation, not constants. A
number that occurs in the same place of the same subexpression several times is one constant.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import sympy as sp

from theory.bound import Bound, cited
from theory.bound.matrix import MatrixBound
from theory.quantities import for_class_l

LOWERED, RAISED = Fraction(9, 10), Fraction(11, 10)
STATEMENT, LOWER, UPPER = "statement", "lower end of the domain", "upper end of the domain"
Where = tuple[tuple[sp.Symbol, sp.Expr], ...]


@dataclass(frozen=True)
class Constant:
    """Argument ``slot`` of ``node``, a subexpression of ``part`` (the statement, or an abbreviation)."""

    part: str
    node: sp.Basic
    slot: int

    @property
    def value(self) -> sp.Rational:
        """The number itself."""
        return self.node.args[self.slot]

    def multiplied(self, factor: Fraction) -> sp.Basic:
        """The subexpression with the constant times ``factor``."""
        arguments = list(self.node.args)
        arguments[self.slot] *= sp.Rational(factor.numerator, factor.denominator)
        return self.node.func(*arguments)

    def __str__(self) -> str:
        inside = str(self.node)
        place = f"in {inside}" if inside != str(self.value) else ""
        return f"{self.value} {place} ({self.part})"


def constants(bound: Bound) -> list[Constant]:
    """Every numeric constant of ``bound``, in the order in which it is written."""
    numbers: list[Constant] = []
    for part, expression in _parts(bound):
        places = [Constant(part, node, slot) for node, slot in _numbers(expression)]
        numbers += [place for place in dict.fromkeys(places) if place not in numbers]
    return numbers


def terms(bound: Bound) -> list[Constant]:
    """Every term of every sum in ``bound``, in the order in which it is written."""
    addends: list[Constant] = []
    for part, expression in _parts(bound):
        sums = [node for node in sp.preorder_traversal(expression) if node.is_Add]
        places = [Constant(part, node, slot) for node in sums for slot in range(len(node.args))]
        addends += [place for place in dict.fromkeys(places) if place not in addends]
    return addends


def with_term(bound: Bound, term: Constant, factor: Fraction) -> Bound:
    """``bound`` with one term of a sum times ``factor``, which may be 0."""
    return _mutate(bound, term, factor, f"{bound.name}-with-{float(factor):g}-of-a-term")


def mutant(bound: Bound, index: int, factor: Fraction = LOWERED) -> Bound:
    """``bound`` with its constant number ``index`` times ``factor``. Raises IndexError past the last one."""
    return _mutate(bound, constants(bound)[index], factor, name_of(bound.name, index, factor))


def name_of(bound: str, index: int, factor: Fraction) -> str:
    """Name of the mutant of ``bound`` whose constant number ``index`` is multiplied by ``factor``."""
    return f"{bound}-constant-{index}-times-{float(factor):g}"


def _mutate(bound: Bound, constant: Constant, factor: Fraction, name: str) -> Bound:
    if isinstance(bound, MatrixBound):
        sharpens = _mutate(bound.sharpens, constant, factor, f"{name}-closed")
        return dataclasses.replace(bound, name=name, sharpens=sharpens)
    statement, where, free = bound.statement, bound.where, bound.free
    change = {constant.node: constant.multiplied(factor)}
    if constant.part == STATEMENT:
        statement = statement.xreplace(change)
    elif free is not None and constant.part == LOWER:
        free = dataclasses.replace(free, lower=float(factor) * free.lower)
    elif free is not None and constant.part == UPPER:
        free = dataclasses.replace(free, upper=free.upper.xreplace(change))
    else:
        where = _where_changed(where, constant.part, change)
    return dataclasses.replace(
        bound,
        name=name,
        title=f"{bound.name} with {constant.multiplied(factor)} in place of {constant.node}",
        statement=statement,
        where=where,
        free=free,
        provenance=cited("a mutant: one constant moved on purpose"),
    )


def _parts(bound: Bound) -> Iterator[tuple[str, sp.Basic]]:
    if isinstance(bound, MatrixBound):
        # A trace has no numbers of its own; the moments that it is made of have.
        used = {"m_j", "Sigma_jj", "Sigma_jl"}
        yield from ((str(s), m) for s, m in bound.sharpens.where if str(s) in used)
        return
    yield STATEMENT, bound.statement
    twins = set(_twins(bound.where).values())
    yield from ((str(symbol), meaning) for symbol, meaning in bound.where if symbol not in twins)
    if bound.free is not None and bound.free.lower != 0:
        yield LOWER, sp.Tuple(sp.nsimplify(bound.free.lower))
    if bound.free is not None and bound.free.upper != sp.oo:
        yield UPPER, bound.free.upper


def _numbers(expression: sp.Basic) -> Iterator[tuple[sp.Basic, int]]:
    for node in sp.preorder_traversal(expression):
        for slot, argument in enumerate(node.args):
            plain = (node.is_Pow and slot == 1) or node.is_Mul
            if argument.is_Rational and argument != 0 and not (plain and argument == -1):
                yield node, slot


def _twins(where: Where) -> dict[sp.Symbol, sp.Symbol]:
    """Abbreviations about the pair (i, l) that repeat one about (i, j): they change together."""
    twins: dict[sp.Symbol, sp.Symbol] = {}
    for _ in where:
        for one, meaning in where:
            image = for_class_l(meaning).xreplace(twins)
            for other, expected in where:
                if other != one and image == expected and image != meaning:
                    twins[one] = other
    return twins


def _where_changed(where: Where, part: str, change: dict[sp.Basic, sp.Basic]) -> Where:
    twins = _twins(where)
    changed = {symbol: meaning.xreplace(change) for symbol, meaning in where if str(symbol) == part}
    for symbol, meaning in list(changed.items()):
        if symbol in twins:
            changed[twins[symbol]] = for_class_l(meaning).xreplace(twins)
    return tuple((symbol, changed.get(symbol, meaning)) for symbol, meaning in where)
