"""Exponential moments along coordinate axes."""

from __future__ import annotations

import sympy as sp

from proofs.kernel.lemmas.base import Claims, le, lemma
from proofs.kernel.sorts import fixed_before, independent, same_for
from proofs.kernel.terms import Coordinate, Vector, mean
from theory.expressions import MaxAxes, SumAxes
from theory.quantities import g_r, s_r


def axis(vector: sp.Symbol) -> sp.Expr:
    """Coordinate r of a random vector, along the axes in which the proxies are diagonal."""
    return Coordinate(vector)


def _proxy(x: sp.Expr) -> sp.Expr:
    """Proxy along axis r of the mean of draws whose coordinate x is."""
    if not isinstance(x, Coordinate) or not isinstance(x.args[0], Vector) or not x.args[0].random:
        raise ValueError(f"{x} is not a coordinate of a random vector")
    (vector,) = x.args
    return {"i": s_r, "j": g_r}[str(vector.law)] / vector.count


@lemma("sub-Gaussian classes along axes", "meaning of the proxies; those of independent draws add up")
def axes_subgaussian(x: sp.Expr, h: sp.Expr, g: sp.Expr) -> Claims:
    """E exp(sum_r g_r + x_r h_r) <= E exp(sum_r g_r + q_r h_r^2/2) for the coordinates x_r of a mean of draws
    with proxies q_r, g and h independent of x."""
    proxy = _proxy(x)
    independent(x, h, g)
    right = SumAxes(g + proxy * h**2 / 2)
    return [], le(mean(sp.exp(SumAxes(g + x * h))), mean(sp.exp(right)))


@lemma("sub-Gaussian quadratic form along axes", "Hsu, Kakade, Zhang 2012, by a Gaussian integral")
def axes_gaussian_trick(x: sp.Expr, gamma: sp.Expr, h: sp.Expr, g: sp.Expr, r: sp.Expr) -> Claims:
    """For the coordinates of a mean of draws with proxies q along the axes, fixed h and g, gamma >= 0 and
    r = 1 - 2 gamma q > 0 along each axis:
    E exp(sum_r g + x h + gamma x^2) <= exp(sum_r g + q h^2/(2r) - log(r)/2)."""
    q = _proxy(x)
    fixed_before(gamma, h, g, r)
    needs = [sp.Ge(gamma, 0), sp.Gt(r, 0), sp.Eq(r, 1 - 2 * gamma * q, evaluate=False)]
    right = SumAxes(g + q * h**2 / (2 * r) - sp.log(r) / 2)
    return needs, le(mean(sp.exp(SumAxes(g + x * h + gamma * x**2))), sp.exp(right))


@lemma("a sum over axes is monotone", "textbook")
def axes_monotone(X: sp.Expr, Y: sp.Expr) -> Claims:
    """If X_r <= Y_r along every axis, then sum_r X_r <= sum_r Y_r."""
    return [sp.Le(X, Y)], le(SumAxes(X), SumAxes(Y))


@lemma("equal terms have equal sums over axes", "textbook")
def axes_equal(X: sp.Expr, Y: sp.Expr) -> Claims:
    """If X_r = Y_r along every axis, then their sums are equal."""
    return [sp.Eq(X, Y, evaluate=False)], sp.Eq(SumAxes(X), SumAxes(Y), evaluate=False)


@lemma("a common factor leaves the sum over axes", "textbook")
def axes_scaled(scale: sp.Expr, X: sp.Expr) -> Claims:
    """c sum_r X_r = sum_r c X_r for a quantity c that is the same along all axes."""
    same_for("r", scale)
    return [], sp.Eq(scale * SumAxes(X), SumAxes(scale * X), evaluate=False)


@lemma("a term is at most the largest over the axes", "meaning of max")
def at_most_max_axis(X: sp.Expr) -> Claims:
    """X_r <= max_r X_r."""
    return [], le(X, MaxAxes(X))
