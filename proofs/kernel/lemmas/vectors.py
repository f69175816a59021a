"""Lengths, inner products and covariances."""

from __future__ import annotations

import sympy as sp

from proofs.kernel.lemmas.base import Claims, le, lemma
from proofs.kernel.model import i
from proofs.kernel.terms import Dot, Moment, Norm, mean
from theory.quantities import Dt_j, M4_j, d, dir_j, kap_i, lam_i, trS2_i, trS2_j, trSS, v_i, v_j


@lemma("triangle inequality", "textbook; Cauchy-Schwarz")
def triangle(u: sp.Expr, v: sp.Expr) -> Claims:
    """|u + v| <= |u| + |v|."""
    return [], le(Norm(u + v), Norm(u) + Norm(v))


@lemma("a squared length is not negative", "textbook")
def square_length(v: sp.Expr) -> Claims:
    """v.v >= 0."""
    return [], sp.Ge(Dot(v, v), 0, evaluate=False)


@lemma("Cauchy-Schwarz inequality", "textbook")
def cauchy_schwarz(u: sp.Expr, v: sp.Expr) -> Claims:
    """(u.v)^2 <= |u|^2 |v|^2."""
    return [], le(Dot(u, v) ** 2, Dot(u, u) * Dot(v, v))


@lemma("largest eigenvalue", "Rayleigh quotient; the meaning of lam_i")
def largest_eigenvalue(law: sp.Symbol, h: sp.Expr) -> Claims:
    """h'S_i h <= lam_i h.h for every vector h."""
    if law != i:
        raise ValueError("lam_i belongs to class i")
    return [], le(Moment(law, h, h), lam_i * Dot(h, h))


@lemma("largest eigenvalue and trace", "textbook: a trace is the sum of the eigenvalues")
def largest_at_most_trace() -> Claims:
    """lam_i <= tr S_i."""
    return [], le(lam_i, v_i)


@lemma("trace of a product", "textbook: positive semidefinite matrices have nonnegative eigenvalues")
def trace_product(first: str, second: str) -> Claims:
    """tr(S_x S_y) <= tr S_x tr S_y for two covariance matrices."""
    product, traces = _TRACES[first, second]
    return [], le(product, traces)


_TRACES = {("i", "j"): (trSS, v_i * v_j), ("i", "i"): (trS2_i, v_i**2), ("j", "j"): (trS2_j, v_j**2)}


@lemma("variance along a line", "textbook: one diagonal entry of a trace")
def variance_along() -> Claims:
    """u'S_j u <= tr S_j for a unit vector u."""
    return [], le(dir_j, v_j)


@lemma("Cauchy-Schwarz for the third moment", "textbook: (E |x|^2 D.x)^2 <= E|x|^4 E (D.x)^2")
def third_moment() -> Claims:
    """(D.t_j)^2 <= d^2 (u'S_j u) M4_j."""
    return [], le(Dt_j**2, d**2 * dir_j * M4_j)


@lemma("Minkowski's inequality", "textbook; the triangle inequality of L^q")
def minkowski(q: sp.Integer, *terms: sp.Expr) -> Claims:
    """For even q: E(sum of X_r)^q <= (sum of (E X_r^q)^{1/q})^q."""
    if not (isinstance(q, sp.Integer) and int(q) >= 2 and int(q) % 2 == 0):
        raise ValueError("q is an even number of at least two")
    roots = [mean(X**q) ** sp.Rational(1, int(q)) for X in terms]
    return [], le(mean(sp.Add(*terms) ** q), sp.Add(*roots) ** q)


@lemma("seminorm of a covariance", "textbook: h -> sqrt(h'S h) is a seminorm")
def seminorm(law: sp.Symbol, u: sp.Expr, v: sp.Expr) -> Claims:
    """(u + v)'S(u + v) <= (sqrt(u'S u) + sqrt(v'S v))^2."""
    roots = sp.sqrt(Moment(law, u, u)) + sp.sqrt(Moment(law, v, v))
    return [], le(Moment(law, u + v, u + v), roots**2)


@lemma("a variance is not negative", "textbook: E (x.h)^2 >= 0")
def form_nonnegative(law: sp.Symbol, h: sp.Expr) -> Claims:
    """h'S h >= 0 for every vector h."""
    return [], sp.Ge(Moment(law, h, h), 0, evaluate=False)


@lemma("largest directional fourth moment", "homogeneity; the meaning of kap_i")
def directional_fourth(law: sp.Symbol, h: sp.Expr) -> Claims:
    """E (x.h)^4 <= kap_i (h.h)^2 for every vector h."""
    if law != i:
        raise ValueError("kap_i belongs to class i")
    return [], le(Moment(law, h, h, h, h), kap_i * Dot(h, h) ** 2)
