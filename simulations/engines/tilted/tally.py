"""Sums over episodes of several query classes, and the interval of their mean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulations.engines.tilted.margins import PLAIN
from simulations.estimates import BoundedMean, IntervalRule, Replicates, resolved
from simulations.estimates.rules import APART, most_unseen
from theory.array import Floats
from theory.inheritance import override

GROUPS = 64
FEWEST_EFFECTIVE = 2000
"""(sum x)^2 / sum x^2 below which group means are too skewed for a t interval."""
STRICT = 1e-3
NEGLIGIBLE = 0.01
FEWEST_OF_CLASS, CLEAR = 500, 0.05
"""The same for one query class, or the share of its episodes that must carry its mean where these are few:
where nearly all weigh nothing, what was missed may be more than all that was seen. Where a way to err was
missed, 5 to 400 and .0002 to .004 were measured; the share is mostly .1 to 1 elsewhere, and .004 in the rarer
of two Laplace classes on a line, where 600 to 2,000 carry the mean."""
MOST_HIDDEN = 0.1
"""Of the mean, that classes that were not seen may hold."""
GUARD_LEVEL, LEAST = 1e-7, 1e-290


@dataclass(frozen=True)
class BoundedGroups(IntervalRule):
    """Mean of ``count`` independent values in [0, top] whose group means have standard deviation
    ``deviation``.

    Up to confidence .999, where the values are many beside their bound: a t interval of the group means,
    widened by what values not seen could change (``most_unseen``): they are at most ``top`` and, where they
    are 0, short of the mean of their query class, which is at most ``heaviest``. Elsewhere the bounds of
    Chernoff and of Maurer and Pontil, which hold for every law and count.

    Where ``certain`` is false ``top`` is too far off to mean anything for rare errors; then ``largest``, the
    largest value seen, stands for it in the widening, and the stricter intervals are those of ``Replicates``.
    ``floor`` and ``ceiling`` hold without sampling. ``hidden`` times ``most_unseen(1, confidence)`` is the
    room of query classes whose own values do not carry their mean, however well other classes are known.
    """

    count: int
    mean: float
    variance: float
    top: float
    largest: float
    heaviest: float
    effective: float
    deviation: float
    certain: bool = True
    floor: float = 0.0
    ceiling: float = 1.0
    hidden: float = 0.0

    @override
    def interval(self, confidence: float) -> tuple[float, float]:
        low, high = self._sampled(confidence)
        if max(self.floor - high, low - self.ceiling) > APART * self.ceiling:
            # By chance it lies beyond what holds: an end of that alone would be too narrow.
            return self.floor, self.ceiling
        return min(max(low, self.floor), self.value), max(min(high, self.ceiling), self.value)

    @property
    def value(self) -> float:
        """The mean, moved into what holds without sampling."""
        return min(max(self.mean, self.floor), self.ceiling)

    def _sampled(self, confidence: float) -> tuple[float, float]:
        if self.top <= 0:
            # Beyond double range: the value of every episode is too small to be represented.
            return 0.0, LEAST
        tail = 1 - confidence
        replicates = Replicates(GROUPS, self.mean, self.deviation)
        low, high = replicates.interval(confidence)
        share = most_unseen(self.count, confidence)
        unseen = share * (self.top if self.certain else self.largest)
        normal = self.effective >= FEWEST_EFFECTIVE
        if self.certain:
            enough = unseen <= max(high - self.mean, NEGLIGIBLE * self.mean)
            normal = normal and enough and tail >= STRICT * (1 - 1e-9)
        if not normal:
            return BoundedMean(self.count, self.mean, self.variance, self.top).interval(confidence)
        unseen += self.hidden * most_unseen(1, confidence)
        return max(low - share * self.heaviest, 0.0), min(high + unseen, 1.0)

    @property
    def says_enough(self) -> bool:
        """Whether enough episodes carry the mean, and classes that were not seen cannot change it much."""
        if self.certain:
            return True
        hidden = self.hidden * most_unseen(1, 0.95)
        return self.effective >= FEWEST_EFFECTIVE and hidden <= MOST_HIDDEN * self.value


class Stratum:
    """One query class: values of its episodes, in groups of equal size."""

    def __init__(self) -> None:
        self.sums = np.zeros(GROUPS)
        self.count, self.squares, self.largest = 0, 0.0, 0.0

    def add(self, values: Floats) -> None:
        """``values`` (m,), m a multiple of the number of groups."""
        self.sums += values.reshape(-1, GROUPS).sum(axis=0)
        with np.errstate(over="ignore", invalid="ignore"):
            # Infinite where one episode is worth that much: then too few of them carry the mean.
            self.squares += float(values @ values)
        self.largest = max(self.largest, float(np.max(values)))
        self.count += len(values)

    def closes(self, target: float, factor: float) -> bool:
        """Whether the mean of values in [0, 1], times ``factor``, agrees with its exact value: within group
        means' own error at level 1e-7, what was not seen, and rounding."""
        from scipy.special import stdtrit

        groups = self.sums / (self.count / GROUPS) * factor
        error = float(np.std(groups, ddof=1)) / math.sqrt(GROUPS)
        unseen = math.log(1 / GUARD_LEVEL) * factor / self.count
        allowed = float(stdtrit(GROUPS - 1, 1 - GUARD_LEVEL / 2)) * error + unseen + 1e-6 * target + LEAST
        return abs(self.mean * factor - target) <= allowed

    @property
    def effective(self) -> float:
        """How many equal values would carry the mean as well."""
        # Without squares of sums, which may leave double precision.
        root, total = math.sqrt(self.squares), float(self.sums.sum())
        return (total / root) ** 2 if 0 < root < math.inf else 0.0

    @property
    def hidden(self) -> float:
        """Over the logarithm of two over what is left to chance, how large a part of the mean may have been
        missed: where few values carry the mean, all that plainly drawn episodes could all miss."""
        if self.largest <= 0 or self.effective >= min(FEWEST_OF_CLASS, CLEAR * self.count):
            return 0.0
        return 1 / (PLAIN * self.count)

    def room(self, bound: float | None) -> float:
        """How far the mean of values in [0, bound] may be off, at about 95 %; infinite where nothing bounds
        them and too few carry it."""
        groups = self.sums / (self.count / GROUPS)
        if bound is None and self.squares > 0 and self.effective < FEWEST_EFFECTIVE:
            return math.inf
        unseen = most_unseen(self.count, 0.95) * (self.largest if bound is None else bound)
        return 2 * float(np.std(groups, ddof=1)) / math.sqrt(GROUPS) + unseen

    def weighted(self, share: float) -> float:
        """The sum of squares of the values times ``share``; infinite where it was before."""
        return self.squares * share**2 if math.isfinite(self.squares) else math.inf

    @property
    def mean(self) -> float:
        """The mean of all values that were added."""
        return float(self.sums.sum()) / self.count


