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
from dataclasses import dataclass, replace

import numpy as np
from array_api_compat import array_namespace, device

from theory.array import Array, Namespace
from theory.geometry.blocks import CentredBlocks
from theory.geometry.margins import central

GROUPS = 10
"""At least, or twice the shots: more than half of all supports then avoid a group."""
FEWEST, MOST = 16, 400
"""Supports drawn of each class."""
WORK = 2e9
POWERS = 160
"""What the powers of a score cost, in multiplications of a product of matrices."""
MOST_HELD = 2e7
"""Numbers in the moments of all pairs, left-out groups included."""
MOST_WORK = 4e10
"""Multiplications that the fewest supports may take. Beyond, fewer samples of each class are queries; where
that would leave fewer than ``FEWEST_ASKED``, moments of many pairs are too noisy for what they cost."""
FEWEST_ASKED = 32


@dataclass(frozen=True, eq=False)
class Supports:
    """counts[c] (supports, samples of c): how often a sample is drawn; kept[c] (1 + groups, supports): 1
    where a support has no sample of the group left out (row 0: nothing is); is_query[c] (1 + groups,
    samples): the same of queries."""

    counts: list[Array]
    kept: list[Array]
    is_query: list[Array]
    apart: bool


def draw(sizes: Sequence[int], shots: int, supports: int, seed: int, *, apart: bool) -> Supports | None:
    """``apart``: without replacement, and queries are not in the support. None where a class is too small."""
    if min(sizes) < shots + apart:
        return None
    groups = groups_for(sizes, shots, apart)
    counts, kept, is_query = [], [], []
    for c, size in enumerate(sizes):
        rng = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(shots, c))))
        if apart:
            chosen = np.argsort(rng.random((supports, size)), axis=1)[:, :shots]
        else:
            chosen = rng.integers(0, size, (supports, shots))
        chosen_times = np.zeros((supports, size))
        np.add.at(chosen_times, (np.arange(supports)[:, None], chosen), 1.0)
        group = rng.permutation(size) % groups if groups else np.full(size, -1)
        out = np.arange(-1, groups)[:, None] == group[None, :]
        out[0] = False
        kept.append(1.0 * ((out @ chosen_times.T) == 0))
        # Of millions of samples these are the largest things held: in as few bytes as will do.
        counts.append(chosen_times.astype(np.min_scalar_type(shots)))
        is_query.append(~out)
    if any(np.any(each.sum(axis=1) == 0) for each in kept):
        # Some group is in every support of a class: no jackknife.
        kept, is_query = [each[:1] for each in kept], [each[:1] for each in is_query]
    return Supports(counts, kept, is_query, apart)


def groups_for(sizes: Sequence[int], shots: int, apart: bool) -> int:
    """How many groups; 0 where a class without one of them would be too small."""
    least, classes = min(sizes), len(sizes)
    groups = min(max(GROUPS, 2 * shots), least)
    enough = least - math.ceil(least / groups) >= shots + apart
    return groups if enough and groups > 1 and 9.0 * (groups + 1) * classes**2 < MOST_HELD else 0


def supports_for(sizes: Sequence[int], dimension: int) -> int:
    """How many supports a sweep affords for classes of these sizes."""
    scores = float(sum(sizes)) * len(sizes)
    return int(min(max(WORK / (scores * (dimension + POWERS)), FEWEST), MOST))


def queries_for(sizes: Sequence[int], dimension: int) -> int | None:
    """How many samples of each class may be queries, at most; None where they would be too few."""
    of_one = float(len(sizes)) ** 2 * FEWEST * (dimension + POWERS)
    most = int(MOST_WORK / of_one)
    return most if most >= min(FEWEST_ASKED, *sizes) else None


def limit_queries(supports: Supports, most: int, seed: int) -> Supports:
    """At most ``most`` queries of each class, drawn at random; supports as they are."""
    is_query = []
    for c, own in enumerate(supports.is_query):
        size = int(own.shape[1])
        if size > most:
            rng = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(0, c))))
            own = own * np.isin(np.arange(size), rng.choice(size, most, replace=False))
        is_query.append(own)
    if any(np.any(own.sum(axis=1) == 0) for own in is_query):
        return replace(
            supports, is_query=[own[:1] for own in is_query], kept=[own[:1] for own in supports.kept]
        )
    return replace(supports, is_query=is_query)


def centres(blocks: CentredBlocks, supports: Supports, shots: int, like: Array) -> Array:
    """(classes, supports, p): mean of the support minus the class mean, in the unit of the blocks; 0 for
    classes that these lack. ``like`` is an array of the namespace."""
    xp = array_namespace(like)
    shape = (int(supports.counts[0].shape[0]), int(like.shape[1]))
    centres_of: list[Array] = [
        xp.zeros(shape, dtype=xp.float64, device=device(like)) for _ in supports.counts
    ]
    read = [0] * len(supports.counts)
    for c, rows in blocks.pieces():
        size = int(rows.shape[0])
        share = xp.asarray(supports.counts[c][:, read[c] : read[c] + size] / shots, device=device(rows))
        centres_of[c] = share @ rows if read[c] == 0 else centres_of[c] + share @ rows
        read[c] += size
    return xp.stack(centres_of)


