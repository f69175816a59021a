"""What the symbols of a bound stand for: the table that stands beside a formula."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sympy as sp

from theory.bound import Bound
from theory.bound.matrix import MatrixBound
from theory.evaluation.optimise import FreeParameter
from theory.expressions import KlUpper, MixtureUpper
from theory.printing.algebra import INVERSE_KL, INVERSE_MIXTURE
from theory.printing.boxes import Box, Glyph, Number, Operator, Space
from theory.printing.frames import Root, Scripts, letters, row
from theory.printing.layout import Layout, math
from theory.printing.symbols import EVENTS, meaning_of
from theory.quantities import LOCALS, TABLE, Quantity

_INVERSES: tuple[tuple[Any, Box, str], ...] = (
    (KlUpper, INVERSE_KL, "of (u, r): the largest q with kl(u, q) ≤ r, relative entropy of coins"),
    (
        MixtureUpper,
        INVERSE_MIXTURE,
        "of (u, N, δ, t…): the largest q with mean over t of exp(N(−t u − log(1 − q + q e^−t))) ≤ 1/δ",
    ),
)
_MARGIN_MOMENTS = ("m_j", "Sigma_jj", "Sigma_jl")


@dataclass(frozen=True)
class Definition:
    """A symbol (with its formula where it has one) and what it stands for, in words."""

    latex: str
    mathml: str
    meaning: str
    text: str
    """As ``str`` of the statement writes it, for a terminal."""


def definitions(bound: Bound) -> list[Definition]:
    """The bound's symbols: its left-hand side, abbreviations in reading order, its free parameter and
    condition, and the quantities that it is made of in the order of the table of names."""
    return [Definition(box.latex(), math(box), meaning, text) for text, box, meaning in _entries(bound)]


def _entries(bound: Bound) -> Iterator[tuple[str, Box, str]]:
    layout = Layout()
    events = [event for event in EVENTS if event in bound.left_hand_side.free_symbols]
    yield from ((str(event), layout._print(event), EVENTS[event][1]) for event in events)
    where = bound.where
    if isinstance(bound, MatrixBound):
        yield from _matrix_entries(chosen=any(str(each) == "R" for each in bound.statement.free_symbols))
        where = tuple(pair for pair in bound.sharpens.where if pair[0].name in _MARGIN_MOMENTS)
    for symbol, expression in where:
        yield f"{symbol} = {expression}", layout.equation(symbol, expression), meaning_of(symbol)
    used = {symbol for _, expression in where for symbol in expression.free_symbols}
    used |= bound.statement.free_symbols | bound.left_hand_side.free_symbols
    if not isinstance(bound, MatrixBound):
        for symbol in sorted(bound.statement.free_symbols & LOCALS.keys() - {s for s, _ in where}, key=str):
            yield str(symbol), layout._print(symbol), LOCALS[symbol].meaning
    inverses = [entry for entry in _INVERSES if bound.closed_form.has(entry[0])]
    yield from ((str(function), box, meaning) for function, box, meaning in inverses)
    if bound.free is not None:
        yield _domain_entry(bound, bound.free, layout)
        used |= bound.free.upper.free_symbols - {bound.free.symbol}
        used.discard(bound.free.symbol)
    if bound.condition != sp.true:
        yield (
            str(bound.condition),
            layout._print(bound.condition),
            "required for every pair, else the statement does not apply",
        )
        used |= bound.condition.free_symbols
    yield from _quantities(used, layout)
    if not isinstance(bound, MatrixBound):
        for symbol in sorted((each for each in used if isinstance(each, sp.MatrixSymbol)), key=str):
            yield str(symbol), layout._print(symbol), "given matrix"


def _domain_entry(bound: Bound, free: FreeParameter, layout: Layout) -> tuple[str, Box, str]:
    """The free parameter with its domain."""
    ends = f"{'[' if free.closed else '('}{free.start:g}, {free.upper})"
    meaning = free.meaning or "free parameter: the least value is taken"
    return f"{free.symbol} in {ends}", layout.domain(bound), meaning


def _quantities(used: set[sp.Symbol], layout: Layout) -> Iterator[tuple[str, Box, str]]:
    """Definitions of the quantities of the table of names, in its order."""
    for entry in sorted(TABLE.values(), key=_reading_order):
        if entry.symbol in used:
            yield entry.name, layout._print(entry.symbol), entry.meaning


def _reading_order(entry: Quantity) -> tuple[bool, int]:
    """That of the table of names. Twins for a class l, which join the table as they are first needed, come
    last, in the order of what they are twins of: the same in every process."""
    name = entry.name.removesuffix("_at_l")
    return name != entry.name, list(TABLE).index(name)


def _matrix_entries(*, chosen: bool) -> Iterator[tuple[str, Box, str]]:
    """What every ``MatrixBound`` is stated in; ``chosen``: a matrix R among it."""
    if chosen:
        yield from _choice()
    both = row(Glyph("m"), Operator(","), Space(), Glyph("Sigma"))
    yield "m, Sigma", both, "mean vector and covariance of the margins"


def _choice() -> Iterator[tuple[str, Box, str]]:
    diagonal = Scripts(Glyph("R"), letters("jj"))
    yield (
        "R positive definite",
        row(Glyph("R"), Operator("≻"), Number("0")),
        "any positive definite matrix over the other classes: the least value over R is taken",
    )
    scale = row(Scripts(Glyph("s"), letters("j")), Operator("="), Root(diagonal))
    yield "s_j = sqrt(R_jj)", scale, "scale of the margin against class j"
