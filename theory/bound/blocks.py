"""Pairs that no average can use, and slices of pairs that keep memory small."""

from __future__ import annotations

from functools import lru_cache

import sympy as sp

from theory.geometry import ClassGeometry

CHUNK = 1 << 22


def unresolved(geometry: ClassGeometry) -> str:
    count = len(geometry.unresolved_pairs)
    return (
        f"{count} pair(s) of classes have no positive de-biased distance; averages over pairs are undefined"
    )


@lru_cache
def _letters(statement: sp.Expr) -> frozenset[str]:
    """Indices (i, j, l, r) of the quantities in a statement."""
    from theory.quantities import lookup

    return frozenset(
        letter for symbol in statement.free_symbols if (entry := lookup(symbol)) for letter in entry.index
    )


def inner_numbers(statement: sp.Expr, geometry: ClassGeometry) -> int:
    """How many numbers stand behind the value for a pair: over a third class, over coordinates."""
    letters = _letters(statement)
    third = geometry.classes if "l" in letters else 1
    return third * (geometry.dimension if "r" in letters else 1)


def chunks(statement: sp.Expr, geometry: ClassGeometry) -> list[slice]:
    """Slices of query classes that keep the largest intermediate array near 32 MiB."""
    numbers = inner_numbers(statement, geometry)
    size = max(1, CHUNK // (geometry.classes * numbers)) if numbers > 1 else geometry.classes
    return [slice(start, min(start + size, geometry.classes)) for start in range(0, geometry.classes, size)]