def margin_moments(
    blocks: CentredBlocks, means: Array, support_draws: Supports, supports_about: Array, order: int
) -> Array:
    """(1 + groups, order + 1, classes, classes) in the unit of ``blocks``; means (classes, p) in that unit,
    ``supports_about`` from ``centres``. Entry 0 is of all samples, entry g of all but those of group g; 0 for
    query classes that the blocks lack."""
    xp = array_namespace(means)
    places = supports_about + means[:, None, :]
    classes, supports, width = (int(size) for size in places.shape)
    kept = xp.asarray(np.stack(support_draws.kept), device=device(means))  # (classes, groups, supports)
    share = kept / xp.sum(kept, axis=2)[:, :, None]
    sums = {c: _Sums(xp, order) for c in range(classes)}
    by_class: dict[int, Array] = {}
    read = [0] * classes
    about: Places | None = None
    # Powers are taken of classes x supports scores a row: pieces are cut to that width.
    for c, rows in blocks.pieces(width=max(width, classes * supports)):
        size = int(rows.shape[0])
        here = slice(read[c], read[c] + size)
        read[c] += size
        queries = np.flatnonzero(support_draws.is_query[c][0, here])
        if len(queries):
            if about is None or about.own != c:
                about = Places.about(places, means, c)
            free = support_draws.counts[c][:, here] == 0 if support_draws.apart else np.ones((supports, size))
            free, is_query = (
                xp.asarray(part[:, queries] * 1.0, device=device(means))
                for part in (free, support_draws.is_query[c][:, here])
            )
            rows = xp.take(rows, xp.asarray(queries, device=device(means)), axis=0)
            sums[c].add(about, rows, share, kept[c, :, :], free, is_query)
        # Sums of a class are larger than its moments: of classes that come one by one, one class's are held.
        if read[c] == support_draws.counts[c].shape[1]:
            by_class[c] = sums.pop(c).moments()
    nothing = xp.zeros_like(next(iter(by_class.values())))
    return xp.stack([by_class.get(c, nothing) for c in range(classes)], axis=2)


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


def own_powers(own: Array, kept: Array, free: Array, is_query: Array, order: int) -> tuple[Array, Array]:
    """(groups, order + 1, B) of powers of the scores ``own`` (supports, B) against the query's own class,
    each averaged over the supports that count, and (groups, B): 1 where the query counts. kept (groups,
    supports); free (supports, B); is_query (groups, B)."""
    xp = array_namespace(own)
    numbers = kept @ free
    usable = is_query * xp.astype(numbers > 0, xp.float64)
    numbers = xp.where(numbers > 0, numbers, xp.ones_like(numbers))
    mine, power = [], free
    for _ in range(order + 1):
        mine.append((kept @ power) / numbers * usable)
        power = power * own
    return xp.permute_dims(xp.stack(mine), (1, 0, 2)), usable


class _Sums:
    """Sums over the queries z of one class i of (|z - m_i|^2 - p)^a (|z - m_j|^2 - p_j)^b, each averaged
    over the supports that count for z; |z|^2, which cancels from every margin, is left out."""

    def __init__(self, xp: Namespace, order: int) -> None:
        self.xp, self.order = xp, order
        self.totals: dict[tuple[int, int], Array] = {}
        self.query_count: Array = None
        self.point: Array = None

    def add(
        self, about: Places, rows: Array, share: Array, kept: Array, free: Array, is_query: Array
    ) -> None:
        """rows (B, p); share (classes, groups, supports) sums to 1 over supports; kept (groups, supports);
        free (supports, B): 1 where the query is not in the support; is_query (groups, B)."""
        xp = self.xp
        scores = about.scores(rows)
        self.point = about.points - about.points[about.own]
        left, usable = own_powers(scores[about.own, :, :], kept, free, is_query, self.order)
        count = xp.sum(usable, axis=1)
        self.query_count = count if self.query_count is None else self.query_count + count
        power = xp.ones_like(scores)
        for b in range(self.order + 1):
            if b == 0:
                right = xp.broadcast_to(xp.ones_like(usable)[:, :, None], (*usable.shape, share.shape[0]))
            else:
                power = power * scores
                right = xp.permute_dims(share @ power, (1, 2, 0))  # (groups, B, classes)
            products = left[:, : self.order + 1 - b, :] @ right
            for a in range(self.order + 1 - b):
                term = products[:, a, :]
                self.totals[a, b] = term if (a, b) not in self.totals else self.totals[a, b] + term

    def moments(self) -> Array:
        """(groups, order + 1, classes)."""
        raw = []
        for q in range(self.order + 1):
            terms = [math.comb(q, b) * (-1) ** (q - b) * self.totals[q - b, b] for b in range(q + 1)]
            raw.append(sum(terms[1:], start=terms[0]) / self.query_count[:, None])
        return self.xp.permute_dims(central.from_moments_about(raw, self.point), (1, 0, 2))
