"""Every rule that makes an interval of what was recorded. A new rule is one class, here or anywhere: its
definition enters it in ``RULES``, by which stored estimates are read back."""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulations.runtime.errors import InputError, printable
from theory.evaluation import concentration
from theory.inheritance import override

RULES: dict[str, type[IntervalRule]] = {}
"""Registry by class name."""
USUAL = 0.999
"""Confidence up to which intervals may rest on normality or on a design effect, whose coverage is tested."""
LEANING, MOST_SCORE = 3.3, 3.3
"""Skewness is mostly seen too small. Measured on replicates of cubature, 32 of 1,024 points in each of 1,200
runs, whose third moment is that of all points: one side at 95 % then misses 0.5 %, the other 0.8 %, at 99 %
and beyond at most 0.1 %. And the normal score beyond which the correction grows no more, as other bounds take
over."""
APART = 1e-6
"""Share of a mean that an interval may lie beyond what holds without sampling: rounding, no contradiction."""
OUTWARD = 1e-12
"""Relative error of SciPy's incomplete beta function, with room: ends are moved outwards by it."""


def clopper_pearson(errors: float, trials: float, tail: float) -> tuple[float, float]:
    """Ends beyond which so many errors, or so few, have at most the chance ``tail``, rounded outwards; counts
    need not be whole."""
    from scipy.special import betainc, betaincc, betainccinv, betaincinv

    # The upper tail by the complement: 1 - tail has few digits of a small tail.
    missed = trials - errors
    low = 0.0 if errors <= 0 else float(betaincinv(errors, missed + 1, tail))
    high = 1.0 if missed <= 0 else float(betainccinv(errors + 1, missed, tail))
    # The inverse functions are off by up to 1e-9, the functions themselves by 1e-13.
    step, enough = OUTWARD, tail * (1 - OUTWARD)
    while low > 0 and betainc(errors, missed + 1, low) > enough:
        low = max(0.0, low - step * min(low, 1 - low) - 2.0**-52 * low)
        step *= 2
    step = OUTWARD
    while high < 1 and betaincc(errors + 1, missed, high) > enough:
        high = min(1.0, high + step * min(high, 1 - high) + 2.0**-52 * high)
        step *= 2
    return low, high


class IntervalRule(ABC):
    """How an interval at any confidence is made from what was recorded.

    Subclasses are dataclasses whose fields are numbers, strings, lists of them, or other rules. Defining one
    raises TypeError where a rule of another module has the same name.
    """

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        other = RULES.get(cls.__name__)
        if other is not None and other.__module__ != cls.__module__:
            raise TypeError(
                f"two interval rules are called {cls.__name__} ({other.__module__}, {cls.__module__}); "
                "rename one"
            )
        RULES[cls.__name__] = cls

    @abstractmethod
    def interval(self, confidence: float) -> tuple[float, float]:
        """(low, high) that holds at ``confidence`` in (0, 1)."""


def to_plain(rule: IntervalRule) -> dict[str, Any]:
    """Name and fields, as plain data. Raises TypeError for a rule that is not a dataclass or not
    registered."""
    name = type(rule).__name__
    if not dataclasses.is_dataclass(rule) or isinstance(rule, type):
        raise TypeError(f"the interval rule {name} is not a dataclass, so that it cannot be stored")
    if RULES.get(name) is not type(rule):
        raise TypeError(f"the interval rule {name} does not derive from simulations.estimates.IntervalRule")
    fields = {field.name: getattr(rule, field.name) for field in dataclasses.fields(rule)}
    return {
        "name": name,
        "fields": {
            field: to_plain(value) if isinstance(value, IntervalRule) else value
            for field, value in fields.items()
        },
    }


