"""The pool's samples as draws from its classes: the error of these classes on fresh samples.

The error over all episodes of the pool is a U-statistic of its samples: every class gives n of N samples to a
support and one to a query. Hoeffding (1948): the variance of a U-statistic of order n is at most n/N times
that of its kernel. The supports' part and the queries' part are taken apart, and both from above.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from simulations.estimates import Estimate, IntervalRule, kl_lower, kl_upper
from theory.array import Floats, Integers
from theory.inheritance import override


@dataclass(frozen=True)
class OverSamples(IntervalRule):
    """Normal interval of the log odds; where no error or nothing else was seen, the interval of Chernoff and
    Hoeffding over ``blocks`` episodes that share no sample, which holds for every law."""

    mean: float
    deviation: float
    blocks: int
    least: float
    most: float
    """What the pool's own error lies between."""

    @override
    def interval(self, confidence: float) -> tuple[float, float]:
        from scipy.special import expit, logit, ndtri

        if 0 < self.mean < 1 and self.deviation > 0:
            half = float(ndtri((1 + confidence) / 2)) * self.deviation / (self.mean * (1 - self.mean))
            middle = float(logit(self.mean))
            return float(expit(middle - half)), float(expit(middle + half))
        rate = math.log(2 / (1 - confidence)) / self.blocks
        return kl_lower(self.least, rate), kl_upper(self.most, rate)


def blocks_of(sizes: Integers, shots: int, ways: int) -> int:
    """Episodes of ``ways`` classes that share no sample."""
    return max(1, (len(sizes) // ways) * int(np.min(sizes) // (shots + 1)))


@dataclass(frozen=True, eq=False)
class QueryErrors:
    """Of each class (classes,): its samples, and the means over them of a query's error and of its square."""

    sizes: Integers
    errors: Floats
    squares: Floats


def deviation(queries: QueryErrors, shots: int, sets_variance: float, sampling: float) -> float:
    """Standard deviation over the samples, from above.

    sets_variance: of the mean error, over the supports of all classes drawn anew; sampling: standard error of
    the episodes.
    """
    sizes = queries.sizes
    by_class = np.maximum(queries.squares - queries.errors**2, 0.0) / sizes
    variance = shots * float(np.mean(1 / sizes)) * sets_variance
    variance += float(np.sum(by_class)) / len(sizes) ** 2
    return math.sqrt(variance + sampling**2)


def over_samples(estimate: Estimate, rule: OverSamples) -> Estimate:
    """The same value with its interval over samples."""
    low, high = rule.interval(estimate.confidence)
    return replace(
        estimate,
        rule=rule,
        low=low,
        high=high,
        resampled="samples",
        exact=False,
        over_classes=None,
        over_samples=None,
    )
