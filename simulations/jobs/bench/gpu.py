"""The CUDA kernels on a GPU: rates, and fractions of limits counted for an H100 (about 1e12 normals/s)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from simulations.engines.base import Question
from simulations.engines.cuda import kernels
from simulations.engines.cuda.tables import QUERIES_A_PASS, tables
from simulations.engines.pool.sweeps import plan, run_group
from simulations.jobs.bench.effort import BenchEffort
from simulations.jobs.bench.engines import isotropic, simplex
from simulations.runtime.randomness import ROOT_SEED, key, stream

LIMITS = {"score_queries_a_second": 2.5e11, "full_centre_episodes_a_second": 4e8}
GOALS = {"score_queries_a_second": 1e11, "full_centre_episodes_a_second": 1.5e8}
WAYS, SHOTS = 5, 5


def measure(effort: BenchEffort) -> dict[str, Any]:
    """Medians over ``repetitions`` of launches that last milliseconds, by events on the GPU."""
    words, repetitions = key(ROOT_SEED, "bench", "gpu"), effort.repetitions

    def direct(dimension: int, passes: int, episodes: int) -> float:
        given = tables(isotropic(simplex(WAYS, dimension, 8.9)), SHOTS)
        return _seconds(lambda: kernels.direct_counts(given, passes, episodes, words), repetitions)

    rates: dict[str, Any] = {}
    episodes, passes = 1 << 17, 256
    seconds = direct(16, passes, episodes)
    rates["score_queries_a_second"] = episodes * passes * QUERIES_A_PASS * WAYS / seconds
    episodes = 1 << 20
    rates["full_centre_episodes_a_second"] = episodes / direct(512, 1, episodes)
    rng = stream(ROOT_SEED, "bench", "gpu", "pool")
    features = rng.standard_normal((100 * 500, 512)).astype(np.float32)
    planned = plan(features, np.split(np.arange(100 * 500), 100), Question(SHOTS, (WAYS,)), 1e10, "gpu")
    rates["pool_group_seconds"] = _seconds(lambda: run_group(planned, ROOT_SEED, "bench"), repetitions)
    return {
        **rates,
        "fraction_of_limit": {name: rates[name] / limit for name, limit in LIMITS.items()},
        "goals": GOALS,
        "versions": _versions(),
    }


def _seconds(launch: Callable[[], Any], repetitions: int) -> float:
    import cupy

    launch()  # compiles
    times = []
    for _ in range(max(3, min(repetitions, 32))):
        begin, end = cupy.cuda.Event(), cupy.cuda.Event()
        begin.record()
        launch()
        end.record()
        end.synchronize()
        times.append(cupy.cuda.get_elapsed_time(begin, end) / 1e3)
    middle = float(np.median(times))
    return middle if middle > 0 else math.nan


def _versions() -> dict[str, Any]:
    import cupy

    runtime = cupy.cuda.runtime
    return {
        "cupy": cupy.__version__,
        "cuda_runtime": runtime.runtimeGetVersion(),
        "cuda_driver": runtime.driverGetVersion(),
    }
