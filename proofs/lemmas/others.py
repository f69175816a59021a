"""Sums and largest terms over the other classes of one query class."""

from __future__ import annotations

import sympy as sp
from sympy.core.function import AppliedUndef

from proofs.lemmas.base import le, lemma
from proofs.terms import TWINS, VECTORS, mean, sources, twin
from theory.expressions import ForEveryOther, MaxOver, SumOver, SumOverPairs, class_error, margin
from theory.quantities import k


@lemma("Markov's inequality for any of several classes", "Markov; wrong means M_ij <= 0 for some j")
def markov_any(Z: sp.Expr, given: sp.Basic = sp.true) -> tuple[list[sp.Basic], sp.Basic]:
    """If Z >= 0, and Z >= 1 whenever M_ij <= 0 for some j, then P(wrong | i) <= E Z^2."""
    same_for_all(Z)
    claim = sp.Implies(sp.Le(margin, 0), sp.Ge(Z, 1))
    gives = le(class_error, mean(Z**2))
    if given == sp.true:
        return [sp.Ge(Z, 0), claim], gives
    if sources(given):
        raise ValueError("the condition must not be random")
    return [sp.Ge(Z, 0), sp.Implies(given, claim)], sp.Implies(given, gives)


@lemma("an error is at most one", "axiom of probability")
def class_error_at_most_one() -> tuple[list[sp.Basic], sp.Basic]:
    """P(wrong | i) <= 1."""
    return [], le(class_error, sp.S.One)


@lemma("what holds for every class holds for one", "meaning of 'for every'")
def every(claim: sp.Basic) -> tuple[list[sp.Basic], sp.Basic]:
    """If a claim holds for every j, it holds for j."""
    return [], sp.Implies(ForEveryOther(claim), claim)


@lemma("a term is at most the sum", "textbook")
def at_most_sum(X: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If X_j >= 0 for every j, then X_j <= sum_j X_j."""
    return [sp.Ge(X, 0)], le(X, SumOver(X))


@lemma("a sum keeps signs", "textbook")
def sum_nonnegative(X: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If X_j >= 0 for every j, then sum_j X_j >= 0."""
    return [sp.Ge(X, 0)], sp.Ge(SumOver(X), 0, evaluate=False)


@lemma("a sum is monotone", "textbook")
def sum_monotone(X: sp.Expr, Y: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If X_j <= Y_j for every j, then sum_j X_j <= sum_j Y_j."""
    return [sp.Le(X, Y)], le(SumOver(X), SumOver(Y))


@lemma("equal terms have equal sums", "textbook")
def sum_equal(X: sp.Expr, Y: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If X_j = Y_j for every j, then sum_j X_j = sum_j Y_j."""
    return [sp.Eq(X, Y, evaluate=False)], sp.Eq(SumOver(X), SumOver(Y), evaluate=False)


@lemma("a common factor leaves the sum", "textbook")
def sum_scaled(scale: sp.Expr, X: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """sum_j c X_j = c sum_j X_j when c is the same for all j."""
    same_for_all(scale)
    return [], sp.Eq(SumOver(scale * X), scale * SumOver(X), evaluate=False)


@lemma("sum and expectation change places", "textbook")
def sum_of_means(X: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """E sum_j X_j = sum_j E X_j."""
    return [], sp.Eq(mean(SumOver(X)), SumOver(mean(X)), evaluate=False)


@lemma("the square of a sum", "textbook")
def square_of_sum(
    X: sp.Expr, *named: tuple[sp.Symbol, sp.Symbol, sp.Expr]
) -> tuple[list[sp.Basic], sp.Basic]:
    """E(sum_j X_j)^2 = sum_j E X_j^2 + sum over j != l of E X_j X_l. ``named``: abbreviations in X, for
    j and for l, with their meaning for j."""
    quantities_only(X.xreplace({symbol: meaning for symbol, _, meaning in named}))
    X_l = twin(X).xreplace({symbol: at_l for symbol, at_l, _ in named})
    right = SumOver(mean(X**2)) + SumOverPairs(mean(X * X_l))
    needs = [sp.Eq(symbol, meaning, evaluate=False) for symbol, _, meaning in named]
    needs += [sp.Eq(at_l, twin(meaning), evaluate=False) for _, at_l, meaning in named]
    return needs, sp.Eq(mean(SumOver(X) ** 2), right, evaluate=False)


@lemma("equal terms have equal sums over pairs", "textbook")
def pairs_equal(X: sp.Expr, Y: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If X_jl = Y_jl for all j != l, then their sums over j != l are equal."""
    return [sp.Eq(X, Y, evaluate=False)], sp.Eq(SumOverPairs(X), SumOverPairs(Y), evaluate=False)


@lemma("Samuelson's inequality", "Samuelson 1968: one deviation against the sum of squares")
def samuelson(X: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """For N = k-1 numbers: (X_j - S/N)^2 <= (N-1)/N (sum of X_l^2 - S^2/N), S their sum."""
    N, total = k - 1, SumOver(X)
    return [], le((X - total / N) ** 2, (N - 1) / N * (SumOver(X**2) - total**2 / N))


def quantities_only(expression: sp.Expr) -> None:
    """Raise ValueError where a symbol's twin for class l is not known."""
    from theory.quantities import lookup

    for symbol in expression.free_symbols:
        if lookup(symbol) is None and symbol not in TWINS:
            raise ValueError(f"no name for {symbol} of another class")


def same_for_all(expression: sp.Expr) -> None:
    """Raise ValueError unless the expression is the same for all other classes j."""
    from theory.quantities import lookup

    whole = expression.atoms(MaxOver, SumOver, SumOverPairs)
    bare = expression.xreplace(dict.fromkeys(whole, sp.S.One))
    for symbol in bare.free_symbols | {atom.func for atom in bare.atoms(AppliedUndef)}:
        entry = lookup(symbol) if isinstance(symbol, sp.Symbol) else None
        if entry is not None and not set(entry.index) & {"j", "l"}:
            continue
        if symbol in SHARED or (symbol in VECTORS and str(symbol) in ("a", "xi")):
            continue
        raise ValueError(f"{symbol} may differ between the other classes")


SHARED: set[sp.Basic] = set()
"""Symbols defined in proofs that are declared to be the same for all other classes."""
