"""Draws of classes with finitely many atoms, and limits along a family of such laws."""

from __future__ import annotations

import itertools
from typing import Any

import sympy as sp

from proofs.kernel.atoms import AtomOf, DrawnAt, LimitAtZero, drawn_event
from proofs.kernel.forms import Forms
from proofs.kernel.lemmas.base import Claims, lemma
from proofs.kernel.model import MARGIN, i, j
from proofs.kernel.nodes import ZERO, Node, node, number, walk
from proofs.kernel.reading import read, read_vector
from proofs.kernel.sorts import current, fixed_before
from proofs.kernel.terms import D, Dot, Vector, lam_t, noise, v_it, v_jt
from theory.expressions import Prob, margin
from theory.quantities import d, n, p

Share = tuple[sp.Expr, sp.Expr]
"""A place and its probability."""
Step = tuple[sp.Expr, sp.Expr, sp.Expr]
"""A place on the line of the means, how many steps aside from it, and the probability of all of these."""


def _differ(x: sp.Expr, y: sp.Expr) -> sp.Basic:
    """The event that two places differ."""
    gap = x - y if current() is not None else sp.expand(x - y)
    return sp.Gt(Dot(gap, gap), 0, evaluate=False)


@lemma("independent draws of atoms", "binomial probabilities: none or one of n draws elsewhere")
def draws_of_atoms(
    laws: tuple[sp.Symbol, sp.Symbol], query: Share, own: tuple[Share, ...], other: tuple[Share, ...]
) -> Claims:
    """For a query of the first class and n draws of each class, all independent: P(z at an atom of
    probability q, and each centre at an atom of probability r, or 1/n of the way from there to another one of
    probability s) >= q times, for each class, r^n or n s r^(n-1)."""
    if tuple(laws) != (i, j):
        raise ValueError("the query is of class i, the other centre of class j")
    facts, chance, centres = [AtomOf(laws[0], *query)], query[1], []
    for place, share in (query, *own, *other):
        fixed_before(place, share)
    for law, shares in zip(laws, (own, other), strict=True):
        (rest, r), *elsewhere = shares
        facts += [AtomOf(law, place, share) for place, share in shares]
        if not elsewhere:
            centres.append(rest)
            chance = chance * r**n
            continue
        ((far, s),) = elsewhere
        facts.append(_differ(far, rest))
        centres.append(((n - 1) * rest + far) / n)
        chance = chance * n * s * r ** (n - 1)
    make = DrawnAt if current() is not None else drawn_event
    return list(dict.fromkeys(facts)), sp.Ge(Prob(make(query[0], *centres)), chance, evaluate=False)


@lemma("the margin at given places", "meaning of the margin")
def margin_at(outcome: DrawnAt, way: sp.Symbol, defined: sp.Basic) -> Claims:
    """If query and centres are at z, m_i and m_j, the margin is |z - m_j|^2 - |z - m_i|^2."""
    z, own, other = outcome.args
    if way != D or defined != MARGIN:
        raise ValueError("the margin is that of the model")
    value = Dot(z - D - other, z - D - other) - Dot(z - own, z - own)
    return [defined], sp.Implies(outcome, sp.Eq(margin, value, evaluate=False))


@lemma("exclusive outcomes", "additivity of probability")
def exclusive(event: sp.Basic, *outcomes: DrawnAt) -> Claims:
    """If outcomes entail an event, and any two of them differ in one of their places, then
    P(event) >= the sum of their probabilities."""
    needs: list[sp.Basic] = [sp.Implies(outcome, event) for outcome in outcomes]
    for outcome in outcomes:
        fixed_before(*outcome.args)
    for one, two in itertools.combinations(outcomes, 2):
        gaps = [(x, y) for x, y in zip(one.args, two.args, strict=True) if x != y]
        if not gaps:
            raise ValueError("an outcome is named twice")
        needs.append(_differ(*gaps[0]))
    return needs, sp.Ge(Prob(event), sp.Add(*map(Prob, outcomes)), evaluate=False)


