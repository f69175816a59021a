"""The bound that a measurement names as its tightest: one rule for terminal, page, JSON and advice.

Bounds are computed from estimated moments, so the number named is no guarantee at any confidence; only
``certify`` gives one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from simulations.features.measurement import Measurement
from simulations.verdicts.chance import from_above
from simulations.verdicts.evaluate import Row
from simulations.verdicts.verdict import Verdict
from theory import catalogue
from theory.assumptions import BoundedKurtosis, FiniteMoments, Granted

LeftOut = Literal["violated", "void", "undecided", "below", "unknown"]
"""Reasons why a bound isn't named: the error contradicts it; the data contradict an assumption that it rests
on; the error cannot decide, and it rests on an assumption that only the user grants; the error lies above it,
which the uncertainty of its moments may explain; nothing is known of how far its moments may be off."""


@dataclass(frozen=True)
class Tightest:
    """``high``: upper end of the interval that estimated moments leave, infinite where there is none."""

    bound: str
    value: float
    high: float
    confidence: float

    @property
    def end(self) -> float:
        """The upper end of what the bound may be; its value where nothing more is known."""
        return self.high if math.isfinite(self.high) else self.value

    def span(self) -> str:
        """``up to 0.0135 by its 95 % interval``, or that there is none."""
        if not math.isfinite(self.high):
            return "without an interval"
        return f"up to {self.high:.3g} by its {100 * self.confidence:.12g} % interval"

    def __str__(self) -> str:
        return f"below {self.value:.3g} ({self.span()}; {self.bound})"


def trusted(measurement: Measurement) -> Granted:
    """The assumptions in force: those true of any finite data set, and those that the user grants and the
    data do not contradict."""
    sound = [each for each in measurement.granted if each not in measurement.contradicted]
    return Granted([*sound, BoundedKurtosis(), FiniteMoments()])


def contradicted_bounds(measurement: Measurement) -> frozenset[str]:
    """Bounds that rest on an assumption that the data contradict."""
    vouched, refuted = trusted(measurement), Granted(measurement.contradicted)
    return frozenset(
        bound.name
        for bound in catalogue.about("few_shot_error")
        if any(each.name in refuted and each.name not in vouched for each in bound.assumptions)
    )


def uppers(row: Row) -> list[Verdict]:
    """Verdicts on what bounds the error from above, where it applies."""
    return [v for v in row.verdicts if v.outcome != "not_applicable" and from_above(v.bound)]


def why_left_out(verdict: Verdict, row: Row, measurement: Measurement) -> LeftOut | None:
    """The reason why a bound is not to be named, None for one that may be.

    A bound that the measured error cannot decide is not in doubt for that: it is proved. But one that rests
    on an assumption that only the user grants needs the data's support.
    """
    if verdict.outcome == "violated":
        return "violated"
    if verdict.bound in contradicted_bounds(measurement):
        return "void"
    if verdict.outcome == "undecided":
        vouched = {each.name for each in measurement.granted}
        known = verdict.bound in catalogue.names()
        if not known or any(each.name in vouched for each in catalogue.get(verdict.bound).assumptions):
            return "undecided"
        if verdict.value is None or verdict.value < row.estimate.low:
            return "below"
    # Bounds that are least over what moments of margins give come out too low from few samples: without an
    # interval nothing is known of how much.
    reads = verdict.bound in catalogue.names() and catalogue.get(verdict.bound).reads_margins
    return "unknown" if reads and math.isinf(_high(verdict, row, measurement)) else None


def tightest(row: Row, measurement: Measurement) -> Tightest | None:
    """Of the bounds that may be named the one whose interval ends lowest; one without an interval only where
    none has one."""
    candidates = [
        Tightest(v.bound, v.value, max(_high(v, row, measurement), v.value), measurement.confidence)
        for v in uppers(row)
        if v.value is not None and why_left_out(v, row, measurement) is None
    ]
    return min(candidates, key=lambda each: (each.high, each.value), default=None)


def _high(verdict: Verdict, row: Row, measurement: Measurement) -> float:
    key = (row.setting.shots, row.setting.ways, verdict.bound)
    return measurement.bound_intervals.get(key, (0.0, math.inf))[1]
