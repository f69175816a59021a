"""Episodes where the samples are: workers plan them alike, and draw groups of streams of their own."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from simulations.engines.pool import DEFAULT_WORK, estimates, without_error
from simulations.engines.pool.separation import cannot_err
from simulations.engines.pool.sweeps import EpisodePlan, Outline, Result, plan, run_group
from simulations.estimates import Estimate
from simulations.features.cluster.source import ONE, RemoteRows, Source, Task, opened, rows_of
from simulations.runtime.randomness import ROOT_SEED

GROUPS = 8
"""Of a task."""


@dataclass(frozen=True)
class Asked:
    """Of which samples, at which shots and ways."""

    source: Source
    shots: int
    ways: tuple[int, ...]


@lru_cache(maxsize=1)
def planned(asked: Asked) -> EpisodePlan | None:
    """In a worker: None where no query can err."""
    features, members = rows_of(asked.source), opened(asked.source).members[1]
    if cannot_err(features, members):
        return None
    return plan(features, members, asked.shots, asked.ways, DEFAULT_WORK)


def outlined(asked: Asked) -> Outline | None:
    """In a worker."""
    with ONE:
        found = planned(asked)
    return None if found is None else found.outline


def run_groups(asked: Asked, seed: int, paths: Sequence[tuple[object, ...]]) -> list[Result]:
    """In a worker: groups of the streams ``paths``."""
    with ONE:
        found = planned(asked)
        assert found is not None
        return [run_group(found, seed, *path) for path in paths]


def remote_pool_errors(
    features: RemoteRows,
    members: Sequence[Any],
    shots: int,
    ways: Sequence[int],
    *,
    seed: int = ROOT_SEED,
    confidence: float = 0.95,
) -> list[Estimate]:
    """``pool_errors``, with the same numbers."""
    start = time.perf_counter()
    asked = Asked(features.source, shots, tuple(ways))
    outline = features.run([Task(outlined, (asked,))])[0]
    if outline is None:
        sizes = np.array([len(rows) for rows in members])
        return [without_error(sizes, shots, k, confidence, start) for k in ways]

    def run(paths: Sequence[tuple[object, ...]]) -> Iterator[Result]:
        parts = [paths[begin : begin + GROUPS] for begin in range(0, len(paths), GROUPS)]
        batches = features.run([Task(run_groups, (asked, seed, part)) for part in parts])
        return (found for batch in batches for found in batch)

    return estimates(outline, run, seed, confidence, start)