def from_plain(plain: Mapping[str, Any]) -> IntervalRule:
    """The rule of ``to_plain``. Raises InputError when none of that name is defined in this process, or when
    the fields are not its own."""
    name, fields = str(plain["name"]), plain["fields"]
    if name not in RULES:
        raise InputError(
            f"the interval rule '{printable(name, 60)}' is not known here; load the file or install the "
            "package that defines it"
        )
    try:
        return RULES[name](
            **{
                field: from_plain(value) if isinstance(value, Mapping) else value
                for field, value in fields.items()
            }
        )
    except TypeError:
        raise InputError(
            f"the interval rule '{printable(name, 60)}' has other fields than those stored; compute it anew"
        ) from None


@dataclass(frozen=True)
class Exact(IntervalRule):
    """A value with no sampling error."""

    value: float

    @override
    def interval(self, confidence: float) -> tuple[float, float]:
        return self.value, self.value


@dataclass(frozen=True)
class Bracket(IntervalRule):
    """Two ends that are proved, whatever the confidence."""

    low: float
    high: float

    @override
    def interval(self, confidence: float) -> tuple[float, float]:
        return self.low, self.high


@dataclass(frozen=True)
class Within(IntervalRule):
    """The interval of ``rule`` cut off at two ends that are proved; these where it lies beyond them."""

    rule: IntervalRule
    low: float
    high: float

    @override
    def interval(self, confidence: float) -> tuple[float, float]:
        low, high = self.rule.interval(confidence)
        if max(self.low - high, low - self.high) > APART * self.high:
            return self.low, self.high
        return min(max(low, self.low), self.high), max(min(high, self.high), self.low)


@dataclass(frozen=True)
class Disagreement(IntervalRule):
    """Intervals of two engines that do not meet: from the lower end of both to the upper end of both."""

    first: IntervalRule
    second: IntervalRule

    @override
    def interval(self, confidence: float) -> tuple[float, float]:
        (one, two), (three, four) = self.first.interval(confidence), self.second.interval(confidence)
        return min(one, three), max(two, four)


@dataclass(frozen=True)
class Binomial(IntervalRule):
    """Independent trials: the exact interval of Clopper and Pearson, rounded outwards."""

    errors: float
    trials: float

    @override
    def interval(self, confidence: float) -> tuple[float, float]:
        return clopper_pearson(self.errors, self.trials, (1 - confidence) / 2)


@dataclass(frozen=True)
class BoundedMean(IntervalRule):
    """Mean of ``count`` independent values in [0, top], each an episode's error.

    Queries of one episode share its supports, so only episodes are independent. Two intervals hold at
    half the error each and are intersected: Chernoff's (tight near 0 and 1) and Maurer and Pontil's
    empirical Bernstein (tight when episodes vary less than coin flips). Both hold for every count.
    """

    count: int
    mean: float
    variance: float
    """Sample variance, denominator count - 1."""
    top: float = 1.0
    """Values lie in [0, top]; the mean is still at most 1."""

    @override
    def interval(self, confidence: float) -> tuple[float, float]:
        if self.top != 1.0:
            scaled = BoundedMean(self.count, self.mean / self.top, self.variance / self.top / self.top)
            low, high = scaled.interval(confidence)
            return low * self.top, min(1.0, high * self.top)
        log_term = math.log(4 / (1 - confidence))
        radius = math.inf
        if self.count > 1:
            radius = math.sqrt(2 * self.variance * log_term / self.count)
            radius += 7 * log_term / (3 * (self.count - 1))
        rate = log_term / self.count
        low = max(kl_lower(self.mean, rate), self.mean - radius, 0.0)
        high = min(kl_upper(self.mean, rate), self.mean + radius, 1.0)
        return low, high


