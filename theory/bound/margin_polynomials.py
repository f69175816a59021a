"""Polynomials of a margin that are at least 1 where it is not positive, written about its mean."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp


def about_the_mean(
    weights: Sequence[sp.Symbol], coefficients: Sequence[sp.Symbol], mean: sp.Expr
) -> tuple[tuple[sp.Symbol, sp.Expr], ...]:
    """Each w_a with what it means, where 1 + sum_k c_k (-M)^k = sum_a w_a (M - ``mean``)^a."""
    order = len(coefficients)
    chosen = (sp.S.One, *coefficients)

    def meaning(a: int) -> sp.Expr:
        powers = range(a, order + 1)
        return sp.Add(*((-1) ** k * sp.binomial(k, a) * chosen[k] * mean ** (k - a) for k in powers))

    return tuple((weights[a], meaning(a)) for a in range(order + 1))


def mean_square(weights: Sequence[sp.Symbol], variance_on: Sequence[sp.Symbol], order: int) -> sp.Expr:
    """E (sum_a w_a (M - E M)^a)^2 for a up to ``order``; the central moments of M from the variance on."""
    central = (sp.S.One, sp.S.Zero, *variance_on)
    places = range(order + 1)
    return sp.Add(*(weights[a] * weights[b] * central[a + b] for a in places for b in places))
