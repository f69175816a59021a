"""Lower bounds, equalities and existence statements: on their own law, and on exact probes."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from simulations.attack.probing.gaussians import GaussianPair
from simulations.attack.probing.grid import points
from simulations.attack.probing.probe import at
from simulations.attack.probing.regimes import read
from simulations.attack.probing.search import spread_of
from simulations.engines import Budget, Question, estimate_ways
from simulations.jobs.check.finding import Finding
from simulations.plugins.load import Extension
from simulations.populations.base import Population
from simulations.verdicts.limits import LAW_PARAMETERS, has_noise, law_of, law_populations, limit_cases
from simulations.verdicts.verdict import outcome_of_ratio
from theory.array import Floats
from theory.bound import Bound, ExistenceStatement, Value
from theory.setting import Setting

BUDGET = Budget(seconds=0.5, draws=4e5)


def check_equality_or_lower(
    extension: Extension, bound: Bound, seed: int, quick: bool
) -> tuple[Finding, ...]:
    """Findings on every law whose error is exact; the suite's populations are judged in the verdict
    matrix."""
    tried, worst, line = 0, 0.0, ""
    for where, population, shots, errors in _exact_cases(bound, seed):
        answer = bound.evaluate(
            population.geometry(), Setting(shots, population.classes), population.granted()
        )
        if not isinstance(answer, Value):
            continue
        tried += 1
        for error, value in _sides(errors, answer):
            gap = value / error if error > 0 else math.inf if value > 0 else 1.0
            if bound.kind == "equality":
                gap = max(gap, 1 / gap if gap > 0 else math.inf)
            if gap > worst:
                word = "above" if value > error else "below"
                worst, line = gap, f"{bound.name} = {value!r} is {word} the error {error!r} on {where}"
    if not tried:
        return (
            Finding(
                "exact laws",
                "undecided",
                f"{bound.name}: no law with an exact error meets its assumptions; the verdicts on the "
                "suite's populations are all that was checked",
            ),
        )
    outcome = outcome_of_ratio(worst)
    if outcome == "holds":
        line = f"{bound.name}: largest bound / error {worst:.9g} on {tried} laws with exact errors"
    return (Finding("exact laws", outcome, line, {"ratio": worst}),)


def _sides(errors: Floats, answer: Value) -> Iterator[tuple[float, float]]:
    yield float(np.mean(errors)), answer.value
    if answer.per_class is not None:
        yield from ((float(e), v) for e, v in zip(errors, answer.per_class, strict=True))


def _exact_cases(bound: Bound, seed: int) -> Iterator[tuple[str, Population, float, Floats]]:
    law = law_of(bound)
    if law is not None:
        for name, population, shots in law_populations(law):
            estimate = estimate_ways(
                population, Question(shots, (population.classes,)), budget=BUDGET, seed=seed
            )[0]
            if estimate.exact:
                yield name, population, shots, np.array(estimate.per_class)
        return
    pair = GaussianPair()
    for point in points(pair, spread_of(bound, read(bound))):
        probe = at(pair, point)
        if probe is not None:
            yield f"{pair.name}, {point.text}", probe.population, point.shots, probe.errors


def check_existence(extension: Extension, bound: Bound, seed: int, quick: bool) -> tuple[Finding, ...]:
    """Findings on the law that the statement names: error over the bound that it is about, as the noise goes
    to 0."""
    assert isinstance(bound, ExistenceStatement)
    if not has_noise(law_of(bound)):
        return (
            Finding(
                "its law",
                "undecided",
                f"{bound.name}: needs FollowsLaw(name) with the name of a family (a Spec) that has a "
                "parameter `noise`, which goes to 0",
            ),
        )
    smallest = min(LAW_PARAMETERS["noise"])
    cases = [case for case in limit_cases(bound, seed) if case.noise == smallest]
    if not cases:
        return (Finding("its law", "undecided", f"{bound.name}: its law has no exact error here"),)
    worst = max(cases, key=lambda case: case.gap)
    text = (
        f"{bound.name}: claims that error / {bound.of} tends to at least {worst.claimed:.6g}; it is "
        f"{worst.ratio:.6g} on {worst.where}"
    )
    return (Finding("its law", worst.outcome, text, {"gap": worst.gap}),)
