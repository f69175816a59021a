"""Sums and largest terms over the other classes of one query class."""

from __future__ import annotations

import sympy as sp
from sympy.core.function import AppliedUndef

from proofs.kernel.lemmas.base import Claims, le, lemma
from proofs.kernel.model import twin
from proofs.kernel.sorts import fixed_before, one_level, same_for
from proofs.kernel.terms import OverClasses, mean, nearest
from theory.expressions import REDUCTIONS, ForEveryOther, SumOver, SumOverPairs, class_error, margin
from theory.quantities import k


@lemma("Markov's inequality for any of several classes", "Markov; wrong means M_ij <= 0 for some j")
def markov_any(Z: sp.Expr, given: sp.Basic = sp.true) -> Claims:
    """If Z >= 0, and Z >= 1 whenever M_ij <= 0 for some j, then P(wrong | i) <= E Z^2."""
    same_for("jlr", Z)
    one_level(Z, margin)
    claim = sp.Implies(sp.Le(margin, 0), sp.Ge(Z, 1))
    gives = le(class_error, mean(Z**2))
    if given == sp.true:
        return [sp.Ge(Z, 0), claim], gives
    fixed_before(given)
    same_for("jlr", given)
    return [sp.Ge(Z, 0), sp.Implies(given, claim)], sp.Implies(given, gives)


@lemma("Markov's inequality for the nearest of several classes", "Markov; M_ij is least where j is nearest")
def markov_nearest(Z: sp.Expr) -> Claims:
    """If Z_j >= 1 whenever M_ij <= 0, then P(wrong | i) <= sum_j E (share of j in the nearest) Z_j^2."""
    one_level(Z, margin)
    claim = sp.Implies(sp.Le(margin, 0), sp.Ge(Z, 1))
    return [claim], le(class_error, SumOver(mean(nearest * Z**2)))


@lemma("an error is at most one", "axiom of probability")
def class_error_at_most_one() -> Claims:
    """P(wrong | i) <= 1."""
    return [], le(class_error, sp.S.One)


@lemma("what holds for every class holds for one", "meaning of 'for every'")
def every(claim: sp.Basic) -> Claims:
    """If a claim holds for every j, it holds for j."""
    return [], sp.Implies(ForEveryOther(claim), claim)


@lemma("what follows for one follows for every class", "meaning of 'for every'")
def for_every(first: sp.Basic, second: sp.Basic) -> Claims:
    """If a claim entails another for each j, then its holding for every j entails that the other does."""
    return [sp.Implies(first, second)], sp.Implies(ForEveryOther(first), ForEveryOther(second))


@lemma("a term is at most the sum", "textbook")
def at_most_sum(X: sp.Expr) -> Claims:
    """If X_j >= 0 for every j, then X_j <= sum_j X_j."""
    return [sp.Ge(X, 0)], le(X, SumOver(X))


@lemma("a sum keeps signs", "textbook")
def sum_nonnegative(X: sp.Expr) -> Claims:
    """If X_j >= 0 for every j, then sum_j X_j >= 0."""
    return [sp.Ge(X, 0)], sp.Ge(SumOver(X), 0, evaluate=False)


@lemma("a sum is monotone", "textbook")
def sum_monotone(X: sp.Expr, Y: sp.Expr) -> Claims:
    """If X_j <= Y_j for every j, then sum_j X_j <= sum_j Y_j."""
    return [sp.Le(X, Y)], le(SumOver(X), SumOver(Y))


@lemma("equal terms have equal sums", "textbook")
def sum_equal(X: sp.Expr, Y: sp.Expr) -> Claims:
    """If X_j = Y_j for every j, then sum_j X_j = sum_j Y_j."""
    return [sp.Eq(X, Y, evaluate=False)], sp.Eq(SumOver(X), SumOver(Y), evaluate=False)


@lemma("a common factor leaves the sum", "textbook")
def sum_scaled(scale: sp.Expr, X: sp.Expr) -> Claims:
    """sum_j c X_j = c sum_j X_j when c is the same for all j."""
    same_for("jl", scale)
    return [], sp.Eq(SumOver(scale * X), scale * SumOver(X), evaluate=False)


@lemma("sum and expectation change places", "textbook")
def sum_of_means(X: sp.Expr) -> Claims:
    """E sum_j X_j = sum_j E X_j."""
    return [], sp.Eq(mean(SumOver(X)), SumOver(mean(X)), evaluate=False)


@lemma("the square of a sum", "textbook")
def square_of_sum(X: sp.Expr, *named: tuple[sp.Symbol, sp.Symbol, sp.Expr]) -> Claims:
    """E(sum_j X_j)^2 = sum_j E X_j^2 + sum over j != l of E X_j X_l. ``named``: abbreviations in X, for
    j and for l, with their meaning for j."""
    X_l = _at_class_l(X, named)
    right = SumOver(mean(X**2)) + SumOverPairs(mean(X * X_l))
    needs = [sp.Eq(symbol, meaning, evaluate=False) for symbol, _, meaning in named]
    needs += [sp.Eq(at_l, twin(meaning), evaluate=False) for _, at_l, meaning in named]
    return needs, sp.Eq(mean(SumOver(X) ** 2), right, evaluate=False)


@lemma("equal terms have equal sums over pairs", "textbook")
def pairs_equal(X: sp.Expr, Y: sp.Expr) -> Claims:
    """If X_jl = Y_jl for all j != l, then their sums over j != l are equal."""
    return [sp.Eq(X, Y, evaluate=False)], sp.Eq(SumOverPairs(X), SumOverPairs(Y), evaluate=False)


@lemma("Samuelson's inequality", "Samuelson 1968: one deviation against the sum of squares")
def samuelson(X: sp.Expr) -> Claims:
    """For N = k-1 numbers: (X_j - S/N)^2 <= (N-1)/N (sum of X_l^2 - S^2/N), S their sum."""
    N, total = k - 1, SumOver(X)
    return [], le((X - total / N) ** 2, (N - 1) / N * (SumOver(X**2) - total**2 / N))


def _at_class_l(X: sp.Expr, named: tuple[tuple[sp.Symbol, sp.Symbol, sp.Expr], ...]) -> sp.Expr:
    """X with class l in place of j. Raises ValueError where something of class j has no name for class l."""
    whole = [sp.sympify(part) for part in (X, *(meaning for *_, meaning in named))]
    if any(part.atoms(AppliedUndef) for part in whole):
        raise ValueError(f"{X} holds a random number that has no name for class l")
    if any(part.atoms(*REDUCTIONS, OverClasses) for part in whole):
        raise ValueError(f"{X} is a term of the sum, not made of sums")
    X_l = twin(X).xreplace({symbol: at_l for symbol, at_l, _ in named})
    for part in sp.sympify(X).free_symbols:
        if part in X_l.free_symbols:
            same_for("jl", part)
    for symbol, at_l, meaning in named:
        kept = twin(meaning).free_symbols
        for part in sp.sympify(meaning).free_symbols:
            if part in kept:
                same_for("jl", part)
        if symbol == at_l:
            raise ValueError(f"{symbol} needs another name for class l")
    return X_l
