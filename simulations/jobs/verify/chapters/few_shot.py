"""Claim 3 of the paper: few-shot error from class geometry. Every bound against every population."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

from simulations.engines import Budget, Context
from simulations.estimates import Estimate
from simulations.jobs.verify.chapters.base import (
    OUTCOMES,
    Chapter,
    Findings,
    Request,
    StatementCount,
    Task,
)
from simulations.jobs.verify.chapters.own_settings import has_own_settings
from simulations.populations.suite import Entry, entries
from simulations.verdicts.evaluate import Row, estimate_json, few_shot_bounds, row_json
from simulations.verdicts.scores import Score, score
from simulations.verdicts.settings import Evaluated, evaluate_settings
from simulations.verdicts.verdict import Verdict
from theory.bound import Bound
from theory.inheritance import override

QUICK = Budget(seconds=1.5, draws=3e6)
FULL = Budget(seconds=15.0, draws=2e8)


@dataclass(frozen=True)
class MeasuredPopulation:
    """One population of the suite at one setting, evaluated."""

    entry: Entry
    classes: int
    dimension: int
    evaluated: Evaluated

    @property
    def shots(self) -> float:
        """Support draws a class."""
        return self.evaluated.setting.shots

    @property
    def ways(self) -> int:
        """Classes to tell apart."""
        return self.evaluated.setting.ways

    @property
    def error(self) -> Estimate:
        """The error that is shown."""
        return self.evaluated.estimate


@dataclass(frozen=True)
class JudgedCell:
    """A ``MeasuredPopulation`` with its verdicts, one for each bound of the chapter."""

    measured: MeasuredPopulation
    verdicts: tuple[Verdict, ...]

    @property
    def where(self) -> str:
        """Population and setting, in words."""
        shots = "∞" if math.isinf(self.measured.shots) else f"{self.measured.shots:g}"
        plural = "shot" if self.measured.shots == 1 else "shots"
        return f"{self.measured.entry.name}, {shots} {plural}, {self.measured.ways} ways"


def measure(
    entry: Entry, shots: float, bounds: tuple[Bound, ...], seed: int, budget: Budget
) -> list[MeasuredPopulation]:
    """Every number of ways of one population at one number of shots. Runs in a worker."""
    population = entry.build()
    context = Context(budget, seed, path=("verify", "few_shot", entry.name))
    evaluated = evaluate_settings(population, (shots,), entry.ways_for(population.classes), bounds, context)
    return [
        MeasuredPopulation(entry, population.classes, population.dimension, setting) for setting in evaluated
    ]


class FewShot(Chapter):
    """Every bound of the catalogue about ``few_shot_error`` (or those given) on the populations of the
    matrix."""

    name: ClassVar[str] = "few_shot"
    title: ClassVar[str] = "Claim 3: few-shot error from class geometry"
    place: ClassVar[float] = 10

    def __init__(
        self, bounds: Sequence[Bound] | None = None, populations: Sequence[Entry] | None = None
    ) -> None:
        self._bounds = None if bounds is None else tuple(bounds)
        self._entries = None if populations is None else tuple(populations)

    @property
    def bounds(self) -> tuple[Bound, ...]:
        """Those given, else the catalogue's of this moment (a user's file may have joined), less those that
        need settings of their own."""
        if self._bounds is not None:
            return self._bounds
        return tuple(bound for bound in few_shot_bounds() if not has_own_settings(bound))

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The populations, made when they are first asked for."""
        if self._entries is None:
            self._entries = entries()
        return self._entries

    @override
    def tasks(self, request: Request) -> Sequence[Task]:
        budget = replace(FULL if request.full else QUICK, device=request.device)
        return [
            Task(measure, (entry, shots, self.bounds, request.seed, budget), entry.name)
            for entry in self.entries
            for shots in entry.shots
        ]

    @override
    def tests(self, results: Sequence[list[MeasuredPopulation]]) -> int:
        return sum(each.evaluated.statements for batch in results for each in batch)

    @override
    def gather(self, results: Sequence[list[MeasuredPopulation]], tests: int) -> Findings:
        cells = tuple(
            JudgedCell(each, each.evaluated.verdicts(self.bounds, tests))
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
                "approximations": {
                    bound.name: asdict(scored(index, cells))
                    for index, bound in enumerate(self.bounds)
                    if bound.kind == "approximation"
                },
            },
            detail=cells,
        )


def scored(index: int, cells: Sequence[JudgedCell]) -> Score:
    """The score of statement number ``index``, an approximation, over all populations and settings."""
    return score((cell.verdicts[index], cell.where) for cell in cells)


def _count(bound: Bound, index: int, cells: Sequence[JudgedCell]) -> StatementCount:
    counts = dict.fromkeys(OUTCOMES, 0)
    worst, where = None, ""
    for cell in cells:
        verdict = cell.verdicts[index]
        counts[verdict.outcome] += 1
        said_something = verdict.outcome in ("holds", "violated", "undecided")
        if not said_something or verdict.ratio is None:
            continue
        if bound.kind == "equality" and verdict.ratio == 0:
            continue  # No error occurred: the ratio does not show how close the two are.
        if worst is None or _closeness(bound, verdict.ratio) > _closeness(bound, worst):
            worst, where = verdict.ratio, cell.where
    return StatementCount(bound.name, counts, worst, where)


def _closeness(bound: Bound, ratio: float) -> float:
    """How near to being violated a ratio error / bound is, by the direction of the claim."""
    if bound.kind == "equality":
        return abs(ratio - 1)
    return ratio if bound.kind == "upper" else -ratio


def _violation(cell: JudgedCell, verdict: Verdict) -> str:
    error = cell.measured.evaluated.independent.get(verdict.bound, cell.measured.error)
    text = (
        f"{verdict.bound}: {verdict.shown_value} against an error of {error.value:.6g} "
        f"({error.method}) at {cell.where}"
    )
    return text if verdict.queries is None else f"{text}: {verdict.reason}"


def _population(entry: Entry, cells: Sequence[JudgedCell]) -> dict[str, Any]:
    own = next(cell.measured for cell in cells if cell.measured.entry.name == entry.name)
    return {
        "name": entry.name,
        "why": entry.why,
        "family": entry.spec["family"],
        "classes": own.classes,
        "dimension": own.dimension,
    }


def row(cell: JudgedCell) -> dict[str, Any]:
    """A result as ``results.json`` holds it: the row of `collapse evaluate --json` and where it belongs."""
    measured = cell.measured
    verdict_row = Row(measured.evaluated.setting, measured.error, cell.verdicts)
    independent = {name: estimate_json(each) for name, each in measured.evaluated.independent.items()}
    return {"population": measured.entry.name, **row_json(verdict_row), "independent": independent}
