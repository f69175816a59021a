"""Coverage of intervals, by an exact binomial test whose power is printed."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

import mpmath as mp
import numpy as np
import pytest
from helpers_slow import rest_slow
from scipy import stats

from simulations.engines import Budget, Question, estimate_ways
from simulations.engines.direct import Direct
from simulations.estimates import (
    Binomial,
    BoundedMean,
    IntervalRule,
    Replicates,
    Within,
    from_plain,
    kl,
    kl_lower,
    kl_upper,
    to_plain,
)
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
        estimate = estimate_ways(
            population,
            Question(1, (2,)),
            engine=Direct(),
            budget=Budget(draws=2e3),
            seed=seed,
            confidence=confidence,
        )[0]
        misses += not estimate.low <= truth <= estimate.high
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
@pytest.mark.parametrize("p", rest_slow([0.5, 0.02], [0.02]))
def test_rules_cover_on_their_own_model(rule: str, p: float, full: bool) -> None:
    rng = np.random.default_rng(1)
    repeats, misses, trials = (2000 if full else 500), 0, 200
    for _ in range(repeats):
        errors = int(rng.binomial(trials, p))
        mean = errors / trials
        interval_rule: IntervalRule = (
            Binomial(errors, trials)
            if rule == "binomial"
            else BoundedMean(trials, mean, mean * (1 - mean) * trials / (trials - 1))
        )
        low, high = interval_rule.interval(0.9)
        misses += not low <= p <= high
    assert not too_many_misses(misses, repeats, 0.9)


def test_intervals_grow_with_confidence_and_contain_the_value() -> None:
    rule = BoundedMean(100, 0.1, 0.02)
    last = (0.1, 0.1)
    for confidence in (0.5, 0.9, 0.99, 1 - 1e-9):
        low, high = rule.interval(confidence)
        assert low <= last[0] <= last[1] <= high
        last = (low, high)


@pytest.mark.parametrize("alpha", [0.05, 1e-6, 1e-9])
def test_binomial_ends_are_rounded_outwards(alpha: float) -> None:
    """At each end the chance of so many errors, or so few, is at most half of alpha: by mpmath."""
    mp.mp.dps = 40
    for errors, trials in ((0, 50), (3, 1000), (400, 1000), (999, 1000), (7, 10**7)):
        low, high = Binomial(errors, trials).interval(1 - alpha)
        tail = (1 - (1 - alpha)) / 2  # what is left of alpha in double precision
        if errors:
            above = mp.betainc(errors, trials - errors + 1, 0, mp.mpf(low), regularized=True)
            assert tail * (1 - 1e-2) < above <= tail
        below = mp.betainc(errors + 1, trials - errors, mp.mpf(high), 1, regularized=True)
        assert tail * (1 - 1e-2) < below <= tail


def test_stored_rules_are_read_back() -> None:
    rule = Within(Replicates(64, 0.1, 0.01), 0.05, 0.2)
    assert from_plain(json.loads(json.dumps(to_plain(rule)))) == rule

    @dataclass(frozen=True)
    class Widest(IntervalRule):
        """A rule from elsewhere is known once it is defined."""

        value: float

        def interval(self, confidence: float) -> tuple[float, float]:
            return 0.0, 1.0

    assert from_plain(to_plain(Widest(0.5))) == Widest(0.5)


def test_kl_lower_is_never_too_large() -> None:
    mp.mp.dps = 40
    for p in (1e-12, 1e-9, 1e-3, 0.5, 1.0):
        for rate in (1e-9, 1e-3, 1.0):
            low = kl_lower(p, rate)
            q = mp.mpf(low) if low > 0 else mp.mpf(10) ** -60
            exact = p * mp.log(p / q) + ((1 - p) * mp.log((1 - mp.mpf(p)) / (1 - q)) if p < 1 else 0)
            assert exact >= rate or low == 0.0


def test_kl_upper_inverts_kl_from_outside() -> None:
    for p in (0.0, 1e-9, 0.1, 0.5, 0.99, 1.0):
        for rate in (1e-6, 0.01, 1.0):
            q = kl_upper(p, rate)
            assert q >= p
            assert q == 1.0 or kl(p, q) >= rate * (1 - 1e-9)
    assert kl_upper(0.0, 0.1) == pytest.approx(1 - math.exp(-0.1), rel=1e-12)


def test_episodes_without_errors_leave_an_upper_limit() -> None:
    far = SimplexETF(3, 4, cdnv=1e-4)
    estimate = estimate_ways(far, Question(5, (3,)), engine=Direct(), budget=Budget(draws=1e5))[0]
    assert estimate.value == 0 and estimate.low == 0 and 0 < estimate.high < 0.05
