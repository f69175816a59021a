"""Claims with exp, log and gamma functions on a box, by ball arithmetic (Arb) and branch and bound.

The evidence of such a step is a box: for each symbol its ends, as exact rationals. The premises must confine
the symbols to it; what lies outside is for other steps to deal with (the tail argument).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from types import ModuleType
from typing import Any, TypeAlias

import sympy as sp

from proofs.kernel.identities import load_flint as load
from proofs.kernel.nodes import Node, conjuncts, sub, walk
from proofs.kernel.reading import read
from proofs.kernel.steps import Outcome

Ball: TypeAlias = Any
"""A real number with its error, of python-flint, which has no types."""
PIECES = 20_000
BITS = 96


@dataclass(frozen=True)
class Box:
    """Closed intervals, one a symbol."""

    sides: tuple[tuple[sp.Symbol, sp.Rational, sp.Rational], ...]


def confirm(claim: Node, box: object, premises: tuple[Node, ...]) -> Outcome:
    """Whether the relation holds on the whole box, and the premises keep the symbols inside."""
    if not isinstance(box, Box) or claim.op not in ("le", "lt"):
        return Outcome(False, "an interval step claims an inequality on a box")
    known = {part for premise in premises for part in conjuncts(premise)}
    sides = [(read(symbol), _rational(low), _rational(high)) for symbol, low, high in box.sides]
    for symbol, low, high in sides:
        if not _implied(known, symbol, low, below=False) or not _implied(known, symbol, high, below=True):
            return Outcome(False, f"no premise keeps {symbol.args[0]} in [{low}, {high}]")
    left, right = claim.args
    surplus = sub(right, left)
    if {part for part in walk(surplus) if part.op == "sym"} - {side[0] for side in sides}:
        return Outcome(False, "the box has no side for some symbol")
    return _positive(surplus, sides)


def _rational(end: sp.Basic) -> Fraction:
    end = sp.sympify(end)
    if not isinstance(end, sp.Rational):
        raise ValueError(f"the ends of a box are rational numbers, not {end}")
    return Fraction(int(end.p), int(end.q))


def _implied(known: set[Node], symbol: Node, end: Fraction, *, below: bool) -> bool:
    for claim in known:
        if claim.op not in ("le", "lt"):
            continue
        small, large = claim.args
        if below and small is symbol and large.op == "num" and large.args[0] <= end:
            return True
        if not below and large is symbol and small.op == "num" and small.args[0] >= end:
            return True
    return False


def _positive(surplus: Node, sides: list[tuple[Node, Fraction, Fraction]]) -> Outcome:
    flint = load_flint()
    symbols = [side[0] for side in sides]
    pending = [[(low, high) for _, low, high in sides]]
    for _ in range(PIECES):
        if not pending:
            return Outcome(True)
        piece = pending.pop()
        ball = _evaluate(surplus, dict(zip(symbols, (_ball(*side) for side in piece), strict=True)), flint)
        if ball > 0:
            continue
        if ball <= 0:
            return Outcome(False, f"it is false on {piece}")
        widest = max(range(len(piece)), key=lambda side: piece[side][1] - piece[side][0])
        low, high = piece[widest]
        middle = (low + high) / 2
        for part in ((low, middle), (middle, high)):
            pending.append([*piece[:widest], part, *piece[widest + 1 :]])
    return Outcome(False, f"undecided after {PIECES} pieces")


def load_flint() -> ModuleType:
    """Arb. Raises ``SolverMissing``."""
    flint = load()
    flint.ctx.prec = BITS
    return flint


def _ball(low: Fraction, high: Fraction) -> Ball:
    flint = load_flint()
    ends = [flint.arb(flint.fmpq(end.numerator, end.denominator)) for end in (low, high)]
    return ends[0].union(ends[1])


def _evaluate(term: Node, at: dict[Node, Any], flint: ModuleType) -> Ball:
    if term in at:
        return at[term]
    if term.op == "num":
        return flint.arb(flint.fmpq(term.args[0].numerator, term.args[0].denominator))
    if term.op == "pi":
        return flint.arb.pi()
    parts = [_evaluate(part, at, flint) for part in term.parts]
    if term.op in ("add", "mul"):
        value = parts[0]
        for part in parts[1:]:
            value = value + part if term.op == "add" else value * part
        return value
    if term.op == "pow":
        return parts[0] ** term.args[1]
    if term.op == "inv":
        return 1 / parts[0]
    if term.op == "root":
        return parts[0].sqrt() if term.args[1] == 2 else parts[0].root(term.args[1])
    functions = {"exp": "exp", "log": "log", "gamma": "gamma", "loggamma": "lgamma"}
    if term.op in functions:
        return getattr(parts[0], functions[term.op])()
    raise ValueError(f"no ball arithmetic for {term.op}")
