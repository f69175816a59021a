"""The least E (1 + sum_k c_k (-M)^k)^2 over c >= 0, for many margins at once.

A non-negative least squares problem in at most four unknowns: every set of unknowns that may be positive is
tried, each by orthogonalising its columns. Any c >= 0 proves a bound, so a poor c costs sharpness and never
truth; the value that is returned is that of the c returned, rounded upward by more than the arithmetic can
have lost.
"""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any

from array_api_compat import array_namespace

Array = Any
ROUNDING = 1e-14
"""Of every product of a moment and two coefficients; moments come with a relative error below it."""
SMALLEST = 1e-300


def least_square(moments: Array, rungs: int) -> tuple[Array, Array]:
    """The value (...,), at most 1, and c_1..c_r (rungs, ...) that prove it.

    moments (2 rungs + 1, ...): 1, E M, and central moments. The value is 1, with c = 0, where E M <= 0.
    """
    xp = array_namespace(moments)
    mean, variance = moments[1, ...], moments[2, ...]
    positive = mean > 0
    mean = xp.where(positive, mean, xp.ones_like(mean))
    # Rung 1 in closed form, which no degenerate margin upsets: c_1 = E M / E M^2.
    square = variance + mean * mean
    best = xp.where(positive, variance / square * (1 + 4 * ROUNDING), xp.ones_like(mean))
    chosen = [xp.where(positive, mean / square, xp.zeros_like(mean))]
    chosen += [xp.zeros_like(mean) for _ in range(rungs - 1)]
    if rungs > 1:
        problem = _Problem(moments, mean, rungs)
        for size in range(1, rungs + 1):
            for kept in combinations(range(1, rungs + 1), size):
                coefficients = problem.solve(kept)
                value = problem.value(coefficients)
                better = xp.logical_and(positive, value < best)  # False for NaN
                best = xp.where(better, value, best)
                chosen = [
                    xp.where(better, new / mean**k, old)
                    for k, (new, old) in enumerate(zip(coefficients[1:], chosen, strict=True), 1)
                ]
    best = xp.where(best < 1, best, xp.ones_like(best))
    return best, xp.stack(chosen)


class _Problem:
    """In multiples of the standard deviation about the mean: M = E M - deviation x, so that with
    g_k = c_k (E M)^k and y = deviation / E M the polynomial is sum_k g_k (y x - 1)^k = sum_k w_k x^k."""

    def __init__(self, moments: Array, mean: Array, rungs: int) -> None:
        xp = self.xp = array_namespace(moments)
        self.rungs = rungs
        variance = moments[2, ...]
        scale = xp.sqrt(xp.where(variance > 0, variance, xp.ones_like(variance)))
        self.hankel = [moments[0, ...], xp.zeros_like(mean), variance / scale**2]
        self.hankel += [(-1) ** q * moments[q, ...] / scale**q for q in range(3, 2 * rungs + 1)]
        share = xp.where(variance > 0, scale, xp.zeros_like(scale)) / mean
        self.shares = [share**k for k in range(rungs + 1)]
        root = _root(xp, self.hankel, rungs + 1)
        columns = []
        for k in range(rungs + 1):
            powers = [(-1) ** (k - a) * math.comb(k, a) * self.shares[a] for a in range(k + 1)]
            rows = [
                sum((root[a][row] * powers[a] for a in range(row, k + 1)), start=xp.zeros_like(mean))
                for row in range(rungs + 1)
            ]
            columns.append(rows)
        self.columns = columns

    def solve(self, kept: tuple[int, ...]) -> list[Array]:
        """g_0 = 1, g_1, ..., g_r with g_k = 0 outside ``kept``: least squares by Gram and Schmidt, clipped
        at 0."""
        xp = self.xp
        basis: list[list[Array]] = []
        upper: list[list[Array]] = []
        rest = self.columns[0]
        aims = []
        for k in kept:
            column, entries = self.columns[k], []
            for axis in basis:
                along = _dot(axis, column)
                column = [x - along * a for x, a in zip(column, axis, strict=True)]
                entries.append(along)
            length = xp.sqrt(_dot(column, column))
            length = xp.where(length > SMALLEST, length, xp.full_like(length, math.inf))
            axis = [x / length for x in column]
            basis.append(axis)
            upper.append([*entries, length])
            along = _dot(axis, rest)
            rest = [x - along * a for x, a in zip(rest, axis, strict=True)]
            aims.append(-along)
        found: dict[int, Array] = {}
        for place in reversed(range(len(kept))):
            left = aims[place]
            for later in range(place + 1, len(kept)):
                left = left - upper[later][place] * found[kept[later]]
            found[kept[place]] = left / upper[place][place]
        zero = xp.zeros_like(rest[0])
        return [xp.ones_like(zero)] + [
            xp.where(found[k] > 0, found[k], zero) if k in found else zero for k in range(1, self.rungs + 1)
        ]

    def value(self, coefficients: list[Array]) -> Array:
        """E (sum_k g_k (y x - 1)^k)^2, rounded upward."""
        xp = self.xp
        weights, lost = [], []
        for a in range(self.rungs + 1):
            terms = [
                (-1) ** (k - a) * math.comb(k, a) * coefficients[k] * self.shares[a]
                for k in range(a, self.rungs + 1)
            ]
            weights.append(sum(terms[1:], start=terms[0]))
            sizes = [xp.abs(term) for term in terms]
            lost.append(ROUNDING * sum(sizes[1:], start=sizes[0]))
        total, slack = xp.zeros_like(weights[0]), xp.zeros_like(weights[0])
        for a in range(self.rungs + 1):
            for b in range(self.rungs + 1):
                moment = self.hankel[a + b]
                total = total + weights[a] * weights[b] * moment
                one, other = xp.abs(weights[a]), xp.abs(weights[b])
                slack = slack + xp.abs(moment) * (
                    ROUNDING * one * other + lost[a] * other + lost[b] * one + lost[a] * lost[b]
                )
        return total + slack


def _root(xp: Any, hankel: list[Array], size: int) -> list[list[Array]]:
    """Lower triangular root[a][b], b <= a, with root root' = the matrix of hankel[a + b]; pivots that
    rounding made negative count as 0."""
    zero = xp.zeros_like(hankel[0])
    root = [[zero for _ in range(size)] for _ in range(size)]
    for b in range(size):
        pivot = hankel[2 * b] - sum((root[b][c] ** 2 for c in range(b)), start=zero)
        pivot = xp.sqrt(xp.where(pivot > 0, pivot, zero))
        root[b][b] = pivot
        safe = xp.where(pivot > 0, pivot, xp.ones_like(pivot))
        for a in range(b + 1, size):
            left = hankel[a + b] - sum((root[a][c] * root[b][c] for c in range(b)), start=zero)
            root[a][b] = xp.where(pivot > 0, left / safe, zero)
    return root


def _dot(one: list[Array], other: list[Array]) -> Array:
    first, *rest = [a * b for a, b in zip(one, other, strict=True)]
    return sum(rest, start=first)
