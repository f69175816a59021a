"""Where engines are asked and run: what one of a user's own answers is looked at before anything uses it."""

from __future__ import annotations

import math
import re
from numbers import Real
from typing import Any

from simulations.engines.base import Budget, Context, Engine, Question, Refused
from simulations.estimates import Estimate
from simulations.populations.base import Population
from simulations.runtime.users_code import file_of, in_users_code, of_user, shown

NAME = r"[\w .-]{1,80}"
STRICT = 1 - 1e-7
"""Verdicts ask for intervals at about this confidence, as well as at that of the context."""
ROUNDING = 1e-9


def wrong_engine(engine: Engine) -> tuple[str, str] | None:
    """The first attribute that is not of its declared type, and what is wrong with it."""
    name, rank = getattr(engine, "name", None), getattr(engine, "rank", None)
    rests_on: object = engine.rests_on
    if not isinstance(name, str) or not re.fullmatch(NAME, name):
        return "name", f'is {shown(name)}; write a short text, as name = "my_engine"'
    if not _is_number(rank):
        return "rank", (
            f"is {shown(rank)}; write a number: 0 or 1 for an exact engine, from 10 on for one that samples"
        )
    if not isinstance(rests_on, tuple | list) or not all(isinstance(each, str) for each in rests_on):
        return "rests_on", f'is {shown(rests_on)}; write a tuple of names, as ("cdnv_sharp",)'
    return None


def refusal(engine: Engine, population: Population, question: Question, budget: Budget) -> str | None:
    """Why the engine does not accept, or None. Raises InputError where a user's own answers anything else."""
    with in_users_code(engine, "refusal"):
        reason: object = engine.refusal(population, question, budget)
    if reason is not None and not isinstance(reason, str):
        raise of_user(
            engine, "refusal", f"returns {shown(reason)}; return None to accept, else the reason as a text"
        )
    return reason


def expected_width(
    engine: Engine, population: Population, question: Question, budget: Budget
) -> float | None:
    """The forecast of ``engine``. Raises InputError where a user's own is no number of at least 0, or None.

    A NaN is one: lengths that overflow make a bad forecast and nothing worse.
    """
    with in_users_code(engine, "expected_width"):
        width: Any = engine.expected_width(population, question, budget)
    if width is not None and file_of(engine) is not None and (not _is_real(width) or width < 0):
        raise of_user(
            engine, "expected_width", f"returns {shown(width)}; return half a width, of at least 0, or None"
        )
    return None if width is None else float(width)


def run(engine: Engine, population: Population, question: Question, context: Context) -> list[Estimate]:
    """One estimate for each number of ways. Raises ``Refused`` as the engine does, and InputError where the
    answer of a user's own engine is no such list, or holds what cannot be an error and its interval."""
    with in_users_code(engine, "run", (Refused,)):
        estimates: Any = engine.run(population, question, context)
    if file_of(engine) is None:
        return list(estimates)
    good = isinstance(estimates, list | tuple) and all(isinstance(each, Estimate) for each in estimates)
    if not good or len(estimates) != len(question.ways):
        what = f"{len(estimates)} estimates" if good else shown(estimates)
        raise of_user(
            engine,
            "run",
            f"returns {what} for ways {', '.join(map(str, question.ways))}; return a list with one Estimate "
            "each, from Estimate.of",
        )
    for estimate in estimates:
        problem = _wrong(engine, estimate, context)
        if problem is not None:
            raise of_user(engine, "run", problem)
    return list(estimates)


def _wrong(engine: Engine, estimate: Estimate, context: Context) -> str | None:
    """What keeps an estimate from being an error with its interval; None where nothing does."""
    value: Any = estimate.value
    if not _is_number(value) or not 0 <= value <= 1:
        return f"returns the value {shown(value)}; an error is a number from 0 to 1"
    if not isinstance(estimate.method, str):
        return f"names {shown(estimate.method)} as its method; write self.name"
    if not estimate.certain and estimate.confidence != context.confidence:
        return (
            f"returns an interval of confidence {shown(estimate.confidence)} where "
            f"{context.confidence:.12g} is asked; write confidence=context.confidence"
        )
    rule: Any = estimate.rule
    for name, part in vars(rule).items():
        if isinstance(part, float) and math.isnan(part):
            return f"gives its rule {type(rule).__name__} the {name} nan; give finite numbers"
    with in_users_code(engine, "run"):
        strict = estimate.at(STRICT)
    for ends in (estimate, strict):
        low, high = ends.low, ends.high
        if not (_is_number(low) and _is_number(high)) or low > high:
            return f"returns the interval {shown(low)} to {shown(high)}; give its rule finite numbers"
        slack = ROUNDING * value
        if not low - slack <= value <= high + slack:
            return (
                f"returns the value {value:.6g} outside its own interval {low:.6g} to {high:.6g}; give "
                "Estimate.of and its rule the same value"
            )
    classes: Any = estimate.per_class
    if not all(_is_number(each) and 0 <= each <= 1 for each in classes):
        return f"returns the errors by class {shown(classes)}; each is a number from 0 to 1"
    return None


def _is_real(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
