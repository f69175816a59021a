"""How broad a formula is before it has been laid out, and a claim in a form that fits a given breadth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import sympy as sp

from theory.printing.layout import mathml

CHARACTER = 0.64
"""Ems of a letter, a digit or a fence: an average of the fonts that browsers set formulas in."""

SCRIPT = 0.8
"""How much smaller a script is than its base, and both parts of a fraction that stands in a line of text."""

INFIX = 1.5
"""Ems of an infix operator with the space on both its sides."""


def in_short(relation: sp.Basic, statement: sp.Basic, broadest: float, *, whole: bool = True) -> sp.Basic:
    """The relation as it stands where that is at most ``broadest`` ems and ``whole`` allows it; else with
    ``statement``, its right-hand side, as a function f of what it depends on, the middle ones left out where
    there are too many."""
    form = relation
    for form in _forms(relation, statement, whole):
        if breadth(mathml(form)) <= broadest:
            break
    return form


def _forms(relation: sp.Basic, statement: sp.Basic, whole: bool) -> Iterator[sp.Basic]:
    """From the broadest to the narrowest."""
    if whole:
        yield relation
    variables = sorted(statement.free_symbols, key=str)
    unknown = sp.Function("f", real=True)
    yield relation.xreplace({statement: unknown(*variables)})
    for kept in range(len(variables) - 2, 0, -1):
        few = (*variables[:kept], sp.Symbol("…"), variables[-1])
        yield relation.xreplace({statement: unknown(*few)})


def breadth(form: str) -> float:
    """Breadth in ems of a formula in MathML, laid out within a line; some tenths off."""
    return _breadth(ElementTree.fromstring(form))


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
