"""Facts about draws of classes with finitely many atoms, opaque to every checker but the lemmas."""

from __future__ import annotations

import sympy as sp

from proofs.kernel.reading import opaque
from proofs.kernel.terms import Event


class AtomOf(Event):
    """One centred draw of the class is at that place with that probability; arguments (class, place,
    probability). A place that depends on a vector with many values stands for all of them together, spread
    symmetrically and evenly over the axes."""


class DrawnAt(Event):
    """Query and centres are at these places, seen from mu_i, mu_i and mu_j; arguments (z, m_i, m_j)."""


@opaque
class LimitAtZero(sp.Function):
    """The limit of an expression as a positive symbol tends to zero; arguments (expression, symbol)."""

    is_real = True
    is_extended_real = True


def drawn_event(query: sp.Expr, own: sp.Expr, other: sp.Expr) -> DrawnAt:
    """The event, with its places multiplied out."""
    return DrawnAt(*(sp.expand(place) for place in (query, own, other)))


def atom(law: sp.Symbol, place: sp.Expr, share: sp.Expr) -> AtomOf:
    """The fact, with its place multiplied out."""
    return AtomOf(law, sp.expand(place), share)
