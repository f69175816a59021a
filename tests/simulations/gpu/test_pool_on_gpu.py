"""Stored features on a GPU, with array-api-strict or the stand-in for CuPy in its place: sent there once and
block by block, compared piece by piece, to the very ranks of the host."""

from __future__ import annotations

import itertools
from typing import Any

import array_api_strict
import numpy as np
import pytest

from simulations.engines.pool import on_gpu, rows
from simulations.engines.pool.compare import EpisodeGroup, ScoreBuffers, group_ranks
from simulations.engines.pool.rows import Rows
from simulations.runtime import arrays, device
from simulations.runtime.randomness import stream
from tests.simulations.gpu.helpers_double import in_the_double


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device "strict": NumPy's numbers as array-api-strict arrays."""
    strict_stream = lambda seed, path: arrays.Draws(array_api_strict, stream(seed, *path))  # noqa: E731 - put in as it is
    monkeypatch.setitem(device.STREAMS, "strict", strict_stream)


class Source:
    """Rows that remember which slices were asked for."""

    def __init__(self, values: Any) -> None:
        self.values, self.shape, self.dtype = values, values.shape, values.dtype
        self.slices: list[slice] = []

    def __getitem__(self, which: Any) -> Any:
        if isinstance(which, slice):
            self.slices.append(which)
        return self.values[which]


def test_rows_are_sent_once_and_block_by_block(strict: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a file that is larger than memory no more than a block is held on the host."""
    monkeypatch.setattr(rows, "MOST_KEPT", 0)
    monkeypatch.setattr(rows, "BLOCK", 20)
    source = Source(np.random.default_rng(0).standard_normal((37, 4)) + 1e3)
    pool = Rows.of(source)
    source.slices.clear()
    placed = pool.on_device("strict")
    edges = [*range(0, 37, 5), 37]
    assert [(part.start, part.stop) for part in source.slices] == list(itertools.pairwise(edges))
    np.testing.assert_array_equal(np.asarray(placed), pool.quick(slice(None)))
    source.slices.clear()
    assert pool.on_device("strict") is placed and source.slices == []


@pytest.mark.parametrize("piece", [1, 40, 1 << 26])
def test_pieces_of_the_queries_have_the_ranks_of_the_host(
    strict: None, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    """Ties and near ties included: samples lie on a lattice, some of them a hair off it."""
    monkeypatch.setattr(on_gpu, "PIECE", piece)
    rng = np.random.default_rng(1)
    features = rng.integers(-2, 3, (60, 3)) + rng.choice([0.0, 1e-9], (60, 3))
    samples = rng.permuted(np.arange(60).reshape(6, 10), axis=1)
    group = EpisodeGroup(
        np.moveaxis(samples[:, :6].reshape(6, 3, 2), 0, 1),
        np.moveaxis(samples[:, 6:9].reshape(6, 3, 1), 0, 1),
    )
    pool = Rows.of(features)
    ranks, near = group_ranks(pool, group, ScoreBuffers())
    others, nearest = on_gpu.group_ranks_on_gpu(pool, pool.on_device("strict"), group)
    np.testing.assert_array_equal(others, ranks)
    np.testing.assert_array_equal(nearest, near)
    assert ranks.max() > 1  # Some are wrong, some are not.
    assert ranks.min() == 0


def test_features_that_do_not_fit_on_the_gpu_are_refused_in_one_line() -> None:
    code = """
import os, numpy
from simulations.engines.pool.rows import Rows
from simulations.runtime.errors import InputError

pool = Rows.of(numpy.arange(8000.0).reshape(1000, 8))
for memory in (31999, 32000):
    os.environ["CUPY_DOUBLE_MEMORY"] = str(memory)
    try:
        print(pool.on_device("gpu").shape)
    except InputError as refused:
        print(refused)
"""
    done = in_the_double(code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "--device: 1000 samples of 8 features take 3.2e-05 GB of the GPU's memory, and 3.2e-05 GB are free; "
        "use --device cpu",
        "(1000, 8)",
    ]
