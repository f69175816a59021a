"""Exponential moments of sub-Gaussian classes."""

from __future__ import annotations

import sympy as sp

from proofs.lemmas.base import le, lemma
from proofs.terms import VECTORS, Dot, coefficients, mean, sources
from theory.expressions import Prob
from theory.quantities import p, sigma


@lemma("Chernoff's bound", "Boucheron, Lugosi, Massart (2013), 2.2")
def chernoff(X: sp.Expr, t: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If t > 0, then P(X <= 0) <= E exp(-t X)."""
    return [sp.Gt(t, 0)], le(Prob(sp.Le(X, 0)), mean(sp.exp(-t * X)))


@lemma("sub-Gaussian classes", "meaning of sigma; proxies of independent draws add up")
def subgaussian(x: sp.Symbol, h: sp.Expr, g: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """E exp(g + x.h) <= E exp(g + sigma^2 |h|^2/(2N)) for a mean x of N draws and g, h independent of x."""
    vector = VECTORS[x]
    if x in sources(g) or x in sources(Dot(h, h)) or x in coefficients(h):
        raise ValueError("the direction and the rest must be independent of the draw")
    proxy = sigma**2 / vector.count
    return [], le(mean(sp.exp(g + Dot(x, h))), mean(sp.exp(g + proxy * Dot(h, h) / 2)))


@lemma("sub-Gaussian quadratic form", "Hsu, Kakade, Zhang 2012, by a Gaussian integral; isotropic proxy")
def gaussian_trick(
    x: sp.Symbol, gamma: sp.Expr, h: sp.Expr, g: sp.Expr, r: sp.Expr
) -> tuple[list[sp.Basic], sp.Basic]:
    """For a mean x of N draws, nu = sigma^2/N, fixed h and g, gamma >= 0 and r = 1 - 2 gamma nu > 0:
    E exp(g + x.h + gamma |x|^2) <= exp(g + nu |h|^2/(2r) - (p/2) log r)."""
    if sources(g) or sources(Dot(h, h)) or sources(gamma):
        raise ValueError("the form must be fixed")
    nu = sigma**2 / VECTORS[x].count
    needs = [sp.Ge(gamma, 0), sp.Gt(r, 0), sp.Eq(r, 1 - 2 * gamma * nu, evaluate=False)]
    left = mean(sp.exp(g + Dot(x, h) + gamma * Dot(x, x)))
    return needs, le(left, sp.exp(g + nu * Dot(h, h) / (2 * r) - p / 2 * sp.log(r)))
