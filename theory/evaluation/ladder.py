"""The least E (1 + sum_k c_k (-M)^k)^2 over c >= 0, for many margins at once.

A non-negative least squares problem in at most four unknowns: every set of unknowns that may be positive is
tried, each by orthogonalising its columns. Any c >= 0 proves a bound, so a poor c costs sharpness and never
truth; the value that is returned is that of the c returned, rounded upward by more than the arithmetic can
have lost.
"""

from __future__ import annotations

import math

from theory.array import Array, Namespace, array_namespace, device
from theory.evaluation.own_units import own_unit

ROUNDING = 1e-14
"""Of every product of a moment and two coefficients; moments come with a relative error below it."""
SMALLEST = 1e-300


def least_square(moments: Array, rungs: int) -> tuple[Array, Array]:
    """The value (...,), at most 1, and c_1..c_r (rungs, ...) that prove it.

    moments (2 rungs + 1, ...): 1, E M, and central moments.
    """
    xp = array_namespace(moments)
    mean, variance = moments[1, ...], moments[2, ...]
    positive, unit = mean > 0, own_unit(xp, moments)
    # Rung 1 in closed form, which no degenerate margin upsets: c_1 = E M / E M^2.
    square = xp.where(positive, variance + mean * mean, xp.ones_like(mean))
    best = xp.where(positive, variance / square * (1 + 4 * ROUNDING), xp.ones_like(mean))
    chosen = [xp.where(positive, mean / square, xp.zeros_like(mean))]
    chosen += [xp.zeros_like(mean) for _ in range(rungs - 1)]
    if rungs > 1:
        problem = _Problem(moments, unit, rungs)
        coefficients = problem.solve()
        values = problem.value(coefficients)
        values = xp.where(xp.isnan(values), xp.full_like(values, math.inf), values)
        for set_ in range(int(values.shape[0])):
            better = values[set_, ...] < best
            best = xp.where(better, values[set_, ...], best)
            chosen = [
                xp.where(better, new[set_, ...] / unit**k, old)
                for k, (new, old) in enumerate(zip(coefficients[1:], chosen, strict=True), 1)
            ]
    best = xp.where(best < 1, best, xp.ones_like(best))
    return best, xp.stack(chosen)


def rounding(moments: Array, chosen: Array) -> Array:
    """What E (1 + sum_k c_k (-M)^k)^2 at c = ``chosen`` (rungs, ...) can have lost, or gained, by being
    worked out in double precision from ``moments`` (2 rungs + 1, ...): (...,), 0 where all c are 0."""
    xp = array_namespace(moments)
    unit, rungs = own_unit(xp, moments), int(chosen.shape[0])
    scaled = [xp.ones_like(unit), *(chosen[k, ...] * unit ** (k + 1) for k in range(rungs))]
    lost = _Scaled(moments, unit, rungs).value_and_rounding(scaled)[1]
    return xp.where(xp.any(chosen > 0, axis=0), lost, xp.zeros_like(lost))


class _Scaled:
    """In multiples of the standard deviation about the mean: M = E M - deviation x, so that in a unit u of
    the margin's size, with g_k = c_k u^k, y = deviation / u and t = E M / u, the polynomial is
    sum_k g_k (y x - t)^k = sum_a w_a x^a."""

    def __init__(self, moments: Array, unit: Array, rungs: int) -> None:
        xp = self.xp = array_namespace(moments)
        self.rungs = rungs
        mean, variance = moments[1, ...], moments[2, ...]
        scale = xp.sqrt(xp.where(variance > 0, variance, xp.ones_like(variance)))
        self.hankel = [moments[0, ...], xp.zeros_like(mean), variance / scale**2]
        for q in range(3, 2 * rungs + 1):
            # Where a power of a tiny deviation is 0, so is the moment, and with it all that it adds.
            power = scale**q
            known = power > 0
            power = xp.where(known, power, xp.ones_like(power))
            self.hankel.append(xp.where(known, (-1) ** q * moments[q, ...] / power, xp.zeros_like(power)))
        spread = xp.where(variance > 0, scale, xp.zeros_like(scale)) / unit
        self.spreads = [spread**k for k in range(rungs + 1)]
        self.shifts = [(-mean / unit) ** k for k in range(rungs + 1)]
        # Odd moments are lost by their terms' sizes, not by their own: E|x|^q <= sqrt(E x^(q-1) E x^(q+1)).
        self.sizes = [
            xp.sqrt(xp.abs(self.hankel[q - 1] * self.hankel[q + 1])) if q % 2 else xp.abs(self.hankel[q])
            for q in range(2 * rungs + 1)
        ]

    def power(self, k: int) -> list[Array]:
        """(y x - t)^k: its coefficients of 1, x, ..., x^k."""
        return [math.comb(k, a) * self.spreads[a] * self.shifts[k - a] for a in range(k + 1)]

    def value_and_rounding(self, coefficients: list[Array]) -> tuple[Array, Array]:
        """E (sum_k g_k (y x - t)^k)^2, and more than the arithmetic can have lost of it."""
        xp = self.xp
        powers = [self.power(k) for k in range(self.rungs + 1)]
        weights, lost = [], []
        for a in range(self.rungs + 1):
            terms = [coefficients[k] * powers[k][a] for k in range(a, self.rungs + 1)]
            weights.append(sum(terms[1:], start=terms[0]))
            sizes = [xp.abs(term) for term in terms]
            lost.append(ROUNDING * sum(sizes[1:], start=sizes[0]))
        total, slack = xp.zeros_like(weights[0]), xp.zeros_like(weights[0])
        for a in range(self.rungs + 1):
            for b in range(self.rungs + 1):
                total = total + weights[a] * weights[b] * self.hankel[a + b]
                one, other = xp.abs(weights[a]), xp.abs(weights[b])
                slack = slack + self.sizes[a + b] * (
                    ROUNDING * one * other + lost[a] * other + lost[b] * one + lost[a] * lost[b]
                )
        return total, slack


