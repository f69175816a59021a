"""Compiling and launching the kernels with CuPy. Imported only where there is a GPU."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from simulations.engines.cuda.tables import Tables
from simulations.runtime.gpu import compiled
from theory.array import Floats

FOLDER = Path(__file__).parent
THREADS = 256
MOST_COUNTED = 1 << 31
"""Queries that a lane counts in 32 bits before a launch must end."""


def direct_counts(tables: Tables, passes: int, episodes: int, key: tuple[int, int]) -> tuple[Floats, Floats]:
    """(ranks, moments), both (classes, classes) uint64 in NumPy, of episodes 0, 1, ... under ``key``."""
    import cupy

    k = tables.classes
    kernel = compiled(FOLDER / "direct.cu", (f"WAYS={k}",)).get_function("direct_counts")
    blocks = 8 * cupy.cuda.Device().attributes["MultiProcessorCount"]
    arrays = [
        cupy.asarray(each)
        for each in (tables.means, tables.products, tables.squares, tables.spreads, tables.stds)
    ]
    ranks, moments = cupy.zeros((k, k), dtype=cupy.uint64), cupy.zeros((k, k), dtype=cupy.uint64)
    most = MOST_COUNTED // passes * blocks * (THREADS // 32)
    for first in range(0, episodes, most):
        numbers = (
            np.int32(tables.span),
            np.int32(tables.dimension),
            np.int32(passes),
            np.uint64(first),
            np.uint64(min(most, episodes - first)),
            np.uint32(key[0]),
            np.uint32(key[1]),
        )
        kernel((blocks,), (THREADS,), (*arrays, *numbers, ranks, moments))
    return ranks.get(), moments.get()
