"""Approximations are scored, never said to hold: predicted over measured, over the suite's populations."""

from __future__ import annotations

import math

from simulations.engines import Question, estimate_ways
from simulations.jobs.check.finding import Finding
from simulations.jobs.check.matrix import BUDGET, populations, shots_of
from simulations.plugins.load import Extension
from theory.bound import Bound, Value
from theory.setting import Setting

SMALLEST = 1e-12
"""Errors below this are not scored."""


def score_approximation(extension: Extension, bound: Bound, seed: int, quick: bool) -> tuple[Finding, ...]:
    """Share of settings within a factor 2, and the largest over- and underestimate."""
    ratios: list[tuple[float, str]] = []
    for name, population in populations(extension):
        geometry, granted = population.geometry(), population.granted()
        for shots in shots_of(extension):
            answer = bound.evaluate(geometry, Setting(shots, 2), granted)
            if not isinstance(answer, Value):
                continue
            estimate = estimate_ways(population, Question(shots, (2,)), budget=BUDGET, seed=seed)[0]
            # Only where the measurement itself is good to a factor of two.
            if estimate.low > SMALLEST and estimate.high < 2 * estimate.low:
                ratios.append((answer.value / estimate.value, f"{name}, {shots:g} shots"))
    if not ratios:
        return (Finding("score", "undecided", f"{bound.name}: has a value on no population of the suite"),)
    near = sum(0.5 <= ratio <= 2 for ratio, _ in ratios) / len(ratios)
    (low, low_at), (high, high_at) = min(ratios), max(ratios)
    text = (
        f"{bound.name}: within a factor 2 of the error at {near:.0%} of {len(ratios)} settings; predicted / "
        f"measured from {low:.3g} ({low_at}) to {high:.3g} ({high_at})"
    )
    numbers = {"share_within_2": near, "lowest": low, "highest": high, "settings": float(len(ratios))}
    if not all(map(math.isfinite, numbers.values())):
        return (Finding("score", "violated", f"{bound.name}: predicts {high!r} on {high_at}"),)
    return (Finding("score", "scored", text, numbers),)
