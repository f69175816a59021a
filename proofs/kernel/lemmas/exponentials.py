"""Exponential moments of sub-Gaussian classes."""

from __future__ import annotations

import sympy as sp

from proofs.kernel.lemmas.base import Claims, le, lemma
from proofs.kernel.sorts import fixed_before, independent
from proofs.kernel.terms import Dot, Vector, mean
from theory.expressions import Prob
from theory.quantities import p, sigma


@lemma("Chernoff's bound", "Boucheron, Lugosi, Massart (2013), 2.2")
def chernoff(X: sp.Expr, t: sp.Expr) -> Claims:
    """If t > 0, then P(X <= 0) <= E exp(-t X)."""
    return [sp.Gt(t, 0)], le(Prob(sp.Le(X, 0)), mean(sp.exp(-t * X)))


def _proxy(x: sp.Symbol) -> sp.Expr:
    """Proxy of a mean of draws of class i or j."""
    if not isinstance(x, Vector) or not x.random or str(x.law) not in ("i", "j"):
        raise ValueError(f"{x} is not a mean of draws of class i or j")
    return sigma**2 / x.count


@lemma("sub-Gaussian classes", "meaning of sigma; proxies of independent draws add up")
def subgaussian(x: sp.Symbol, h: sp.Expr, g: sp.Expr) -> Claims:
    """E exp(g + x.h) <= E exp(g + sigma^2 |h|^2/(2N)) for a mean x of N draws and g, h independent of x."""
    proxy = _proxy(x)
    independent(x, h, g)
    return [], le(mean(sp.exp(g + Dot(x, h))), mean(sp.exp(g + proxy * Dot(h, h) / 2)))


@lemma("sub-Gaussian quadratic form", "Hsu, Kakade, Zhang 2012, by a Gaussian integral; isotropic proxy")
def gaussian_trick(x: sp.Symbol, gamma: sp.Expr, h: sp.Expr, g: sp.Expr, r: sp.Expr) -> Claims:
    """For a mean x of N draws, nu = sigma^2/N, fixed h and g, gamma >= 0 and r = 1 - 2 gamma nu > 0:
    E exp(g + x.h + gamma |x|^2) <= exp(g + nu |h|^2/(2r) - (p/2) log r)."""
    nu = _proxy(x)
    fixed_before(gamma, h, g, r)
    needs = [sp.Ge(gamma, 0), sp.Gt(r, 0), sp.Eq(r, 1 - 2 * gamma * nu, evaluate=False)]
    left = mean(sp.exp(g + Dot(x, h) + gamma * Dot(x, x)))
    return needs, le(left, sp.exp(g + nu * Dot(h, h) / (2 * r) - p / 2 * sp.log(r)))
