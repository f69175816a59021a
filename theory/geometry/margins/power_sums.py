"""Sums over queries of products of powers of their scores, and the moments of margins that these give."""

from __future__ import annotations

import math
from dataclasses import dataclass

from array_api_compat import array_namespace

from theory.array import Array, Namespace
from theory.geometry.margins.supports import Queries


@dataclass(frozen=True, eq=False)
class Places:
    """Centres of all supports about the mean of class ``own``: quick (classes * supports, p), in float32;
    squares (classes, supports, 1), |m|^2 less its mean over supports, ``points`` (classes,)."""

    own: int
    quick: Array
    squares: Array
    points: Array

    @staticmethod
    def about(places: Array, means: Array, own: int) -> Places:
        """Of ``places`` (classes, supports, p), about the mean of class ``own`` among ``means``."""
        xp = array_namespace(places)
        moved = places - means[own, None, None, :]
        squares = xp.sum(moved * moved, axis=2)[:, :, None]
        points = xp.mean(squares, axis=1)[:, 0]
        flat = xp.reshape(moved, (-1, int(places.shape[2])))
        return Places(own, xp.astype(flat, xp.float32), squares - points[:, None, None], points)

    def scores(self, rows: Array) -> Array:
        """(classes, supports, B): |z - m|^2 - |z|^2 - ``points`` for queries z = ``rows`` (B, p)."""
        xp = array_namespace(rows)
        # Of float32: the product alone, whose relative error of 1e-6 is far below that of the draws.
        product = xp.astype(self.quick @ xp.matrix_transpose(xp.astype(rows, xp.float32)), xp.float64)
        return self.squares - 2 * xp.reshape(product, (*self.squares.shape[:2], -1))


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
        self.query_count: Array = None

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
        raw = []
        for q in range(self.order + 1):
            terms = [math.comb(q, b) * (-1) ** (q - b) * self.totals[q - b, b] for b in range(q + 1)]
            raw.append(sum(terms[1:], start=terms[0]) / self.query_count[:, None])
        return raw