def rule(
    strata: Sequence[Stratum],
    factors: Floats,
    bounds: Floats | None,
    bracket: tuple[float, float] = (0.0, 1.0),
) -> tuple[BoundedGroups, Floats, bool]:
    """The rule of the mean over query classes, the means by class, and whether these are resolved.

    ``factors`` (classes,) multiply the values of each class, which lie in [0, bounds[i]] before, or after in
    [0, 1/PLAIN] where that is None."""
    classes, total = len(strata), sum(each.count for each in strata)
    counts = np.array([each.count for each in strata])
    means = np.array([each.mean for each in strata]) * factors
    shares = factors * total / (classes * counts)
    squares = float(sum(each.weighted(float(share)) for each, share in zip(strata, shares, strict=True)))
    mean = float(means.mean())
    groups = sum(
        each.sums * factor / (each.count / GROUPS) for each, factor in zip(strata, factors, strict=True)
    )
    tops = shares * bounds if bounds is not None else total / (classes * counts) / PLAIN
    interval_rule = BoundedGroups(
        count=total,
        mean=mean,
        variance=max(squares - total * mean * mean, 0.0) / (total - 1),
        top=float(np.max(tops)),
        largest=float(np.max(shares * np.array([each.largest for each in strata]))),
        heaviest=float(np.max(shares * np.array([each.mean for each in strata]))),
        effective=total * mean / squares * total * mean if squares > 0 else 0.0,
        deviation=float(np.std(groups / classes, ddof=1)),
        certain=bounds is not None,
        floor=bracket[0],
        ceiling=bracket[1],
        hidden=0.0 if bounds is not None else sum(each.hidden for each in strata) / classes,
    )
    room = [
        each.room(None if bounds is None else float(bounds[i])) * factor
        for i, (each, factor) in enumerate(zip(strata, factors, strict=True))
    ]
    return interval_rule, means, resolved(means, np.array(room))
