"""The textbook facts taken on trust. Each has an exact statement, a reference, and a numeric test.

A lemma is a function that, at particular arguments, says what must be shown first and what follows; it is
the only thing that may open a probability or an expectation. ``tests/proofs/test_lemmas.py`` evaluates
every lemma on random finite probability spaces, and requires that a false variant of it fails there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp

from proofs.kernel import Instance
from proofs.terms import Dot, Moment, Norm, mean, sources
from theory.expressions import Expect, Prob
from theory.quantities import lam_i


@dataclass(frozen=True)
class Lemma:
    """Call it with arguments to get an instance."""

    name: str
    title: str
    reference: str
    build: Callable[..., tuple[list[sp.Basic], sp.Basic]]

    @property
    def statement(self) -> str:
        return (self.build.__doc__ or "").strip()

    def __call__(self, *arguments: sp.Basic) -> Instance:
        needs, gives = self.build(*arguments)
        return Instance(self.name, tuple(needs), gives)


LEMMAS: dict[str, Lemma] = {}


def lemma(title: str, reference: str) -> Callable[[Callable[..., tuple[list[sp.Basic], sp.Basic]]], Lemma]:
    """Enter a lemma into ``LEMMAS`` under its function's name."""

    def enter(build: Callable[..., tuple[list[sp.Basic], sp.Basic]]) -> Lemma:
        entry = Lemma(build.__name__, title, reference, build)
        LEMMAS[entry.name] = entry
        return entry

    return enter


def _le(left: sp.Expr, right: sp.Expr) -> sp.Basic:
    """A relation that SymPy doesn't decide on its own."""
    return sp.Le(left, right, evaluate=False)


# -- probability -----------------------------------------------------------------------------------------
@lemma("Markov's inequality", "Boucheron, Lugosi, Massart, Concentration Inequalities (2013), 2.1")
def markov(event: sp.Basic, X: sp.Expr, t: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If X >= 0 always, X >= t > 0 on the event, then P(event) <= E X / t."""
    return [sp.Ge(X, 0), sp.Implies(event, sp.Ge(X, t)), sp.Gt(t, 0)], _le(Prob(event), mean(X) / t)


@lemma("a probability is at most one", "axiom of probability")
def at_most_one(event: sp.Basic) -> tuple[list[sp.Basic], sp.Basic]:
    """P(event) <= 1."""
    return [], _le(Prob(event), sp.S.One)


@lemma("expectation is monotone", "textbook")
def monotone(X: sp.Expr, Y: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If X <= Y always, then E X <= E Y."""
    return [sp.Le(X, Y)], _le(mean(X), mean(Y))


@lemma("Jensen's inequality for the square", "textbook; Cauchy-Schwarz against 1")
def jensen_square(X: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """(E X)^2 <= E X^2."""
    return [], _le(mean(X) ** 2, mean(X**2))


@lemma("Jensen's inequality for the length", "textbook")
def jensen_length(X: sp.Expr, m: sp.Symbol) -> tuple[list[sp.Basic], sp.Basic]:
    """If E X.m = m.m for a fixed vector m, then |m| <= E|X|."""
    return [sp.Eq(Expect(Dot(X, m)), Dot(m, m))], _le(Norm(m), mean(Norm(X)))


@lemma("Cantelli's inequality", "Boucheron, Lugosi, Massart (2013), exercise 2.3")
def cantelli(X: sp.Expr, m: sp.Expr, V: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If E X = m and E(X - m)^2 = V, and m > 0, then P(X <= 0) <= V/(V + m^2)."""
    needs = [sp.Eq(mean(X), m, evaluate=False), sp.Eq(mean((X - m) ** 2), V, evaluate=False)]
    return needs, sp.Implies(sp.Gt(m, 0), _le(Prob(sp.Le(X, 0)), V / (V + m**2)))


# -- vectors -----------------------------------------------------------------------------------------------
@lemma("triangle inequality", "textbook; Cauchy-Schwarz")
def triangle(u: sp.Expr, v: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """|u + v| <= |u| + |v|."""
    return [], _le(Norm(u + v), Norm(u) + Norm(v))


@lemma("Cauchy-Schwarz inequality", "textbook")
def cauchy_schwarz(u: sp.Expr, v: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """u.v <= |u| |v|."""
    return [], _le(Dot(u, v), Norm(u) * Norm(v))


@lemma("largest eigenvalue", "Rayleigh quotient; the meaning of lam_i")
def largest_eigenvalue(law: sp.Symbol, h: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """h'S_i h <= lam_i h.h for every vector h."""
    if str(law) != "i":
        raise ValueError("lam_i belongs to class i")
    return [], _le(Moment(law, h, h), lam_i * Dot(h, h))
