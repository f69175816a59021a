"""The verdict on a bound beside the actual error: holds, violated, undecided, vacuous or not applicable.

An approximation is never said to hold: it is ``scored``, by its ratio to what was measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from html import escape
from typing import Literal

import numpy as np

from simulations.estimates import Disagreement, Estimate, Exact
from theory.array import Floats
from theory.bound import Bound, BoundValue, NotApplicable, Value

Outcome = Literal["holds", "violated", "undecided", "vacuous", "not_applicable", "scored"]
ROUNDING = 1e-9
LEAST = 1e-300
"""Numbers below it have lost digits in double precision, or are 0."""
FAMILY_WISE_ERROR = 1e-3
"""Chance that a whole run calls a true statement violated, by sampling error."""


@dataclass(frozen=True)
class Verdict:
    """One bound on one population and setting.

    value : the bound as stated, None where not applicable or beyond double range.
    ratio : error / bound, None where the bound has no value or is 0, or where the error is not resolved.
    per_class : the bound for queries of each class, None where the statement is about their mean alone.
    """

    bound: str
    outcome: Outcome
    value: float | None
    ratio: float | None
    reason: str | None = None
    ratio_below: float | None = None
    """Upper limit of the ratio, where the error is not resolved."""
    per_class: tuple[float, ...] | None = None
    missed: bool = False
    """An approximation that predicts no error where there surely is one."""
    queries: int | None = None
    """The class for whose queries alone it is violated; None where the mean over classes decides."""

    @property
    def shown_value(self) -> str:
        """The bound in six digits, or that it is beyond double precision."""
        if self.value is None:
            below = self.outcome == "violated" and self.queries is None
            return "minus infinity" if below else "more than double precision holds"
        return f"{self.value:.6g}"

    def shown_ratio(self, none: str = "-") -> str:
        """Error / bound, its upper limit where the error is not resolved, or ``none``."""
        if self.ratio is not None:
            return f"{self.ratio:.4g}"
        return none if self.ratio_below is None else f"below {self.ratio_below:.4g}"

    def _repr_html_(self) -> str:
        value = "" if self.value is None else f" {self.value:.6g}"
        ratio = "" if (shown := self.shown_ratio("")) == "" else f", error / bound {shown}"
        reason = "" if self.reason is None else f": {escape(self.reason)}"
        return f"<b>{escape(self.bound)}</b>{value} {self.outcome.replace('_', ' ')}{ratio}{reason}"


def judge(bound: Bound, answer: BoundValue, estimate: Estimate, *, tests: int = 1) -> Verdict:
    """Put a bound's value beside an estimate.

    The interval used has confidence 1 - 1e-3/``tests``, so that a run of that many estimates stays
    within its family-wise error. ``kind`` alone picks the comparison. Where a bound is also claimed for
    queries of each class, and their errors are exact, it is violated if it is so for any of them, undecided
    where two engines disagree; ``value`` and ``ratio`` remain those of the mean.
    """
    if isinstance(answer, NotApplicable):
        return Verdict(bound.name, "not_applicable", None, None, answer.reason)
    value = answer.value
    if math.isnan(value):
        return Verdict(bound.name, "not_applicable", None, None, "the statement is no number here (0/0?)")
    strict = estimate.at(1 - FAMILY_WISE_ERROR / tests)
    outcome = _compare(bound.kind, value, strict)
    queries = None if outcome == "violated" else _violated_class(bound.kind, answer, estimate)
    if queries is not None and isinstance(estimate.rule, Disagreement):
        outcome, queries = "undecided", None
    if value == -math.inf and bound.kind == "upper":
        return Verdict(bound.name, "violated", None, None, "the value is minus infinity")
    if math.isinf(value):
        verdict = Verdict(bound.name, "vacuous", None, None, "the value exceeds double precision")
        return verdict if queries is None else _of_class(verdict, queries, answer, estimate)
    missed = outcome == "scored" and value == 0 and strict.low > 0
    ratio = below = None
    if value != 0:
        ratio = estimate.value / value if estimate.resolved else None
        below = None if estimate.resolved else estimate.high / value
    reason = None
    if outcome == "undecided" and isinstance(estimate.rule, Disagreement):
        reason = f"the error was found by {estimate.method}: one of the two is at fault, please report it"
    verdict = Verdict(bound.name, outcome, value, ratio, reason, below, answer.per_class, missed)
    return verdict if queries is None else _of_class(verdict, queries, answer, estimate)


def _violated_class(kind: str, answer: Value, estimate: Estimate) -> int | None:
    """The first class whose own exact error contradicts what is claimed for its queries.

    Classes are computed in one unit of length, so that rounding leaves of a class without noise what it
    leaves of the others: the tolerance is at least that of the mean.
    """
    rule = estimate.rule.first if isinstance(estimate.rule, Disagreement) else estimate.rule
    if not isinstance(rule, Exact):
        return None
    scale = min(1.0, abs(answer.value))
    for c, (value, error) in enumerate(zip(answer.per_class or (), estimate.per_class, strict=False)):
        own = replace(estimate, value=error, low=error, high=error)
        if _compare(kind, value, own, scale) == "violated":
            return c
    return None


def _of_class(verdict: Verdict, queries: int, answer: Value, estimate: Estimate) -> Verdict:
    own = math.nan if answer.per_class is None else answer.per_class[queries]
    reason = (
        f"for queries of class {queries} it is {own:.6g}, the exact error {estimate.per_class[queries]:.6g}"
    )
    return replace(verdict, outcome="violated", reason=reason, queries=queries)


def ratios(truths: Floats, bounds: Floats) -> Floats:
    """``truths``, none of them negative, over what is claimed to be at least as large; of one shape. Infinite
    where that is 0 beside a larger truth, or negative: a quotient below 0 is of a bound that is false."""
    with np.errstate(all="ignore"):
        quotients = np.where(truths == 0, 0.0, truths / bounds)
    false = np.where(bounds > 0, False, (truths > 0) | (bounds < -ROUNDING))
    return np.where(false, np.inf, quotients)


def in_digits(ratio: float) -> str:
    """A ratio in nine digits."""
    return f"{ratio:.9g}" if math.isfinite(ratio) else "infinite"


def outcome_of_ratio(ratio: float) -> Literal["holds", "violated"]:
    """Where both sides are known exactly: ``ratio`` is what a true claim keeps at 1 or below."""
    return "violated" if ratio > 1 + ROUNDING else "holds"


def _compare(kind: str, value: float, strict: Estimate, scale: float = 0.0) -> Outcome:
    slack = ROUNDING * max(abs(value), scale) + LEAST
    above, below = strict.low > value + slack, strict.high < value - slack
    if kind == "upper":
        if value >= 1:
            return "vacuous"
        return "violated" if above else "holds" if strict.high <= value + slack else "undecided"
    if kind == "lower":
        if value <= 0:
            return "vacuous"
        return "violated" if below else "holds" if strict.low >= value - slack else "undecided"
    if kind == "approximation":
        return "scored"
    if kind == "equality":
        if above or below:
            return "violated"
        # An interval that also contains half or double the value has not tested it.
        within = strict.high <= 2 * value + slack and strict.low >= value / 2 - slack
        return "holds" if within else "undecided"
    raise ValueError(f"verdicts on a single population are not made for kind '{kind}'")
