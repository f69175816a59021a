"""Populations and engines of a user's file: catalogue bounds are checked on the populations, and the suite's
engines are compared with the engines."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulations.engines import Budget, Question, Refused, asked
from simulations.engines.base import Context, Engine
from simulations.estimates import Estimate
from simulations.plugins.load import Extension, load_extension
from simulations.populations.base import Population
from simulations.populations.suite import entries
from simulations.runtime.wording import shots_in_words
from simulations.runtime.workers import Progress, Workers
from simulations.verdicts.evaluate import Row, evaluate_population, row_json
from simulations.verdicts.second_engine import disagree, other_estimates
from theory import catalogue
from theory.setting import Setting

SHOTS = (1.0, 5.0, math.inf)
BUDGET = Budget(seconds=0.5, draws=4e5)
LEVEL = 1 - 1e-7
"""Confidence of both intervals: a hundred comparisons raise a false alarm once in fifty thousand files."""


@dataclass(frozen=True)
class PluginFindings:
    """The result for one population or engine: settings compared, and violations as sentences.

    rows : of a population, every catalogue bound at every setting; none of an engine.
    """

    kind: str
    name: str
    compared: int
    violations: tuple[str, ...]
    rows: tuple[Row, ...] = ()

    @property
    def against(self) -> str:
        """What it was compared with, in words."""
        return "values of catalogue bounds" if self.kind == "population" else "estimates of other engines"

    @property
    def verdict(self) -> str:
        """The verdict in one sentence."""
        if self.violations:
            return f"VIOLATED: {self.violations[0]}"
        return f"{self.kind} {self.name}: no violation found in {self.compared} {self.against}"

    def to_json(self) -> dict[str, Any]:
        """The stable JSON form."""
        return {
            "kind": self.kind,
            "name": self.name,
            "compared": self.compared,
            "violations": list(self.violations),
            "results": [row_json(row) for row in self.rows],
        }


@dataclass(frozen=True)
class PluginCall:
    """A task for the pool: ``check_plugin`` with its arguments."""

    arguments: tuple[str, str, int]
    label: str
    weight: float = 1.0

    @property
    def function(self) -> Callable[..., PluginFindings]:
        """The function that a worker calls."""
        return check_plugin


def check_plugins(
    extension: Extension, workers: Workers, seed: int, progress: Progress | None = None
) -> list[PluginFindings]:
    """Every population, then every engine of the file; nothing where it has none."""
    names = [*extension.populations, *extension.engines]
    return workers.run([PluginCall((str(extension.path), name, seed), name) for name in names], progress)


def check_plugin(path: str, name: str, seed: int) -> PluginFindings:
    """One of them, in a worker."""
    extension = load_extension(Path(path))
    if name in extension.engines:
        return _engine(extension.engines[name], seed)
    population = extension.populations[name]
    bounds = tuple(catalogue.about("few_shot_error"))
    rows = evaluate_population(
        population,
        SHOTS,
        sorted({2, min(5, population.classes)}),
        bounds=bounds,
        context=Context(BUDGET, seed, path=("check", name)),
        tests=100,
    )
    wrong = [
        f"{verdict.bound} = {verdict.value!r} is violated by the error {row.estimate.value!r} on {name}, "
        f"{shots_in_words(row.setting.shots)}, {row.setting.ways} ways"
        f"{'' if verdict.queries is None else f' ({verdict.reason})'}: are its moments and assumptions true?"
        for row in rows
        for verdict in row.verdicts
        if verdict.outcome == "violated"
    ]
    with_value = sum(verdict.value is not None for row in rows for verdict in row.verdicts)
    return PluginFindings("population", name, with_value, tuple(wrong), tuple(rows))


def _engine(engine: Engine, seed: int) -> PluginFindings:
    """Its intervals against those of the sharpest other engine, wherever both accept."""
    compared, wrong = 0, []
    for entry in entries():
        population = entry.build()
        for shots in SHOTS:
            question = Question(shots, (2,))
            if asked.refusal(engine, population, question, BUDGET) is not None:
                continue
            where = f"{entry.name}, {shots_in_words(shots)}"
            difference = _compare(engine, population, question, seed, where)
            compared += difference is not None
            wrong += [difference] if difference else []
    return PluginFindings("engine", engine.name, compared, tuple(wrong))


def _compare(engine: Engine, population: Population, question: Question, seed: int, where: str) -> str | None:
    """A sentence where the sharpest other engine disagrees, "" where it agrees, None where none accepts."""
    setting, context = Setting(question.shots, question.ways[0]), Context(BUDGET, seed, path=("check", where))
    try:
        (own,) = asked.run(engine, population, question, context)
    except Refused:
        return None
    compared = False
    for other in other_estimates(population, setting, context, engine.name):
        if disagree(own, other, LEVEL):
            theirs = f"{other.method} finds {_intervals(other)}"
            return f"{engine.name} finds {_intervals(own)} where {theirs} on {where}"
        compared = True
    return "" if compared else None


def _intervals(estimate: Estimate) -> str:
    own = estimate.at(LEVEL)
    classes = ", ".join(f"{error:.6g}" for error in own.per_class)
    return f"[{own.low:.6g}, {own.high:.6g}]" + (f" (by class {classes})" if classes else "")
