"""Moments of the margins against the nearest of the other classes, of stored features.

As in ``sweeps``; but supports of the other classes are drawn together, one of each class, since the nearest
of them is asked for. With ways < classes the mean over all subsets of the other classes is taken at once: a
class that r - 1 others are nearer than is the nearest in a known share of the subsets that hold it. Of
centres at equal distances one counts, the one that rounding or else the order of the classes puts first:
whichever it is, a bound follows.

For the jackknife the supports drawn together must all avoid a group. So a few groups are drawn first, the
same for all classes, and every class's support from its samples in these: each support is uniform all the
same, as samples are dealt into groups at random.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from theory.array import Array, array_namespace, device
from theory.geometry.blocks import CentredBlocks
from theory.geometry.margins import central, sweeps
from theory.geometry.margins.power_sums import Places, PowerSums, own_powers
from theory.geometry.margins.supports import (
    Queries,
    Supports,
    left_out,
    queries_by_class,
    stacked,
    times_chosen,
)

WORK = 4e9
RANKS = 260
"""Cost of ranking a score, in multiplications of a matrix product."""


def supports_for(sizes: Sequence[int], dimension: int) -> int:
    """How many supports a sweep affords for classes of these sizes."""
    scores = float(sum(sizes)) * len(sizes)
    most = WORK / (scores * (dimension + sweeps.POWERS + RANKS))
    return int(min(max(most, sweeps.FEWEST), sweeps.MOST))


def draw(sizes: Sequence[int], shots: int, supports: int, seed: int, *, apart: bool) -> Supports | None:
    """As ``sweeps.draw``, with the row of ``kept`` the same for all classes. Drawn with replacement (not
    ``apart``) from all samples: a support from a part of them repeats more of them, so there is no
    jackknife."""
    if min(sizes) < shots + apart:
        return None
    rng = np.random.Generator(
        np.random.Philox(np.random.SeedSequence(seed, spawn_key=(shots, len(sizes), 1)))
    )
    groups, used = _groups(sizes, shots, apart)
    avoided = np.argsort(np.argsort(rng.random((supports, groups)), axis=1), axis=1) >= used
    if not np.all(np.any(avoided, axis=0)):
        groups, avoided = 0, avoided[:, :0]
    counts, kept, is_query = [], [], []
    for size in sizes:
        group = rng.permutation(size) % groups if groups else np.full(size, -1)
        if apart:
            keys = rng.random((supports, size))
            if groups:
                keys = keys + avoided[:, group]
            chosen = np.argsort(keys, axis=1)[:, :shots]
        else:
            chosen = rng.integers(0, size, (supports, shots))
        counts.append(times_chosen(chosen, size).astype(np.min_scalar_type(shots)))
        is_query.append(~left_out(group, groups))
        kept.append(np.concatenate([np.ones((1, supports)), 1.0 * avoided.T]))
    return Supports(counts, kept, is_query, apart)


def _groups(sizes: Sequence[int], shots: int, apart: bool) -> tuple[int, int]:
    """How many groups, and of how many of them a support is drawn; 0 where there is no jackknife.

    A support is drawn from few groups, so that most supports avoid a given one; but from twice as many
    samples as shots, where that leaves half of the groups, so that supports differ.
    """
    groups = sweeps.groups_for(sizes, shots, apart) if apart else 0
    if not groups:
        return 0, 0
    group_size = min(sizes) // groups
    used = min(max(math.ceil(2 * shots / group_size), 2), math.ceil(groups / 2))
    used = max(used, math.ceil(shots / group_size))
    return (groups, used) if used < groups else (0, 0)


def nearest_moments(  # noqa: PLR0913 - the samples, their supports and the question
    blocks: CentredBlocks, means: Array, support_draws: Supports, supports_about: Array, order: int, ways: int
) -> Array:
    """(1 + groups, order + 1, classes, classes) in the unit of ``blocks``: how likely class j is the nearest
    of the others, and mean and central moments of M_ij given that; mean 1 and no spread where it never is.
    ``supports_about`` from ``sweeps.centres``; 0 for query classes that the blocks lack."""
    xp = array_namespace(means)
    classes, supports, width = (int(size) for size in supports_about.shape)
    shares = xp.asarray(_shares(classes, ways), device=device(means))
    by_class: dict[int, Array] = {}
    sums: _Sums | None = None
    pieces = queries_by_class(blocks, support_draws, means, max(width, classes * supports))
    for c, queries, complete in pieces:
        if sums is None or sums.own != c:
            about = Places.about(supports_about, means, c)
            sums = _Sums(about, xp.asarray(support_draws.kept[c], device=device(means)), shares, order)
        if queries is not None:
            sums.add(queries)
        if complete:
            by_class[c] = sums.moments()
    return stacked(by_class, classes)


def _shares(classes: int, ways: int) -> Array:
    """(classes,): of the subsets of ways - 1 other classes that hold a certain one, the share in which it is
    the nearest when 0, 1, 2, ... other classes are nearer; 0 for the query's own class, which is put last."""
    whole = math.comb(classes - 2, ways - 2)
    return np.array(
        [math.comb(classes - 2 - nearer, ways - 2) / whole for nearer in range(classes - 1)] + [0.0]
    )


class _Sums(PowerSums):
    """Of (|z - m_i|^2 - p)^a, averaged over its supports, times (|z - m_j|^2 - p_j)^b, averaged over the
    supports where j is the nearest, by the share in which it is."""

    def __init__(self, about: Places, kept: Array, shares: Array, order: int) -> None:
        super().__init__(array_namespace(kept), order)
        self.about, self.own, self.kept, self.shares = about, about.own, kept, shares
        self.share = kept / self.xp.sum(kept, axis=1)[:, None]

    def add(self, queries: Queries) -> None:
        """More queries of the class."""
        scores = self.about.scores(queries.rows)
        left, usable = own_powers(scores[self.own, :, :], self.kept, queries, self.order)
        self.count(usable)
        weighted = self._nearest(scores)
        for b in range(self.order + 1):
            right = self.xp.permute_dims(self.share @ weighted, (1, 2, 0))  # (groups, B, classes)
            self.add_products(left, right, b)
            weighted = weighted * scores

    def _nearest(self, scores: Array) -> Array:
        """(classes, supports, B): the share of subsets in which each class is the nearest."""
        xp = self.xp
        squares = scores + self.about.points[:, None, None]
        classes = int(squares.shape[0])
        mine = xp.asarray([[[c == self.own]] for c in range(classes)], device=device(scores))
        squares = xp.where(mine, xp.full_like(squares, math.inf), squares)
        ranks = xp.argsort(xp.argsort(squares, axis=0), axis=0)
        return xp.reshape(xp.take(self.shares, xp.reshape(ranks, (-1,)), axis=0), squares.shape)

    def moments(self) -> Array:
        """(groups, order + 1, classes)."""
        xp = self.xp
        raw = self.raw_moments()
        share = raw[0]
        ever = share > 0
        whole = xp.where(ever, share, xp.ones_like(share))
        point = self.about.points - self.about.points[self.own]
        given = central.from_moments_about([xp.ones_like(share), *(part / whole for part in raw[1:])], point)
        known = [xp.where(ever, given[q, ...], xp.full_like(share, q == 1)) for q in range(1, self.order + 1)]
        return xp.permute_dims(xp.stack([share, *known]), (1, 0, 2))
