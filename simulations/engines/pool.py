"""Few-shot error of stored features, by episodes. Supports are never among the queries.

One sweep draws a support for every class and scores queries against all centres at once; the rank of the
own centre gives the error averaged over all subsets of classes, for every number of ways.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace

from simulations.arrays import like, to_numpy
from simulations.engines.subsets import wrong_share_by_rank
from simulations.estimate import BoundedMean, Effort, Estimate
from simulations.randomness import ROOT_SEED, key, stream

Array = Any
QUERIES = 16
DEFAULT_WORK = 2e10
FEWEST_SWEEPS, MOST_SWEEPS = 50, 2000
DOUBTS = 1 << 12
"""Near ties settled at once."""
GPU_NUMBERS = 1 << 28
"""Numbers that a batch of sweeps may hold on a GPU."""


def pool_errors(
    features: Array,
    labels: Array,
    shots: int,
    ways: Sequence[int],
    *,
    seed: int = ROOT_SEED,
    confidence: float = 0.95,
    work: float = DEFAULT_WORK,
    device: str = "cpu",
) -> list[Estimate]:
    """k-way n-shot error on a fixed pool of features (samples, dimension), one estimate a number of ways.

    The interval is over episodes for this pool of classes and samples. ``work`` counts multiplications.
    On a GPU a sweep asks all samples outside the supports, in float32, and a tie is exact equality there.
    Raises ValueError when a class has fewer than shots + 1 samples.
    """
    start = time.perf_counter()
    names, inverse = np.unique(labels, return_inverse=True)
    members = [np.flatnonzero(inverse == c) for c in range(len(names))]
    smallest = min(map(len, members))
    if smallest < shots + 1:
        short = names[int(np.argmin([len(rows) for rows in members]))]
        raise ValueError(f"class {short} has {smallest} samples; {shots} shots and a query need {shots + 1}")
    pool = _Pool.of(features)
    shares = [wrong_share_by_rank(len(names), k) for k in ways]
    if device == "gpu":
        errors = _swept_on_gpu(pool.exact(slice(None)), inverse, shots, shares, work, seed)
        effort = Effort(time.perf_counter() - start, errors.shape[1])
        return [_estimate(rows, effort, confidence, seed) for rows in errors]
    table = np.full((len(members), max(map(len, members))), -1)
    for row, own in zip(table, members, strict=True):
        row[: len(own)] = own
    queries = min(QUERIES, smallest - shots)
    each = len(names) ** 2 * queries * features.shape[1]
    sweeps = int(min(max(work / each, FEWEST_SWEEPS), MOST_SWEEPS))
    errors = np.empty((len(ways), sweeps, len(names)))
    for sweep in range(sweeps):
        ranks = _sweep(pool, table, shots, queries, stream(seed, "pool", shots, sweep))
        for row, share in enumerate(shares):
            errors[row, sweep] = share[ranks].mean(axis=1)
    effort = Effort(time.perf_counter() - start, sweeps)
    return [_estimate(rows, effort, confidence, seed) for rows in errors]


def _swept_on_gpu(
    features: Array, labels: Array, shots: int, shares: list[Array], work: float, seed: int
) -> Array:
    """(ways, sweeps, classes) errors by the CUDA kernels."""
    from simulations.engines.cuda.kernels import PoolSweeps

    pool = PoolSweeps(features, labels, shots)
    classes, words = len(pool.sizes), key(seed, "pool", shots)
    sweeps = int(min(max(work / (classes * features.size), FEWEST_SWEEPS), MOST_SWEEPS))
    held = max(1, GPU_NUMBERS // (classes * (pool.dimension + classes + shots)))
    parts = [
        errors_of_counts(pool.counts(first, min(held, sweeps - first), words), pool.sizes - shots, shares)
        for first in range(0, sweeps, held)
    ]
    return np.concatenate(parts, axis=1)


def errors_of_counts(counts: Array, queries: Array, shares: list[Array]) -> Array:
    """(ways, sweeps, classes) NumPy from counts (sweeps, classes, classes) of queries by rank, of any
    namespace; ``queries`` (classes,) is how many were asked."""
    xp = array_namespace(counts)
    table = like(np.stack(shares, axis=1), counts)
    return np.moveaxis(to_numpy(xp.astype(counts, xp.float64) @ table), 2, 0) / queries


@dataclass(frozen=True, eq=False)
class _Pool:
    """Stored features, and how to put rows of them about a common origin and in units of their spread:
    what counts as a tie must not depend on the scale. Nothing is copied but the rows asked for."""

    features: Array
    shift: Array
    scale: float

    @staticmethod
    def of(features: Array) -> _Pool:
        features = np.asarray(features)
        if features.dtype not in (np.float32, np.float64):
            features = features.astype(np.float64)
        # Any common shift is right; one that is a float of the features' own kind costs no digits.
        shift = features.mean(axis=0, dtype=np.float64).astype(features.dtype)
        far = np.maximum(features.max(axis=0) - shift, shift - features.min(axis=0))
        return _Pool(features, shift, float(np.max(far)) or 1.0)

    def exact(self, rows: Any) -> Array:
        """float64."""
        return (self.features[rows].astype(np.float64) - self.shift) / self.scale

    def quick(self, rows: Any) -> Array:
        """float32, off by a few units in the last place."""
        found = self.features[rows]
        found -= self.shift  # rows picked by index are a copy
        found = found.astype(np.float32, copy=False)
        found *= np.float32(1 / self.scale)
        return found


def _sweep(pool: _Pool, members: Array, shots: int, queries: int, rng: np.random.Generator) -> Array:
    """(classes, queries): number of other classes whose centre is at least as near as the own one.

    ``members`` (classes, most) holds the rows of each class's samples, -1 where a class has fewer. The
    product is made in float32; whatever its rounding could have decided is decided in float64.
    """
    chosen = _chosen(members, shots + queries, rng)
    centres, asked = pool.exact(chosen[:, :shots]).mean(axis=1), chosen[:, shots:]
    half = 0.5 * np.sum(centres**2, axis=1)
    quick = pool.quick(asked.ravel())
    scores = quick @ centres.astype(np.float32).T
    scores -= half.astype(np.float32)
    own = np.repeat(np.arange(len(members)), queries)
    here = np.arange(len(own))
    gap = scores - scores[here, own][:, None]
    # |error of a product| <= (p + 8) u |x| |c|, for both scores of the gap.
    reach = math.sqrt(2 * float(np.max(half)))
    size = np.sqrt(np.einsum("qp,qp->q", quick, quick))[:, None]
    doubt = np.float32(2.5 * (quick.shape[1] + 8) * 2.0**-24 * reach) * (size + np.float32(reach))
    ranks = np.count_nonzero(gap > doubt, axis=1)
    row, other = np.nonzero(np.abs(gap) <= doubt)
    keep = other != own[row]
    row, other = row[keep], other[keep]
    for begin in range(0, len(row), DOUBTS):
        r, j = row[begin : begin + DOUBTS], other[begin : begin + DOUBTS]
        points = pool.exact(asked.ravel()[r])
        theirs = np.einsum("qp,qp->q", points, centres[j]) - half[j]
        ours = np.einsum("qp,qp->q", points, centres[own[r]]) - half[own[r]]
        slack = 1e-12 * (1 + np.max(np.abs(scores[r]), axis=1).astype(np.float64))
        np.add.at(ranks, r, theirs >= ours - slack)
    return ranks.reshape(len(members), queries)


def _chosen(members: Array, count: int, rng: np.random.Generator) -> Array:
    """(classes, count) rows without replacement, in random order."""
    # The smallest of independent keys are a uniformly random subset; one call for all classes.
    keys = rng.random(members.shape)
    keys[members < 0] = np.inf
    order = np.argpartition(keys, count - 1, axis=1)[:, :count]
    return np.take_along_axis(members, rng.permuted(order, axis=1), axis=1)


def _estimate(errors: Array, effort: Effort, confidence: float, seed: int) -> Estimate:
    """``errors`` (sweeps, classes). Sweeps are independent given the pool, whatever their inner design."""
    sweep = errors.mean(axis=1)
    mean, variance = float(sweep.mean()), float(sweep.var(ddof=1))
    return Estimate.of(
        mean,
        BoundedMean(len(sweep), mean, variance),
        "episodes",
        effort,
        confidence=confidence,
        seed=seed,
        per_class=tuple(map(float, errors.mean(axis=0))),
    )
