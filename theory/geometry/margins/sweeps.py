"""Moments of the margins of stored features: every query against many supports of every class.

Supports are drawn without replacement and a query is never compared with a support that contains it, so that
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
from dataclasses import replace

import numpy as np

from theory.array import Array, Namespace, array_namespace, device
from theory.geometry.blocks import CentredBlocks
from theory.geometry.margins import central
from theory.geometry.margins.power_sums import Places, PowerSums, own_powers
from theory.geometry.margins.supports import (
    Queries,
    Supports,
    left_out,
    queries_by_class,
    stacked,
    times_chosen,
)

GROUPS = 10
"""Least number of groups (or twice the shots): more than half of all supports then avoid a group."""
FEWEST, MOST = 16, 400
"""Supports drawn of each class."""
WORK = 2e9
POWERS = 160
"""Cost of the powers of a score, in multiplications of a matrix product."""
MOST_HELD = 2e7
"""Numbers in the moments of all pairs, left-out groups included."""
MOST_WORK = 4e10
"""Multiplications that the fewest supports may take. Beyond, fewer samples of each class are queries; where
that would leave fewer than ``FEWEST_ASKED``, moments of many pairs are too noisy for what they cost."""
FEWEST_ASKED = 32


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
        times = times_chosen(chosen, size)
        group = rng.permutation(size) % groups if groups else np.full(size, -1)
        out = left_out(group, groups)
        kept.append(1.0 * ((out @ times.T) == 0))
        # With millions of samples these are the largest arrays: as few bytes as possible.
        counts.append(times.astype(np.min_scalar_type(shots)))
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
    by_class: list[Array] = [xp.zeros(shape, dtype=xp.float64, device=device(like)) for _ in supports.counts]
    read = [0] * len(supports.counts)
    for c, rows in blocks.pieces():
        size = int(rows.shape[0])
        share = xp.asarray(supports.counts[c][:, read[c] : read[c] + size] / shots, device=device(rows))
        by_class[c] = share @ rows if read[c] == 0 else by_class[c] + share @ rows
        read[c] += size
    return xp.stack(by_class)


def margin_moments(
    blocks: CentredBlocks, means: Array, support_draws: Supports, supports_about: Array, order: int
) -> Array:
    """(1 + groups, order + 1, classes, classes) in the unit of ``blocks``; means (classes, p) in that unit,
    ``supports_about`` from ``centres``. Entry 0 is of all samples, entry g of all but those of group g; 0 for
    query classes that the blocks lack."""
    xp = array_namespace(means)
    classes, supports, width = (int(size) for size in supports_about.shape)
    kept = xp.asarray(np.stack(support_draws.kept), device=device(means))  # (classes, groups, supports)
    share = kept / xp.sum(kept, axis=2)[:, :, None]
    sums = {c: _Sums(xp, order) for c in range(classes)}
    by_class: dict[int, Array] = {}
    about: Places | None = None
    # Powers are taken of classes x supports scores a row: pieces are cut to that width.
    pieces = queries_by_class(blocks, support_draws, means, max(width, classes * supports))
    for c, queries, complete in pieces:
        if queries is not None:
            if about is None or about.own != c:
                about = Places.about(supports_about, means, c)
            sums[c].add(about, queries, share, kept[c, :, :])
        # Sums of a class are larger than its moments: of classes that come one by one, one class's are held.
        if complete:
            by_class[c] = sums.pop(c).moments()
    return stacked(by_class, classes)


class _Sums(PowerSums):
    """Of (|z - m_i|^2 - p)^a (|z - m_j|^2 - p_j)^b, each averaged over the supports that count for z; |z|^2,
    which cancels from every margin, is left out."""

    def __init__(self, xp: Namespace, order: int) -> None:
        super().__init__(xp, order)
        self.point: Array | None = None

    def add(self, about: Places, queries: Queries, share: Array, kept: Array) -> None:
        """share (classes, groups, supports) sums to 1 over supports; kept (groups, supports)."""
        xp = self.xp
        scores = about.scores(queries.rows)
        self.point = about.points - about.points[about.own]
        left, usable = own_powers(scores[about.own, :, :], kept, queries, self.order)
        self.count(usable)
        power = xp.ones_like(scores)
        for b in range(self.order + 1):
            if b == 0:
                right = xp.broadcast_to(xp.ones_like(usable)[:, :, None], (*usable.shape, share.shape[0]))
            else:
                power = power * scores
                right = xp.permute_dims(share @ power, (1, 2, 0))  # (groups, B, classes)
            self.add_products(left, right, b)

    def moments(self) -> Array:
        """(groups, order + 1, classes)."""
        if self.point is None:
            raise ValueError("no sample of the class is a query")
        return self.xp.permute_dims(central.from_moments_about(self.raw_moments(), self.point), (1, 0, 2))
