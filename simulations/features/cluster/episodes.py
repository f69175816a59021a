"""Episodes where the samples are: workers plan them alike, and draw groups of streams of their own."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from simulations.engines.base import Question
from simulations.engines.pool import DEFAULT_WORK, estimates, without_error
from simulations.engines.pool.separation import cannot_err
from simulations.engines.pool.sweeps import EpisodePlan, GroupResult, Outline, plan, run_group
from simulations.estimates import Estimate
from simulations.features.cluster.source import ONE, FileSource, RemoteCall, RemoteRows, opened, rows_of
from simulations.runtime.randomness import ROOT_SEED

GROUPS = 8
"""Groups of sweeps in one task."""


@dataclass(frozen=True)
class EpisodeRequest:
    """The episodes to run: of which samples, at which shots and ways."""

    source: FileSource
    question: Question


@lru_cache(maxsize=1)
def planned(request: EpisodeRequest) -> EpisodePlan | None:
    """The plan of the episodes, made in a worker; None where no query can err."""
    features, members = rows_of(request.source), opened(request.source).members[1]
    if cannot_err(features, members):
        return None
    return plan(features, members, request.question, DEFAULT_WORK)


def outlined(request: EpisodeRequest) -> Outline | None:
    """The outline of the plan, made in a worker."""
    with ONE:
        plan = planned(request)
    return None if plan is None else plan.outline


def run_groups(request: EpisodeRequest, seed: int, paths: Sequence[tuple[object, ...]]) -> list[GroupResult]:
    """The results of the groups of the streams ``paths``, run in a worker."""
    with ONE:
        plan = planned(request)
        assert plan is not None
        return [run_group(plan, seed, *path) for path in paths]


def remote_pool_errors(
    features: RemoteRows,
    members: Sequence[Any],
    question: Question,
    *,
    seed: int = ROOT_SEED,
    confidence: float = 0.95,
) -> list[Estimate]:
    """``pool_errors``, with the same numbers."""
    start = time.perf_counter()
    request = EpisodeRequest(features.source, question)
    outline = features.run([RemoteCall(outlined, (request,))])[0]
    if outline is None:
        sizes = np.array([len(rows) for rows in members])
        shots = int(question.shots)
        return [without_error(sizes, shots, k, confidence, start) for k in question.ways]

    def run(paths: Sequence[tuple[object, ...]]) -> Iterator[GroupResult]:
        parts = [paths[begin : begin + GROUPS] for begin in range(0, len(paths), GROUPS)]
        batches = features.run([RemoteCall(run_groups, (request, seed, part)) for part in parts])
        return (result for batch in batches for result in batch)

    return estimates(outline, run, seed, confidence, start)
