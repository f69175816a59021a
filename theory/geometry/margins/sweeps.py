"""Moments of the margins of stored features: every query against many supports of every class.

Supports are drawn without replacement and a query is never held against a support that contains it, so that
all moments are unbiased for the law behind the samples; the error that the same draws would measure is at
most any bound made of them. Given the query, the supports of two classes are independent: the moments of the
two distances are averaged on their own, and ``supports`` draws of each class make ``supports`` squared of
every pair.

The samples of every class are dealt into groups. Leaving out one group of all classes at a time, as query
and as support, gives the jackknife, which sees both the samples at hand and the supports drawn of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device

from theory.array import Array
from theory.geometry.blocks import CentredBlocks
from theory.geometry.margins import central

GROUPS = 10
"""At least, or twice the shots: more than half of all supports then avoid a group."""
FEWEST, MOST = 16, 400
"""Supports drawn of each class."""
WORK = 2e9
POWERS = 160
"""What the powers of a score cost, in multiplications of a product of matrices."""
MOST_HELD = 1e8
"""Numbers in the moments of all pairs, left-out groups included."""


@dataclass(frozen=True, eq=False)
class Supports:
    """counts[c] (supports, samples of c): how often a sample is drawn; kept[c] (1 + groups, supports): 1
    where a support has no sample of the group left out (row 0: nothing is); asked[c] (1 + groups, samples):
    the same of queries."""

    counts: list[Array]
    kept: list[Array]
    asked: list[Array]
    apart: bool


def draw(sizes: Sequence[int], shots: int, supports: int, seed: int, *, apart: bool) -> Supports | None:
    """``apart``: without replacement, and queries are not in the support. None where a class is too small."""
    if min(sizes) < shots + apart:
        return None
    groups = _groups(sizes, shots, apart)
    counts, kept, asked = [], [], []
    for c, size in enumerate(sizes):
        rng = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(shots, c))))
        if apart:
            chosen = np.argsort(rng.random((supports, size)), axis=1)[:, :shots]
        else:
            chosen = rng.integers(0, size, (supports, shots))
        drawn = np.zeros((supports, size))
        np.add.at(drawn, (np.arange(supports)[:, None], chosen), 1.0)
        group = rng.permutation(size) % groups if groups else np.full(size, -1)
        out = np.arange(-1, groups)[:, None] == group[None, :]
        out[0] = False
        counts.append(drawn)
        asked.append(1.0 - out)
        kept.append(1.0 * ((out @ drawn.T) == 0))
    if any(np.any(each.sum(axis=1) == 0) for each in kept):
        # Some group is in every support of a class: no jackknife.
        kept, asked = [each[:1] for each in kept], [each[:1] for each in asked]
    return Supports(counts, kept, asked, apart)


def _groups(sizes: Sequence[int], shots: int, apart: bool) -> int:
    """How many groups; 0 where a class without one of them would be too small."""
    least, classes = min(sizes), len(sizes)
    groups = min(max(GROUPS, 2 * shots), least)
    enough = least - math.ceil(least / groups) >= shots + apart
    return groups if enough and groups > 1 and 9.0 * (groups + 1) * classes**2 < MOST_HELD else 0


def supports_for(sizes: Sequence[int], dimension: int) -> int:
    scores = float(sum(sizes)) * len(sizes)
    return int(min(max(WORK / (scores * (dimension + POWERS)), FEWEST), MOST))


def centres(blocks: CentredBlocks, drawn: Supports, shots: int) -> list[Array]:
    """Of each class (supports, p): mean of the support minus the class mean, in the unit of the blocks."""
    found: dict[int, Array] = {}
    seen = [0] * len(drawn.counts)
    for c, rows in blocks.pieces():
        xp, size = array_namespace(rows), int(rows.shape[0])
        share = xp.asarray(drawn.counts[c][:, seen[c] : seen[c] + size] / shots, device=device(rows))
        part = share @ rows
        found[c] = part if c not in found else found[c] + part
        seen[c] += size
    return [found[c] for c in range(len(drawn.counts))]


def margin_moments(blocks: CentredBlocks, means: Array, drawn: Supports, shots: int, order: int) -> Array:
    """(1 + groups, order + 1, classes, classes) in the unit of ``blocks``; means (classes, p) in that unit.
    Entry 0 is of all samples, entry g of all but those of group g."""
    xp = array_namespace(means)
    places = xp.stack(centres(blocks, drawn, shots)) + means[:, None, :]
    classes, supports, width = (int(size) for size in places.shape)
    kept = xp.asarray(np.stack(drawn.kept), device=device(means))  # (classes, groups, supports)
    share = kept / xp.sum(kept, axis=2)[:, :, None]
    # Of a class that has been read through only the moments stay: its sums hold the centres of all classes.
    open_sums: dict[int, _Sums] = {}
    done: dict[int, Array] = {}
    seen = [0] * classes
    # Powers are taken of classes x supports scores a row: pieces are cut to that width.
    for c, rows in blocks.pieces(width=max(width, classes * supports)):
        size = int(rows.shape[0])
        here = slice(seen[c], seen[c] + size)
        seen[c] += size
        if c not in open_sums:
            open_sums[c] = _Sums(xp, order)
            open_sums[c].start(places - means[c, None, None, :], c)
        free = drawn.counts[c][:, here] == 0 if drawn.apart else np.ones((supports, size))
        asked = xp.asarray(drawn.asked[c][:, here], device=device(means))
        open_sums[c].add(rows, share, kept[c, :, :], xp.asarray(free * 1.0, device=device(means)), asked)
        if seen[c] == int(drawn.counts[c].shape[1]):
            done[c] = open_sums.pop(c).moments()
    return xp.stack([done[c] for c in range(classes)], axis=2)


class _Sums:
    """Sums over the queries z of one class i of (|z - m_i|^2 - p)^a (|z - m_j|^2 - p_j)^b, each averaged
    over the supports that count for z; |z|^2, which cancels from every margin, is left out."""

    def __init__(self, xp: Any, order: int) -> None:
        self.xp, self.order = xp, order

    def start(self, places: Array, own: int) -> None:
        """places (classes, supports, p): centres minus the mean of the class of the queries."""
        xp = self.xp
        classes, supports, width = places.shape
        self.own = own
        self.flat = xp.reshape(places, (classes * supports, width))
        squares = xp.reshape(xp.sum(self.flat * self.flat, axis=1), (classes, supports, 1))
        self.points = xp.mean(squares, axis=1)[:, 0]
        self.squares = squares - self.points[:, None, None]
        self.quick = xp.astype(self.flat, xp.float32)
        self.totals: dict[tuple[int, int], Array] = {}
        self.asked: Array = None

    def add(self, rows: Array, share: Array, kept: Array, free: Array, asked: Array) -> None:
        """rows (B, p); share (classes, groups, supports) sums to 1 over supports; kept (groups, supports);
        free (supports, B): 1 where the query is not in the support; asked (groups, B)."""
        xp = self.xp
        # Of float32: the product alone, whose relative error of 1e-6 is far below that of the draws.
        product = xp.astype(self.quick @ xp.matrix_transpose(xp.astype(rows, xp.float32)), xp.float64)
        scores = self.squares - 2 * xp.reshape(product, (*self.squares.shape[:2], -1))
        held = kept @ free
        usable = asked * xp.astype(held > 0, xp.float64)
        held = xp.where(held > 0, held, xp.ones_like(held))
        count = xp.sum(usable, axis=1)
        self.asked = count if self.asked is None else self.asked + count
        own = scores[self.own, :, :]
        mine, power = [], free
        for _ in range(self.order + 1):
            mine.append((kept @ power) / held * usable)
            power = power * own
        left = xp.permute_dims(xp.stack(mine), (1, 0, 2))  # (groups, order + 1, B)
        power = xp.ones_like(scores)
        for b in range(self.order + 1):
            if b == 0:
                right = xp.broadcast_to(xp.ones_like(usable)[:, :, None], (*usable.shape, share.shape[0]))
            else:
                power = power * scores
                right = xp.permute_dims(share @ power, (1, 2, 0))  # (groups, B, classes)
            found = left[:, : self.order + 1 - b, :] @ right
            for a in range(self.order + 1 - b):
                term = found[:, a, :]
                self.totals[a, b] = term if (a, b) not in self.totals else self.totals[a, b] + term

    def moments(self) -> Array:
        """(groups, order + 1, classes)."""
        raw = []
        for q in range(self.order + 1):
            terms = [math.comb(q, b) * (-1) ** (q - b) * self.totals[q - b, b] for b in range(q + 1)]
            raw.append(sum(terms[1:], start=terms[0]) / self.asked[:, None])
        point = self.points - self.points[self.own]
        return self.xp.permute_dims(central.from_moments_about(raw, point), (1, 0, 2))
