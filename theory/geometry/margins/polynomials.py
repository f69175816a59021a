"""Polynomials in a few variables as ``{exponents: coefficient}``, enough to take a margin to its eighth
power."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

Exponents = tuple[int, ...]
Polynomial = Mapping[Exponents, float]


def product(one: Polynomial, other: Polynomial) -> dict[Exponents, float]:
    """Of two polynomials, without terms that cancel."""
    terms: dict[Exponents, float] = defaultdict(float)
    for left, a in one.items():
        for right, b in other.items():
            terms[tuple(x + y for x, y in zip(left, right, strict=True))] += a * b
    return {key: value for key, value in terms.items() if value != 0}


def total(*terms: tuple[float, Polynomial]) -> dict[Exponents, float]:
    """The sum of multiples of polynomials."""
    sums: dict[Exponents, float] = defaultdict(float)
    for factor, polynomial in terms:
        for key, value in polynomial.items():
            sums[key] += factor * value
    return {key: value for key, value in sums.items() if value != 0}
