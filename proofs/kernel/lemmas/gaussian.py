"""Gaussian classes: laws of linear forms and of squared lengths."""

from __future__ import annotations

import sympy as sp

from proofs.kernel.lemmas.base import Claims, le, lemma
from proofs.kernel.model import i
from proofs.kernel.nodes import ZERO, Node, node, number
from proofs.kernel.reading import inner, read, read_vector
from proofs.kernel.sorts import current, fixed_before
from proofs.kernel.terms import Dot, Event, Vector, coefficients, mean
from theory.expressions import (
    ChiSquareLess,
    ForEveryOther,
    NormalOrthant,
    Prob,
    class_error,
    few_shot_error,
    margin,
    pair_error,
)
from theory.quantities import d, k, n, p, std, v_i, v_j


class IsotropicGaussian(Event):
    """Both classes are Gaussian with covariance std^2 times the identity."""


class GaussianQuery(Event):
    """The query's class is Gaussian with that covariance matrix; argument (matrix)."""


class RowOf(Event):
    """A vector is the row of a matrix that belongs to class j; arguments (matrix, vector)."""


class EntryOf(Event):
    """A number is the entry of a column that belongs to class j; arguments (column, number)."""


isotropic = IsotropicGaussian(std)


@lemma("variance of an isotropic Gaussian", "textbook: p coordinates of variance std^2 each")
def isotropic_variance() -> Claims:
    """If both classes are Gaussian with covariance std^2 I, then v_i = p std^2 and v_j = p std^2."""
    equal = (sp.Eq(v, p * std**2, evaluate=False) for v in (v_i, v_j))
    return [isotropic], sp.And(*equal, evaluate=False)


@lemma("equivalent events", "meaning of probability")
def equivalent(first: sp.Basic, second: sp.Basic) -> Claims:
    """If two events entail each other, they have one probability."""
    needs: list[sp.Basic] = [sp.Implies(first, second), sp.Implies(second, first)]
    return needs, sp.Eq(Prob(first), Prob(second), evaluate=False)


@lemma(
    "squared lengths of Gaussian vectors",
    "Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 2 (1995), chapter 29: the definition",
    theorem=True,
)
def noncentral_squares(P: sp.Expr, Q: sp.Expr, la: sp.Expr, lb: sp.Expr) -> Claims:
    """For P and Q linear in independent isotropic Gaussian vectors, uncorrelated, with unit variance per
    coordinate and squared lengths lb and la of their means: P(|Q|^2 <= |P|^2) = P(chi2_p(la) <= chi2_p(lb)),
    chi2_p(la) and chi2_p(lb) independent."""
    if current() is not None:
        return _noncentral_squares(P, Q, la, lb)
    (P_mean, P_noise), (Q_mean, Q_noise) = map(_parts, (P, Q))
    needs = [
        isotropic,
        sp.Eq(mean(Dot(P_noise, P_noise)), p, evaluate=False),
        sp.Eq(mean(Dot(Q_noise, Q_noise)), p, evaluate=False),
        sp.Eq(mean(Dot(P_noise, Q_noise)), 0, evaluate=False),
        sp.Eq(Dot(P_mean, P_mean), lb, evaluate=False),
        sp.Eq(Dot(Q_mean, Q_mean), la, evaluate=False),
    ]
    return needs, sp.Eq(Prob(le(Dot(Q, Q), Dot(P, P))), ChiSquareLess(p, la, lb), evaluate=False)


