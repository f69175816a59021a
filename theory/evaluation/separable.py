"""Sums over pairs (j, l) of other classes whose terms factor: they cost classes, not pairs of classes.

A statement's term is written as a sum of products (function of i and j) x (function of i and l) x (a quantity
of i, j and l, or 1). With that quantity a bilinear form in the differences of means, its sum needs no
array over triples of classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import sympy as sp

from theory.quantities import lookup

FEWEST_CLASSES = 32
"""Below, arrays over triples are small, and their sums keep a few more digits."""


@dataclass(frozen=True)
class Product:
    """left (i, j) x right (i, l) x joint, a symbol that varies over i, j and l, or 1."""

    left: sp.Expr
    right: sp.Expr
    joint: sp.Expr

    def times(self, other: Product) -> Product | None:
        """The product of both, or None where both have a factor in j and l."""
        if self.joint != 1 and other.joint != 1:
            return None
        return Product(self.left * other.left, self.right * other.right, self.joint * other.joint)


def _letters(expression: sp.Expr) -> set[str]:
    """Which of j and l an expression varies over."""
    entries = (lookup(symbol) for symbol in expression.free_symbols)
    return {letter for entry in entries if entry for letter in entry.index if letter in "jl"}


@lru_cache(maxsize=64)
def products(expression: sp.Expr) -> tuple[Product, ...] | None:
    """``expression`` as a sum of products, None where it is none."""
    letters = _letters(expression)
    if "l" not in letters:
        return (Product(expression, sp.S.One, sp.S.One),)
    if "j" not in letters:
        return (Product(sp.S.One, expression, sp.S.One),)
    if expression.is_Symbol:
        return (Product(sp.S.One, sp.S.One, expression),)
    if expression.is_Add:
        parts = [products(term) for term in expression.args]
        if any(part is None for part in parts):
            return None
        return tuple(each for part in parts if part is not None for each in part)
    if expression.is_Mul:
        return _product_of(expression.args)
    if expression.is_Pow and expression.base.is_Mul and expression.exp.is_integer:
        return _product_of([sp.Pow(factor, expression.exp) for factor in expression.base.args])
    return None


def _product_of(factors: list[sp.Expr] | tuple[sp.Expr, ...]) -> tuple[Product, ...] | None:
    expanded = [Product(sp.S.One, sp.S.One, sp.S.One)]
    for factor in factors:
        parts = products(factor)
        if parts is None:
            return None
        pairs = [one.times(other) for one in expanded for other in parts]
        if any(pair is None for pair in pairs):
            return None
        expanded = [pair for pair in pairs if pair is not None]
    return tuple(expanded)