@lemma("Bernoulli's inequality", "textbook")
def bernoulli(q: sp.Expr, power: sp.Expr) -> Claims:
    """If 0 <= q <= 1, then (1 - q)^m >= 1 - m q for m = n or n - 1, m >= 0."""
    with sp.evaluate(True):
        allowed = (n, n - 1)
    if power not in allowed:
        raise ValueError("the exponent is n or n - 1")
    needs = [sp.Ge(q, 0), sp.Le(q, 1), sp.Ge(power, 0)]
    return needs, sp.Ge((1 - q) ** power, 1 - power * q, evaluate=False)


_VARIANCES = {v_it: i, v_jt: j}


def _law(law: sp.Symbol, side: Vector, steps: tuple[Step, ...]) -> list[sp.Basic]:
    """These are all atoms of the class, and they are centred."""
    if side.kind != "fixed":
        raise ValueError(f"{side} is not a fixed vector")
    for along, count, share in steps:
        if set(read_vector(along)) - set(read_vector(D)):
            raise ValueError(f"{along} is not on the line of the two means")
        fixed_before(along, count, share)
    facts = [AtomOf(law, along + count * side, share) for along, count, share in steps]
    whole = sp.Eq(sp.Add(*(share for *_, share in steps)), 1, evaluate=False)
    along_D = sp.Add(*(share * Dot(along + count * side, D) for along, count, share in steps))
    distinct = [
        _differ(one[0] + one[1] * side, two[0] + two[1] * side)
        for one, two in itertools.combinations(steps, 2)
    ]
    return [
        *facts,
        *distinct,
        whole,
        sp.Eq(along_D, 0, evaluate=False),
        sp.Eq(Dot(side, D), 0, evaluate=False),
    ]


@lemma("variance of a law with finitely many atoms", "meaning of tr S; the atoms off the line are symmetric")
def variance_of_atoms(v: sp.Symbol, law: sp.Symbol, side: sp.Symbol, *steps: Step) -> Claims:
    """If a class has these atoms and no others, all on the line D but for steps ``side`` orthogonal to it,
    and they are centred, then v = sum of q |x|^2."""
    if _VARIANCES.get(v) != law:
        raise ValueError(f"{v} is not the variance of class {law}")
    places = [(along + count * side, share) for along, count, share in steps]
    right = sp.Add(*(share * Dot(place, place) for place, share in places))
    return _law(law, side, steps), sp.Eq(v, right, evaluate=False)


@lemma("eigenvalues along and across a line", "textbook: the covariance is diagonal, by symmetry")
def spectrum_of_atoms(lam: sp.Symbol, most: sp.Expr, law: sp.Symbol, side: sp.Symbol, *steps: Step) -> Claims:
    """If all atoms of a class lie on the line D but for steps ``side``, orthogonal to it and spread evenly
    over the p-1 other axes, then the largest eigenvalue lies between the variance along D and any number that
    neither this nor the variance across, divided by p-1, exceeds."""
    if (lam, law) != (lam_t, i):
        raise ValueError(f"{lam} is not the largest eigenvalue of class {law}")
    fixed_before(most)
    along = sp.Add(*(share * Dot(place + count * side, D) ** 2 for place, count, share in steps)) / d**2
    across = sp.Add(*(share * count**2 * Dot(side, side) for _, count, share in steps))
    small = [sp.Le(along, most, evaluate=False), sp.Le(across, (p - 1) * most, evaluate=False)]
    gives = sp.And(sp.Ge(lam, along, evaluate=False), sp.Le(lam, most, evaluate=False), evaluate=False)
    return [*_law(law, side, steps), *small], gives


