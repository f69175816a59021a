"""Statements as MathComp propositions about laws with finite support, made from the SymPy relation.

``statement`` gives the whole text of a statement file; ``expression`` prints one expression in a scope. The
words used (``variance``, ``distance``, ``pair_error``, ...) are defined once, in
``proofs/formal/library/quantities.v``. What no rule covers raises ``NotPrintable``: a formula is never
printed wrongly by default.
"""

from theory.printing.rocq.algebra import NotPrintable, expression
from theory.printing.rocq.scopes import CLASSES, PAIR, SAMPLES, Scope
from theory.printing.rocq.statements import comparison, header, statement

__all__ = [
    "CLASSES",
    "PAIR",
    "SAMPLES",
    "NotPrintable",
    "Scope",
    "comparison",
    "expression",
    "header",
    "statement",
]
