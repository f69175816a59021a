"""An estimate of a sweep's cost before it runs: a few of its own tasks are timed, none is stored."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from simulations.engines import Question
from simulations.engines.base import Budget, Engine
from simulations.engines.choose import candidates
from simulations.engines.enumeration import Enumeration
from simulations.jobs.sweep.error_task import shots_number
from simulations.jobs.sweep.grid import Grid, SweepTask
from simulations.jobs.sweep.store import Store
from simulations.jobs.sweep.tasks import compute
from simulations.populations import from_spec
from simulations.populations.base import Population
from simulations.populations.finite_support import FiniteSupport

DRAWS_A_SECOND = 2e7
BOUND_SECONDS = 0.02
"""Seconds of a task of a kind that is not timed for want of time."""
SAMPLING_SECONDS = 4.0
COUNTING_SECONDS, FEWEST_CELLS = 0.3, 64
LARGE_SAMPLING_SECONDS = 0.3
"""Limits for a grid that is too large to be examined as a whole."""
WORKER_MIB = 160
Kind = tuple[str, tuple[str, ...]]
"""("error", the engine for each number of ways) or ("bound", (name,))."""


@dataclass
class _Group:
    """Missing tasks of one kind: in how many cells, how many, their estimated seconds, and one of them from
    the middle of the grid (not all of them: there may be a million)."""

    cells: int = 0
    count: int = 0
    guess: float = 0.0
    sample: SweepTask | None = None
    sample_guess: float = 0.0

    def add(self, task: SweepTask, guess: float, count: int) -> None:
        """``count`` more tasks of this kind, each guessed to take ``guess`` s; ``task`` is one of them."""
        self.cells += 1
        self.count += count
        self.guess += guess * count
        if self.cells & (self.cells - 1) == 0:  # the latest power of two is half way or beyond
            self.sample, self.sample_guess = task, guess


@dataclass(frozen=True)
class SweepPlan:
    """``seconds`` is over all workers, from ``timed`` of ``kinds`` kinds of tasks (a bound, or an engine) and
    rough constants for the others. ``engines``: how many errors each is to estimate, one for every number of
    ways."""

    tasks: int
    stored: int
    seconds: float
    memory_mib: float
    engines: dict[str, int]
    timed: int = 0
    kinds: int = 0
    share: float = 1.0
    """Share of the grid that was examined; counts and times are estimates for the whole grid."""


@dataclass(frozen=True)
class Trials:
    """For how many seconds tasks are timed, what does their work, and by which clock."""

    seconds: float = SAMPLING_SECONDS
    work: Callable[[str, str, dict[str, Any]], Any] = compute
    clock: Callable[[], float] = time.perf_counter


REAL = Trials()


def plan(grid: Grid, store: Store, jobs: int, trials: Trials = REAL) -> SweepPlan:
    """Counts tasks and times one of each kind, from the middle of the grid, as ``trials`` says.

    Of a grid of many cells (a population at a number of shots) it examines as many as it can in about half a
    second, spread over the whole grid.
    """
    clock = trials.clock
    begun = clock()
    settled = {key for key, _ in store.statuses()}
    cells = len(grid.points) * len(grid.spec.shots)
    missing: dict[Kind, _Group] = {}
    counted = stored = 0
    widest = 0.0
    for index in _order(cells):
        if counted >= FEWEST_CELLS and clock() - begun > COUNTING_SECONDS:
            break
        counted += 1
        point, shots = grid.cell(index)
        population = from_spec(point.spec)
        widest = max(widest, 8.0 * population.classes * population.dimension * (population.dimension + 64))
        question = Question(shots_number(shots), tuple(grid.spec.ways))
        chosen = _engines(population, question, Budget(draws=grid.spec.draws))
        one = sum(_seconds(engine, population, question, grid.spec.draws) for engine in set(chosen))
        for kind, tasks in grid.kinds_at(point, shots):
            left = tasks if not settled else [task for task in tasks if task.key not in settled]
            stored += len(tasks) - len(left)
            if left:
                names = tuple(engine.name for engine in chosen)
                key: Kind = ("error", names) if kind == "error" else ("bound", (kind,))
                seconds = one if kind == "error" else BOUND_SECONDS
                missing.setdefault(key, _Group()).add(left[len(left) // 2], seconds, len(left))
    share = counted / cells
    few = replace(trials, seconds=min(trials.seconds, LARGE_SAMPLING_SECONDS))
    measured = _timed(missing, few if share < 1 else trials)
    seconds = sum(
        measured[kind] * group.count if kind in measured else group.guess for kind, group in missing.items()
    )
    engines = Counter[str]()
    for (what, names), group in missing.items():
        for name in names if what == "error" else ():
            engines[name] += round(group.count / share)
    memory = jobs * (WORKER_MIB + widest / 2**20)
    return SweepPlan(
        grid.size,
        round(stored / share),
        seconds / share / jobs,
        memory,
        dict(engines),
        len(measured),
        len(missing),
        share,
    )


def _engines(population: Population, question: Question, budget: Budget) -> list[Engine]:
    """The one that each number of ways is asked first, as ``estimate_ways`` does."""
    return [candidates(population, Question(question.shots, (ways,)), budget)[0] for ways in question.ways]


def _seconds(engine: Engine, population: Population, question: Question, draws: float) -> float:
    """About how long an engine takes."""
    if isinstance(engine, Enumeration) and isinstance(population, FiniteSupport):
        return engine.seconds(population, question)
    return draws / DRAWS_A_SECOND


def _order(cells: int) -> Iterator[int]:
    """Every cell once, so that any beginning is spread over the whole grid."""
    if cells <= 2:
        return iter(range(cells))
    step = int(cells * (math.sqrt(5) - 1) / 2)
    while math.gcd(step, cells) > 1:
        step += 1
    return (k * step % cells for k in range(cells))


def _timed(missing: dict[Kind, _Group], trials: Trials) -> dict[Kind, float]:
    """Seconds of one task of each kind, the most numerous kinds first, until the time is used up."""
    times: dict[Kind, float] = {}
    sampling, work, clock = trials.seconds, trials.work, trials.clock
    begin = clock()
    for kind, group in sorted(missing.items(), key=lambda item: -item[1].count):
        if clock() - begin >= sampling:
            break
        task = group.sample
        if task is None or group.sample_guess > sampling / 2:  # enumeration has an estimate of its own cost
            continue
        try:
            first = clock()
            work(task.kind, "", task.body)
            start = clock()
            times[kind] = start - first
            if times[kind] < sampling / 8:
                # Again, for the first one paid for imports and for writing statements out.
                work(task.kind, "", task.body)
                times[kind] = clock() - start
        except Exception:  # the sweep itself will record the reason; here the kind only stays untimed
            times.pop(kind, None)
    return times
