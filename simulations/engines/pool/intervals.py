"""Intervals from independent groups of sweeps."""

from __future__ import annotations

from dataclasses import dataclass

from simulations.estimate import BoundedMean, Replicates

MANY = 100
"""Groups that saw an error from which, or ...
"""
MOST_SAW = 0.9
"""... the share of groups from which, their mean is near normal."""


@dataclass(frozen=True)
class Groups:
    """Mean of independent groups: a t interval where enough of them saw an error and the confidence is at
    most .999; else one that holds for every law of means in [0, top]."""

    bounded: BoundedMean
    """Of the groups' own means."""
    replicates: Replicates
    """Of the groups after control variates."""
    saw: int
    """Groups with an error."""

    def interval(self, confidence: float) -> tuple[float, float]:
        enough = self.saw >= min(MANY, MOST_SAW * self.bounded.count)
        if enough and confidence <= 0.999:
            return self.replicates.interval(confidence)
        low, high = self.bounded.interval(confidence)
        mean = self.replicates.mean
        return min(low, max(mean, 0.0)), max(high, mean)
