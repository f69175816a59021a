"""The verdict matrix of a user's bounds: the suite's populations and the file's, at a few settings."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulations.attack.claims import least_shots
from simulations.engines import Budget, Question
from simulations.engines.asked import expected_width
from simulations.engines.base import Context
from simulations.engines.choose import candidates
from simulations.jobs.check.checked import CheckedCell, verdict_of
from simulations.plugins.load import Extension, load_extension
from simulations.populations import Population
from simulations.populations.suite import entries
from simulations.runtime.wording import shots_in_words
from simulations.verdicts.evaluate import evaluate_population
from theory import catalogue
from theory.bound import Bound

SHOTS = (1.0, 5.0, 10.0, 50.0)
FEWEST = 2
"""Of these that a bound must be about, or else more shots are tried."""
BUDGET = Budget(seconds=0.5, draws=4e5)
READ_ON_POPULATIONS = ("upper", "lower", "equality")
EXACT = 1
"""Engines of at most this rank are exact: enumeration, point masses, the two-class formula."""


@dataclass(frozen=True)
class MatrixCall:
    """A task for the pool."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    label: str
    weight: float = 1.0


def on_populations(bound: Bound) -> bool:
    """Whether a verdict on one population is made for such a statement."""
    return bound.about == "few_shot_error" and bound.kind in READ_ON_POPULATIONS


def populations(extension: Extension) -> Iterable[tuple[str, Population]]:
    """The populations of the file, then the suite's."""
    yield from extension.populations.items()
    for entry in entries():
        yield entry.name, entry.build()


def shots_of(extension: Extension) -> tuple[float, ...]:
    """``SHOTS`` as far as some bound is about them; for one that needs more, as many as it needs, and centres
    at the class means."""
    needed = [least_shots(b) for b in extension.bounds.values() if b.about == "few_shot_error"]
    shots = {n for n in SHOTS if n >= min(needed, default=1.0)}
    for least in needed:
        if sum(n >= least for n in SHOTS) < FEWEST:
            shots |= {least, math.inf}
    return tuple(sorted(shots))


def calls(extension: Extension, seed: int) -> tuple[list[MatrixCall], list[MatrixCall]]:
    """Cells whose error is exact and cheap, which come first, and all others."""
    first: list[MatrixCall] = []
    rest: list[MatrixCall] = []
    for name, population in populations(extension):
        for shots in shots_of(extension):
            exact = _is_exact(population, shots)
            call = MatrixCall(
                measure,
                (str(extension.path), name, shots, seed),
                f"{name}, {shots_in_words(shots)}",
                1.0 if exact else 2.0,
            )
            (first if exact else rest).append(call)
    return first, rest


def _is_exact(population: Population, shots: float) -> bool:
    question = Question(shots, (2,))
    accepted = candidates(population, question, BUDGET)
    if not accepted:
        return False
    return accepted[0].rank <= EXACT or expected_width(accepted[0], population, question, BUDGET) == 0


def measure(path: str, name: str, shots: float, seed: int) -> list[CheckedCell]:
    """One population at one number of shots, all bounds. Runs in a worker."""
    extension = load_extension(Path(path))
    population = next(each for known, each in populations(extension) if known == name)
    others = [bound for bound in catalogue.about("few_shot_error") if bound.kind == "upper"]
    rows = evaluate_population(
        population,
        [shots],
        sorted({2, min(5, population.classes)}),
        bounds=[*(b for b in extension.bounds.values() if on_populations(b)), *others],
        context=Context(BUDGET, seed, path=("check", name)),
        tests=len(shots_of(extension)) * 2 * (len(entries()) + len(extension.populations)),
    )
    return [CheckedCell(name, row) for row in rows]


def sharpest(bound: Bound, cells: Sequence[CheckedCell]) -> Iterable[tuple[CheckedCell, float, str, float]]:
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
