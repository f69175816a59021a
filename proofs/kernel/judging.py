"""The current judge of what is random while a proof is checked, for use by the vocabulary.

``sorts`` decides, and is above the vocabulary; the place where its decision is asked for lies below both.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Protocol

import sympy as sp


class Judge(Protocol):
    """An object that decides what is random in the proof at hand."""

    def mean(self, expression: sp.Expr) -> sp.Expr:
        """The expectation of an expression; itself where it is not random."""
        ...


JUDGE: ContextVar[Judge | None] = ContextVar("judge", default=None)
"""None while a proof is only written down."""
