"""Everything that is checked of somebody's own bound: matrix, properties, attack, sharpness, proof."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulations.attack.hunt import hunt
from simulations.attack.target import Target
from simulations.engines import Budget
from simulations.jobs.check.checked import Cell, Checked, verdict_of
from simulations.jobs.check.properties import check_properties
from simulations.jobs.check.proving import prove
from simulations.jobs.check.statement_mistakes import problems, unsatisfied
from simulations.plugins.load import Extension, load_extension
from simulations.populations import Population
from simulations.populations.suite import entries
from simulations.runtime.wording import shots_in_words
from simulations.runtime.workers import Pool, Progress
from simulations.verdicts.evaluate import evaluate_population
from theory import catalogue
from theory.bound import Bound

SHOTS = (1.0, 5.0, 10.0, 50.0)
BUDGET = Budget(seconds=0.5, draws=4e5)
ATTACK_SECONDS = 20.0


@dataclass(frozen=True)
class Call:
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    label: str
    weight: float = 1.0


def mistakes(extension: Extension) -> list[str]:
    """The author's mistakes in the file, one line each."""
    found = [line for bound in extension.bounds.values() for line in problems(bound)]
    if not found:
        everywhere = [population for _, population in _populations(extension)]
        for bound in extension.bounds.values():
            found += unsatisfied(bound, everywhere)
    return found


def check(
    extension: Extension,
    pool: Pool,
    *,
    seed: int,
    seconds: float = ATTACK_SECONDS,
    progress: Progress | None = None,
) -> list[Checked]:
    """The whole battery for every bound of the file."""
    if not extension.bounds:
        return []
    calls = [
        Call(measure, (str(extension.path), name, shots, seed), f"{name}, {shots_in_words(shots)}", weight)
        for name, weight in _names(extension)
        for shots in SHOTS
    ]
    cells = [cell for part in pool.run(calls, progress) for cell in part]
    found = []
    for bound in extension.bounds.values():
        target = Target(bound.name, str(extension.path))
        found.append(
            Checked(
                bound,
                tuple(cells),
                check_properties(bound, seed),
                hunt(target, pool, seed=seed, seconds=seconds),
                tuple(_sharpest(bound, cells)),
                prove(extension, bound),
            )
        )
    return found


def measure(path: str, name: str, shots: float, seed: int) -> list[Cell]:
    """One population at one number of shots, all bounds. Runs in a worker."""
    extension = load_extension(Path(path))
    population = next(each for known, each in _populations(extension) if known == name)
    others = [bound for bound in catalogue.about("few_shot_error") if bound.kind == "upper"]
    rows = evaluate_population(
        population,
        [shots],
        sorted({2, min(5, population.classes)}),
        bounds=[*extension.bounds.values(), *others],
        budget=BUDGET,
        seed=seed,
        path=("check", name),
        tests=len(SHOTS) * 2 * (len(entries()) + len(extension.populations)),
    )
    return [Cell(name, row) for row in rows]


def _names(extension: Extension) -> list[tuple[str, float]]:
    return [
        *((entry.name, 1.0) for entry in entries()),
        *((name, 2.0) for name in extension.populations),
    ]


def _populations(extension: Extension) -> Iterable[tuple[str, Population]]:
    yield from extension.populations.items()
    for entry in entries():
        yield entry.name, entry.build()


def _sharpest(bound: Bound, cells: Sequence[Cell]) -> Iterable[tuple[Cell, float, str, float]]:
    """Against every catalogue bound that applies to the same cell."""
    for cell in cells:
        own = verdict_of(cell.row, bound.name).value
        others = [
            (verdict.value, verdict.bound)
            for verdict in cell.row.verdicts
            if verdict.value is not None and verdict.bound in catalogue.names()
        ]
        if own is not None and math.isfinite(own) and others:
            value, name = min(others)
            yield cell, own, name, value
