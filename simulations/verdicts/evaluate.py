"""Bounds against truth for one population: the rows behind `collapse evaluate` and `collapse verify`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulations.engines import Context
from simulations.estimates import Estimate
from simulations.populations.base import Population
from simulations.runtime.errors import InputError
from simulations.runtime.randomness import stream
from simulations.verdicts.chance import above_chance, from_above
from simulations.verdicts.settings import evaluate_settings
from simulations.verdicts.verdict import Verdict
from theory import catalogue
from theory.array import to_numpy
from theory.bound import Bound
from theory.setting import Setting

DEFAULT_CONTEXT = Context()
WIDEST = 1e70
"""Spread over distance: its fourth power must not leave double precision."""
WIDEST_SAMPLE = 1 << 20
"""Numbers drawn of a class at once, to see its spread."""


@dataclass(frozen=True)
class Row:
    """One setting of one population: the estimated error and every bound's verdict on it."""

    setting: Setting
    estimate: Estimate
    verdicts: tuple[Verdict, ...]


def few_shot_bounds() -> tuple[Bound, ...]:
    """Every catalogue entry about the few-shot error, in reading order."""
    return tuple(catalogue.about("few_shot_error"))


def evaluate_population(  # noqa: PLR0913 - public: one keyword for each thing that can be asked
    population: Population,
    shots: Sequence[float],
    ways: Sequence[int],
    *,
    bounds: Sequence[Bound] | None = None,
    context: Context = DEFAULT_CONTEXT,
    tests: int | None = None,
) -> list[Row]:
    """Rows in the order of ``shots``, then ``ways``. ``context`` is that of the engines. ``tests`` is the
    number of estimates of the whole run, over which the family-wise error of the verdicts is shared
    (default: those made here)."""
    bounds = few_shot_bounds() if bounds is None else bounds
    evaluated = evaluate_settings(population, shots, ways, bounds, context)
    tests = sum(entry.statements for entry in evaluated) if tests is None else tests
    return [Row(entry.setting, entry.estimate, entry.verdicts(bounds, tests)) for entry in evaluated]


def require_distinct_means(population: Population) -> None:
    """Raises InputError on coincident means: the command refuses what the library calls not applicable.

    Also where the spread of a class over the distance of the means leaves double precision.
    """
    rng, unit = stream(0, "spread"), population.unit
    draws = max(1, min(32, WIDEST_SAMPLE // population.dimension))
    for c in range(population.classes):
        spread = float(np.max(np.abs(to_numpy(population.noise(rng, c, (draws,)))))) / unit
        if spread > WIDEST or 0 < spread < 1 / WIDEST:
            raise InputError(
                f"is {spread:.3g} times as spread out as the means are apart; bring the two together",
                field=f"classes[{c}]",
            )
    pair = population.geometry().coincident_pair
    if pair is not None:
        raise InputError(
            f"the means of {pair[0]} and {pair[1]} coincide; move one or merge them", field="classes"
        )


def estimate_json(estimate: Estimate) -> dict[str, Any]:
    """The stable JSON form of an estimate."""
    effort: dict[str, Any] = {"seconds": round(estimate.effort.seconds, 4)}
    if estimate.effort.episodes is not None:
        effort["episodes"] = estimate.effort.episodes
    return {
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "confidence": estimate.confidence,
        "method": estimate.method,
        "exact": estimate.exact,
        "effort": effort,
        "per_class": list(estimate.per_class) or None,
        "resampled": estimate.resampled,
        "below": None if estimate.resolved else estimate.high,
        "seed": estimate.seed,
    }


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """The stable JSON form of a verdict."""
    return {
        "name": verdict.bound,
        "value": verdict.value,
        "verdict": verdict.outcome,
        "ratio": verdict.ratio,
        "ratio_below": verdict.ratio_below,
        "reason": verdict.reason,
        "per_class": None if verdict.per_class is None else list(verdict.per_class),
    }


def row_json(row: Row) -> dict[str, Any]:
    """The stable JSON form of a row."""
    shots = row.setting.shots
    return {
        "shots": int(shots) if shots != float("inf") else "inf",
        "ways": row.setting.ways,
        "error": estimate_json(row.estimate),
        "bounds": [
            {**verdict_json(verdict), "above_chance": _above_chance(verdict, row.setting.ways)}
            for verdict in row.verdicts
        ],
    }


def _above_chance(verdict: Verdict, ways: int) -> bool | None:
    """Whether guessing does better than an upper bound; None for other kinds of bounds and without a
    value."""
    return above_chance(verdict.value if from_above(verdict.bound) else None, ways)


def population_json(population: Population) -> dict[str, Any]:
    """The stable JSON form of what a population is."""
    return {
        "family": population.family,
        "classes": population.classes,
        "dimension": population.dimension,
        "assumptions": sorted(assumption.name for assumption in population.granted()),
    }
