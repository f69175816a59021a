"""Existence statements on the law that they name: error over a bound as the law's noise goes to 0."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from simulations.engines import Budget, Question, estimate_ways
from simulations.populations import FAMILIES, from_spec
from simulations.populations.base import Population
from simulations.runtime.errors import InputError
from theory import catalogue
from theory.array import to_numpy
from theory.bound import Bound, ExistenceStatement, NotApplicable
from theory.evaluation.environment import GeometryEnvironment
from theory.evaluation.evaluate import evaluate
from theory.setting import Setting

LIMIT = 2e-3
"""How far a ratio at the smallest noise may be from its limit at most."""
ROUNDING = 1e-9
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


@dataclass(frozen=True)
class LimitCase:
    """One population of the law: error / bound for queries of its first class beside the claimed limit.

    ``allowed`` is how far below it the ratio may be: as much as it may still move on the way to noise 0.
    """

    where: str
    noise: float
    shots: float
    error: float
    bound: float
    ratio: float
    claimed: float
    allowed: float = LIMIT

    @property
    def gap(self) -> float:
        """How far the ratio is below the limit; negative where it is above."""
        return self.claimed - self.ratio

    @property
    def outcome(self) -> Literal["holds", "violated"]:
        """Whether the ratio at this noise comes within ``allowed`` of what is claimed."""
        return "violated" if self.gap > self.allowed else "holds"

    def after(self, larger: LimitCase) -> LimitCase:
        """The same beside the case of a ``larger`` noise on its way to 0: what is left of the gap, if it goes
        with the fourth root of the noise or faster, is a known share of what went between the two."""
        share = 1 / ((larger.noise / self.noise) ** 0.25 - 1)
        return replace(self, allowed=min(LIMIT, share * abs(larger.gap - self.gap) + ROUNDING))


def law_of(bound: Bound) -> str | None:
    """The named law that the statement is about, if any."""
    names = [getattr(a, "law", "") for a in bound.assumptions if a.name == "FollowsLaw"]
    return names[0] if names else None


def has_noise(law: str | None) -> bool:
    """Whether a law is a family with a parameter ``noise``, which can go to 0."""
    return law in FAMILIES and "noise" in FAMILIES[law].model_fields


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


def limit_cases(bound: ExistenceStatement, seed: int) -> list[LimitCase]:
    """Every population of the law on which the error is exact; none for a law without ``noise``."""
    law = law_of(bound)
    if law is None or not has_noise(law):
        return []
    against, cases = catalogue.get(bound.of), []
    latest: dict[str, LimitCase] = {}
    """By the law's other parameters: noises come from the largest down."""
    for place in law_populations(law):
        case = limit_case(bound, against, place, seed)
        if case is not None:
            line = str({**place[1].spec(), "noise": 0})
            case = case.after(latest[line]) if line in latest else case
            latest[line] = case
            cases.append(case)
    return cases


def limit_case(
    bound: ExistenceStatement, against: Bound, place: tuple[str, Population, float], seed: int
) -> LimitCase | None:
    """The ratio at one of ``law_populations``; None where the bound or the exact error is not available."""
    where, population, shots = place
    geometry, setting = population.geometry(), Setting(shots, population.classes)
    answer = against.evaluate(geometry, setting, population.granted())
    estimate = estimate_ways(population, Question(shots, (population.classes,)), budget=BUDGET, seed=seed)[0]
    if isinstance(answer, NotApplicable) or answer.per_class is None or not estimate.exact:
        return None
    environment = GeometryEnvironment(geometry, setting, population.granted())
    with geometry.quiet():
        claimed = to_numpy(environment.full(evaluate(bound.closed_form, environment, "ij"), "ij"))[0, 1]
    error, value = estimate.per_class[0], answer.per_class[0]
    return LimitCase(where, population.spec()["noise"], shots, error, value, error / value, float(claimed))
