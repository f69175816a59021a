"""How many other classes lie at least as near as the own one, for every query and every own support.

Products are made in float32; whatever their rounding could have decided is decided in float64, where a tie
is an error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from simulations.engines.pool.near_ties import at_least_as_near
from simulations.engines.pool.rows import Rows
from theory.array import Flags, Floats, Integers

DOUBTS = 1 << 7
"""Near ties settled at once."""
COMPARED = 1 << 20
"""Comparisons made at once: they stay in the cache."""
UNIT = 2.0**-24
TINY = 1e-30


@dataclass(frozen=True, eq=False)
class EpisodeGroup:
    """Row numbers of one group's samples: supports (sets, classes, shots), queries (sets, classes, count)."""

    supports: Integers
    queries: Integers


class ScoreBuffers:
    """Memory that the groups of one run share: megabytes asked for anew cost more than they are filled."""

    def __init__(self) -> None:
        self._buffers: dict[str, Floats] = {}

    def array(self, name: str, shape: tuple[int, ...]) -> Floats:
        """float32 (shape), with anything in it."""
        buffer = self._buffers.get(name)
        if buffer is None or buffer.shape != shape:
            buffer = self._buffers[name] = np.empty(shape, dtype=np.float32)
        return buffer


def group_ranks(
    rows: Rows, group: EpisodeGroup, scratch: ScoreBuffers
) -> tuple[Annotated[Integers, "sets own queries"], Annotated[Flags, "sets classes queries"]]:
    """Ranks (sets, own, classes * queries), and ``near`` (sets, classes, classes * queries).

    rank[t, a, (i, q)] counts the j != i whose centre of set t is at least as near to query (i, q) of set t
    as the own centre of set a; near[t, j, (i, q)] says which they are for a = t.
    """
    sets, classes, count = group.queries.shape
    dimension = rows.features.shape[1]
    centres = _centres(rows, group.supports, scratch)
    room = scratch.array("points", (sets, classes * count, dimension))
    points = rows.quick(group.queries.reshape(sets, -1), room)
    half = 0.5 * np.einsum("tcp,tcp->tc", centres, centres)
    own = _own_scores(points.reshape(sets, classes, count, -1), centres, half)
    doubt = _rounding(points, half, group.supports.shape[2])
    mine = np.repeat(np.arange(classes), count)
    queries = np.arange(classes * count)
    ranks = np.empty((sets, sets, classes * count), dtype=np.intp)
    near = np.empty((sets, classes, classes * count), dtype=bool)
    open_: list[Floats] = []
    narrow = np.uint8 if classes <= 256 else np.intp
    many = max(1, min(sets, COMPARED // (sets * classes * len(queries))))
    step = max(1, min(sets, COMPARED // (classes * len(queries))))
    for begin in range(0, sets, many):
        part = slice(begin, begin + many)
        scores = centres[part] @ np.swapaxes(points[part], 1, 2)
        scores -= half[part, :, None]
        scores[:, mine, queries] = -np.inf
        low, high = own[part] - doubt[part, None], own[part] + doubt[part, None]
        surely, maybe = (np.empty(low.shape, dtype=narrow) for _ in range(2))
        for first in range(0, sets, step):
            some = slice(first, first + step)
            for edge, out in ((high, surely), (low, maybe)):
                above = scores[:, None] > edge[:, some, None]
                np.add.reduce(above.view(np.uint8), axis=2, dtype=narrow, out=out[:, some])
        ranks[part] = surely
        here = np.arange(len(scores))
        near[part] = scores > own[part][here, begin + here][:, None]
        unsure = np.nonzero(surely != maybe)
        if len(unsure[0]):
            against = scores[unsure[0], :, unsure[2]]
            between = (against > low[unsure][:, None]) & (against <= high[unsure][:, None])
            which, j = np.nonzero(between)
            t, a, q = (each[which] for each in unsure)
            open_.append(np.stack([begin + t, a, q, j]))
    if open_:
        decide_in_float64(rows, group, np.concatenate(open_, axis=1), ranks, near)
    return ranks, near


def _centres(rows: Rows, supports: Integers, scratch: ScoreBuffers) -> Floats:
    """(sets, classes, dimension) float32, set by set: all supports of a group at once may be too many."""
    sets, classes, shots = supports.shape
    dimension = rows.features.shape[1]
    room = scratch.array("centres", (sets, classes, dimension))
    if shots == 1:
        return rows.quick(supports[:, :, 0], room)
    few = scratch.array("supports", (classes * shots, dimension))
    for centre, chosen in zip(room, supports, strict=True):
        rows.quick(chosen.ravel(), few).reshape(classes, shots, dimension).mean(axis=1, out=centre)
    return room


def _own_scores(points: Floats, centres: Floats, half: Floats) -> Floats:
    """(sets, own, classes * queries): every query against its own class's centre of every set."""
    sets, classes, count, _ = points.shape
    own_scores = np.empty((sets, sets, classes, count), dtype=np.float32)
    theirs = np.moveaxis(centres, 0, 2)  # (classes, p, own)
    for q in range(count):
        # (classes, sets, own)
        scores = np.moveaxis(points[:, :, q], 0, 1) @ theirs - half.T[:, None, :]
        own_scores[:, :, :, q] = np.transpose(scores, (1, 2, 0))
    return own_scores.reshape(sets, sets, classes * count)


def _rounding(points: Floats, half: Floats, shots: int) -> Floats:
    """(sets, classes * queries): how far apart two float32 scores may be that float64 would order otherwise.

    A product of p terms is off by at most (p + 8) u |x| |c|, and by more than (4 sqrt(p) + 8) u |x| |c| only
    if 7 standard deviations of its roundings add up; a centre by (shots u) times the largest sample.
    """
    p = points.shape[2]
    reach = math.sqrt(2 * float(np.max(half)))
    size = np.sqrt(np.einsum("tqp,tqp->tq", points, points))
    terms = min(p, 4 * math.sqrt(p)) + 8
    extra = (shots - 1) * max(float(np.max(size)), reach)
    # Of both scores, each a product and half a square, with a little to spare.
    rounding = np.float32(1.05 * UNIT * (terms * reach + extra)) * (2 * size + np.float32(reach))
    # Rows are at most 1 in size: what underflows besides is smaller than this.
    values: Floats = rounding + np.float32(TINY)
    return values


def decide_in_float64(rows: Rows, group: EpisodeGroup, pairs: Integers, ranks: Integers, near: Flags) -> None:
    """Decide in float64 what float32 left open: ``pairs`` (4, m) of set, own set, query and other class."""
    count = group.queries.shape[2]
    for begin in range(0, pairs.shape[1], DOUBTS):
        t, a, q, j = pairs[:, begin : begin + DOUBTS]
        query = rows.stored(group.queries.reshape(len(ranks), -1)[t, q])
        theirs, ours = group.supports[t, j], group.supports[a, q // count]
        samples = (
            (rows.stored(one), rows.stored(other)) for one, other in zip(theirs.T, ours.T, strict=True)
        )
        closer = at_least_as_near(query, samples)
        np.add.at(ranks, (t, a, q), closer)
        mine = a == t
        near[t[mine], j[mine], q[mine]] = closer[mine]
