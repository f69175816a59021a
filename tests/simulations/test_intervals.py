"""Coverage of intervals, by an exact binomial test whose power is printed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from simulations.engines import Budget, Question, estimate_ways
from simulations.engines.direct import Direct
from simulations.estimates import Binomial, BoundedMean, IntervalRule, kl, kl_upper
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.simplex_etf import SimplexETF

ALARM = 1e-4


def too_many_misses(misses: int, repeats: int, confidence: float) -> bool:
    """Exact one-sided binomial test that the miss rate exceeds 1 - confidence."""
    return stats.binomtest(misses, repeats, 1 - confidence, alternative="greater").pvalue < ALARM


def caught_rate(repeats: int, confidence: float) -> float:
    """The miss rate that the test would have caught with probability 0.99."""
    rates = np.linspace(1 - confidence, 1, 2000)
    limit = int(stats.binom.isf(ALARM, repeats, 1 - confidence)) + 1
    return float(rates[np.argmax(stats.binom.sf(limit - 1, repeats, rates) >= 0.99)])


@pytest.mark.parametrize("error", [0.3, 0.01])
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_interval_of_nested_queries_covers(error: float, confidence: float, full: bool) -> None:
    """Few shots in few dimensions: queries share noisy supports, and the episode is the unit."""
    repeats = 2000 if full else 300
    truth, population = reference(error)
    misses = 0
    for seed in range(repeats):
        found = estimate_ways(
            population,
            Question(1, (2,)),
            engine=Direct(),
            budget=Budget(draws=2e3),
            seed=seed,
            confidence=confidence,
        )[0]
        misses += not found.low <= truth <= found.high
    print(f"misses {misses}/{repeats} at {confidence}; caught from {caught_rate(repeats, confidence):.3f} on")
    assert not too_many_misses(misses, repeats, confidence)


def reference(error: float) -> tuple[float, GaussianClasses]:
    """Two isotropic Gaussian classes whose 1-shot error is ``error``, from the exact formula."""
    from scipy.optimize import brentq

    from simulations.engines.two_class import TwoClass

    def build(std: float) -> GaussianClasses:
        return GaussianClasses([[0.0, 0.0], [1.0, 0.0]], [std**2] * 2)

    def exact(std: float) -> float:
        return estimate_ways(build(std), Question(1, (2,)), engine=TwoClass())[0].value

    std = brentq(lambda value: exact(value) - error, 0.05, 5)
    return exact(std), build(std)


def test_an_interval_that_ignores_the_nesting_is_caught() -> None:
    """Negative control: queries of one episode counted as independent trials."""
    rng = np.random.default_rng(0)
    repeats, misses = 600, 0
    for _ in range(repeats):
        # 20 episodes, error rate of an episode drawn once and shared by its 50 queries.
        rates = rng.beta(0.5, 0.5, size=20)
        errors = int(rng.binomial(50, rates).sum())
        low, high = Binomial(errors, 1000).interval(0.95)
        misses += not low <= 0.5 <= high
    assert too_many_misses(misses, repeats, 0.95)


@pytest.mark.parametrize("rule", ["binomial", "bounded"])
@pytest.mark.parametrize("p", [0.5, 0.02])
def test_rules_cover_on_their_own_model(rule: str, p: float) -> None:
    rng = np.random.default_rng(1)
    repeats, misses, trials = 2000, 0, 200
    for _ in range(repeats):
        errors = int(rng.binomial(trials, p))
        mean = errors / trials
        made: IntervalRule = (
            Binomial(errors, trials)
            if rule == "binomial"
            else BoundedMean(trials, mean, mean * (1 - mean) * trials / (trials - 1))
        )
        low, high = made.interval(0.9)
        misses += not low <= p <= high
    assert not too_many_misses(misses, repeats, 0.9)


def test_intervals_grow_with_confidence_and_contain_the_value() -> None:
    rule = BoundedMean(100, 0.1, 0.02)
    last = (0.1, 0.1)
    for confidence in (0.5, 0.9, 0.99, 1 - 1e-9):
        low, high = rule.interval(confidence)
        assert low <= last[0] <= last[1] <= high
        last = (low, high)


def test_kl_upper_inverts_kl_from_outside() -> None:
    for p in (0.0, 1e-9, 0.1, 0.5, 0.99, 1.0):
        for rate in (1e-6, 0.01, 1.0):
            q = kl_upper(p, rate)
            assert q >= p
            assert q == 1.0 or kl(p, q) >= rate * (1 - 1e-9)
    assert kl_upper(0.0, 0.1) == pytest.approx(1 - math.exp(-0.1), rel=1e-12)


def test_episodes_without_errors_leave_an_upper_limit() -> None:
    far = SimplexETF(3, 4, cdnv=1e-4)
    found = estimate_ways(far, Question(5, (3,)), engine=Direct(), budget=Budget(draws=1e5))[0]
    assert found.value == 0 and found.low == 0 and 0 < found.high < 0.05
