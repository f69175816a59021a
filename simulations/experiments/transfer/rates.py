"""How fast a gap falls with samples or classes: the slope on log axes, with an interval and a verdict.

The gap is the root mean square over replicates of a signed difference. Replicates fall into groups; every
group gives a slope, and the interval is Student's over groups.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import sympy as sp

from simulations.estimates import Effort
from simulations.runtime.randomness import ROOT_SEED
from simulations.verdicts.verdict import FAMILY_WISE_ERROR
from theory.array import Array, Floats
from theory.transfer.transfer_rates import transfer_rates

GROUPS = 20
TOLERANCE = 0.05
"""Slopes are regressed at finite sizes: lower-order terms may move them this much."""
CATCH = 0.99


@dataclass(frozen=True)
class RateFit:
    """One regression of log gap on log size.

    low, high : the interval shown, at ``confidence``; the verdict uses the run's stricter level.
    error     : standard error of the slope, over ``groups`` groups of replicates.
    expected  : the slope of the theory, None where none is claimed (learned maps).
    outcome   : ``holds``, ``violated`` (slower than claimed by more than interval and tolerance) or
        ``reported``.
    caught    : the slope that would be called violated with probability 0.99; None where none is claimed.
    """

    subject: str
    symbol: str
    sizes: tuple[int, ...]
    gaps: tuple[float, ...]
    slope: float
    low: float
    high: float
    confidence: float
    error: float
    groups: int
    expected: float | None
    outcome: str
    caught: float | None
    effort: Effort
    seed: int

    def with_verdict(self, tests: int) -> RateFit:
        """The verdict when ``tests`` statements share the run's family-wise error of 1e-3.

        One-sided: only a slope that is too slow refutes an upper bound.
        """
        from scipy.stats import norm, t

        if self.expected is None:
            return replace(self, outcome="reported", caught=None)
        strict = float(t.isf(FAMILY_WISE_ERROR / tests, self.groups - 1)) * self.error
        limit = self.expected + TOLERANCE + strict
        return replace(
            self,
            outcome="violated" if self.slope > limit else "holds",
            caught=limit + float(norm.ppf(CATCH)) * self.error,
        )


def slope_of(gaps: Floats, sizes: Sequence[int]) -> float:
    """Least-squares slope of log gap on log size. Raises ValueError on fewer than 6 sizes or a span
    below a factor 64."""
    if len(sizes) < 6 or max(sizes) < 64 * min(sizes):
        raise ValueError("a rate needs at least 6 sizes that span a factor of 64")
    if not np.all(np.isfinite(gaps)) or not np.all(gaps > 0):
        raise ValueError("a gap is not a positive number, so it has no logarithm")
    return float(np.polyfit(np.log(np.asarray(sizes, float)), np.log(gaps), 1)[0])


CONFIDENCE = 0.95


@dataclass(frozen=True)
class RateSubject:
    """What gap is fitted, in words, on which symbol, and whether a statement claims the slope."""

    name: str
    symbol: sp.Symbol
    claimed: bool


def fit_rate(
    subject: RateSubject,
    sizes: Sequence[int],
    differences: Callable[[int], Array],
    *,
    groups: int = GROUPS,
    seed: int = ROOT_SEED,
) -> RateFit:
    """``differences(size)``: one signed difference a replicate, replicates a multiple of ``groups``.

    The interval is at 95 %, and the slope is judged alone: ``judged`` does so among others.
    """
    from scipy.stats import t

    start = time.perf_counter()
    columns = [np.asarray(differences(size), dtype=float) for size in sizes]
    grouped = np.array([np.sqrt(np.mean(c.reshape(groups, -1) ** 2, axis=1)) for c in columns])
    slopes = np.array([slope_of(grouped[:, g], sizes) for g in range(groups)])
    gaps = [float(np.sqrt(np.mean(c**2))) for c in columns]
    slope, error = slope_of(np.array(gaps), sizes), float(slopes.std(ddof=1)) / math.sqrt(groups)
    radius = float(t.ppf((1 + CONFIDENCE) / 2, groups - 1)) * error
    return RateFit(
        subject=subject.name,
        symbol=str(subject.symbol),
        sizes=tuple(sizes),
        gaps=tuple(gaps),
        slope=slope,
        low=slope - radius,
        high=slope + radius,
        confidence=CONFIDENCE,
        error=error,
        groups=groups,
        expected=float(transfer_rates.exponent(subject.symbol)) if subject.claimed else None,
        outcome="reported",
        caught=None,
        effort=Effort(time.perf_counter() - start, sum(len(c) for c in columns)),
        seed=seed,
    ).with_verdict(1)
