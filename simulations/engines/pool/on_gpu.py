"""``compare.group_ranks`` for samples that lie on a GPU, in any array namespace: the same ranks."""

from __future__ import annotations

import math

import numpy as np

from simulations.engines.pool.compare import TINY, UNIT, EpisodeGroup, decide_in_float64
from simulations.engines.pool.rows import Rows
from simulations.runtime.arrays import like
from theory.array import Array, Flags, Integers, Namespace, array_namespace, to_numpy

PIECE = 1 << 26
"""Scores held at once, of four bytes, and as many comparisons."""


def group_ranks_on_gpu(rows: Rows, features: Array, group: EpisodeGroup) -> tuple[Integers, Flags]:
    """NumPy ranks (sets, own, classes * queries) and ``near`` (sets, classes, classes * queries) as
    ``group_ranks`` gives them; ``features`` holds all rows as ``Rows.quick`` does.

    Products are made on the GPU in float32; what their rounding could have decided comes to the host, where
    it is decided in float64. Row numbers go to the GPU and ranks come back: a few transfers a group.
    """
    xp = array_namespace(features)
    sets, classes, count = group.queries.shape
    queries, dimension, shots = classes * count, features.shape[1], group.supports.shape[2]
    chosen = xp.reshape(like(group.supports, features), (-1,))
    centres = xp.mean(
        xp.reshape(xp.take(features, chosen, axis=0), (sets, classes, shots, dimension)), axis=2
    )
    points = xp.take(features, xp.reshape(like(group.queries, features), (-1,)), axis=0)
    points = xp.reshape(points, (sets, queries, dimension))
    half = 0.5 * xp.sum(centres**2, axis=2)
    own = _own_scores(xp, xp.reshape(points, (sets, classes, count, dimension)), centres, half)
    doubt = _rounding(xp, points, half, shots)
    ranks = np.empty((sets, sets, queries), dtype=np.intp)
    nearest = np.empty((sets, classes, queries), dtype=bool)
    open_ = []
    step = max(1, PIECE // (sets * classes))
    for begin in range(0, queries, step):
        here = slice(begin, min(begin + step, queries))
        scores = centres @ xp.matrix_transpose(points[:, here, :]) - half[:, :, None]
        mine = xp.arange(classes)[:, None] == (xp.arange(begin, here.stop) // count)[None, :]
        scores = xp.where(mine[None, :, :], xp.full_like(scores, -math.inf), scores)
        edges = own[:, :, here] - doubt[:, None, here], own[:, :, here] + doubt[:, None, here]
        certain, possible = (
            xp.stack([_above(xp, scores, edge[:, a, :]) for a in range(sets)], axis=1)
            for edge in (edges[1], edges[0])
        )
        near = [scores[a, :, :] > own[a, a, here][None, :] for a in range(sets)]
        ranks[:, :, here], nearest[:, :, here] = to_numpy(certain), to_numpy(xp.stack(near))
        for a in np.flatnonzero(to_numpy(xp.any(certain != possible, axis=(0, 2)))).tolist():
            low, high = (edge[:, a, :][:, None, :] for edge in edges)
            t, j, q = xp.nonzero((scores > low) & (scores <= high))
            open_.append(xp.stack([t, xp.full_like(t, a), begin + q, j]))
    if open_:
        decide_in_float64(rows, group, to_numpy(xp.concat(open_, axis=1)), ranks, nearest)
    return ranks, nearest


def _own_scores(xp: Namespace, points: Array, centres: Array, half: Array) -> Array:
    """(sets, own, classes * queries): every query against its own class's centre of every set."""
    sets, classes, count, dimension = points.shape
    queries = xp.reshape(xp.permute_dims(points, (1, 0, 2, 3)), (classes, sets * count, dimension))
    scores = queries @ xp.permute_dims(centres, (1, 2, 0)) - xp.permute_dims(half, (1, 0))[:, None, :]
    scores = xp.permute_dims(xp.reshape(scores, (classes, sets, count, sets)), (1, 3, 0, 2))
    return xp.reshape(scores, (sets, sets, classes * count))


def _above(xp: Namespace, scores: Array, edge: Array) -> Array:
    """(sets, queries): how many classes score above the edge."""
    return xp.sum(xp.astype(scores > edge[:, None, :], xp.int32), axis=1)


def _rounding(xp: Namespace, points: Array, half: Array, shots: int) -> Array:
    """As ``compare._rounding``."""
    p = points.shape[2]
    reach = xp.sqrt(2 * xp.max(half))
    size = xp.sqrt(xp.sum(points**2, axis=2))
    terms = min(p, 4 * math.sqrt(p)) + 8
    extra = (shots - 1) * xp.maximum(xp.max(size), reach)
    return 1.05 * UNIT * (terms * reach + extra) * (2 * size + reach) + TINY
