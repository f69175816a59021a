"""Exponential moments along coordinate axes."""

from __future__ import annotations

import sympy as sp

from proofs.lemmas.base import le, lemma
from proofs.terms import VECTORS, mean, scalar, sources
from theory.expressions import MaxAxes, SumAxes
from theory.quantities import g_r, s_r


def axis(vector: sp.Symbol) -> sp.Expr:
    """Coordinate r of a random vector, along the axes in which the proxies are diagonal."""
    return scalar(f"{vector}_r", vector)


def _proxy(x: sp.Expr) -> sp.Expr:
    """Proxy along axis r of the mean of draws whose coordinate x is."""
    (vector,) = x.args
    if x != axis(vector):
        raise ValueError(f"{x} is no coordinate")
    return {"i": s_r, "j": g_r}[str(VECTORS[vector].law)] / VECTORS[vector].count


@lemma("sub-Gaussian classes along axes", "meaning of the proxies; those of independent draws add up")
def axes_subgaussian(x: sp.Expr, h: sp.Expr, g: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """E exp(sum_r g_r + x_r h_r) <= E exp(sum_r g_r + q_r h_r^2/2) for the coordinates x_r of a mean of draws
    with proxies q_r, g and h independent of x."""
    if sources(x) & (sources(g) | sources(h)):
        raise ValueError("the direction and the rest must be independent of the draw")
    right = SumAxes(g + _proxy(x) * h**2 / 2)
    return [], le(mean(sp.exp(SumAxes(g + x * h))), mean(sp.exp(right)))


@lemma("sub-Gaussian quadratic form along axes", "Hsu, Kakade, Zhang 2012, by a Gaussian integral")
def axes_gaussian_trick(
    x: sp.Expr, gamma: sp.Expr, h: sp.Expr, g: sp.Expr, r: sp.Expr
) -> tuple[list[sp.Basic], sp.Basic]:
    """For the coordinates of a mean of draws with proxies q along the axes, fixed h and g, gamma >= 0 and
    r = 1 - 2 gamma q > 0 along each axis:
    E exp(sum_r g + x h + gamma x^2) <= exp(sum_r g + q h^2/(2r) - log(r)/2)."""
    if sources(g) | sources(h) | sources(gamma):
        raise ValueError("the form must be fixed")
    q = _proxy(x)
    needs = [sp.Ge(gamma, 0), sp.Gt(r, 0), sp.Eq(r, 1 - 2 * gamma * q, evaluate=False)]
    right = SumAxes(g + q * h**2 / (2 * r) - sp.log(r) / 2)
    return needs, le(mean(sp.exp(SumAxes(g + x * h + gamma * x**2))), sp.exp(right))


@lemma("a sum over axes is monotone", "textbook")
def axes_monotone(X: sp.Expr, Y: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If X_r <= Y_r along every axis, then sum_r X_r <= sum_r Y_r."""
    return [sp.Le(X, Y)], le(SumAxes(X), SumAxes(Y))


@lemma("equal terms have equal sums over axes", "textbook")
def axes_equal(X: sp.Expr, Y: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If X_r = Y_r along every axis, then their sums are equal."""
    return [sp.Eq(X, Y, evaluate=False)], sp.Eq(SumAxes(X), SumAxes(Y), evaluate=False)


@lemma("a common factor leaves the sum over axes", "textbook")
def axes_scaled(scale: sp.Expr, X: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """c sum_r X_r = sum_r c X_r for a quantity c that is the same along all axes."""
    from theory.quantities import lookup

    if any((entry := lookup(symbol)) is None or "r" in entry.index for symbol in scale.free_symbols):
        raise ValueError(f"{scale} may differ between the axes")
    return [], sp.Eq(scale * SumAxes(X), SumAxes(scale * X), evaluate=False)


@lemma("a term is at most the largest over the axes", "meaning of max")
def at_most_max_axis(X: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """X_r <= max_r X_r."""
    return [], le(X, MaxAxes(X))
