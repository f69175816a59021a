"""The overhead of a sweep: tasks that compute nothing, on one worker process, with every commit."""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path
from typing import Any

from simulations.jobs.bench.effort import BenchEffort
from simulations.jobs.bench.timing import exponent

REPLICATES, SHOTS = 50, 10


def no_work(kind: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
    """The answer of a task that takes no time, of the form that a sweep accepts."""
    name = "estimates" if kind == "error" else "answers"
    return {"key": key, "kind": kind, "payload": {name: [{"value": 0.0}] * len(body["ways"])}}


def measure(effort: BenchEffort) -> dict[str, Any]:
    """Seconds a task as the number of tasks grows to 10,000, the exponent, and the memory it takes.

    ``seconds_a_task`` is the slope between the smallest and the largest sweep, so that starting the worker
    is not spread over the tasks; ``extra_mib`` is by how much the largest raises the peak of this process.
    """
    sizes = effort.choose([500, 1000], [500, 2000], [1000, 3000, 10_000])
    seconds, peaks = [], [_peak()]
    for size in sizes:
        seconds.append(_sweep(size))
        peaks.append(_peak())
    return {
        "tasks": sizes,
        "seconds": seconds,
        "seconds_a_task": (seconds[-1] - seconds[0]) / (sizes[-1] - sizes[0]),
        "exponent": exponent(sizes, seconds),
        "extra_mib": peaks[-1] - peaks[1],
    }


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _sweep(size: int) -> float:
    """Seconds from nothing stored to ``size`` tasks stored."""
    from simulations.jobs.sweep.grid import Grid, GridSpec, PopulationEntry
    from simulations.jobs.sweep.points import SweepPoint
    from simulations.jobs.sweep.run import run
    from simulations.jobs.sweep.store import opened
    from simulations.runtime.workers import open_workers

    form = {"family": "simplex_etf", "count": 3, "dimension": 8}
    points = size // (REPLICATES * SHOTS)
    spec = GridSpec(
        shots=list(range(1, SHOTS + 1)),
        ways=[2, 3],
        replicates=REPLICATES,
        populations=[PopulationEntry(name="simplex")],
    )
    laid = [{**form, "cdnv": 1.0 / (k + 1)} for k in range(points)]
    grid = Grid(spec, tuple(SweepPoint("simplex", each, {"cdnv": each["cdnv"]}) for each in laid), ())
    with (
        tempfile.TemporaryDirectory() as folder,
        opened(Path(folder) / "s") as store,
        open_workers(1) as hands,
    ):
        start = time.perf_counter()
        outcome = run(grid, store, hands, work=no_work)
        seconds = time.perf_counter() - start
    if (outcome.computed, outcome.failed) != (size, 0):
        raise RuntimeError(f"{outcome.computed} of {size} tasks were computed, {outcome.failed} failed")
    return seconds
