"""Polynomials in a few variables as ``{exponents: coefficient}``, enough to take a margin to its eighth
power."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

Exponents = tuple[int, ...]
Polynomial = Mapping[Exponents, float]


def product(one: Polynomial, other: Polynomial) -> dict[Exponents, float]:
    """Of two polynomials, without terms that cancel."""
    found: dict[Exponents, float] = defaultdict(float)
    for left, a in one.items():
        for right, b in other.items():
            found[tuple(x + y for x, y in zip(left, right, strict=True))] += a * b
    return {key: value for key, value in found.items() if value != 0}


def total(*terms: tuple[float, Polynomial]) -> dict[Exponents, float]:
    """The sum of multiples of polynomials."""
    found: dict[Exponents, float] = defaultdict(float)
    for factor, polynomial in terms:
        for key, value in polynomial.items():
            found[key] += factor * value
    return {key: value for key, value in found.items() if value != 0}
