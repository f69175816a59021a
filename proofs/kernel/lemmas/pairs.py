"""Means over ordered pairs of classes."""

from __future__ import annotations

from types import MappingProxyType

import sympy as sp

from proofs.kernel.lemmas.base import Claims, le, lemma
from proofs.kernel.sorts import fixed_before, same_for
from proofs.kernel.terms import ForAllPairs
from theory.expressions import REDUCTIONS, Avg, few_shot_error, pair_error
from theory.quantities import M4_i, M4_j, d, dir_i, dir_j, k, v_i, v_j


@lemma("union bound", "subadditivity; err is the mean of P(M_ij <= 0 for some j)")
def union(X: sp.Expr) -> Claims:
    """If P(M_ij <= 0) <= X_ij for every ordered pair, then err <= (k-1) Avg X."""
    return [le(pair_error, X)], le(few_shot_error, (k - 1) * Avg(X))


@lemma("a mean over pairs is monotone", "textbook")
def average_monotone(X: sp.Expr, Y: sp.Expr) -> Claims:
    """If X_ij <= Y_ij for every ordered pair, then Avg X <= Avg Y."""
    return [sp.Le(X, Y)], le(Avg(X), Avg(Y))


@lemma("what holds for all pairs holds for one", "meaning of 'for all'")
def of_all(claim: sp.Basic) -> Claims:
    """If a claim holds for all pairs of classes, it holds for the pair at hand."""
    return [], sp.Implies(ForAllPairs(claim), claim)


@lemma("a mean over pairs is monotone, given something of all", "textbook")
def average_monotone_given(given: sp.Basic, X: sp.Expr, Y: sp.Expr) -> Claims:
    """If X_ij <= Y_ij for every pair, given what holds for all pairs, then Avg X <= Avg Y, given that."""
    if not all(isinstance(part, ForAllPairs) for part in sp.And.make_args(given)):
        raise ValueError(f"{given} does not hold for all pairs")
    return [sp.Implies(given, sp.Le(X, Y))], sp.Implies(given, le(Avg(X), Avg(Y)))


@lemma("a mean over pairs is at most the largest", "textbook")
def average_at_most(X: sp.Expr, top: sp.Rational) -> Claims:
    """If X_ij <= c for every ordered pair, then Avg X <= c."""
    if not isinstance(top, sp.Rational):
        raise ValueError("c is a number")
    return [sp.Le(X, top)], le(Avg(X), top)


@lemma("a mean over pairs keeps signs", "textbook")
def average_nonnegative(X: sp.Expr) -> Claims:
    """If X_ij >= 0 for every ordered pair, then Avg X >= 0."""
    return [sp.Ge(X, 0)], sp.Ge(Avg(X), 0, evaluate=False)


@lemma("a mean over pairs is linear", "textbook")
def average_linear(*pairs: tuple[sp.Expr, sp.Expr]) -> Claims:
    """Avg(sum of c X) = sum of c Avg X for numbers c that are the same for all pairs."""
    same_for("ijl", *(scale for scale, _ in pairs))
    whole = sp.Add(*(scale * X for scale, X in pairs))
    return [], sp.Eq(Avg(whole), sp.Add(*(scale * Avg(X) for scale, X in pairs)), evaluate=False)


@lemma("a mean over ordered pairs does not depend on the order within pairs", "textbook")
def average_swapped(X: sp.Expr) -> Claims:
    """Avg X_ij = Avg X_ji."""
    return [], sp.Eq(Avg(X), Avg(swapped(X)), evaluate=False)


def swapped(X: sp.Expr) -> sp.Expr:
    """X_ji. Raises ValueError where something of the other class has no name."""
    if X.atoms(*REDUCTIONS):
        raise ValueError(f"{X} is about one pair, not made of sums over classes")
    for symbol in X.free_symbols - set(_SWAP):
        fixed_before(symbol)
        same_for("ijlr", symbol)
    return X.xreplace(dict(_SWAP))


_SWAP = MappingProxyType({v_i: v_j, v_j: v_i, dir_i: dir_j, dir_j: dir_i, M4_i: M4_j, M4_j: M4_i, d: d})
