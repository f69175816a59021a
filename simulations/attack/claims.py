"""What a bound claims of a population, beside its exact (or near-exact) error."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulations.engines import Budget, estimate
from simulations.engines.enumeration import exact_errors
from simulations.populations.base import Population
from simulations.populations.finite_support import FiniteSupport
from theory.array import Floats
from theory.assumptions import Granted, MinimumShots
from theory.bound import Bound, Value
from theory.bound.many_digits import put_right
from theory.setting import Setting

SLACK = 1e-9
USEFUL = 0.5
"""Sharpness is measured where a bound is at most this: as it nears 1, every bound nears being attained."""
BUDGET = Budget(seconds=1.0, draws=3e5)
CONFIDENCE = 1 - 1e-9
NARROW = 0.2
"""Largest width of an interval, relative to the distance of its low end to the bound, at which it may decide
a search."""


@dataclass(frozen=True)
class Claim:
    """One inequality that a bound makes: for queries of one class, or for their mean (``query`` None)."""

    ratio: float
    error: float
    bound: float
    query: int | None = None


def least_shots(bound: Bound) -> float:
    """The fewest shots that the bound's assumptions allow; infinite where centres are at the class means."""
    least = (float(each.shots) for each in Granted(bound.assumptions) if isinstance(each, MinimumShots))
    return max([1.0, *(shots if math.isinf(shots) else float(math.ceil(shots)) for shots in least)])


def claims(bound: Bound, population: Population, shots: float, errors: Floats | None = None) -> list[Claim]:
    """Every inequality that ``bound`` makes about ``population``, with its error by enumeration. One that is
    refuted is so by its value in many digits, too.

    Empty where the bound does not apply; a bound of 1 or more makes no claim. A bound of 0 with a positive
    error has ratio infinity.
    errors : P(wrong | i) for every class, where the caller knows them already.
    """
    geometry, granted = population.geometry(), Granted(population.granted())
    if geometry.coincident_pair is not None:
        return []
    setting = Setting(shots, population.classes)
    answer = bound.evaluate(geometry, setting, granted)
    if not isinstance(answer, Value):
        return []
    inequalities = _of_answer(answer, population, shots, errors)
    if any(claim.ratio > 1 + SLACK for claim in inequalities):
        answer = put_right(bound, geometry, setting, granted, answer)
        inequalities = _of_answer(answer, population, shots, errors)
    return inequalities


def _of_answer(answer: Value, population: Population, shots: float, errors: Floats | None) -> list[Claim]:
    if errors is None:
        if not isinstance(population, FiniteSupport):
            return _sampled_claims(answer, population, shots)
        errors = class_errors(population, shots)
    return beside(answer, errors)


def beside(answer: Value, errors: Floats) -> list[Claim]:
    """What a value and those for queries of each class claim of the ``errors`` (classes,)."""
    sides: list[tuple[float, float, int | None]] = [(float(np.mean(errors)), answer.value, None)]
    if answer.per_class is not None:
        sides += [(float(e), b, c) for c, (e, b) in enumerate(zip(errors, answer.per_class, strict=True))]
    return [claim for side in sides if (claim := _claim(*side)) is not None]


def strongest(claims: Sequence[Claim]) -> Claim | None:
    """The claim with the largest ratio, among those that are refuted or whose bound is at most ``USEFUL``."""
    informative = [claim for claim in claims if claim.bound <= USEFUL or claim.ratio > 1 + SLACK]
    return max(informative, key=lambda claim: claim.ratio, default=None)


def class_errors(population: FiniteSupport, shots: float) -> Floats:
    """P(wrong | i) for every class, by enumeration."""
    errors: Floats = exact_errors(population, shots, [population.classes])[0]
    return errors


def _claim(error: float, value: float, query: int | None) -> Claim | None:
    if not (error > 0 and value < 1):
        return None
    return Claim(error / value if value > 0 else math.inf, error, value, query)


def _sampled_claims(answer: Value, population: Population, shots: float) -> list[Claim]:
    """The claim about the mean, with the low end of the error's interval in place of the error.

    Only where the interval is far narrower than the distance of the ratio to 1: the answer is then not due to
    chance, even after thousands of evaluations.
    """
    setting = Setting(shots, population.classes)
    error = estimate(population, setting, budget=BUDGET, path=("attack",)).at(CONFIDENCE)
    claim = _claim(error.low, answer.value, None)
    if claim is None or (error.high - error.low) > NARROW * abs(answer.value - error.low):
        return []
    return [claim]
