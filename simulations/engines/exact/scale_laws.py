"""How far a Student draw, or the mean of several, strays beyond a Gaussian one: laws of random scales.

A draw with df degrees of freedom is Gaussian with variance X = df/chi2_df, in squares of its scale; the mean
of n draws is Gaussian with variance (X_1 + ... + X_n)/n^2. The density of the logarithm of such a sum comes
from convolutions; every term is positive, so both tails keep their digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from theory.array import Floats

MOST_SHOTS, MOST_DEGREES = 128, 200.0
"""Beyond, convolutions take long, or laws are so narrow that nodes are too few."""
ACCURACY = 1e-6
"""Relative accuracy of a scale."""
NODES, SHARES, FINE = 900, 1200, 20_001
LEAST = 1e-18
"""Probability beyond the ends of the table of one draw."""
FARTHEST = 8.2


@dataclass(frozen=True, eq=False)
class LogDensity:
    """Density of log X at ``points``, with an interpolating function of its logarithm."""

    points: Floats
    log: Callable[..., Floats]

    @property
    def low(self) -> float:
        """Least point."""
        return float(self.points[0])

    @property
    def high(self) -> float:
        """Largest point."""
        return float(self.points[-1])

    def at(self, x: Floats) -> Floats:
        """Its logarithm, without end outside the table."""
        inside = (x >= self.low) & (x <= self.high)
        return np.where(inside, self.log(np.clip(x, self.low, self.high)), -math.inf)


@dataclass(frozen=True, eq=False)
class ScaleLaw:
    """The root of a mean's variance, in scales of one draw, as a function of the normal score."""

    log_square: Callable[[Floats], Floats]
    low: float
    high: float
    shots: int

    @staticmethod
    @lru_cache(maxsize=16)
    def build(degrees: float, shots: int) -> ScaleLaw:
        """The law for the mean of ``shots`` draws; cached."""
        from scipy.interpolate import CubicSpline
        from scipy.special import ndtri

        law = _sum(_one(degrees), shots)
        x = np.linspace(law.low, law.high, FINE)
        with np.errstate(under="ignore"):
            density = np.exp(law.log(x))
        # The trapezoidal rule with its first correction: tails keep six digits.
        slope = density * law.log(x, 1)
        steps = (density[1:] + density[:-1]) / 2 - (x[1] - x[0]) * (slope[1:] - slope[:-1]) / 12
        total = steps.sum()
        below = np.concatenate([[0.0], np.cumsum(steps)]) / total
        above = np.concatenate([np.cumsum(steps[::-1])[::-1], [0.0]]) / total
        with np.errstate(divide="ignore"):
            scores = np.where(below < above, ndtri(below), -ndtri(above))
        near = np.abs(scores) < FARTHEST
        scores, x = scores[near], x[near]
        rising = np.diff(scores, prepend=-math.inf) > 1e-9
        scores = scores[rising]
        table = CubicSpline(scores, x[rising])
        return ScaleLaw(table, float(scores[0]), float(scores[-1]), shots)

    def __call__(self, score: Floats) -> Floats:
        """Scales at normal scores of any shape."""
        logs = self.log_square(np.clip(score, self.low, self.high))
        return np.asarray(np.exp(0.5 * logs) / self.shots)


def _one(degrees: float) -> LogDensity:
    """The density of log X for one draw: X = a / Gamma(a) with a = degrees / 2."""
    from scipy.interpolate import CubicSpline
    from scipy.special import gammainccinv, gammaincinv, gammaln

    a = degrees / 2
    low, high = math.log(a / gammainccinv(a, LEAST)), math.log(a / gammaincinv(a, LEAST))
    x = np.linspace(low, high, NODES)
    log = a * math.log(a) - gammaln(a) - a * x - a * np.exp(-x)
    return LogDensity(x, CubicSpline(x, log))


def _sum(one: LogDensity, count: int) -> LogDensity:
    """The density of the logarithm of the sum of ``count`` draws, by doubling."""
    total, power = None, one
    while True:
        if count & 1:
            total = power if total is None else _convolved(total, power)
        count >>= 1
        if not count:
            assert total is not None
            return total
        power = _convolved(power, power)


def _convolved(a: LogDensity, b: LogDensity) -> LogDensity:
    """Of log(X + Y): an integral over the logit of X's share, of the product of both densities."""
    from scipy.interpolate import CubicSpline

    low, high = (float(np.logaddexp(*ends)) for ends in ((a.low, b.low), (a.high, b.high)))
    x = np.linspace(low, high, NODES + 2)[1:-1]
    logit = np.linspace(a.low - b.high, a.high - b.low, SHARES)
    one, other = -np.logaddexp(0.0, -logit), -np.logaddexp(0.0, logit)
    logs = a.at(x[:, None] + one) + b.at(x[:, None] + other)
    top = np.max(logs, axis=1)
    finite = np.isfinite(top)
    x, logs, top = x[finite], logs[finite], top[finite]
    with np.errstate(under="ignore"):
        values = top + np.log(np.sum(np.exp(logs - top[:, None]), axis=1) * (logit[1] - logit[0]))
    return LogDensity(x, CubicSpline(x, values))
