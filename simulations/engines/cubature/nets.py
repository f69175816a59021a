"""Sobol points moved by a random digital shift: every replicate is unbiased whatever the integrand, and
replicates with different shifts are independent. Points within a replicate are not."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from simulations.runtime.arrays import Generator, constant
from theory.array import Array

BITS = 52


@lru_cache(maxsize=4)
def _sobol(dimensions: int, log2_points: int) -> Array:
    """(dimensions, points): the first points as whole numbers of ``BITS`` bits, read-only."""
    from scipy.stats import qmc

    points = qmc.Sobol(dimensions, scramble=False, bits=BITS).random_base2(log2_points)
    return constant(np.ascontiguousarray((points.T * 2.0**BITS).astype(np.int64)))


def uniforms(
    rng: Generator, dimensions: int, replicates: int, log2_points: int
) -> Callable[[int, int, int], Array]:
    """A function of (replicate, start, stop): those points of that replicate, (dimensions, stop - start), in
    the open unit interval."""
    points, shifts = _sobol(dimensions, log2_points), rng.integers(0, 1 << BITS, (dimensions, replicates))

    def part(replicate: int, start: int, stop: int) -> Array:
        moved: Array = ((points[:, start:stop] ^ shifts[:, replicate, None]) + 0.5) * 2.0**-BITS
        return moved

    return part
