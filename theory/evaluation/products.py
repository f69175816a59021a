"""Products whose factors leave double precision where the product itself does not.

SymPy writes (C t / n)^t apart, as C^t t^t n^-t, and 150^150 is beyond the largest number. The logarithms of
such factors, added up, stay in range.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import sympy as sp

LARGE = 1 << 100
"""Numbers beyond this, or below one over it, may leave double precision in a product."""
HIGH = 16
"""Powers from this on may, and such as have no number for an exponent."""


@dataclass(frozen=True)
class Extreme:
    """A product of which at least two ``factors`` may leave double precision: the ``logarithm`` of those, and
    the product of the ``others``."""

    factors: tuple[sp.Expr, ...]
    logarithm: sp.Expr
    others: sp.Expr


def extreme_factors(product: sp.Expr) -> Extreme | None:
    """None where fewer than two may: then the product leaves it too."""
    logarithms = {factor: logarithm_of(factor) for factor in product.args}
    extreme = {factor: logarithm for factor, logarithm in logarithms.items() if logarithm is not None}
    if len(extreme) < 2:
        return None
    others = [factor for factor, logarithm in logarithms.items() if logarithm is None]
    sign = -1 if any(factor.is_Rational and factor < 0 for factor in extreme) else 1
    return Extreme(tuple(extreme), sp.Add(*extreme.values()), sign * sp.Mul(*others))


def logarithm_of(factor: sp.Expr) -> sp.Expr | None:
    """Of the absolute value; None for a factor that is not extreme, or whose sign may change."""
    if factor.is_Rational:
        above, below = abs(factor.p), factor.q
        if above < LARGE and below < LARGE:
            return None
        return sp.Float(math.log(above) - math.log(below))
    if isinstance(factor, sp.exp):
        return factor.args[0]
    if factor.is_Pow:
        return _of_power(*factor.args)
    if isinstance(factor, sp.factorial):
        return _log_factorial(factor.args[0])
    if isinstance(factor, sp.binomial):
        of, chosen = factor.args
        return _log_factorial(of) - _log_factorial(chosen) - _log_factorial(of - chosen)
    return None


def _of_power(base: sp.Expr, exponent: sp.Expr) -> sp.Expr | None:
    if exponent.is_number and abs(exponent) < HIGH:
        inner = logarithm_of(base)
        return None if inner is None else exponent * inner
    return None if base.is_number and not base.is_positive else exponent * sp.log(base)


def _log_factorial(x: sp.Expr) -> sp.Expr:
    # SymPy makes the logarithm of a gamma function of it, which has a largest value again.
    return sp.loggamma(x + 1, evaluate=False)
