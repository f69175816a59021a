"""Intervals from independent groups of sweeps."""

from __future__ import annotations

from dataclasses import dataclass

from simulations.estimates import BoundedMean, IntervalRule, Replicates
from theory.inheritance import override

MANY, MOST = 100, 0.9
"""Groups, or share of all groups, that must have seen both an error and a right answer for their mean to be
taken as near normal."""


@dataclass(frozen=True)
class Groups(IntervalRule):
    """Mean of independent groups: a t interval where enough of them saw both errors and right answers and
    the confidence is at most .999; else one that holds for every law of means in [0, top]."""

    bounded: BoundedMean
    """Rule for the groups' own means."""
    replicates: Replicates
    """Rule for the groups' means after control variates."""
    mixed: int
    """Groups that saw both."""

    @override
    def interval(self, confidence: float) -> tuple[float, float]:
        enough = self.mixed >= min(MANY, MOST * self.bounded.count)
        if enough and confidence <= 0.999:
            return self.replicates.interval(confidence)
        low, high = self.bounded.interval(confidence)
        mean = self.replicates.mean
        return min(low, max(mean, 0.0)), max(high, mean)
