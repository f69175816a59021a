"""Sums over episodes of several query classes, and the interval that holds whatever their law is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulations.estimates import BoundedMean

Array = Any
GROUPS = 64
FEWEST_EFFECTIVE = 2000
"""(sum x)^2 / sum x^2 below which group means are too skewed for a t interval."""
STRICT = 1e-3


@dataclass(frozen=True)
class BoundedGroups:
    """Mean of independent values in [0, top] whose group means have standard deviation ``deviation``.

    Up to confidence .999, where the values are many beside their bound: a t interval of the group means,
    widened upwards by what values not seen could add, log(2/tail)/count of them at ``top``. Elsewhere the
    bounds of Chernoff and of Maurer and Pontil, which hold for every law and count. ``low`` and ``high`` hold
    without sampling.
    """

    count: int
    mean: float
    variance: float
    top: float
    effective: float
    deviation: float
    low: float = 0.0
    high: float = 1.0

    def interval(self, confidence: float) -> tuple[float, float]:
        from scipy.special import stdtrit

        tail = 1 - confidence
        half = float(stdtrit(GROUPS - 1, 1 - tail / 2)) * self.deviation / math.sqrt(GROUPS)
        unseen = math.log(2 / tail) * self.top / self.count
        normal = tail >= STRICT * (1 - 1e-9) and self.effective >= FEWEST_EFFECTIVE
        if normal and unseen <= max(half, 0.01 * self.mean):
            low, high = self.mean - half, self.mean + half + unseen
        else:
            low, high = BoundedMean(self.count, self.mean, self.variance, self.top).interval(confidence)
        low, high = max(low, self.low), min(high, self.high)
        return min(low, self.mean), max(high, self.mean)


class Stratum:
    """One query class: episodes in [0, bound] times exp(log), in groups of equal size."""

    def __init__(self) -> None:
        self.sums = np.zeros(GROUPS)
        self.count, self.squares = 0, 0.0

    def add(self, values: Array) -> None:
        """``values`` (m,), m a multiple of the number of groups."""
        self.sums += values.reshape(-1, GROUPS).sum(axis=0)
        self.squares += float(values @ values)
        self.count += len(values)

    @property
    def mean(self) -> float:
        return float(self.sums.sum()) / self.count


def rule(strata: Sequence[Stratum], factors: Array, bounds: Array) -> tuple[BoundedGroups, Array]:
    """The rule of the mean over query classes, and the means by class: ``factors`` (classes,) multiply the
    values of each class, which lie in [0, bounds[i]] before."""
    classes, total = len(strata), sum(each.count for each in strata)
    means = np.array([each.mean for each in strata]) * factors
    shares = factors * total / (classes * np.array([each.count for each in strata]))
    squares = float(sum(each.squares * share**2 for each, share in zip(strata, shares, strict=True)))
    mean = float(means.mean())
    groups = sum(
        each.sums * factor / (each.count / GROUPS) for each, factor in zip(strata, factors, strict=True)
    )
    deviation = float(np.std(groups / classes, ddof=1))
    variance = max(squares - total * mean**2, 0.0) / (total - 1)
    effective = (total * mean) ** 2 / squares if squares > 0 else 0.0
    top = float(np.max(shares * bounds))
    return BoundedGroups(total, mean, variance, top, effective, deviation), means
