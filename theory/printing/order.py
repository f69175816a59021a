"""The order of terms and factors in print, and the space between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp

from theory.expressions import REDUCTIONS
from theory.printing.symbols import entry_of, marks, rank, ranks


def roots_together(factors: Sequence[sp.Expr]) -> list[sp.Expr]:
    """Two or more square roots, above or below a fraction bar, as one root of a product."""
    half = sp.Rational(1, 2)
    roots = [f for f in factors if isinstance(f, sp.Pow) and abs(f.exp) == half]
    if len(roots) < 2:
        return list(factors)
    inside = sp.Mul(*(root.base ** (1 if root.exp == half else -1) for root in roots))
    return [*(f for f in factors if f not in roots), sp.Pow(inside, half, evaluate=False)]


def term_order(term: sp.Expr) -> tuple[Any, ...]:
    """Positive terms first; plain products, then numbers, then fractions by growing denominators."""
    _, rest = term.as_coeff_Mul()
    numerator, denominator = rest.as_numer_denom() if not rest.has(*REDUCTIONS, sp.exp) else (rest, sp.S.One)
    depth = sum(
        int(sp.degree(denominator, s)) for s in denominator.free_symbols if denominator.is_polynomial(s)
    )
    compound = any(isinstance(f.as_base_exp()[0], sp.Add) for f in sp.Mul.make_args(numerator))
    bucket = 1 if not rest.free_symbols else 2 if depth or compound else 0
    return bool(term.could_extract_minus_sign()), bucket, depth, ranks(term), str(term)


def factor_order(factor: sp.Expr) -> tuple[Any, ...]:
    """Sorts the factors of a product: numbers first, then symbols, then what is composed."""
    base = factor.as_base_exp()[0] if not isinstance(factor, sp.exp) else factor
    if factor.is_number:
        return 0, 0, "", ""
    if isinstance(base, sp.Symbol):
        single = len(marks(base)) == 1
        return (2 if single else 3, *rank(base))
    if isinstance(base, sp.Add):
        counts = all((entry := entry_of(s)) and entry.source == "setting" for s in base.free_symbols)
        return 1 if counts else 4, int(base.count_ops()), str(factor), ""
    return 6 if isinstance(base, REDUCTIONS) else 5, 0, str(factor), ""


def matrix_order(term: sp.Basic) -> tuple[Any, ...]:
    """Sorts the terms of a sum of matrices: what is added before what is taken away."""
    return bool(term.could_extract_minus_sign()), not term.is_symbol, str(term)


def spaced(factor: sp.Expr) -> bool:
    """Words and reductions keep a thin space from what stands before them."""
    if isinstance(factor, (*REDUCTIONS, sp.exp, sp.log)):
        return True
    base = factor.as_base_exp()[0]
    return isinstance(base, sp.Symbol) and len(marks(base)) > 1 and base == factor