@lemma("limit of a quotient", "textbook: rational functions are continuous where they have no pole")
def limit_of_quotient(X: sp.Expr, Y: sp.Expr, f: sp.Expr, g: sp.Expr, end: sp.Expr) -> Claims:
    """If X >= t f(t) and 0 < Y <= t g(t) for all t in (0, t_0), t f(t) >= 0 and f, g rational and finite at 0
    with g(0) > 0, then the limit of X/Y as t -> 0 is at least f(0)/g(0)."""
    t, judge = noise, current()
    if t in sp.sympify(end).free_symbols:
        raise ValueError("t_0 must not depend on t")
    needs: list[Any] = [
        sp.Gt(end, 0, evaluate=False),
        sp.Lt(t, end, evaluate=False),
        sp.Ge(t * f, 0, evaluate=False),
        sp.Ge(X, t * f, evaluate=False),
        sp.Gt(Y, 0, evaluate=False),
        sp.Le(Y, t * g, evaluate=False),
    ]
    if judge is None:
        at_zero = [sp.sympify(expression).subs(t, 0) for expression in (f, g)]
        needs.append(sp.Gt(at_zero[1], 0, evaluate=False))
        return needs, sp.Ge(LimitAtZero(X / Y, t), at_zero[0] / at_zero[1], evaluate=False)
    _all_of_the_family(read(t), read(end))
    if read(t) in walk(read(end)) or _hidden(read(end)):
        raise ValueError("t_0 must not depend on t")
    for expression in (f, g, end):
        _of_parameters(read(expression))
    f_0, g_0 = (_at_zero(read(expression), read(t), needs) for expression in (f, g))
    needs.append(node("lt", ZERO, g_0))
    limit = node("LimitAtZero", node("mul", read(X), node("inv", read(Y))), read(t))
    return needs, node("le", node("mul", f_0, node("inv", g_0)), limit)


def _hidden(term: Node) -> bool:
    """Whether a definition hides the noise in a term."""
    judge = current()
    met = walk(term)
    if judge is None:
        return False
    return read(noise) in met or any(
        _hidden(judge.definitions[part]) for part in met if part in judge.definitions
    )


_PARAMETER_OPS = ("num", "add", "mul", "pow", "inv", "root")


def _of_parameters(term: Node) -> None:
    """Raise ValueError unless a term is made of t and of what is the same for all laws of the family."""
    judge = current()
    pending = [term]
    for part in pending:
        if part.op in _PARAMETER_OPS:
            pending += part.parts
        elif judge is not None and part in judge.definitions:
            pending.append(judge.definitions[part])
        elif part.op != "sym" or part.args[0] in (lam_t, v_it, v_jt):
            raise ValueError(f"{part} may differ between the laws of the family")
        elif judge is not None and judge.sources(part):
            raise ValueError(f"{part} is not a parameter of the family")


def _at_zero(term: Node, t: Node, needs: list[Any]) -> Node:
    """A rational function of t at 0; that no denominator vanishes there is added to the needs."""
    if term is t:
        return ZERO
    if not _hidden(term):
        return term
    if term.op in ("add", "mul", "pow"):
        return node(
            term.op, *(_at_zero(part, t, needs) if isinstance(part, Node) else part for part in term.args)
        )
    if term.op == "inv":
        below = _at_zero(term.args[0], t, needs)
        needs.append(node("ne", below, number(0)))
        return node("inv", below)
    raise ValueError("f and g must be rational functions of t")


def _all_of_the_family(t: Node, end: Node) -> None:
    """Raise ValueError where a premise singles out some t: what holds for one t implies nothing about a
    limit."""
    judge = current()
    squares: list[Node] = []
    for claim in judge.premises if judge is not None else ():
        if not _hidden(claim) or claim.op == "fact" or claim is node("lt", t, end):
            continue
        sides = claim.args if claim.op == "eq" else ()
        if any(side.op == "LimitAtZero" for side in sides):
            continue
        own = [side for side in sides if _own_square(Forms(judge).canon(side))] if judge is not None else []
        if len(own) == 1 and not squares:
            squares += own
            continue
        if claim.op == "eq" and _is_margin(claim):
            continue
        raise ValueError("a hypothesis is about t, so that it may not hold for all of the family")


def _own_square(side: Node) -> bool:
    """The squared length of a fixed vector of the proof's own."""
    return side.op == "dot" and side.args[0] is side.args[1] and side.args[0].args[0].kind == "fixed"


def _is_margin(claim: Node) -> bool:
    return claim is read(MARGIN)


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
