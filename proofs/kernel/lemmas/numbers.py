"""Order of numbers, roundings, logarithms and exponentials."""

from __future__ import annotations

import sympy as sp

from proofs.kernel.lemmas.base import Claims, le, lemma


@lemma("powers are monotone", "textbook")
def power_monotone(x: sp.Expr, y: sp.Expr, q: sp.Integer) -> Claims:
    """If 0 <= x <= y then x^q <= y^q for a whole number q >= 1."""
    if not (isinstance(q, sp.Integer) and int(q) >= 1):
        raise ValueError("q is a whole number of at least one")
    return [sp.Ge(x, 0), sp.Le(x, y)], le(x**q, y**q)


@lemma("order by a difference", "textbook")
def below(x: sp.Expr, y: sp.Expr, gap: sp.Expr) -> Claims:
    """If y = x + gap and gap >= 0, then x <= y."""
    return [sp.Eq(y, x + gap, evaluate=False), sp.Ge(gap, 0)], le(x, y)


@lemma("rounding down", "meaning of floor")
def floor_at_least(x: sp.Expr, q: sp.Integer) -> Claims:
    """If x >= q for a whole number q, then floor(x) >= q."""
    if not isinstance(q, sp.Integer):
        raise ValueError("q is a whole number")
    return [sp.Ge(x, q)], sp.Ge(sp.floor(x), q, evaluate=False)


@lemma("logarithm of a quotient", "textbook")
def log_quotient(r: sp.Expr, Q: sp.Expr, c: sp.Expr) -> Claims:
    """If r c = Q and Q, c > 0, then log r = log Q - log c."""
    needs = [sp.Eq(r * c, Q, evaluate=False), sp.Gt(Q, 0, evaluate=False), sp.Gt(c, 0, evaluate=False)]
    return needs, sp.Eq(sp.log(r), sp.log(Q) - sp.log(c), evaluate=False)


@lemma("the exponential is monotone", "textbook")
def exp_monotone(x: sp.Expr, y: sp.Expr) -> Claims:
    """If x <= y, then exp x <= exp y."""
    return [sp.Le(x, y), *defined(x, y)], le(sp.exp(x), sp.exp(y))


@lemma("exponentials are positive", "textbook")
def exp_positive(x: sp.Expr) -> Claims:
    """exp x > 0."""
    return defined(x), sp.Gt(sp.exp(x), 0, evaluate=False)


def defined(*terms: sp.Expr) -> list[sp.Basic]:
    """What logarithms are taken of is positive: exp log z is written z, which is false of other z."""
    inside = {log.args[0] for term in terms for log in term.atoms(sp.log)}
    return [sp.Gt(z, 0, evaluate=False) for z in sorted(inside, key=str)]


@lemma("the logarithm increases", "textbook")
def log_of_less(x: sp.Expr, z: sp.Expr) -> Claims:
    """If z > 0 and exp x < z, then x < log z."""
    return [sp.Gt(z, 0), *defined(x)], sp.Implies(sp.Lt(sp.exp(x), z), sp.Lt(x, sp.log(z), evaluate=False))


@lemma("the exponential increases", "textbook")
def exp_of_less(x: sp.Expr, z: sp.Expr) -> Claims:
    """If z > 0 and x < log z, then exp x < z."""
    return [sp.Gt(z, 0), *defined(x)], sp.Implies(sp.Lt(x, sp.log(z)), sp.Lt(sp.exp(x), z, evaluate=False))
