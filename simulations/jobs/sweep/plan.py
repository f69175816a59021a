"""What a sweep will cost, said before it runs: a few of its own tasks are timed, none is stored."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulations.engines import Question
from simulations.engines.base import Budget
from simulations.engines.choose import candidates
from simulations.engines.enumeration import Enumeration
from simulations.jobs.sweep.grid import Grid, Task, shots_number
from simulations.jobs.sweep.store import Store
from simulations.jobs.sweep.tasks import compute
from simulations.populations import from_spec
from simulations.populations.finite_support import FiniteSupport

DRAWS_A_SECOND = 2e7
BOUND_SECONDS = 0.02
"""For kinds of tasks that the time for samples leaves untimed."""
SAMPLING_SECONDS = 4.0
WORKER_MIB = 160
Kind = tuple[str, str]
"""("error", engine) or ("bound", name)."""


@dataclass
class _Group:
    """Missing tasks of one kind: how many, what they are guessed to take, and one of them from the middle of
    the grid (not all of them: there may be a million)."""

    count: int = 0
    guess: float = 0.0
    sample: Task | None = None
    sample_guess: float = 0.0

    def add(self, task: Task, guess: float) -> None:
        self.count += 1
        self.guess += guess
        if self.count & (self.count - 1) == 0:  # the latest power of two is half way or beyond
            self.sample, self.sample_guess = task, guess


@dataclass(frozen=True)
class Plan:
    """``seconds`` is over all workers, from ``timed`` of ``kinds`` kinds of tasks (a bound, or an engine) and
    rough constants for the others."""

    tasks: int
    stored: int
    seconds: float
    memory_mib: float
    engines: dict[str, int]
    timed: int = 0
    kinds: int = 0


def plan(
    grid: Grid,
    store: Store,
    jobs: int,
    *,
    sampling: float = SAMPLING_SECONDS,
    work: Callable[[str, str, dict[str, Any]], Any] = compute,
    clock: Callable[[], float] = time.perf_counter,
) -> Plan:
    """Counts tasks and times one of each kind, from the middle of the grid, for about ``sampling`` s."""
    settled = set(store.done()) | set(store.failed())
    total = 0
    missing: dict[Kind, _Group] = {}
    widest = 0.0
    for point, shots in grid.cells():
        population = from_spec(point.spec)
        widest = max(widest, 8.0 * population.classes * population.dimension * (population.dimension + 64))
        question = Question(shots_number(shots), tuple(grid.spec.ways))
        chosen = candidates(population, question, Budget(draws=grid.spec.draws))[0]
        one = grid.spec.draws / DRAWS_A_SECOND
        if isinstance(chosen, Enumeration) and isinstance(population, FiniteSupport):
            one = chosen.seconds(population, question)
        tasks = [
            (("error", chosen.name), grid.error_task(point, shots, replicate), one)
            for replicate in range(grid.spec.replicates)
        ] + [(("bound", b.name), grid.bound_task(point, shots, b), BOUND_SECONDS) for b in grid.bounds]
        total += len(tasks)
        for kind, task, seconds in tasks:
            if task.key not in settled:
                missing.setdefault(kind, _Group()).add(task, seconds)
    measured = _timed(missing, sampling, work, clock)
    seconds = sum(
        measured[kind] * group.count if kind in measured else group.guess for kind, group in missing.items()
    )
    engines = {name: group.count for (what, name), group in missing.items() if what == "error"}
    stored = total - sum(group.count for group in missing.values())
    memory = jobs * (WORKER_MIB + widest / 2**20)
    return Plan(total, stored, seconds / jobs, memory, engines, len(measured), len(missing))


def _timed(
    missing: dict[Kind, _Group],
    sampling: float,
    work: Callable[[str, str, dict[str, Any]], Any],
    clock: Callable[[], float],
) -> dict[Kind, float]:
    """Seconds of one task of each kind, the most numerous kinds first, until the time is used up."""
    found: dict[Kind, float] = {}
    begin = clock()
    for kind, group in sorted(missing.items(), key=lambda item: -item[1].count):
        if clock() - begin >= sampling:
            break
        task = group.sample
        if task is None or group.sample_guess > sampling / 2:  # enumeration knows its own cost
            continue
        try:
            first = clock()
            work(task.kind, task.key, task.body)
            start = clock()
            found[kind] = start - first
            if found[kind] < sampling / 8:
                # Again, for the first one paid for imports and for writing statements out.
                work(task.kind, task.key, task.body)
                found[kind] = clock() - start
        except Exception:  # the sweep itself will record the reason; here the kind only stays untimed
            found.pop(kind, None)
    return found
