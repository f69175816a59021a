"""What a bound claims of a population, beside its exact (or near-exact) error."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulations.engines import estimate
from simulations.engines.enumeration import exact_errors
from simulations.populations.base import Population
from simulations.populations.finite_support import FiniteSupport
from theory.bound import Bound, Value
from theory.setting import Setting

Array = Any
SLACK = 1e-9
NEAR = 1e-3
"""Relative width of an interval that counts as near-exact."""


@dataclass(frozen=True)
class Claim:
    """One inequality that a bound makes: for queries of one class, or for their mean (``query`` None)."""

    ratio: float
    error: float
    bound: float
    query: int | None = None


def claims(bound: Bound, population: Population, shots: float) -> list[Claim]:
    """Every inequality that ``bound`` makes about ``population``, with its error by enumeration.

    Empty where the bound does not apply. A bound of 0 with a positive error has ratio infinity.
    """
    geometry = population.geometry()
    if geometry.coincident_pair is not None:
        return []
    setting = Setting(shots, population.classes)
    answer = bound.evaluate(geometry, setting, population.granted())
    if not isinstance(answer, Value):
        return []
    errors = class_errors(population, shots)
    sides = [(float(np.mean(errors)), answer.value, None)]
    if answer.per_class is not None:
        sides += [(float(e), b, c) for c, (e, b) in enumerate(zip(errors, answer.per_class, strict=True))]
    return [
        Claim(error / value if value > 0 else math.inf, error, value, query)
        for error, value, query in sides
        if error > 0 and math.isfinite(value)
    ]


def class_errors(population: Population, shots: float) -> Array:
    """P(wrong | i) for every class: exact, or the low ends of near-exact intervals of other families."""
    if isinstance(population, FiniteSupport):
        return exact_errors(population, shots, [population.classes])[0]
    found = estimate(population, Setting(shots, population.classes))
    if found.value > 0 and found.high - found.low > NEAR * found.value:
        return np.zeros(population.classes)  # too wide an interval to hunt with
    return np.array(found.per_class or (found.value,) * population.classes) * (
        found.low / found.value if found.value > 0 else 1.0
    )
