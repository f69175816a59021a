"""How a symbol is written, what it stands for, and where it stands among others."""

from __future__ import annotations

import sympy as sp

from theory.expressions import (
    axes_cosine,
    class_error,
    few_shot_error,
    kernel,
    limiting_ratio,
    margin,
    margin_loss,
    mean_map_error,
    vote_error,
)
from theory.quantities import LOCALS, TABLE, Mark, Quantity, lookup

EVENTS: dict[sp.Symbol, tuple[tuple[Mark, ...], str]] = {
    margin: (
        (Mark("M", "ij"),),
        "margin: squared distance of the query z to the centre of j less that to the centre of i",
    ),
    margin_loss: (
        (Mark("\u2113", "ij"),),
        "soft-margin loss of a query z of class i: 0 for r <= -Delta, 1 for r >= 0 and 1 + r/Delta between, "
        "with r = |z - m_i| - |z - m_j| and a width 0 < Delta <= d/2",
    ),
    class_error: ((Mark("err", "i"),), "probability that a query of class i is misclassified"),
    few_shot_error: ((Mark("err"),), "few-shot error: mean of err_i over the k classes"),
    mean_map_error: (
        (Mark("err\u0304"),),
        "transfer error of the maps f_r, averaged by weight: that of one map drawn by its weight",
    ),
    vote_error: ((Mark("err", "vote"),), "transfer error of the weighted plurality vote of the maps f_r"),
    kernel: ((Mark("h"),), "kernel of two classes"),
    axes_cosine: (
        (Mark("u", "1", "top"), Mark("u", "2")),
        "cosine of the angle between an axis of the first labeling and an axis of the second",
    ),
    limiting_ratio: ((Mark("rho"),), "limit of error over bound along the family of laws"),
}


def marks(symbol: sp.Symbol) -> tuple[Mark, ...]:
    """How a symbol is set: letters with what stands above and below."""
    entry = entry_of(symbol)
    if entry is not None:
        return entry.marks
    if symbol in EVENTS:
        return EVENTS[symbol][0]
    base, _, sub = str(symbol.name).partition("_")
    return (Mark(base, sub),)


def meaning_of(symbol: sp.Symbol) -> str:
    """What a symbol stands for, in words; its name where that is not known."""
    entry = LOCALS.get(symbol) or lookup(symbol)
    return entry.meaning if entry is not None else str(symbol)


def entry_of(symbol: sp.Symbol) -> Quantity | None:
    """The symbol's entry in the table of names or among the abbreviations."""
    return lookup(symbol) or LOCALS.get(symbol)


def rank(symbol: sp.Symbol) -> tuple[int, int, str]:
    """Shots first, then a statement's own letters, then quantities in the order of the table."""
    entry = entry_of(symbol)
    if entry is None:
        return 4, 0, str(symbol)
    source = {"setting": 0, "local": 1, "free": 2}.get(entry.source, 3)
    position = list(TABLE).index(entry.name) if entry.source != "local" else 0
    return source, position, entry.name


def ranks(expr: sp.Basic) -> list[tuple[int, int, str]]:
    """Ranks of the symbols, those of the setting last: they rarely tell terms apart."""
    return sorted(((rank[0] or 9, *rank[1:]) for rank in map(rank, expr.free_symbols)), reverse=False)
