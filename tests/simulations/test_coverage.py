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

from simulations import coverage_scenarios as scenarios
from simulations.adaptive_adversary import worst_adversary
from simulations.coverage import (
    FULL,
    REDUCED,
    Scenario,
    caught_with,
    cover,
    critical_count,
    upper_tail,
)
from simulations.coverage_scenarios import SCENARIOS
from simulations.verdict import FAMILY_WISE_ERROR
from theory import catalogue
from theory.concentration import kl_upper
from theory.confidence_bound import ConfidenceBound

DELTA = 0.05


def ident(scenario: Scenario) -> str:
    return f"{scenario.statement}-{scenario.population}".replace(" ", "_")


@pytest.mark.parametrize("scenario", SCENARIOS, ids=ident)
def test_bound_fails_no_oftener_than_it_says(scenario: Scenario, full: bool) -> None:
    found = cover(scenario, replicates=FULL if full else REDUCED, tests=len(SCENARIOS))
    print(
        f"{found.statement}: {found.failures}/{found.replicates} failures at delta = {found.failure}; "
        f"a failure probability of {found.caught:.4f} would have been caught with probability 0.99"
    )
    assert found.outcome == "holds", found
    assert found.caught < (0.065 if full else 0.11)
    assert np.isfinite(found.slack_median) and found.slack_median <= found.slack_95


def test_every_chance_statement_has_a_scenario() -> None:
    covered = {scenario.statement for scenario in SCENARIOS}
    chance = {
        b.name
        for b in catalogue.STATEMENTS
        if isinstance(b, ConfidenceBound) and b.kind == "high_probability"
    }
    # Twice a statement that is tested, and a bound that exceeds 1 below some 10^5 classes.
    assert chance - covered == {"vote_certificate", "k_fold_vote_certificate", "linear_maps"}


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
    found = cover(scenario, replicates=20_000, tests=len(SCENARIOS))
    assert found.outcome == "holds" and found.low <= 0.0495 <= found.high


# -- broken bounds must be caught ----------------------------------------------------------------------------
def weakened(scenario: Scenario, divisor: float) -> Scenario:
    """The bound with its deviation term divided. At failure -> 1 the deviation of these forms vanishes."""

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Any, Any]:
        state = rng.bit_generator.state
        bound, truth = scenario.draw(rng, replicates, failure)
        rng.bit_generator.state = state
        centre, _ = scenario.draw(rng, replicates, 1 - 1e-12)
        return centre + (bound - centre) / divisor, truth

    return replace(scenario, draw=draw)


BREAKABLE = [
    scenarios.kernel_scenario("u_statistic_hoeffding", 40, 0.5),
    scenarios.kernel_scenario("u_statistic_kl", 40, 0.5),
    scenarios.pool_kernel_scenario("u_statistic_without_replacement", 40, 20),
    scenarios.episode_scenario("episode_certificate", 40, 2, 0.3),
    scenarios.k_fold_scenario("k_fold_certificate"),
]
# The exponential forms keep a bias at failure -> 1; their controls are the adversaries below.


@pytest.mark.parametrize("scenario", BREAKABLE, ids=ident)
def test_a_deviation_divided_by_four_is_caught(scenario: Scenario) -> None:
    assert cover(weakened(scenario, 1), replicates=REDUCED).outcome == "holds"
    assert cover(weakened(scenario, 4), replicates=REDUCED, tests=len(SCENARIOS)).outcome == "violated"


def _with_bound(scenario: Scenario, broken: Any) -> Scenario:
    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Any, Any]:
        return broken(rng, replicates, failure)

    return replace(scenario, draw=draw)


def test_bernstein_with_a_quarter_of_its_deviation_is_caught() -> None:
    classes, rate = 200, 0.5
    scenario = scenarios.kernel_scenario("u_statistic_bernstein", classes, rate)

    def broken(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Any, Any]:
        state = rng.bit_generator.state
        bound, truth = scenario.draw(rng, replicates, failure)
        rng.bit_generator.state = state
        kernel = scenarios.additive_kernel(rng, replicates, classes, rate)
        total = kernel.sum(axis=(1, 2)) - np.trace(kernel, axis1=1, axis2=2)
        average = total / (classes * (classes - 1))
        return average + (bound - average) / 6, truth

    # Its deviation is 1.4 times Hoeffding's at this size: a quarter hides, a sixth does not.
    assert cover(_with_bound(scenario, broken), replicates=REDUCED).outcome == "violated"


