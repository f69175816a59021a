"""Sweeps over stored features by the CUDA kernels."""

from __future__ import annotations

import numpy as np
from array_api_compat import array_namespace

from simulations.runtime.arrays import like, to_numpy
from simulations.runtime.randomness import key
from theory.array import Array

FEWEST_SWEEPS, MOST_SWEEPS = 50, 2000
NUMBERS = 1 << 28
"""Numbers that a batch of sweeps may hold on a GPU."""


def swept_on_gpu(
    features: Array, labels: Array, shots: int, shares: list[Array], work: float, seed: int
) -> Array:
    """(ways, sweeps, classes) errors."""
    from simulations.engines.cuda.kernels import PoolSweeps

    pool = PoolSweeps(features, labels, shots)
    classes, words = len(pool.sizes), key(seed, "pool", shots)
    sweeps = int(min(max(work / (classes * features.size), FEWEST_SWEEPS), MOST_SWEEPS))
    held = max(1, NUMBERS // (classes * (pool.dimension + classes + shots)))
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
