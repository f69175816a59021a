"""Compiling and launching the kernels with CuPy. Imported only where there is a GPU."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from simulations.engines.cuda.tables import Tables
from theory.array import Array

FOLDER = Path(__file__).parent
THREADS = 256
TILE = 128
"""Queries of a block of ``pool_ranks``, as in its source."""
MOST_COUNTED = 1 << 31
"""Queries that a lane counts in 32 bits before a launch must end."""


@lru_cache(maxsize=16)
def module(name: str, ways: int = 0) -> Any:
    """The compiled source file ``name``; -fmad=false because what is fused is written out in the source."""
    import cupy

    options = ("-std=c++17", "-fmad=false", f"-I{FOLDER}", *((f"-DWAYS={ways}",) if ways else ()))
    return cupy.RawModule(code=(FOLDER / name).read_text(encoding="utf-8"), options=options)


def direct_counts(tables: Tables, passes: int, episodes: int, key: tuple[int, int]) -> tuple[Array, Array]:
    """(ranks, moments), both (classes, classes) uint64 in NumPy, of episodes 0, 1, ... under ``key``."""
    import cupy

    k = tables.classes
    kernel = module("direct.cu", k).get_function("direct_counts")
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


class PoolSweeps:
    """Features on the card, sorted by class; ``counts`` runs sweeps over them."""

    def __init__(self, features: Array, labels: Array, shots: int) -> None:
        """``features`` (samples, dimension), ``labels`` (samples,) 0, 1, ...; NumPy or CuPy."""
        import cupy

        labels = np.asarray(labels)
        self.sizes = np.bincount(labels)
        self.shots, self.dimension = shots, int(features.shape[1])
        order = np.argsort(labels, kind="stable")
        self.features = cupy.ascontiguousarray(
            cupy.asarray(features, dtype=cupy.float32)[cupy.asarray(order)]
        )
        self.starts = cupy.asarray(np.concatenate([[0], np.cumsum(self.sizes)]).astype(np.int32))

    def counts(self, first: int, sweeps: int, key: tuple[int, int]) -> Array:
        """(sweeps, classes, classes) uint32 on the card: queries of class i by rank."""
        import cupy

        compiled, classes = module("pool.cu"), len(self.sizes)
        support = cupy.empty((sweeps, classes, self.shots), dtype=cupy.int32)
        centres = cupy.empty((sweeps, classes, self.dimension), dtype=cupy.float32)
        halves = cupy.empty((sweeps, classes), dtype=cupy.float32)
        counts = cupy.zeros((sweeps, classes, classes), dtype=cupy.uint32)
        sizes = (np.int32(self.dimension), np.int32(self.shots))
        keys = (np.uint32(first), np.uint32(key[0]), np.uint32(key[1]))
        compiled.get_function("pool_support")(
            (classes, sweeps), (32,), (self.features, self.starts, *sizes, *keys, support, centres, halves)
        )
        tiles = -(-int(self.sizes.max()) // TILE)
        compiled.get_function("pool_ranks")(
            (tiles, classes, sweeps),
            (THREADS,),
            (self.features, self.starts, *sizes, support, centres, halves, counts),
        )
        return counts
