"""Pairs that no average can use, and slices of pairs that keep memory small."""

from __future__ import annotations

from functools import lru_cache

import sympy as sp

from theory.evaluation.separable import FEWEST_CLASSES, products
from theory.expressions import SumOverPairs
from theory.geometry import ClassGeometry
from theory.quantities import lookup

CHUNK = 1 << 22


def unresolved(geometry: ClassGeometry) -> str:
    """Why means over pairs are undefined, for ``NotApplicable``."""
    count = len(geometry.unresolved_pairs)
    return (
        f"{count} pair(s) of classes have no positive de-biased distance; averages over pairs are undefined"
    )


@lru_cache
def _letters(statement: sp.Expr) -> frozenset[str]:
    """Indices (i, j, l, r) of the quantities in a statement."""
    return frozenset(
        letter for symbol in statement.free_symbols if (entry := lookup(symbol)) for letter in entry.index
    )


@lru_cache
def _needs_triples(statement: sp.Expr) -> bool:
    """Whether some sum over pairs of other classes does not factor."""
    sums = statement.atoms(SumOverPairs)
    return not sums or any(products(each.args[0]) is None for each in sums)


def inner_numbers(statement: sp.Expr, geometry: ClassGeometry) -> int:
    """How many numbers stand behind the value for a pair: over a third class, over coordinates."""
    letters = _letters(statement)
    third = 1
    if "l" in letters and (geometry.classes < FEWEST_CLASSES or _needs_triples(statement)):
        third = geometry.classes
    return third * (geometry.dimension if "r" in letters else 1)


def chunks(statement: sp.Expr, geometry: ClassGeometry) -> list[slice]:
    """Slices of query classes that keep the largest intermediate array near 32 MiB."""
    numbers = inner_numbers(statement, geometry)
    return slices(geometry.classes, geometry.classes * numbers if numbers > 1 else 1)


def slices(classes: int, numbers: int) -> list[slice]:
    """Slices of query classes, each of which stands for so many ``numbers``, up to ``CHUNK`` at a time."""
    size = max(1, CHUNK // numbers)
    return [slice(start, min(start + size, classes)) for start in range(0, classes, size)]
