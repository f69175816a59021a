"""Two engines before a bound is called violated: the second is asked only then.

A true theorem called violated because an engine is wrong costs more than any sharpness. Where the intervals
of the two do not meet, one engine is at fault; which one cannot be told, so that the error lies somewhere
between the ends of both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from simulations.engines import Context, Question, Refused
from simulations.engines.asked import run
from simulations.engines.choose import candidates
from simulations.engines.direct import Direct
from simulations.estimates import Disagreement, Effort, Episodes, Estimate, Exact
from simulations.populations.base import Population
from simulations.verdicts.verdict import FAMILY_WISE_ERROR, judge
from theory.bound import Bound, BoundValue
from theory.setting import Setting

STRICT = 1 - FAMILY_WISE_ERROR
"""Confidence of both intervals when they are compared; and what is not violated at it is not violated at the
stricter one of a whole run."""
ROUNDING = 1e-9


def disagree(one: Estimate, other: Estimate, confidence: float = STRICT) -> bool:
    """Whether two estimates have a gap between their intervals, beyond rounding: those of the error, or those
    of any one class where both have some."""
    pairs = [(_ends(one, confidence), _ends(other, confidence))]
    pairs += zip(_class_intervals(one, confidence), _class_intervals(other, confidence), strict=False)
    # Classes are computed in one unit: rounding leaves of any of them what it leaves of the largest.
    scale = min(1.0, max(high for pair in pairs for _, high in pair))
    return any(
        max(low - high_of_other, low_of_other - high) > ROUNDING * scale
        for (low, high), (low_of_other, high_of_other) in pairs
    )


def _ends(estimate: Estimate, confidence: float) -> tuple[float, float]:
    own = estimate.at(confidence)
    return own.low, own.high


def _class_intervals(estimate: Estimate, confidence: float) -> list[tuple[float, float]]:
    """One a class, all of them at once at ``confidence``; within a factor of two where they are sampled and
    given because each is known to a tenth."""
    if isinstance(estimate.rule, Exact):
        return [(error, error) for error in estimate.per_class]
    if not isinstance(estimate.rule, Episodes):
        return [(error / 2, min(2 * error, 1.0)) for error in estimate.per_class]
    # The variance over episodes of a number in [0, 1] is at most that of a coin.
    most = estimate.rule.count / max(estimate.rule.count - 1, 1)
    each = 1 - (1 - confidence) / max(len(estimate.per_class), 1)
    return [
        replace(estimate.rule, mean=error, variance=error * (1 - error) * most).interval(each)
        for error in estimate.per_class
    ]


def other_estimates(
    population: Population,
    setting: Setting,
    context: Context,
    without: str,
    avoid: Sequence[str] = (),
) -> Iterator[Estimate]:
    """By the sharpest other engine than the one called ``without``, then by direct simulation, which shares
    the least code with all others. Neither rests on a statement in ``avoid``; each runs when it is asked for.
    """
    question = Question(setting.shots, (setting.ways,))
    context = replace(context, path=(*context.path, "second engine"))
    engines = candidates(population, question, context.budget, avoid=avoid)
    answered = False
    for engine in engines:
        if engine.name != without and (engine.name == Direct.name or not answered):
            with suppress(Refused):
                yield run(engine, population, question, context)[0]
                answered = True


def violated(answers: Iterable[tuple[Bound, BoundValue]], estimate: Estimate) -> list[str]:
    """Names of those of the bounds with their answers that might be called violated in a run of any size."""
    return [bound.name for bound, answer in answers if judge(bound, answer, estimate).outcome == "violated"]


def confirmed(
    population: Population,
    setting: Setting,
    estimate: Estimate,
    answers: Iterable[tuple[Bound, BoundValue]],
    context: Context,
) -> Estimate:
    """``estimate`` itself, unless a bound is violated by it and another engine contradicts it: then one whose
    interval holds those of both."""
    names = violated(answers, estimate)
    for other in other_estimates(population, setting, context, estimate.method, names) if names else ():
        if disagree(estimate, other):
            return _between(estimate, other, context.confidence)
    return estimate


def _between(one: Estimate, other: Estimate, confidence: float) -> Estimate:
    wide = Estimate.of(
        one.value,
        Disagreement(one.rule, other.rule),
        f"{one.method} and {other.method}, which disagree",
        Effort(one.effort.seconds + other.effort.seconds),
        confidence=confidence,
        seed=other.seed,
        per_class=one.per_class,
        rests_on=one.rests_on,
    )
    return replace(wide, resampled="what either resamples")