def test_counting_pairs_as_independent_is_caught() -> None:
    """l(l-1)/2 in place of floor(l/2)."""
    classes = 40
    scenario = scenarios.kernel_scenario("u_statistic_kl", classes, 0.5)

    def broken(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Any, Any]:
        kernel = scenarios.additive_kernel(rng, replicates, classes, 0.5)
        total = kernel.sum(axis=(1, 2)) - np.trace(kernel, axis1=1, axis2=2)
        pairs = classes * (classes - 1) / 2
        return kl_upper(total / (2 * pairs), math.log(1 / failure) / pairs), np.asarray(0.5)

    found = cover(_with_bound(scenario, broken), replicates=REDUCED, tests=len(SCENARIOS))
    assert found.outcome == "violated" and found.frequency > 0.3


def plain_kl(mean: Any, tuples: int, failure: float) -> Any:
    return kl_upper(mean, math.log(1 / failure) / tuples)


def test_plain_kl_is_false_for_progressive_maps() -> None:
    """Exact: the adaptive adversary makes it fail with probability .067 at delta = .05, N = 40."""
    adversary = worst_adversary(plain_kl, 40, DELTA)
    assert adversary.failure_probability == pytest.approx(0.067, abs=1e-3)

    def broken(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Any, Any]:
        observed, truth = adversary.play(rng, replicates)
        return plain_kl(observed, 40, failure), truth

    scenario = replace(scenarios.progressive_scenario("progressive_certificate"), draw=broken)
    found = cover(scenario, replicates=20_000, tests=len(SCENARIOS))
    assert found.outcome == "violated"
    assert found.low <= adversary.failure_probability <= found.high


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
    adversary = worst_adversary(scenarios.statement_limit(name), tuples, DELTA)
    assert adversary.failure_probability <= DELTA


def test_k_fold_with_all_tuples_is_false() -> None:
    """floor(l/k) in place of floor(l/(K k)): products of signs make all folds lucky together."""

    def broken(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Any, Any]:
        errors = scenarios.sign_products(rng, replicates, 10, 10)
        return errors.mean(axis=1) + math.sqrt(math.log(1 / failure) / 200), np.asarray(0.5)

    scenario = replace(scenarios.k_fold_scenario("k_fold_certificate"), draw=broken)
    found = cover(scenario, replicates=20_000, tests=len(SCENARIOS))
    assert found.outcome == "violated" and found.frequency == pytest.approx(0.23, abs=0.02)


def test_sign_products_are_fair() -> None:
    """Every map's true error is 1/2 whatever it saw: the mean over draws of its fold."""
    errors = scenarios.sign_products(np.random.default_rng(5), 40_000, 4, 5)
    assert np.max(np.abs(errors.mean(axis=0) - 0.5)) < 5 * 0.5 / math.sqrt(5 * 40_000)


@pytest.mark.parametrize("name", ["cdnv_new_samples", "cdnv_new_samples_bernstein"])
def test_sample_radii_shrunk_to_a_400th_are_caught(name: str) -> None:
    """These radii are loose (McDiarmid, a union over classes): a quarter of them still covers here, so
    the control shrinks them until the sample CDNV is left nearly bare."""
    scenario = scenarios.samples_scenario(name, 400, 0.2)

    def broken(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Any, Any]:
        state = rng.bit_generator.state
        bound, truth = scenario.draw(rng, replicates, failure)
        rng.bit_generator.state = state
        angle = np.arange(4) * math.pi / 2
        means = np.stack([np.cos(angle), np.sin(angle)], axis=1) * 0.8
        features = means[:, None, :] + 0.2 * scenarios._sphere(rng, (replicates, 4, 400, 2))
        centres = features.mean(axis=2)
        v = np.sum(features.var(axis=2), axis=2)
        gap = np.sum((centres[:, :, None] - centres[:, None]) ** 2, axis=3)
        off = ~np.eye(4, dtype=bool)
        plain = np.where(off, (v[:, :, None] + v[:, None]) / (2 * np.where(off, gap, 1)), 0)
        return plain + (bound - plain) / 400, truth

    assert cover(_with_bound(scenario, broken), replicates=REDUCED).outcome == "violated"
