"""Draws of classes with finitely many atoms, and limits along a family of such laws."""

from __future__ import annotations

import itertools

import sympy as sp

from proofs.atoms import AtomOf, Drawn, LimitAtZero, atom, drawn
from proofs.lemmas.base import lemma
from proofs.terms import Dot
from theory.expressions import Prob, margin
from theory.quantities import d, n, p

Share = tuple[sp.Expr, sp.Expr]
"""A place and its probability."""


@lemma("independent draws of atoms", "binomial probabilities: none or one of n draws elsewhere")
def draws_of_atoms(
    laws: tuple[sp.Symbol, sp.Symbol], query: Share, own: tuple[Share, ...], other: tuple[Share, ...]
) -> tuple[list[sp.Basic], sp.Basic]:
    """For a query of the first class and n draws of each class, all independent: P(z at an atom of
    probability q, and each centre at an atom of probability r, or 1/n of the way from there to one of
    probability s) >= q times, for each class, r^n or n s r^(n-1)."""
    facts, chance, centres = [atom(laws[0], *query)], query[1], []
    for law, shares in zip(laws, (own, other), strict=True):
        (rest, r), *elsewhere = shares
        facts += [atom(law, place, share) for place, share in shares]
        if not elsewhere:
            centres.append(rest)
            chance = chance * r**n
            continue
        ((far, s),) = elsewhere
        centres.append(((n - 1) * rest + far) / n)
        chance = chance * n * s * r ** (n - 1)
    return list(dict.fromkeys(facts)), sp.Ge(Prob(drawn(query[0], *centres)), chance, evaluate=False)


@lemma("the margin at given places", "meaning of the margin")
def margin_at(outcome: Drawn, D: sp.Symbol, defined: sp.Basic) -> tuple[list[sp.Basic], sp.Basic]:
    """If query and centres are at z, m_i and m_j, the margin is |z - m_j|^2 - |z - m_i|^2."""
    z, own, other = outcome.args
    value = Dot(z - D - other, z - D - other) - Dot(z - own, z - own)
    from proofs.few_shot.model import MARGIN

    if defined != MARGIN:
        raise ValueError("the margin is that of the model")
    return [defined], sp.Implies(outcome, sp.Eq(margin, value, evaluate=False))


@lemma("exclusive outcomes", "additivity of probability")
def exclusive(event: sp.Basic, *outcomes: Drawn) -> tuple[list[sp.Basic], sp.Basic]:
    """If outcomes entail an event, and any two of them differ in one of their places, then
    P(event) >= the sum of their probabilities."""
    needs: list[sp.Basic] = [sp.Implies(outcome, event) for outcome in outcomes]
    for one, two in itertools.combinations(outcomes, 2):
        gaps = [sp.expand(x - y) for x, y in zip(one.args, two.args, strict=True) if x != y]
        if not gaps:
            raise ValueError("an outcome is named twice")
        needs.append(sp.Gt(Dot(gaps[0], gaps[0]), 0, evaluate=False))
    return needs, sp.Ge(Prob(event), sp.Add(*map(Prob, outcomes)), evaluate=False)


@lemma("Bernoulli's inequality", "textbook")
def bernoulli(q: sp.Expr, power: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If 0 <= q <= 1, then (1 - q)^m >= 1 - m q for m = n or a whole number more or less, m >= 0."""
    if not (power - n).is_Integer:
        raise ValueError("the exponent is n, or a whole number more or less")
    needs = [sp.Ge(q, 0), sp.Le(q, 1), sp.Ge(power, 0)]
    return needs, sp.Ge((1 - q) ** power, 1 - power * q, evaluate=False)


def _law(law: sp.Symbol, D: sp.Symbol, shares: tuple[Share, ...]) -> list[sp.Basic]:
    """These are all atoms of the class, and they are centred."""
    facts: list[sp.Basic] = [atom(law, place, share) for place, share in shares]
    whole = sp.Eq(sp.Add(*(share for _, share in shares)), 1, evaluate=False)
    along = sp.Add(*(share * Dot(place, D) for place, share in shares))
    return [*facts, whole, sp.Eq(along, 0, evaluate=False)]


@lemma("variance of a law with finitely many atoms", "meaning of tr S; the atoms off the line are symmetric")
def variance_of_atoms(
    v: sp.Symbol, law: sp.Symbol, D: sp.Symbol, *shares: Share
) -> tuple[list[sp.Basic], sp.Basic]:
    """If a class has these atoms and no others, and they are centred, then v = sum of q |x|^2."""
    right = sp.Add(*(share * Dot(place, place) for place, share in shares))
    return _law(law, D, shares), sp.Eq(v, right, evaluate=False)


@lemma("eigenvalues along and across a line", "textbook: the covariance is diagonal, by symmetry")
def spectrum_of_atoms(
    lam: sp.Symbol, most: sp.Expr, law: sp.Symbol, D: sp.Symbol, side: sp.Symbol, *shares: Share
) -> tuple[list[sp.Basic], sp.Basic]:
    """If all atoms of a class lie on the line D but for steps ``side``, orthogonal to it and spread evenly
    over the p-1 other axes, then the largest eigenvalue lies between the variance along D and any number that
    neither this nor the variance across, divided by p-1, exceeds."""
    along = sp.Add(*(share * Dot(place, D) ** 2 for place, share in shares)) / d**2
    across = sp.S.Zero
    for place, share in shares:
        step = sp.expand(place).coeff(side) * side
        across += share * Dot(step, step) if step != 0 else 0
    orthogonal = sp.Eq(Dot(side, D), 0, evaluate=False)
    small = [sp.Le(along, most, evaluate=False), sp.Le(across, (p - 1) * most, evaluate=False)]
    gives = sp.And(sp.Ge(lam, along, evaluate=False), sp.Le(lam, most, evaluate=False), evaluate=False)
    return [*_law(law, D, shares), orthogonal, *small], gives


@lemma("limit of a quotient", "textbook: rational functions are continuous where they have no pole")
def limit_of_quotient(
    X: sp.Expr, Y: sp.Expr, t: sp.Symbol, f: sp.Expr, g: sp.Expr, end: sp.Expr
) -> tuple[list[sp.Basic], sp.Basic]:
    """If X >= t f(t) and 0 < Y <= t g(t) for all t in (0, t_0), f >= 0 and g rational and finite at 0 with
    g(0) > 0, then the limit of X/Y as t -> 0 is at least f(0)/g(0)."""
    if (
        not (t.is_positive and f.is_rational_function(t) and g.is_rational_function(t))
        or t in end.free_symbols
    ):
        raise ValueError("f and g must be rational functions of a positive number")
    at_zero = [expression.subs(t, 0) for expression in (f, g)]
    if any(value.has(sp.zoo, sp.nan, sp.oo) for value in at_zero):
        raise ValueError("f or g has a pole at zero")
    needs = [
        sp.Gt(end, 0, evaluate=False),
        sp.Lt(t, end, evaluate=False),
        sp.Ge(t * f, 0, evaluate=False),
        sp.Ge(X, t * f, evaluate=False),
        sp.Gt(Y, 0, evaluate=False),
        sp.Le(Y, t * g, evaluate=False),
        sp.Gt(at_zero[1], 0, evaluate=False),
    ]
    return needs, sp.Ge(LimitAtZero(X / Y, t), at_zero[0] / at_zero[1], evaluate=False)


__all__ = [
    "AtomOf",
    "bernoulli",
    "draws_of_atoms",
    "exclusive",
    "limit_of_quotient",
    "margin_at",
    "spectrum_of_atoms",
    "variance_of_atoms",
]
