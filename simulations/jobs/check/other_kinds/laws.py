"""Lower bounds, equalities and existence statements: on their own law, and on exact probes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from simulations.attack.probing.gaussians import GaussianPair
from simulations.attack.probing.grid import points
from simulations.attack.probing.probe import at
from simulations.attack.probing.regimes import read
from simulations.attack.probing.search import spread_of
from simulations.engines import Budget, Question, estimate_ways
from simulations.jobs.check.finding import Finding
from simulations.plugins.load import Extension
from simulations.populations import FAMILIES, from_spec
from simulations.populations.base import Population
from simulations.runtime.errors import InputError
from theory import catalogue
from theory.bound import Bound, ExistenceStatement, NotApplicable, Value
from theory.evaluation.environment import GeometryEnvironment
from theory.evaluation.evaluate import evaluate
from theory.setting import Setting

Array = Any
ROUNDING = 1e-9
LIMIT = 2e-3
"""How far a ratio at the smallest noise may be from its limit."""
LAW_PARAMETERS: dict[str, tuple[float, ...]] = {
    "probability": (0.5, 0.3, 0.1, 0.01, 1e-4, 1e-6),
    "noise": (1e-2, 1e-3, 1e-4, 1e-6),
}
"""Values for the first parameter of a law, by its name; all others are tried as ``LAW_SETTINGS`` has them."""
LAW_SETTINGS: dict[str, tuple[float, ...]] = {
    "shots": (1, 2, 3, 5, 10),
    "dimension": (1, 2),
    "v_i": (1.0, 2.0),
}
BUDGET = Budget(seconds=0.5, draws=4e5)


def law_of(bound: Bound) -> str | None:
    """The named law that the statement is about, if any."""
    names = [getattr(a, "law", "") for a in bound.assumptions if a.name == "FollowsLaw"]
    return names[0] if names else None


def law_populations(law: str) -> Iterator[tuple[str, Population, float]]:
    """Populations of a named law with the shots that each is made for; none for an unknown law."""
    family = FAMILIES.get(law)
    if family is None:
        return
    fields = family.model_fields
    rows: list[dict[str, Any]] = [{"family": law}]
    for name, values in (*LAW_PARAMETERS.items(), *LAW_SETTINGS.items()):
        if name in fields:
            rows = [{**row, name: value} for row in rows for value in values]
    for row in rows:
        text = ", ".join(f"{key} = {value:g}" for key, value in row.items() if key != "family")
        try:
            yield f"{law} with {text}", from_spec(row), float(row.get("shots", math.inf))
        except InputError:
            continue


def check_equality_or_lower(
    extension: Extension, bound: Bound, seed: int, quick: bool
) -> tuple[Finding, ...]:
    """On every law whose error is exact; the suite's populations are judged in the verdict matrix."""
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
    if worst > 1 + ROUNDING:
        return (Finding("exact laws", "violated", line, {"ratio": worst}),)
    text = f"{bound.name}: largest bound / error {worst:.9g} on {tried} laws with exact errors"
    return (Finding("exact laws", "holds", text, {"ratio": worst}),)


def _sides(errors: Array, answer: Value) -> Iterator[tuple[float, float]]:
    yield float(np.mean(errors)), answer.value
    if answer.per_class is not None:
        yield from ((float(e), v) for e, v in zip(errors, answer.per_class, strict=True))


def _exact_cases(bound: Bound, seed: int) -> Iterator[tuple[str, Population, float, Array]]:
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
    """On the law that the statement names: error over the bound that it is about, as the noise goes to 0."""
    assert isinstance(bound, ExistenceStatement)
    law = law_of(bound)
    if law is None or law not in FAMILIES or "noise" not in FAMILIES[law].model_fields:
        return (
            Finding(
                "its law",
                "undecided",
                f"{bound.name}: needs FollowsLaw(name) with the name of a family (a Spec) that has a "
                "parameter `noise`, which goes to 0",
            ),
        )
    smallest = min(LAW_PARAMETERS["noise"])
    against = catalogue.get(bound.of)
    cases = []
    for name, population, shots in law_populations(law):
        if population.spec()["noise"] == smallest:
            cases += _limit_case(bound, against, name, population, shots, seed)
    if not cases:
        return (Finding("its law", "undecided", f"{bound.name}: its law has no exact error here"),)
    gap, text = max(cases)
    outcome = "violated" if gap > LIMIT else "holds"
    return (Finding("its law", outcome, f"{bound.name}: {text}", {"gap": gap}),)  # type: ignore[arg-type]


def _limit_case(
    bound: ExistenceStatement, against: Bound, name: str, population: Population, shots: float, seed: int
) -> list[tuple[float, str]]:
    geometry, setting = population.geometry(), Setting(shots, population.classes)
    answer = against.evaluate(geometry, setting, population.granted())
    estimate = estimate_ways(population, Question(shots, (population.classes,)), budget=BUDGET, seed=seed)[0]
    if isinstance(answer, NotApplicable) or answer.per_class is None or not estimate.exact:
        return []
    environment = GeometryEnvironment(geometry, setting, population.granted())
    with geometry.quiet():
        claimed = float(
            np.asarray(environment.full(evaluate(bound.closed_form, environment, "ij"), "ij"))[0, 1]
        )
    ratio = estimate.per_class[0] / answer.per_class[0]
    return [
        (
            claimed - ratio,
            f"claims that error / {against.name} tends to at least {claimed:.6g}; it is {ratio:.6g} on "
            f"{name}",
        )
    ]
