"""Do high-probability bounds fail as rarely as they claim? An exact binomial test, with its power stated.

A scenario draws many replicates of source classes whose truth is known exactly; a replicate is a failure
when the bound lies below the truth. The null hypothesis is a failure probability of at most delta.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from simulations.estimates import Binomial, Effort
from simulations.runtime.randomness import ROOT_SEED, stream
from simulations.verdicts.verdict import FAMILY_WISE_ERROR
from theory.array import Floats

REDUCED, FULL = 1_000, 10_000
CATCH = 0.99
CHUNK = 250


@dataclass(frozen=True)
class Scenario:
    """A population of classes, a bound read off draws from it, and the truth.

    draw : (generator, replicates, failure) -> bounds and truths; either may have trailing axes (pairs), and
        a replicate fails when any of them fails.
    chunk : replicates drawn at a time; the numbers depend on it.
    """

    statement: str
    population: str
    draw: Callable[[np.random.Generator, int, float], tuple[Floats, Floats]]
    chunk: int = CHUNK


@dataclass(frozen=True)
class Coverage:
    """The failure frequency of one bound on one population.

    critical : the least number of failures that rejects; caught : the failure probability that would have
        been rejected with probability 0.99. slack is bound minus truth (infinite bounds count as 1).
    outcome  : ``holds`` or ``violated``.
    """

    statement: str
    population: str
    failure: float
    replicates: int
    failures: int
    low: float
    high: float
    p_value: float
    critical: int
    caught: float
    slack_median: float
    slack_95: float
    bound_median: float
    truth_median: float
    outcome: str
    effort: Effort
    seed: int
    parts: tuple[str, ...] = field(default=())

    @property
    def frequency(self) -> float:
        """Share of the draws in which the bound failed."""
        return self.failures / self.replicates

    @property
    def vacuous(self) -> bool:
        """Whether the median bound is no less than 1."""
        return not self.bound_median < 1


def upper_tail(failures: int, trials: int, probability: float) -> float:
    """P(Bin(trials, probability) >= failures), exact."""
    from scipy.special import betainc

    if failures <= 0:
        return 1.0
    return float(betainc(failures, trials - failures + 1, probability))


def critical_count(trials: int, probability: float, level: float) -> int:
    """The least c with P(Bin(trials, probability) >= c) < level; trials + 1 when there is none."""
    low, high = 0, trials + 1
    while high - low > 1:
        middle = (low + high) // 2
        if upper_tail(middle, trials, probability) < level:
            high = middle
        else:
            low = middle
    return high


def caught_with(trials: int, critical: int, power: float = CATCH) -> float:
    """The least probability p with P(Bin(trials, p) >= critical) >= power; 1 when nothing would reject."""
    from scipy.special import betaincinv

    return 1.0 if critical > trials else float(betaincinv(critical, trials - critical + 1, power))


def judge_failures(failures: int, trials: int, failure: float, level: float) -> tuple[str, float, int, float]:
    """Outcome, p-value, critical count and the failure probability caught with probability 0.99."""
    critical = critical_count(trials, failure, level)
    p_value = upper_tail(failures, trials, failure)
    return ("violated" if failures >= critical else "holds", p_value, critical, caught_with(trials, critical))


def cover(  # noqa: PLR0913 - public: one keyword for each thing that can be asked
    scenario: Scenario,
    *,
    replicates: int = REDUCED,
    failure: float = 0.05,
    tests: int = 1,
    seed: int = ROOT_SEED,
    confidence: float = 0.95,
) -> Coverage:
    """Run one scenario. ``tests`` is how many such tests share the run's family-wise error of 1e-3."""
    start = time.perf_counter()
    bounds, truths, failed = [], [], 0
    for chunk, done in enumerate(range(0, replicates, scenario.chunk)):
        rng = stream(seed, "coverage", scenario.statement, scenario.population, "chunk", chunk)
        size = min(scenario.chunk, replicates - done)
        bound, truth = scenario.draw(rng, size, failure)
        bound, truth = np.broadcast_arrays(bound, truth)
        below = (bound < truth - 1e-12).reshape(size, -1)
        failed += int(np.sum(np.any(below, axis=1)))
        bounds.append(np.mean(bound.reshape(size, -1), axis=1))
        truths.append(np.mean(truth.reshape(size, -1), axis=1))
    bound, truth = np.concatenate(bounds), np.concatenate(truths)
    capped = np.where(np.isfinite(bound), bound, np.maximum(truth, 1.0))
    outcome, p_value, critical, caught = judge_failures(
        failed, replicates, failure, FAMILY_WISE_ERROR / tests
    )
    low, high = Binomial(failed, replicates).interval(confidence)
    return Coverage(
        statement=scenario.statement,
        population=scenario.population,
        failure=failure,
        replicates=replicates,
        failures=failed,
        low=low,
        high=high,
        p_value=p_value,
        critical=critical,
        caught=caught,
        slack_median=float(np.median(capped - truth)),
        slack_95=float(np.quantile(capped - truth, 0.95)),
        bound_median=float(np.median(capped)),
        truth_median=float(np.median(truth)),
        outcome=outcome,
        effort=Effort(time.perf_counter() - start, replicates),
        seed=seed,
    )
