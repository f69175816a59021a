"""Estimates with their sampling error: value, interval, method, effort and seed, never a bare float."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from simulations.estimates.by_class import probabilities
from simulations.estimates.by_class import resolved as may_be_told
from simulations.estimates.rules import Bracket, Exact, IntervalRule
from theory.bound import NotApplicable


def _certain(rule: IntervalRule) -> bool:
    """Whether the interval holds without any sampling error."""
    return isinstance(rule, Exact | Bracket)


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
    per_class : P(wrong | query of class c), of mean ``value``; empty where it was not found class by class,
        or not for every class (``by_class.resolved``). Of the rules ``Episodes`` and ``Groups`` they are
        shares of the queries drawn, whatever their number.
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
    """The error on new classes, where those at hand are taken as a sample of a population of classes."""

    def __post_init__(self) -> None:
        # Numbers of NumPy show their type where they are printed.
        for name in ("value", "low", "high"):
            object.__setattr__(self, name, float(getattr(self, name)))

    @property
    def certain(self) -> bool:
        """Whether the interval holds without any sampling error: it is exact, or a proved bracket."""
        return _certain(self.rule)

    @property
    def resolved(self) -> bool:
        """Whether the value is more informative than the interval's upper end: not where no error was drawn,
        nor where so few draws carry it that the interval reaches from 0 to beyond a hundred times the
        value."""
        return self.exact or self.low > 0 or self.high <= 100 * self.value

    def formatted(self, digits: int = 4) -> str:
        """The value, or what it is below where it is not resolved."""
        return f"{self.value:.{digits}g}" if self.resolved else f"below {self.high:.{digits}g}"

    def __str__(self) -> str:
        """The estimate in one line: value, interval, method and effort."""
        if self.exact:
            return f"{self.value:.6g} (exact, {self.method}, {self.effort.seconds:.2g} s)"
        episodes = "" if self.effort.episodes is None else f", {self.effort.episodes} episodes"
        return (
            f"{self.formatted(6)} ({self.low:.4g} to {self.high:.4g} at confidence {self.confidence:.12g} "
            f"over {self.resampled}, {self.method}{episodes}, {self.effort.seconds:.2g} s)"
        )

    @cached_property
    def _intervals(self) -> dict[float, tuple[float, float]]:
        """Cache by confidence: every bound of a table is judged at the same one."""
        return {}

    def at(self, confidence: float) -> Estimate:
        """The same estimate with its interval at another confidence."""
        if confidence not in self._intervals:
            self._intervals[confidence] = self.rule.interval(confidence)
        low, high = self._intervals[confidence]
        return replace(self, low=low, high=high, confidence=1.0 if _certain(self.rule) else confidence)

    @staticmethod
    def of(  # noqa: PLR0913 - one argument for each field
        value: float,
        rule: IntervalRule,
        method: str,
        effort: Effort,
        *,
        confidence: float = 0.95,
        seed: int | None = None,
        per_class: tuple[float, ...] = (),
        resolved: bool = True,
        resampled: str = "episodes",
        rests_on: tuple[str, ...] = (),
    ) -> Estimate:
        """An estimate with its interval at ``confidence`` from ``rule``, exact for the rule ``Exact``; the
        other arguments are the fields of that name. With ``per_class`` all of them are probabilities: see
        ``by_class.probabilities`` for what sampling has left outside; the interval is that of the rule. They
        are told only if ``resolved``."""
        exact = isinstance(rule, Exact)
        if per_class:
            sampled = np.array(per_class)
            value, per_class = probabilities(value, per_class)
            resolved = resolved and may_be_told(np.array(per_class), np.abs(per_class - sampled))
        low, high = rule.interval(confidence)
        return Estimate(
            value=value,
            low=low,
            high=high,
            confidence=1.0 if _certain(rule) else confidence,
            method=method,
            rule=rule,
            exact=exact,
            effort=effort,
            seed=seed,
            per_class=per_class if resolved else (),
            resampled="nothing" if _certain(rule) else resampled,
            rests_on=rests_on,
        )
