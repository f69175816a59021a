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


def chunks(statement: sp.Expr, geometry: ClassGeometry) -> list[slice]:
    """Slices of query classes that keep the largest intermediate array near 32 MiB."""
    letters = _letters(statement)
    width = geometry.classes
    if "l" in letters:
        width *= geometry.classes
    if "r" in letters:
        width *= geometry.dimension
    size = max(1, CHUNK // width) if letters & {"l", "r"} else geometry.classes
    return [slice(start, min(start + size, geometry.classes)) for start in range(0, geometry.classes, size)]
