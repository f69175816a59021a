"""Claims with exp, log and gamma functions on a box, by ball arithmetic (Arb) and branch and bound.

The evidence of such a step is a box: for each symbol its ends, as exact rationals. The premises must confine
the symbols to it; what lies outside is for other steps to deal with (the tail argument).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from proofs.smt import SolverMissing
from proofs.steps import Outcome

PIECES = 20_000
BITS = 96


@dataclass(frozen=True)
class Box:
    """Closed intervals, one a symbol."""

    sides: tuple[tuple[sp.Symbol, sp.Rational, sp.Rational], ...]


def confirm(claim: sp.Basic, box: Any, premises: tuple[sp.Basic, ...]) -> Outcome:
    """Whether the relation holds on the whole box, and the premises keep the symbols inside."""
    if not isinstance(box, Box) or not isinstance(claim, sp.Le | sp.Lt | sp.Ge | sp.Gt):
        return Outcome(False, "an interval step claims an inequality on a box")
    known = {part for premise in premises for part in sp.And.make_args(premise)}
    for symbol, low, high in box.sides:
        if not _implied(known, symbol, low, below=False) or not _implied(known, symbol, high, below=True):
            return Outcome(False, f"no premise keeps {symbol} in [{low}, {high}]")
    left, right = claim.args
    surplus = right - left if isinstance(claim, sp.Le | sp.Lt) else left - right
    if surplus.free_symbols - {side[0] for side in box.sides}:
        return Outcome(False, "the box has no side for some symbol")
    return _positive(surplus, box)


def _implied(known: set[sp.Basic], symbol: sp.Symbol, end: sp.Rational, *, below: bool) -> bool:
    for claim in known:
        if not isinstance(claim, sp.Le | sp.Lt | sp.Ge | sp.Gt):
            continue
        small, large = claim.args if isinstance(claim, sp.Le | sp.Lt) else claim.args[::-1]
        if below and small == symbol and large.is_Rational and large <= end:
            return True
        if not below and large == symbol and small.is_Rational and small >= end:
            return True
    return False


def _positive(surplus: sp.Expr, box: Box) -> Outcome:
    flint = load_flint()
    symbols = [side[0] for side in box.sides]
    pending = [[(low, high) for _, low, high in box.sides]]
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


def load_flint() -> Any:
    """Arb. Raises ``SolverMissing``."""
    try:
        import flint
    except ImportError:
        raise SolverMissing(
            "interval steps need Arb: pip install 'neural-collapse-transfer[prove]'"
        ) from None
    flint.ctx.prec = BITS
    return flint


def _ball(low: sp.Rational, high: sp.Rational) -> Any:
    flint = load_flint()
    ends = [flint.arb(flint.fmpq(int(end.p), int(end.q))) for end in (low, high)]
    return ends[0].union(ends[1])


def _evaluate(term: sp.Expr, at: dict[sp.Symbol, Any], flint: Any) -> Any:
    if term in at:
        return at[term]
    if term.is_Rational:
        return flint.arb(flint.fmpq(int(term.p), int(term.q)))
    if term == sp.pi:
        return flint.arb.pi()
    parts = [_evaluate(part, at, flint) for part in term.args]
    if isinstance(term, sp.Add | sp.Mul):
        value = parts[0]
        for part in parts[1:]:
            value = value + part if isinstance(term, sp.Add) else value * part
        return value
    if isinstance(term, sp.Pow):
        if term.exp.is_Integer:
            return parts[0] ** int(term.exp)
        return parts[0].sqrt() if term.exp == sp.Rational(1, 2) else parts[0] ** parts[1]
    functions = {sp.exp: "exp", sp.log: "log", sp.gamma: "gamma", sp.loggamma: "lgamma"}
    if term.func in functions:
        return getattr(parts[0], functions[term.func])()
    raise ValueError(f"no ball arithmetic for {term.func}")
