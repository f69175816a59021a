"""Statements as LaTeX and as presentation MathML, both made from the SymPy relation and nothing else.

``latex`` and ``mathml`` print any expression made of the vocabulary of ``theory.expressions``;
``in_short`` shortens a relation that is too broad for its place; ``definitions`` lists what the symbols of a
bound stand for. A node that no rule covers raises ValueError: a formula is never printed wrongly by default.
"""

from theory.printing.definitions import Definition, definitions
from theory.printing.layout import Layout, boxes, latex, mathml
from theory.printing.notebook import bound_html, geometry_html
from theory.printing.short_form import breadth, in_short

__all__ = [
    "Definition",
    "Layout",
    "bound_html",
    "boxes",
    "breadth",
    "definitions",
    "geometry_html",
    "in_short",
    "latex",
    "mathml",
]
