"""Probabilities and expectations: tails, order, convexity."""

from __future__ import annotations

import sympy as sp

from proofs.kernel.lemmas.base import Claims, le, lemma
from proofs.kernel.sorts import fixed_before, one_level
from proofs.kernel.terms import Dot, Norm, mean
from theory.expressions import Prob


@lemma("Markov's inequality", "Boucheron, Lugosi, Massart, Concentration Inequalities (2013), 2.1")
def markov(event: sp.Basic, X: sp.Expr, t: sp.Expr) -> Claims:
    """If X >= 0 always, X >= t > 0 on the event, then P(event) <= E X / t."""
    fixed_before(t)
    one_level(X, t)
    return [sp.Ge(X, 0), sp.Implies(event, sp.Ge(X, t)), sp.Gt(t, 0)], le(Prob(event), mean(X) / t)


@lemma("probability is monotone", "axioms of probability")
def more_likely(first: sp.Basic, second: sp.Basic) -> Claims:
    """If the first event entails the second, P(first) <= P(second)."""
    return [sp.Implies(first, second)], le(Prob(first), Prob(second))


@lemma("a probability is at most one", "axiom of probability")
def at_most_one(event: sp.Basic) -> Claims:
    """P(event) <= 1."""
    return [], le(Prob(event), sp.S.One)


@lemma("complement", "axioms of probability")
def complement(event: sp.Basic) -> Claims:
    """P(not event) = 1 - P(event)."""
    return [], sp.Eq(Prob(sp.Not(event)), 1 - Prob(event), evaluate=False)


@lemma("union of failures", "subadditivity of probability")
def all_likely(*events: tuple[sp.Basic, sp.Expr]) -> Claims:
    """If event r fails with probability at most q_r, all happen with probability at least 1 - sum of q_r."""
    needs = [sp.Ge(Prob(event), 1 - q, evaluate=False) for event, q in events]
    return needs, sp.Ge(Prob(sp.And(*(event for event, _ in events))), 1 - sp.Add(*(q for _, q in events)))


@lemma("expectation is monotone", "textbook")
def monotone(X: sp.Expr, Y: sp.Expr) -> Claims:
    """If X <= Y always, then E X <= E Y."""
    one_level(X, Y)
    return [sp.Le(X, Y)], le(mean(X), mean(Y))


@lemma("Jensen's inequality for the square", "textbook; Cauchy-Schwarz against 1")
def jensen_square(X: sp.Expr) -> Claims:
    """(E X)^2 <= E X^2."""
    return [], le(mean(X) ** 2, mean(X**2))


@lemma("Cauchy-Schwarz inequality for two random numbers", "textbook")
def mean_of_product(X: sp.Expr, Y: sp.Expr) -> Claims:
    """(E X Y)^2 <= E X^2 E Y^2."""
    one_level(X, Y)
    return [], le(mean(X * Y) ** 2, mean(X**2) * mean(Y**2))


@lemma("Jensen's inequality for the length", "textbook")
def jensen_length(X: sp.Expr, m: sp.Symbol) -> Claims:
    """If E X.m = m.m for a fixed vector m, then |m| <= E|X|."""
    fixed_before(m)
    return [sp.Eq(mean(Dot(X, m)), Dot(m, m))], le(Norm(m), mean(Norm(X)))


@lemma("Cantelli's inequality", "Boucheron, Lugosi, Massart (2013), exercise 2.3")
def cantelli(X: sp.Expr, m: sp.Expr, V: sp.Expr) -> Claims:
    """If E X = m and E(X - m)^2 = V, and m > 0, then P(X <= 0) <= V/(V + m^2)."""
    fixed_before(m, V)
    one_level(X, m)
    needs = [sp.Eq(mean(X), m, evaluate=False), sp.Eq(mean((X - m) ** 2), V, evaluate=False)]
    return needs, sp.Implies(sp.Gt(m, 0), le(Prob(sp.Le(X, 0)), V / (V + m**2)))