class _Problem(_Scaled):
    """The same as least squares: columns of the powers (y x - t)^k in an orthogonal basis of polynomials.

    What is made least is the value and what rounding may lose of it, which decides where the law is nearly
    one of few values: the squares' moments are raised by that. For the loss is about ``ROUNDING`` times
    (sum_a |w_a| s_a)^2, s_a^2 = E x^(2a), and that is at most (rungs + 1) sum_a w_a^2 s_a^2.
    """

    def __init__(self, moments: Array, unit: Array, rungs: int) -> None:
        super().__init__(moments, unit, rungs)
        xp = self.xp
        root = _root(xp, self.hankel, rungs + 1, 1 + 3 * (rungs + 1) * ROUNDING)
        columns = []
        for k in range(rungs + 1):
            power = self.power(k)
            rows = [
                sum((root[a][row] * power[a] for a in range(row, k + 1)), start=xp.zeros_like(unit))
                for row in range(rungs + 1)
            ]
            columns.append(rows)
        self.columns = columns

    def solve(self) -> list[Array]:
        """g_0 = 1, g_1, ..., g_r, each (sets, ...): for every set of coefficients that may be positive the
        least squares by Gram and Schmidt, clipped at 0."""
        xp, size = self.xp, self.rungs
        kept = [[bool(code >> (k - 1) & 1) for code in range(1, 2**size)] for k in range(1, size + 1)]
        like = self.spreads[0]
        shape = (-1, *([1] * like.ndim))
        masks = [
            xp.reshape(xp.asarray([1.0 * keep for keep in row], device=device(like)), shape) for row in kept
        ]
        basis: list[list[Array]] = []
        upper: list[list[Array]] = []
        rest, aims = [x[None, ...] for x in self.columns[0]], []
        for k in range(1, size + 1):
            # A column that is left out is 0: its length counts as infinite, and its coefficient is 0.
            column, entries = [masks[k - 1] * x[None, ...] for x in self.columns[k]], []
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
        solution: list[Array] = list(aims)
        for place in reversed(range(size)):
            left = aims[place]
            for later in range(place + 1, size):
                left = left - upper[later][place] * solution[later]
            solution[place] = left / upper[place][place]
        zero = xp.zeros_like(rest[0])
        return [xp.ones_like(zero), *(xp.where(each > 0, each, zero) for each in solution)]

    def value(self, coefficients: list[Array]) -> Array:
        """E (sum_k g_k (y x - 1)^k)^2, rounded upward."""
        total, slack = self.value_and_rounding(coefficients)
        return total + slack


def _root(xp: Namespace, hankel: list[Array], size: int, raised: float) -> list[list[Array]]:
    """Lower triangular root[a][b], b <= a, with root root' = the matrix of hankel[a + b], its diagonal
    times ``raised``; pivots that rounding made negative count as 0."""
    zero = xp.zeros_like(hankel[0])
    root = [[zero for _ in range(size)] for _ in range(size)]
    for b in range(size):
        pivot = raised * hankel[2 * b] - sum((root[b][c] ** 2 for c in range(b)), start=zero)
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
