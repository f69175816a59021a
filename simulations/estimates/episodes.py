"""The interval of direct simulation: episodes of a few queries that share their supports."""

from __future__ import annotations

from dataclasses import dataclass

from simulations.estimates.rules import USUAL, BoundedMean, IntervalRule, clopper_pearson
from theory.inheritance import override


@dataclass(frozen=True)
class Episodes(IntervalRule):
    """Mean of ``count`` independent episodes, each the share in [0, 1] of its ``queries`` that err.

    Up to confidence 0.999 the interval of Korn and Graubard (Survey Methodology 24, 1998): Clopper and
    Pearson's for as many independent queries as have the variance seen between episodes, at least ``count``
    and at most all. Where nothing erred, an episode counts as one query: exact, since its share is at most
    the chance that any of its queries errs. Its width is that of a normal interval where errors are many, and
    coverage is tested. Where common episodes err in one query and rare ones in all, of which one or two are
    expected, the upper end is too low for 10 to 15 % of samples at 95 %: nothing that was seen tells of them.
    Beyond 0.999, as verdicts ask, also the interval that holds for every law (``BoundedMean``).
    """

    count: int
    mean: float
    variance: float
    """Sample variance of episodes, denominator count - 1."""
    queries: int
    bias: float = 0.0
    """Relative accuracy of the arithmetic that decided the queries."""

    @override
    def interval(self, confidence: float) -> tuple[float, float]:
        low, high = self._sampled(confidence)
        return low * (1 - self.bias), min(high * (1 + self.bias), 1.0)

    def _sampled(self, confidence: float) -> tuple[float, float]:
        low, high = self._effective(min(confidence, USUAL))
        if confidence > USUAL * (1 + 1e-12):
            safe = BoundedMean(self.count, self.mean, self.variance).interval(confidence)
            low, high = min(low, safe[0]), max(high, safe[1])
        return low, high

    @property
    def independent(self) -> float:
        """Number of independent queries that would vary as much."""
        if not 0 < self.mean < 1:
            return float(self.count)
        most = float(self.count * self.queries)
        if self.variance <= 0:
            return most
        return min(most, self.count * self.mean * (1 - self.mean) / self.variance)

    @property
    def effective_episodes(self) -> float:
        """(sum x)^2 / sum x^2 of the episodes' shares, or of what they lack of 1: how many of them carry the
        mean. A few episodes with a far-off support may carry all of it."""
        spread = self.variance * (self.count - 1) / self.count
        least = min(self.mean, 1 - self.mean) ** 2
        return self.count * least / (spread + least)

    def _effective(self, confidence: float) -> tuple[float, float]:
        from scipy.special import ndtri, stdtrit

        tail = (1 - confidence) / 2
        trials = self.independent
        if 0 < self.mean < 1:
            # The variance is itself estimated, from the episodes that differ from most: as a t interval has.
            trials *= (float(ndtri(tail)) / float(stdtrit(self.effective_episodes + 2, tail))) ** 2
        return clopper_pearson(self.mean * trials, trials, tail)
