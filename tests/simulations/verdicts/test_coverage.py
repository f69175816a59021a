"""Coverage of high-probability bounds, the power of its test, and bounds that it must catch.

``pytest --full`` runs 10,000 replicates; otherwise 1,000. Either way the power is printed.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from simulations.verdicts.coverage import scenarios
from simulations.verdicts.coverage.adversary import worst_adversary
from simulations.verdicts.coverage.judge import (
    FULL,
    REDUCED,
    Scenario,
    caught_with,
    cover,
    critical_count,
    upper_tail,
)
from simulations.verdicts.coverage.scenarios import SCENARIOS, blocks, kernels
from simulations.verdicts.verdict import FAMILY_WISE_ERROR
from theory import catalogue
from theory.bound.confidence import ConfidenceBound
from theory.evaluation.concentration import kl_upper

DELTA = 0.05


def ident(scenario: Scenario) -> str:
    return f"{scenario.statement}-{scenario.population}".replace(" ", "_")


@pytest.mark.sampled(2)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=ident)
def test_a_bound_fails_no_more_often_than_it_claims(scenario: Scenario, full: bool) -> None:
    result = cover(scenario, replicates=FULL if full else REDUCED, tests=len(SCENARIOS))
    print(
        f"{result.statement}: {result.failures}/{result.replicates} failures at delta = {result.failure}; "
        f"a failure probability of {result.caught:.4f} would have been caught with probability 0.99"
    )
    assert result.outcome == "holds", result
    assert result.caught < (0.065 if full else 0.11)
    assert np.isfinite(result.slack_median) and result.slack_median <= result.slack_95


def test_every_high_probability_statement_has_a_scenario() -> None:
    covered = {scenario.statement for scenario in SCENARIOS}
    chance = {
        b.name
        for b in catalogue.STATEMENTS
        if isinstance(b, ConfidenceBound) and b.kind == "high_probability"
    }
    assert chance == covered


# -- the test itself -------------------------------------------------------------------------------------
@pytest.mark.parametrize("trials", [10, 1000, 10_000])
@pytest.mark.parametrize("probability", [0.01, 0.05, 0.3])
def test_binomial_arithmetic_agrees_with_scipy(trials: int, probability: float) -> None:
    level = FAMILY_WISE_ERROR / len(SCENARIOS)
    critical = critical_count(trials, probability, level)
    assert upper_tail(critical, trials, probability) == pytest.approx(
        binom.sf(critical - 1, trials, probability), rel=1e-9
    )
    assert binom.sf(critical - 1, trials, probability) < level <= binom.sf(critical - 2, trials, probability)
    if critical <= trials:
        caught = caught_with(trials, critical)
        assert binom.sf(critical - 1, trials, caught) == pytest.approx(0.99, abs=1e-9)


def test_the_sharp_population_of_the_kl_form_fails_at_delta() -> None:
    """One pair: the kl bound is 1 - delta at U = 0, so a kernel of mean just above fails with 1 - mean."""
    scenario = scenarios.single_pairs_scenario("u_statistic_kl", 0.9505)
    result = cover(scenario, replicates=20_000, tests=len(SCENARIOS))
    assert result.outcome == "holds" and result.low <= 0.0495 <= result.high


# -- broken bounds must be caught (a quarter of every deviation: test_quarter_twins.py) ----------------------
def _with_bound(scenario: Scenario, broken: Any) -> Scenario:
    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Any, Any]:
        return broken(rng, replicates, failure)

    return replace(scenario, draw=draw)


def test_counting_pairs_as_independent_is_caught() -> None:
    """l(l-1)/2 in place of floor(l/2)."""
    classes = 40
    scenario = scenarios.kernel_scenario("u_statistic_kl", classes, 0.5)

    def broken(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Any, Any]:
        kernel = kernels.additive_kernel(rng, replicates, classes, 0.5)
        total = kernel.sum(axis=(1, 2)) - np.trace(kernel, axis1=1, axis2=2)
        pairs = classes * (classes - 1) / 2
        return kl_upper(total / (2 * pairs), math.log(1 / failure) / pairs), np.asarray(0.5)

    result = cover(_with_bound(scenario, broken), replicates=REDUCED, tests=len(SCENARIOS))
    assert result.outcome == "violated" and result.frequency > 0.3


def plain_kl(mean: Any, tuples: int, failure: float) -> Any:
    return kl_upper(mean, math.log(1 / failure) / tuples)


def test_plain_kl_is_false_for_progressive_maps() -> None:
    """Exact: the adaptive adversary makes it fail with probability .067 at delta = .05, N = 40."""
    adversary = worst_adversary(plain_kl, 40, DELTA)
    assert adversary.failure_probability == pytest.approx(0.067, abs=1e-3)

    def broken(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Any, Any]:
        observed, truth = adversary.simulate(rng, replicates)
        return plain_kl(observed, 40, failure), truth

    scenario = replace(scenarios.progressive_scenario("progressive_certificate"), draw=broken)
    result = cover(scenario, replicates=20_000, tests=len(SCENARIOS))
    assert result.outcome == "violated"
    assert result.low <= adversary.failure_probability <= result.high


@pytest.mark.parametrize(
    "name",
    [
        "progressive_certificate",
        "progressive_certificate_exponential",
        "progressive_certificate_mixture",
    ],
)
@pytest.mark.parametrize("tuples", [1, 5, 40])
def test_progressive_statements_withstand_their_own_worst_adversary(name: str, tuples: int) -> None:
    adversary = worst_adversary(blocks.statement_limit(name), tuples, DELTA)
    assert adversary.failure_probability <= DELTA


def test_k_fold_with_all_tuples_is_false() -> None:
    """floor(l/k) in place of floor(l/(K k)): products of signs make the errors of all folds too low
    together."""

    def broken(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Any, Any]:
        errors = blocks.sign_products(rng, replicates, 10, 10)
        return errors.mean(axis=1) + math.sqrt(math.log(1 / failure) / 200), np.asarray(0.5)

    scenario = replace(scenarios.k_fold_scenario("k_fold_certificate"), draw=broken)
    result = cover(scenario, replicates=20_000, tests=len(SCENARIOS))
    assert result.outcome == "violated" and result.frequency == pytest.approx(0.23, abs=0.02)


def test_unequal_folds_count_by_the_smallest() -> None:
    """19 folds of 79 classes and one of 99, 40 ways: floor(l/(K k)) is 2, yet with one tuple in most folds
    the statement with 2 fails with probability 1/2 - 2^-12, at any failure probability above e^-1; with the
    smallest fold's count it never does here."""
    rng, failure = np.random.default_rng(7), 0.45
    evidence = blocks.unequal_folds(rng, 20_000)
    assert evidence.class_count // (len(evidence.sizes) * evidence.ways) == 2
    assert evidence.smallest_tuples == 1
    with_total = np.asarray(evidence.average) + math.sqrt(math.log(1 / failure) / (2 * 2))
    assert np.mean(with_total < 0.5) == pytest.approx(0.4999, abs=0.015)
    scenario = scenarios.unequal_folds_scenario("k_fold_certificate")
    limits, truth = scenario.draw(rng, 20_000, failure)
    assert np.mean(np.asarray(limits) < truth) <= failure


def test_maps_on_unequal_folds_have_the_stated_error() -> None:
    """Every map's true error is 1/2 whatever it saw."""
    errors = np.asarray(blocks.unequal_folds(np.random.default_rng(5), 40_000).errors)
    assert np.max(np.abs(errors.mean(axis=0) - 0.5)) < 5 * 0.5 / math.sqrt(40_000)


def test_sign_products_have_the_stated_error() -> None:
    """Every map's true error is 1/2 whatever it saw: the mean over draws of its fold."""
    errors = blocks.sign_products(np.random.default_rng(5), 40_000, 4, 5)
    assert np.max(np.abs(errors.mean(axis=0) - 0.5)) < 5 * 0.5 / math.sqrt(5 * 40_000)
