"""Largest terms over the other classes of one query class."""

from __future__ import annotations

import sympy as sp

from proofs.kernel.lemmas.base import Claims, le, lemma
from proofs.kernel.model import i
from proofs.kernel.sorts import fixed_before, independent, same_for
from proofs.kernel.terms import Dot, Vector, mean
from theory.expressions import MaxOver, SumOver
from theory.quantities import T_i


@lemma("a term is at most the largest", "meaning of max")
def at_most_max(X: sp.Expr) -> Claims:
    """X_j <= max_j X_j."""
    return [], le(X, MaxOver(X))


@lemma("a largest term keeps signs", "textbook")
def max_nonnegative(X: sp.Expr) -> Claims:
    """If X_j >= 0 for every j, then max_j X_j >= 0."""
    return [sp.Ge(X, 0)], sp.Ge(MaxOver(X), 0, evaluate=False)


@lemma("the largest term is at most the sum", "textbook")
def max_at_most_sum(X: sp.Expr) -> Claims:
    """If X_j >= 0 for every j, then max_j X_j <= sum_j X_j."""
    return [sp.Ge(X, 0)], le(MaxOver(X), SumOver(X))


@lemma("largest of products", "textbook")
def max_of_products(X: sp.Expr, Y: sp.Expr) -> Claims:
    """If X_j >= 0 and Y_j >= 0, then max_j X_j Y_j <= max_j X_j max_j Y_j."""
    return [sp.Ge(X, 0), sp.Ge(Y, 0)], le(MaxOver(X * Y), MaxOver(X) * MaxOver(Y))


@lemma("Ky Fan's inequality", "Ky Fan 1949: projections of rank r capture at most the r largest eigenvalues")
def ky_fan(x: sp.Symbol, c: sp.Expr, h: sp.Expr, s: sp.Expr) -> Claims:
    """If |c_j h_j|^2 <= s for the k-1 classes j, independent of the query x of class i, then
    E max_j (c_j x.h_j)^2 <= s T_i."""
    if not isinstance(x, Vector) or x.kind != "draw" or x.law != i:
        raise ValueError("x is a query of class i")
    independent(x, c, h)
    fixed_before(s)
    same_for("jlr", s)
    return [sp.Le(c**2 * Dot(h, h), s)], le(mean(MaxOver((c * Dot(x, h)) ** 2)), s * T_i)
