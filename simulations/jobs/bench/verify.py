"""Intervals of the verdict matrix: what ``choose`` gives, against direct simulation in the same time."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulations.engines import Budget, Context, Question, choose, estimate_ways
from simulations.engines.direct import Direct
from simulations.engines.exact.surface import forget
from simulations.estimates import Estimate
from simulations.jobs.bench.effort import BenchEffort
from simulations.jobs.verify.chapters.few_shot import QUICK
from simulations.populations import Population
from simulations.populations.suite import Entry, entries
from simulations.verdicts.verdict import FAMILY_WISE_ERROR
from theory.setting import Setting

SEED, TRIAL_DRAWS = 0, 1e5
TESTS = 300
"""About as many interval statements as `verify` makes: its verdicts rest on intervals at that confidence."""
GOAL = 10.0


@dataclass(frozen=True)
class WidthRow:
    """One setting: estimate and direct simulation, CPU seconds of each; direct is None where exact."""

    where: str
    ours: Estimate
    seconds: float
    direct: Estimate | None = None
    direct_seconds: float = 0.0

    def ratio(self, confidence: float) -> float:
        """Width of direct simulation's interval over that of ours."""
        assert self.direct is not None
        ours, direct = self.ours.at(confidence), self.direct.at(confidence)
        return (direct.high - direct.low) / (ours.high - ours.low)


def measure(effort: BenchEffort) -> dict[str, Any]:
    """Every setting of the matrix at `verify`'s own budget; of a smoke test, a few at a small one."""
    small = effort.choose(True, False, False)
    budget = Budget(seconds=1.0, draws=2e6) if small else QUICK
    chosen = entries()[:: effort.choose(6, 4, 1)]
    rows = [
        row for entry in chosen for row in _rows(entry, entry.shots[:1] if small else entry.shots, budget)
    ]
    return summary(rows)


def summary(rows: Sequence[WidthRow]) -> dict[str, Any]:
    """How many settings are exact; of the others quartiles of the ratio of widths, over all and by engine."""
    sampled = [row for row in rows if row.direct is not None]
    engines = sorted({row.ours.method for row in sampled})
    strict = 1 - FAMILY_WISE_ERROR / TESTS
    least = min(sampled, key=lambda row: row.ratio(0.95), default=None)
    return {
        "settings": len(rows),
        "exact": len(rows) - len(sampled),
        "seconds": sum(row.seconds for row in rows),
        "direct_seconds_over_ours": _over(sampled),
        "ratio": quartiles([row.ratio(0.95) for row in sampled]),
        "ratio_at_the_verdicts_confidence": quartiles([row.ratio(strict) for row in sampled]),
        "at_least_10_or_exact": _share(rows, sampled),
        "by_engine": {
            name: quartiles([row.ratio(0.95) for row in sampled if row.ours.method == name])
            for name in engines
        },
        "smallest_error": min((row.ours.value for row in rows if row.ours.value > 0), default=None),
        "least": None if least is None else f"{least.where} ({least.ours.method}): {least.ratio(0.95):.3g}",
    }


def _over(sampled: Sequence[WidthRow]) -> float | None:
    """Time given to direct simulation, over ours."""
    total = sum(row.seconds for row in sampled)
    return sum(row.direct_seconds for row in sampled) / total if total > 0 else None


def _share(rows: Sequence[WidthRow], sampled: Sequence[WidthRow]) -> float:
    wide = sum(row.ratio(0.95) < GOAL for row in sampled)
    return 1 - wide / len(rows)


def quartiles(values: Sequence[float]) -> dict[str, Any]:
    """Their number and quartiles, as plain data."""
    if not values:
        return {"settings": 0}
    low, middle, high = (float(each) for each in np.quantile(values, [0.25, 0.5, 0.75]))
    return {"settings": len(values), "lower_quartile": low, "median": middle, "upper_quartile": high}


def _rows(entry: Entry, shots: Sequence[float], budget: Budget) -> Iterator[WidthRow]:
    population = entry.build()
    for n in shots:
        groups: dict[str, list[int]] = {}
        for k in entry.ways_for(population.classes):
            groups.setdefault(choose(population, Setting(n, k), budget).name, []).append(k)
        for group in groups.values():
            question = Question(n, tuple(group))
            forget()
            start = time.process_time()
            errors = estimate_ways(population, question, budget=budget, seed=SEED, path=("bench", entry.name))
            seconds = time.process_time() - start
            widths = [each.high - each.low for each in errors]
            others: Sequence[Estimate | None] = [None] * len(errors)
            spent = 0.0
            if max(widths) > 0:
                others, spent = _direct(population, question, seconds)
            for k, ours, direct, width in zip(group, errors, others, widths, strict=True):
                shown = "infinite" if math.isinf(n) else f"{n:g}"
                where = f"{entry.name}, {shown} shots, {k} ways"
                yield WidthRow(where, ours, seconds, direct if width > 0 else None, spent)


def _direct(population: Population, question: Question, seconds: float) -> tuple[list[Estimate], float]:
    """Direct simulation for about as many CPU seconds, rather more than fewer, and the time that it took."""
    draws, spent = TRIAL_DRAWS, 0.0
    for _ in range(4):
        start = time.process_time()
        errors = Direct().run(
            population, question, Context(Budget(draws=draws), SEED, 0.95, ("bench", "verify"))
        )
        spent = max(time.process_time() - start, 1e-6)
        if spent > 0.95 * seconds:
            break
        draws *= 1.1 * seconds / spent
    return errors, spent
