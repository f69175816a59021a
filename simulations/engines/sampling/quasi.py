"""Randomly shifted rank-1 lattice points with the tent map, mapped to standard normals.

One shift makes one replicate: its mean is unbiased whatever the integrand, and replicates with different
shifts are independent. Points *within* a replicate are not, so nothing may be inferred from their spread.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simulations.runtime.arrays import Generator, between, constant, like, special
from theory.array import Array, Floats, array_namespace, to_numpy

# An embedded lattice for up to 2^20 points; any odd numbers give unbiased replicates, good ones narrow ones.
GENERATOR = (
    1, 182667, 469891, 498753, 110745, 446247, 250185, 118627, 245333, 283199, 408519, 391023, 246327,
    126539, 399185, 461527, 300343, 69681, 516695, 436179, 106383, 238523, 413283, 70841, 47719, 300129,
    113029, 123925, 410745, 211325, 17489, 511893, 40767, 186077, 519471, 255369, 101819, 243573, 66189,
    152143, 503455, 113217, 132603, 463967, 297717, 157383, 224015, 502917, 36237, 94049, 170665, 79397,
    123963, 223451, 323871, 303633, 98567, 318855, 494245, 477137,
)  # fmt: skip
MOST_DIMENSIONS = len(GENERATOR)
LARGEST = 1 << 20
VECTOR = constant(np.array(GENERATOR, dtype=np.float64))


def normals(shifts: Array, points: int, start: int, stop: int) -> Array:
    """(dimensions, replicates, stop - start) standard normals: points start..stop of each replicate.

    shifts (replicates, dimensions), uniform on [0, 1), of any namespace; ``points`` a power of two, at
    most 2^20.
    """
    xp, ndtri = array_namespace(shifts), special(shifts).ndtri
    index = xp.arange(start, stop, dtype=xp.float64)
    vector = like(VECTOR, shifts)[: shifts.shape[1]]
    x = (vector[:, None] * index[None, :] / points) % 1.0
    x = (x[:, None, :] + shifts.T[:, :, None]) % 1.0
    tent = 1.0 - xp.abs(2.0 * x - 1.0)
    return ndtri(between(tent, 1e-300, 1.0 - 2.0**-53))


def uniforms(
    rng: Generator, dimensions: int, replicates: int, points: int
) -> Callable[[int, int, int], Floats]:
    """A function of (replicate, start, stop): those points of that replicate on the host, (dimensions,
    stop - start), in the open unit interval."""
    shifts = to_numpy(rng.random((dimensions, replicates)))
    lattice = (VECTOR[:dimensions, None] * np.arange(points, dtype=np.float64) / points) % 1.0

    def part(replicate: int, start: int, stop: int) -> Floats:
        x = lattice[:, start:stop] + shifts[:, replicate, None]
        x -= x >= 1.0
        values: Floats = np.clip(1.0 - np.abs(2.0 * x - 1.0), 1e-300, 1.0 - 2.0**-53)
        return values

    return part
