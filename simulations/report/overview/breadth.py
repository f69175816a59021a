"""How broad a formula is before a browser has laid it out, and a claim in a form that fits a table's cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import sympy as sp
from markupsafe import Markup

from simulations.report.page import formula
from theory.bound import Bound

BROADEST_CLAIM = 23.0
"""Ems that a cell of the table of statements holds; ``.claim`` in the style sheet leaves room for them."""

CHARACTER = 0.64
"""Ems of a letter, a digit or a fence: an average of the fonts that browsers set formulas in."""

SCRIPT = 0.8
"""How much smaller a script is than its base, and both parts of a fraction that stands in a line of text."""

INFIX = 1.5
"""Ems of an infix operator with the space on both its sides."""


def claim_for_table(bound: Bound) -> Markup:
    """The claim as it stands where that fits a cell; else with its right-hand side as a function of what it
    depends on (the middle ones left out where there are many); the formula is on the statement's own page."""
    whole = formula(bound.relation, block=False)
    if breadth(whole) <= BROADEST_CLAIM:
        return whole
    variables = sorted(bound.statement.free_symbols, key=str)
    shown = _in_short(bound, variables)
    for kept in range(len(variables) - 2, 0, -1):
        if breadth(shown) <= BROADEST_CLAIM:
            break
        shown = _in_short(bound, [*variables[:kept], sp.Symbol("…"), variables[-1]])
    return shown


def _in_short(bound: Bound, variables: Sequence[sp.Basic]) -> Markup:
    return formula(bound.relation.xreplace({bound.statement: sp.Function("f")(*variables)}), block=False)


def breadth(shown: str) -> float:
    """Breadth in ems of a formula in MathML, laid out within a line; some tenths off."""
    return _breadth(ElementTree.fromstring(shown))


def _breadth(element: Element) -> float:
    name = element.tag.rpartition("}")[2]
    parts = [_breadth(part) for part in element]
    match name:
        case "mi" | "mn" | "mtext":
            return CHARACTER * len(element.text or "")
        case "mo":
            return INFIX if element.get("form") == "infix" and element.text != "," else CHARACTER
        case "mspace":
            return float((element.get("width") or "0").removesuffix("em"))
        case "mfrac":
            return SCRIPT * max(parts)
        case "msub" | "msup":
            return parts[0] + SCRIPT * parts[1]
        case "msubsup":
            return parts[0] + SCRIPT * max(parts[1:])
        case "munder":
            return max(parts[0], SCRIPT * parts[1])
        case "mtable":
            return sum(max(column) for column in _columns(element))
        case "msqrt":
            return CHARACTER + sum(parts)
        case _:
            return sum(parts)


def _columns(table: Element) -> Iterable[tuple[float, ...]]:
    """Breadths of a table's cells by column, with the padding that the printer gives each."""
    return zip(*([_breadth(cell) + 0.6 for cell in line] for line in table), strict=True)
