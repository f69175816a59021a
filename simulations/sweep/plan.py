"""What a sweep will cost, said before anything runs."""

from __future__ import annotations

from dataclasses import dataclass

from simulations.engines import Question
from simulations.engines.base import Budget
from simulations.engines.choose import candidates
from simulations.engines.enumeration import Enumeration
from simulations.populations import from_spec
from simulations.populations.finite_support import FiniteSupport
from simulations.sweep.grid import Grid, shots_number
from simulations.sweep.store import Store

DRAWS_A_SECOND = 2e7
BOUND_SECONDS = 0.02
WORKER_MIB = 160
SEARCHED = ("union_moment_optimal",)


@dataclass(frozen=True)
class Plan:
    """``seconds`` is a rough figure (within a factor of 3 on an ordinary core), over all workers."""

    tasks: int
    stored: int
    seconds: float
    memory_mib: float
    engines: dict[str, int]


def plan(grid: Grid, store: Store, jobs: int) -> Plan:
    settled = set(store.done()) | set(store.failed())
    total = stored = 0
    seconds, widest = 0.0, 0.0
    engines: dict[str, int] = {}
    for point, shots in grid.cells():
        population = from_spec(point.spec)
        widest = max(widest, 8.0 * population.classes * population.dimension * (population.dimension + 64))
        question = Question(shots_number(shots), tuple(grid.spec.ways))
        chosen = candidates(population, question, Budget(draws=grid.spec.draws))[0]
        one = grid.spec.draws / DRAWS_A_SECOND
        if isinstance(chosen, Enumeration) and isinstance(population, FiniteSupport):
            one = chosen.seconds(population, question)
        for replicate in range(grid.spec.replicates):
            total += 1
            if grid.error_task(point, shots, replicate).key in settled:
                stored += 1
            else:
                engines[chosen.name] = engines.get(chosen.name, 0) + 1
                seconds += one
        for bound in grid.bounds:
            total += 1
            if grid.bound_task(point, shots, bound).key in settled:
                stored += 1
            else:
                searched = min(population.classes, 16) ** 2 if bound.name in SEARCHED else 1
                seconds += BOUND_SECONDS * searched
    return Plan(total, stored, seconds / jobs, jobs * (WORKER_MIB + widest / 2**20), engines)