def _parts(vector: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """The mean of a random vector, and what is random about it."""
    pieces = coefficients(vector)
    fixed_part = {symbol for symbol in pieces if not symbol.random}
    still = sp.Add(*(pieces[symbol] * symbol for symbol in fixed_part))
    return still, sp.Add(*(scale * symbol for symbol, scale in pieces.items() if symbol not in fixed_part))


def _noncentral_squares(P: sp.Expr, Q: sp.Expr, la: sp.Expr, lb: sp.Expr) -> Claims:
    """The same in the kernel's own terms."""
    fixed_before(la, lb)
    parts = []
    for vector in (P, Q):
        fixed_before(*(scale for scale in read_vector(vector).values()))
        pieces = read_vector(vector).items()
        if any(symbol.args[0].random and str(symbol.args[0].law) not in ("i", "j") for symbol, _ in pieces):
            raise ValueError("both must be made of draws of the two classes")
        parts += [{s: c for s, c in pieces if s.args[0].random is random} for random in (False, True)]
    P_mean, P_noise, Q_mean, Q_noise = parts

    def product(first: dict[Node, Node], second: dict[Node, Node]) -> Node:
        terms = [
            node("mul", x, y, inner("dot", (), (u, v))) for u, x in first.items() for v, y in second.items()
        ]
        return node("add", *terms) if terms else ZERO

    needs = [
        isotropic,
        node("eq", node("expect", product(P_noise, P_noise)), read(p)),
        node("eq", node("expect", product(Q_noise, Q_noise)), read(p)),
        node("eq", node("expect", product(P_noise, Q_noise)), number(0)),
        node("eq", product(P_mean, P_mean), read(lb)),
        node("eq", product(Q_mean, Q_mean), read(la)),
    ]
    whole_P, whole_Q = ({**still, **noise} for still, noise in ((P_mean, P_noise), (Q_mean, Q_noise)))
    event = node("le", product(whole_Q, whole_Q), product(whole_P, whole_P))
    law = node("ChiSquareLess", read(p), read(la), read(lb))
    return needs, node("eq", node("prob", event), law)


@lemma("two classes alike", "meaning of the error: the mean of P(M_12 <= 0) and P(M_21 <= 0)")
def two_alike(X: sp.Expr, *named: tuple[sp.Symbol, sp.Expr]) -> Claims:
    """With two classes, if P(M_ij <= 0) = X for both orders, X the same for both, then err = X. ``named``:
    abbreviations in X, with their meaning."""
    same = {p, n, d, std}
    for symbol, meaning in (*named, (sp.Dummy(), X)):
        if meaning.free_symbols - same:
            raise ValueError(f"{meaning} may differ between the two orders")
        same.add(symbol)
    meanings = [sp.Eq(symbol, meaning, evaluate=False) for symbol, meaning in named]
    needs = [sp.Eq(k, 2), *meanings, sp.Eq(pair_error, X, evaluate=False)]
    return needs, sp.Eq(few_shot_error, X, evaluate=False)


@lemma("normal orthant probability", "textbook: linear forms of a Gaussian vector are jointly Gaussian")
def gaussian_margins(  # noqa: PLR0913 - the symbols of the lemma
    h: sp.Expr, G: sp.Expr, S: sp.Expr, x: sp.Symbol, row: sp.Expr, entry: sp.Expr
) -> Claims:
    """If the query x, seen from its mean, is N(0, S), and fixed vectors g_j and numbers t_j are the rows of G
    and the entries of h, then P(x.g_j < t_j for every j) = P(N(0, G S G') < h componentwise)."""
    if not isinstance(x, Vector) or x.kind != "draw" or x.law != i:
        raise ValueError("x is a query of class i")
    fixed_before(row, entry)
    every = Prob(ForEveryOther(sp.Lt(Dot(x, row), entry, evaluate=False)))
    needs = [GaussianQuery(S), RowOf(G, row), EntryOf(h, entry)]
    return needs, sp.Eq(every, NormalOrthant(h, G * S * G.T), evaluate=False)


@lemma("the error and its complement", "meaning of the error: wrong is M_ij <= 0 for some j")
def class_error_complement() -> Claims:
    """P(wrong | i) = 1 - P(M_ij > 0 for every j)."""
    return [], sp.Eq(class_error, 1 - Prob(ForEveryOther(margin > 0)), evaluate=False)
