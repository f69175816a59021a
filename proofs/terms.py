"""Vectors of general dimension, and what proofs say about them.

A vector is a SymPy expression, linear in declared vector symbols; it enters a claim only through inner
products (``Dot``), lengths (``Norm``) and moments of a class along directions (``Moment``), so a claim
never mentions a coordinate or a dimension: two vectors are known by their Gram matrix and no more.

A random scalar that a proof names for itself is a function of the vectors it is made of, ``Y(a, b)``:
what it depends on can be read off it, which is what independence is decided by.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import sympy as sp

from theory.expressions import (
    Expect,
    ForEveryOther,
    few_shot_error,
    kernel,
    margin,
    mean_map_error,
    vote_error,
)
from theory.quantities import TABLE, for_class_l


@dataclass(frozen=True)
class Vector:
    """How a vector symbol came about.

    ``fixed`` vectors are not random. A ``draw`` is one centred draw from the class ``law``; a ``mean`` is
    the mean of ``count`` independent such draws. Distinct random symbols are independent.
    """

    kind: Literal["fixed", "draw", "mean"]
    law: sp.Symbol | None = None
    count: sp.Expr = sp.S.One
    square: sp.Expr | None = None


VECTORS: dict[sp.Symbol, Vector] = {}
RANDOM_SCALARS: set[sp.Symbol] = {margin, few_shot_error, kernel, mean_map_error, vote_error}
"""Plain symbols that are random and may depend on every random vector."""
COUNTS = ("l", "m", "B_ep", "N_blocks", "folds", "b")
"""Of the evidence, what is fixed before anything is drawn."""
RANDOM_SCALARS |= {
    entry.symbol for entry in TABLE.values() if entry.source == "evidence" and entry.name not in COUNTS
}


TWINS: dict[sp.Symbol, sp.Symbol] = {}
"""Random symbols of class j and those that stand for the same of another class l."""


def twin(expression: sp.Expr) -> sp.Expr:
    """The same expression about class l in place of j."""
    return for_class_l(expression).xreplace(TWINS)


def _declare(name: str, vector: Vector) -> sp.Symbol:
    symbol = sp.Symbol(name)
    if VECTORS.setdefault(symbol, vector) != vector:
        raise ValueError(f"the vector '{name}' is declared already, as {VECTORS[symbol]}")
    return symbol


def fixed(name: str, square: sp.Expr | None = None) -> sp.Symbol:
    """A vector that is not random; ``square`` is a name for its squared length."""
    return _declare(name, Vector("fixed", square=square))


def draw(name: str, law: sp.Symbol) -> sp.Symbol:
    return _declare(name, Vector("draw", law))


def mean_of_draws(name: str, law: sp.Symbol, count: sp.Expr) -> sp.Symbol:
    return _declare(name, Vector("mean", law, count))


def scalar(name: str, *vectors: sp.Symbol) -> sp.Expr:
    """A random scalar that is a function of these vectors, to be given a meaning by a definition."""
    return sp.Function(name, real=True)(*vectors)


def coefficients(vector: sp.Expr) -> dict[sp.Symbol, sp.Expr]:
    """The vector as a linear combination of vector symbols. Raises ValueError when it is none."""
    found: dict[sp.Symbol, sp.Expr] = {}
    for term in sp.Add.make_args(sp.expand(vector)):
        factors = sp.Mul.make_args(term)
        atoms = [factor for factor in factors if factor in VECTORS]
        if term == 0:
            continue
        if len(atoms) != 1:
            raise ValueError(f"not a vector: {term}")
        scale = sp.Mul(*(factor for factor in factors if factor not in VECTORS))
        found[atoms[0]] = found.get(atoms[0], sp.S.Zero) + scale
    return found


def _combinations(vectors: tuple[sp.Expr, ...]) -> Iterator[tuple[sp.Expr, tuple[sp.Symbol, ...]]]:
    if not vectors:
        yield sp.S.One, ()
        return
    for symbol, scale in coefficients(vectors[0]).items():
        for rest_scale, rest in _combinations(vectors[1:]):
            yield scale * rest_scale, (symbol, *rest)


class Dot(sp.Function):  # type: ignore[misc]
    """Inner product; expands itself into products of vector symbols."""

    is_real = True
    is_extended_real = True

    @classmethod
    def eval(cls, u: sp.Expr, v: sp.Expr) -> sp.Expr | None:
        if u in VECTORS and v in VECTORS:
            square = VECTORS[u].square
            if u == v and square is not None:
                return square
            return None if str(u) <= str(v) else cls(v, u)
        return sp.Add(*(scale * cls(*pair) for scale, pair in _combinations((u, v))))

    def _eval_is_nonnegative(self) -> bool | None:
        return True if self.args[0] == self.args[1] else None


class Moment(sp.Function):  # type: ignore[misc]
    """E of the product of a class's centred draw along the given vectors; of order two, x'S y."""

    is_real = True
    is_extended_real = True

    @classmethod
    def eval(cls, law: sp.Symbol, *vectors: sp.Expr) -> sp.Expr | None:
        if all(vector in VECTORS for vector in vectors):
            ordered = tuple(sorted(vectors, key=str))
            return None if ordered == vectors else cls(law, *ordered)
        return sp.Add(*(scale * cls(law, *symbols) for scale, symbols in _combinations(vectors)))

    def _eval_is_nonnegative(self) -> bool | None:
        vectors = self.args[1:]
        return True if all(vectors.count(vector) % 2 == 0 for vector in vectors) else None


class Norm(sp.Function):  # type: ignore[misc]
    """Length of a vector; its even powers turn into inner products."""

    is_real = True
    is_extended_real = True
    is_nonnegative = True

    @classmethod
    def eval(cls, vector: sp.Expr) -> sp.Expr | None:
        square = VECTORS[vector].square if vector in VECTORS else None
        coefficients(vector)
        return sp.sqrt(square) if square is not None else None

    def _eval_power(self, exponent: sp.Expr) -> sp.Expr | None:
        if exponent.is_Integer and abs(exponent) >= 2:
            sign = 1 if exponent > 0 else -1
            half, odd = divmod(abs(int(exponent)), 2)
            return Dot(self.args[0], self.args[0]) ** (sign * half) * self ** (sign * odd)
        return None


class ForAllPairs(ForEveryOther):
    """True when a claim about a pair of classes holds for all pairs of source classes at once."""


class Event(sp.logic.boolalg.BooleanFunction):  # type: ignore[misc]
    """A fact or an event that only lemmas can open."""


class OverClasses(sp.Function):  # type: ignore[misc]
    """Mean over two independent classes of the population, of an expression in quantities; opaque."""

    is_real = True
    is_extended_real = True


def sources(expression: sp.Basic) -> frozenset[sp.Symbol]:
    """The random vectors that an expression depends on, outside its expectations."""
    opaque = {atom: sp.Dummy() for atom in expression.atoms(Expect)}
    free = expression.xreplace(opaque).free_symbols
    if free & RANDOM_SCALARS:
        vectors = frozenset(symbol for symbol, vector in VECTORS.items() if vector.kind != "fixed")
        return frozenset(vectors | (free & RANDOM_SCALARS))
    return frozenset(symbol for symbol in free if symbol in VECTORS and VECTORS[symbol].kind != "fixed")


def mean(expression: sp.Expr) -> sp.Expr:
    """Expectation, which leaves alone what isn't random."""
    return Expect(expression) if sources(expression) else sp.sympify(expression)
