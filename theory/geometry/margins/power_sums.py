"""Sums over queries of products of powers of their scores, and the moments of margins that these give."""

from __future__ import annotations

import math
from dataclasses import dataclass

from theory.array import Array, Namespace, array_namespace
from theory.geometry.margins.supports import Queries

IN_RANGE = 2.0**20
"""Lengths within this factor of 1 need no scaling: float32 holds their products with all their digits."""


@dataclass(frozen=True, eq=False)
class Places:
    """Centres of all supports about the mean of class ``own``: quick (classes * supports, p), in float32, in
    multiples of ``units`` (classes, 1, 1) or, where that is None, of 1; squares (classes, supports, 1),
    |m|^2 less its mean over supports, ``points`` (classes,)."""

    own: int
    quick: Array
    squares: Array
    points: Array
    units: Array | None

    @staticmethod
    def about(supports_about: Array, means: Array, own: int) -> Places:
        """Of supports (classes, supports, p), each about the mean of its class; ``means`` (classes, p)."""
        xp = array_namespace(means)
        # Differences of means first: the supports of a narrow class would lose their digits beside its mean.
        moved = supports_about + (means - means[own, :][None, :])[:, None, :]
        squares = xp.sum(moved * moved, axis=2)[:, :, None]
        points = xp.mean(squares, axis=1)[:, 0]
        units = _units(xp, xp.max(squares[:, :, 0], axis=1))
        if units is not None:
            units = xp.reshape(units, (-1, 1, 1))
            moved /= units
        flat = xp.reshape(moved, (-1, int(moved.shape[2])))
        return Places(own, xp.astype(flat, xp.float32), squares - points[:, None, None], points, units)

    def scores(self, rows: Array) -> Array:
        """(classes, supports, B): |z - m|^2 - |z|^2 - ``points`` for queries z = ``rows`` (B, p)."""
        xp = array_namespace(rows)
        scale = _units(xp, xp.max(xp.vecdot(rows, rows), keepdims=True))
        if scale is not None:
            rows = rows / scale
        # Of float32: the product alone, whose relative error of 1e-6 is far below that of the draws.
        product = xp.astype(self.quick @ xp.matrix_transpose(xp.astype(rows, xp.float32)), xp.float64)
        product = xp.reshape(product, (*self.squares.shape[:2], -1))
        for factor in (self.units, scale):
            if factor is not None:
                product = product * factor
        return self.squares - 2 * product


def _units(xp: Namespace, squares: Array) -> Array | None:
    """The lengths with these ``squares``, 1 for one of 0; None where all are ``IN_RANGE``. A class that
    spreads 1e20 times less than others has products below the range of float32."""
    lengths = xp.sqrt(squares)
    lengths = xp.where(lengths > 0, lengths, xp.ones_like(lengths))
    extreme = xp.logical_or(lengths < 1 / IN_RANGE, lengths > IN_RANGE)
    return lengths if bool(xp.any(extreme)) else None


def own_powers(own: Array, kept: Array, queries: Queries, order: int) -> tuple[Array, Array]:
    """(groups, order + 1, B) of powers of the scores ``own`` (supports, B) against the query's own class,
    each averaged over the supports that count, and (groups, B): 1 where the query counts. kept (groups,
    supports)."""
    xp = array_namespace(own)
    numbers = kept @ queries.free
    usable = queries.is_query * xp.astype(numbers > 0, xp.float64)
    numbers = xp.where(numbers > 0, numbers, xp.ones_like(numbers))
    mine, power = [], queries.free
    for _ in range(order + 1):
        mine.append((kept @ power) / numbers * usable)
        power = power * own
    return xp.permute_dims(xp.stack(mine), (1, 0, 2)), usable


class PowerSums:
    """Sums over the queries z of one class of s^a t^b, with s the score against the own class and t that
    against another, for a + b up to ``order``."""

    def __init__(self, xp: Namespace, order: int) -> None:
        self.xp, self.order = xp, order
        self.totals: dict[tuple[int, int], Array] = {}
        self.query_count: Array | None = None

    def count(self, usable: Array) -> None:
        """Adds more queries; (groups, B) is 1 where one counts."""
        count = self.xp.sum(usable, axis=1)
        self.query_count = count if self.query_count is None else self.query_count + count

    def add_products(self, left: Array, right: Array, b: int) -> None:
        """left (groups, order + 1, B): the powers of s. right (groups, B, classes): t to the power b."""
        products = left[:, : self.order + 1 - b, :] @ right
        for a in range(self.order + 1 - b):
            term = products[:, a, :]
            self.totals[a, b] = term if (a, b) not in self.totals else self.totals[a, b] + term

    def raw_moments(self) -> list[Array]:
        """Means of (t - s)^q for q up to ``order``, each (groups, classes)."""
        if self.query_count is None:
            raise ValueError("no sample of the class is a query")
        raw = []
        for q in range(self.order + 1):
            terms = [math.comb(q, b) * (-1) ** (q - b) * self.totals[q - b, b] for b in range(q + 1)]
            raw.append(sum(terms[1:], start=terms[0]) / self.query_count[:, None])
        return raw
