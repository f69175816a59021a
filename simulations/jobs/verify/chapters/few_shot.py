"""Claim 3 of the paper: few-shot error from class geometry. Every bound against every population."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from simulations.engines import Budget, Question, choose, estimate_ways
from simulations.estimates import Estimate
from simulations.jobs.verify.chapters.base import (
    OUTCOMES,
    Chapter,
    Findings,
    Request,
    StatementCount,
    Task,
)
from simulations.populations.suite import Entry, entries
from simulations.verdicts.evaluate import Row, estimate_json, few_shot_bounds, row_json
from simulations.verdicts.verdict import Verdict, judge
from theory.bound import Bound, BoundValue, Value
from theory.setting import Setting

QUICK = Budget(seconds=1.5, draws=3e6)
FULL = Budget(seconds=15.0, draws=2e8)


@dataclass(frozen=True)
class Measured:
    """One population at one setting: the error, and every bound's answer.

    ``independent`` holds, for each equality that applies, an estimate by an engine that does not rest
    on that very equality.
    """

    entry: Entry
    classes: int
    dimension: int
    shots: float
    ways: int
    error: Estimate
    answers: tuple[BoundValue, ...]
    independent: Mapping[str, Estimate] = field(default_factory=dict)


@dataclass(frozen=True)
class Cell:
    """A ``Measured`` with its verdicts, one for each bound of the chapter."""

    measured: Measured
    verdicts: tuple[Verdict, ...]

    @property
    def where(self) -> str:
        shots = "∞" if math.isinf(self.measured.shots) else f"{self.measured.shots:g}"
        plural = "shot" if self.measured.shots == 1 else "shots"
        return f"{self.measured.entry.name}, {shots} {plural}, {self.measured.ways} ways"


def measure(
    entry: Entry, shots: float, bounds: tuple[Bound, ...], seed: int, budget: Budget
) -> list[Measured]:
    """Every number of ways of one population at one number of shots. Runs in a worker."""
    population = entry.build()
    ways = entry.ways_for(population.classes)
    geometry, granted = population.geometry(), population.granted()
    path = ("verify", "few_shot", entry.name)
    # Ways that the same engine answers share one run.
    groups: dict[str, list[int]] = {}
    for k in ways:
        groups.setdefault(choose(population, Setting(shots, k), budget).name, []).append(k)
    errors: dict[int, Estimate] = {}
    for group in groups.values():
        question = Question(shots, tuple(group))
        found = estimate_ways(population, question, budget=budget, seed=seed, path=path)
        errors |= dict(zip(group, found, strict=True))
    measured = []
    for k in ways:
        answers = tuple(bound.evaluate(geometry, Setting(shots, k), granted) for bound in bounds)
        independent = {}
        for bound, answer in zip(bounds, answers, strict=True):
            if bound.name in errors[k].rests_on and isinstance(answer, Value):
                (independent[bound.name],) = estimate_ways(
                    population,
                    Question(shots, (k,)),
                    budget=budget,
                    seed=seed,
                    path=(*path, "independent"),
                    avoid=(bound.name,),
                )
        measured.append(
            Measured(
                entry, population.classes, population.dimension, shots, k, errors[k], answers, independent
            )
        )
    return measured


class FewShot(Chapter):
    """Bounds of the catalogue about ``few_shot_error`` (or those given) on the matrix's populations."""

    name: ClassVar[str] = "few_shot"
    title: ClassVar[str] = "Few-shot error from class geometry"

    def __init__(
        self, bounds: Sequence[Bound] | None = None, populations: Sequence[Entry] | None = None
    ) -> None:
        self.bounds = tuple(few_shot_bounds() if bounds is None else bounds)
        self._entries = None if populations is None else tuple(populations)

    @property
    def entries(self) -> tuple[Entry, ...]:
        if self._entries is None:
            self._entries = entries()
        return self._entries

    def tasks(self, request: Request) -> Sequence[Task]:
        budget = replace(FULL if request.full else QUICK, device=request.device)
        return [
            Task(measure, (entry, shots, self.bounds, request.seed, budget), entry.name)
            for entry in self.entries
            for shots in entry.shots
        ]

    def tests(self, results: Sequence[list[Measured]]) -> int:
        return sum(1 + len(each.independent) for batch in results for each in batch)

    def gather(self, results: Sequence[list[Measured]], tests: int) -> Findings:
        cells = tuple(
            Cell(
                each,
                tuple(
                    judge(bound, answer, each.independent.get(bound.name, each.error), tests=tests)
                    for bound, answer in zip(self.bounds, each.answers, strict=True)
                ),
            )
            for batch in results
            for each in batch
        )
        new: list[str] = []
        known: list[str] = []
        for cell in cells:
            for bound, verdict in zip(self.bounds, cell.verdicts, strict=True):
                if verdict.outcome == "violated":
                    (known if bound.known_refutation else new).append(_violation(cell, verdict))
        return Findings(
            chapter=self,
            statements=tuple(_count(bound, index, cells) for index, bound in enumerate(self.bounds)),
            violations=tuple(new),
            known=tuple(known),
            data={
                "populations": [_population(entry, cells) for entry in self.entries],
                "results": [row(cell) for cell in cells],
            },
            detail=cells,
        )


def _count(bound: Bound, index: int, cells: Sequence[Cell]) -> StatementCount:
    counts = dict.fromkeys(OUTCOMES, 0)
    worst, where = None, ""
    for cell in cells:
        verdict = cell.verdicts[index]
        counts[verdict.outcome] += 1
        said_something = verdict.outcome in ("holds", "violated", "undecided")
        if not said_something or verdict.ratio is None:
            continue
        if bound.kind == "equality" and verdict.ratio == 0:
            continue  # No error was seen: the ratio says nothing about how close the two are.
        if worst is None or _closeness(bound, verdict.ratio) > _closeness(bound, worst):
            worst, where = verdict.ratio, cell.where
    return StatementCount(bound.name, counts, worst, where)


def _closeness(bound: Bound, ratio: float) -> float:
    """How near to being violated a ratio error / bound is, by the direction of the claim."""
    if bound.kind == "equality":
        return abs(ratio - 1)
    return ratio if bound.kind == "upper" else -ratio


def _violation(cell: Cell, verdict: Verdict) -> str:
    error = cell.measured.independent.get(verdict.bound, cell.measured.error)
    return (
        f"{verdict.bound}: {verdict.value:.6g} against an error of {error.value:.6g} "
        f"({error.method}) at {cell.where}"
    )


def _population(entry: Entry, cells: Sequence[Cell]) -> dict[str, Any]:
    own = next(cell.measured for cell in cells if cell.measured.entry.name == entry.name)
    return {
        "name": entry.name,
        "why": entry.why,
        "family": entry.spec["family"],
        "classes": own.classes,
        "dimension": own.dimension,
    }


def row(cell: Cell) -> dict[str, Any]:
    """A result as ``results.json`` holds it: the row of `collapse evaluate --json` and where it belongs."""
    measured = cell.measured
    told = Row(Setting(measured.shots, measured.ways), measured.error, cell.verdicts)
    independent = {name: estimate_json(each) for name, each in measured.independent.items()}
    return {"population": measured.entry.name, **row_json(told), "independent": independent}
