"""A claim computed anew without floating point: its error in fractions, its bound at 400 digits."""

from __future__ import annotations

import math
from fractions import Fraction

from simulations.attack.claims import Claim
from simulations.attack.exact_bound import exact_bound
from simulations.attack.fractions_error import TooMany, exact_class_errors
from simulations.attack.records import ExactRatio
from simulations.populations.base import Population
from simulations.populations.finite_support import FiniteSupport
from theory.bound import Bound
from theory.evaluation.many_digits import NotExact


def recheck(
    bound: Bound, population: Population, shots: float, claim: Claim
) -> tuple[ExactRatio | None, str]:
    """The claim's error in fractions and its bound at 400 digits, or None and why that is not possible."""
    if not isinstance(population, FiniteSupport):
        return None, f"classes of family {population.family} have no rational error"
    try:
        errors = exact_class_errors(population, shots)
        value = exact_bound(bound, population, shots, claim.query)
    except (NotExact, TooMany) as reason:
        return None, str(reason)
    error = errors[claim.query] if claim.query is not None else sum(errors, Fraction()) / len(errors)
    ratio = float(error.numerator / (value * error.denominator)) if value > 0 else math.inf
    return ExactRatio(error, ratio if error > 0 else 0.0), ""
