"""Estimates with their sampling error: value, interval, method, effort and seed, never a bare float."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from theory.bound import NotApplicable
from theory.evaluation import concentration


class IntervalRule(Protocol):
    """How an interval at any confidence is made from what was recorded."""

    def interval(self, confidence: float) -> tuple[float, float]: ...


@dataclass(frozen=True)
class Exact:
    """A value with no sampling error."""

    value: float

    def interval(self, confidence: float) -> tuple[float, float]:
        return self.value, self.value


@dataclass(frozen=True)
class Binomial:
    """Independent trials: the exact interval of Clopper and Pearson."""

    errors: int
    trials: int

    def interval(self, confidence: float) -> tuple[float, float]:
        from scipy.special import betaincinv

        tail = (1 - confidence) / 2
        missed = self.trials - self.errors
        low = 0.0 if self.errors == 0 else float(betaincinv(self.errors, missed + 1, tail))
        high = 1.0 if missed == 0 else float(betaincinv(self.errors + 1, missed, 1 - tail))
        return low, high


@dataclass(frozen=True)
class BoundedMean:
    """Mean of ``count`` independent values in [0, 1], each an episode's error.

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

    def interval(self, confidence: float) -> tuple[float, float]:
        if self.top != 1.0:
            scaled = BoundedMean(self.count, self.mean / self.top, self.variance / self.top**2)
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
class Replicates:
    """Mean of ``count`` independent unbiased replicates (randomised lattice rules, say) with deviation sd.

    Up to confidence 0.999 a t interval: replicate means are near normal (coverage is tested). Beyond, the
    wider of that and the self-normalised bound of Efron and Pinelis, which needs no normality but only that
    replicates err symmetrically: P(|T| large) <= 2 exp(-x^2/2). With 64 replicates it is finite up to
    1 - 2.5e-14 and 1.3 times the t interval at 1 - 1e-6; where it is not finite the interval is ``floor``
    to ``ceiling``, which hold without sampling. ``bias`` is the relative accuracy of the arithmetic.
    """

    count: int
    mean: float
    deviation: float
    floor: float = 0.0
    ceiling: float = 1.0
    bias: float = 0.0

    def interval(self, confidence: float) -> tuple[float, float]:
        from scipy.special import stdtrit

        tail = 1 - confidence
        radius = float(stdtrit(self.count - 1, 1 - tail / 2))
        if tail < 1e-3 * (1 - 1e-9):
            square = 2 * math.log(2 / tail)
            limit = math.inf
            if square < self.count:
                limit = math.sqrt(square * (self.count - 1) / (self.count - square))
            radius = max(radius, limit)
        if math.isinf(radius):
            return self.floor, self.ceiling
        half = radius * self.deviation / math.sqrt(self.count) + self.bias * abs(self.mean)
        low, high = max(self.mean - half, self.floor), min(self.mean + half, self.ceiling)
        # Rounding may put an estimate without spread a hair outside floor and ceiling.
        return min(low, self.mean), max(high, self.mean)


def kl(p: float, q: float) -> float:
    """Relative entropy of Bernoulli(p) from Bernoulli(q)."""
    return float(concentration.relative_entropy(np.asarray(p), np.asarray(q)))


def kl_upper(p: float, rate: float) -> float:
    """sup{q : kl(p, q) <= rate}, never too small."""
    return float(concentration.kl_upper(p, rate))


def kl_lower(p: float, rate: float) -> float:
    """inf{q : kl(p, q) <= rate}."""
    return 1 - kl_upper(1 - p, rate)


@dataclass(frozen=True)
class Effort:
    """What an estimate cost. ``episodes`` is None where nothing was sampled."""

    seconds: float
    episodes: int | None = None


@dataclass(frozen=True)
class Estimate:
    """An error with its interval, from ``Estimate.of``.

    value, low, high : the error and its interval at ``confidence`` (1 where ``exact``).
    method : name of the engine. rule : how the interval at any other confidence is made.
    effort : seconds and episodes. seed : root of the random numbers, None where there are none.
    per_class : P(wrong | query of class c), empty where it was not found class by class.
    resampled : what the interval is over: episodes, replicates, support sets, samples or classes.
    """

    value: float
    low: float
    high: float
    confidence: float
    method: str
    rule: IntervalRule
    exact: bool
    effort: Effort
    seed: int | None = None
    per_class: tuple[float, ...] = ()
    resampled: str = "episodes"
    rests_on: tuple[str, ...] = field(default=())
    """Statements of the catalogue whose truth the method itself relies on."""
    over_samples: Estimate | NotApplicable | None = None
    """The error of the same classes on fresh samples, where those stored are a sample of each class."""
    over_classes: Estimate | NotApplicable | None = None
    """The error on new classes, where those asked are taken as a sample of a population of classes."""

    @property
    def resolved(self) -> bool:
        """Whether the value says more than the interval's upper end: not where so few draws carry it that the
        interval reaches from 0 to beyond a hundred times the value."""
        return self.exact or self.value == 0 or self.low > 0 or self.high <= 100 * self.value

    def shown(self, digits: int = 4) -> str:
        """The value, or what it is below where it is not resolved."""
        return f"{self.value:.{digits}g}" if self.resolved else f"below {self.high:.{digits}g}"

    def __str__(self) -> str:
        """The estimate in one line: value, interval, method and effort."""
        if self.exact:
            return f"{self.value:.6g} (exact, {self.method}, {self.effort.seconds:.2g} s)"
        drawn = "" if self.effort.episodes is None else f", {self.effort.episodes} episodes"
        return (
            f"{self.shown(6)} ({self.low:.4g} to {self.high:.4g} at confidence {self.confidence:g} over "
            f"{self.resampled}, {self.method}{drawn}, {self.effort.seconds:.2g} s)"
        )

    def at(self, confidence: float) -> Estimate:
        """The same estimate with its interval at another confidence."""
        low, high = self.rule.interval(confidence)
        return replace(self, low=low, high=high, confidence=1.0 if self.exact else confidence)

    @staticmethod
    def of(
        value: float,
        rule: IntervalRule,
        method: str,
        effort: Effort,
        *,
        confidence: float = 0.95,
        seed: int | None = None,
        per_class: tuple[float, ...] = (),
        resampled: str = "episodes",
        rests_on: tuple[str, ...] = (),
    ) -> Estimate:
        """An estimate with its interval at ``confidence`` from ``rule``, exact for the rule ``Exact``; the
        other arguments are the fields of that name."""
        exact = isinstance(rule, Exact)
        if isinstance(rule, Replicates) and rule.bias > 0 and resampled == "episodes":
            resampled = "replicates"  # of an integral that is done anew a few times: no episode is drawn
        low, high = rule.interval(confidence)
        return Estimate(
            value=value,
            low=low,
            high=high,
            confidence=1.0 if exact else confidence,
            method=method,
            rule=rule,
            exact=exact,
            effort=effort,
            seed=seed,
            per_class=per_class,
            resampled="nothing" if exact else resampled,
            rests_on=rests_on,
        )