@dataclass(frozen=True)
class Replicates(IntervalRule):
    """Mean of ``count`` independent unbiased replicates (randomised lattice rules, say) with deviation sd.

    Up to confidence 0.999 a t interval: replicate means are near normal (coverage is tested). Beyond, the
    wider of that and the self-normalised bound of Efron and Pinelis, which needs no normality but only that
    replicates err symmetrically: P(|T| large) <= 2 exp(-x^2/2). With 64 replicates it is finite up to
    1 - 2.5e-14 and 1.3 times the t interval at 1 - 1e-6; where it is not finite the interval is ``floor``
    to ``ceiling``, which hold without sampling. ``bias`` is the relative accuracy of the arithmetic.

    ``lean``, relative too, is the third central moment over the variance and the count of what is averaged
    (``lean_of_points``), the sign that of the side on which too little was seen: there the interval is wider
    by ``LEANING`` times Johnson's correction (J. Am. Stat. Assoc. 73, 1978).
    """

    count: int
    mean: float
    deviation: float
    floor: float = 0.0
    ceiling: float = 1.0
    bias: float = 0.0
    lean: float = 0.0

    @override
    def interval(self, confidence: float) -> tuple[float, float]:
        from scipy.special import ndtri, stdtrit

        tail = 1 - confidence
        radius = -float(stdtrit(self.count - 1, tail / 2))
        if tail < (1 - USUAL) * (1 - 1e-9):
            square = 2 * math.log(2 / tail)
            limit = math.inf
            if square < self.count:
                limit = math.sqrt(square * (self.count - 1) / (self.count - square))
            radius = max(radius, limit)
        if math.isinf(radius):
            return self.floor, self.ceiling
        half = radius * self.deviation / math.sqrt(self.count) + self.bias * abs(self.mean)
        score = min(-float(ndtri(tail / 2)), MOST_SCORE)
        more = LEANING * (1 + 2 * score**2) / 6 * self.lean * abs(self.mean)
        down, up = half + max(0.0, -more), half + max(0.0, more)
        low, high = self.mean - down, self.mean + up
        if max(self.floor - high, low - self.ceiling) > APART * abs(self.mean):
            # Beyond what holds without sampling: the replicates tell nothing.
            return self.floor, self.ceiling
        # Rounding may put an estimate without spread just outside floor and ceiling.
        inside = min(max(self.mean, self.floor), self.ceiling)
        return min(max(low, self.floor), inside), max(min(high, self.ceiling), inside)


@dataclass(frozen=True)
class BesideUnseen(IntervalRule):
    """The interval of ``rule``, of a mean of ``count`` independent values that are not negative, with room on
    both sides for what none of them has shown: see ``most_unseen``.

    ``above`` is how far such values may lie above the others, ``below`` how far beneath them: where all that
    were seen are about the same, and nothing is below 0, that is their own size. Where a value is itself a
    mean over draws, one of them may change it by ``draw`` and all together by ``within``; what no draw showed
    amounts to at most the mean of the latter, ``open``, over the values.
    """

    rule: IntervalRule
    count: int
    above: float
    below: float
    draw: float = 0.0
    within: float = 0.0
    open: float = 0.0

    @override
    def interval(self, confidence: float) -> tuple[float, float]:
        low, high = self.rule.interval(confidence)
        unseen = most_unseen(self.count, confidence)
        together = unseen * self.within
        inside = max(together, min(unseen * self.draw, self.open + together))
        below, above = max(unseen * self.below, inside), max(unseen * self.above, inside)
        return max(low - below, 0.0), min(high + above, 1.0)


def most_unseen(count: float, confidence: float) -> float:
    """The largest chance of an event that ``count`` independent draws all miss with a chance of half of what
    ``confidence`` leaves: they miss one of chance q with (1 - q)^count <= exp(-count q)."""
    return math.log(2 / (1 - confidence)) / count


def kl(p: float, q: float) -> float:
    """Relative entropy of Bernoulli(p) from Bernoulli(q)."""
    return float(concentration.relative_entropy(np.asarray(p), np.asarray(q)))


def kl_upper(p: float, rate: float) -> float:
    """sup{q : kl(p, q) <= rate}, never too small."""
    return float(concentration.kl_upper(np.asarray(p), np.asarray(rate)))


def kl_lower(p: float, rate: float) -> float:
    """inf{q : kl(p, q) <= rate}, never too large."""
    return max(0.0, 1 - kl_upper(1 - p, rate) - 2.0**-52)
