"""Sums of pair probabilities as a control variate where they hardly vary, and classes beside their mean."""

from __future__ import annotations

import functools
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from helpers_slow import rest_slow

from simulations.engines import Budget, Context, Engine, Question, Refused
from simulations.engines.cubature import Cubature
from simulations.engines.direct import Direct
from simulations.engines.geometry.subsets import wrong_share_by_rank
from simulations.engines.orthant import Orthant
from simulations.engines.pairs import bracket, narrow_to_bracket
from simulations.engines.sampling.replicates import MOST_SLOPE, lean_of_points, regressed, slopes
from simulations.engines.tilted import Tilted
from simulations.estimates import Replicates, moved_within
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.mixture import MixtureClasses
from theory.array import weights_by_place

Array = Any
MEANS = np.random.default_rng(3).standard_normal((7, 4)) * 1.3
VARIANCE, CONFIDENCE = 0.8, 0.95


@functools.cache
def plain_draws(ways: int, draws: int = 200_000) -> Array:
    """(classes,): errors with the centres at the means, queries drawn plainly."""
    rng, shares, errors = np.random.default_rng(1), wrong_share_by_rank(len(MEANS), ways), []
    for mean in MEANS:
        queries = mean + math.sqrt(VARIANCE) * rng.standard_normal((draws, 4))
        squares = np.sum((queries[:, None, :] - MEANS) ** 2, axis=2)
        own = np.sum((queries - mean) ** 2, axis=1)
        errors.append(float(np.mean(shares[np.sum(squares < own[:, None], axis=1)])))
    return np.array(errors)


@pytest.mark.parametrize("shots", rest_slow([math.inf, 1e15, 1e12], [math.inf]))
@pytest.mark.parametrize("engine", [Orthant(), Cubature(), Tilted()], ids=lambda engine: engine.name)
def test_centres_that_hardly_move(engine: Engine, shots: float) -> None:
    """The sum of pair probabilities is then a constant but for rounding."""
    population = GaussianClasses(MEANS.tolist(), [VARIANCE] * len(MEANS))
    estimate = engine.run(population, Question(shots, (3,)), Context(Budget(draws=1e6)))[0]
    right = plain_draws(3)
    assert np.max(np.abs(np.array(estimate.per_class) - right)) < 0.004
    assert estimate.value == pytest.approx(float(np.mean(right)), abs=1.5e-3)


def test_slopes_of_rounding_do_not_count() -> None:
    rng = np.random.default_rng(0)
    errors, control = rng.random((3, 40)), 0.25 + 2.0**-54 * rng.integers(-1, 2, 40)
    assert np.all(np.abs(slopes(errors, control)) <= MOST_SLOPE)
    off = regressed(errors, control, 0.25 + 1e-13, 8) - errors[:, 8:]
    assert np.max(np.abs(off)) < 1e-12
    # Where there is something to see it is seen, as least squares have it.
    control = rng.random(40)
    fitted = slopes(np.stack([0.6 * control, -control]) + 0.01 * errors[:2], control)
    assert fitted == pytest.approx([0.6, -1.0], abs=0.02)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("spikes", [0.3, 1.0, 8.0])
def test_replicates_that_few_points_carry_miss_about_as_often_on_both_sides(sign: int, spikes: float) -> None:
    """Replicates of 1,024 points, of which so many on average are exponential and all others 0: a t interval
    of 32 replicates misses too often on the side where a replicate is far out, and is widened there alone."""
    rng, count, points, plain, sides = np.random.default_rng(2), 2000, 1024, 0, np.zeros(2)
    right = sign * spikes / points
    for _ in range(count):
        met = rng.poisson(spikes, 32)
        heights = sign * rng.exponential(size=int(met.sum()))
        spread = weights_by_place(np.repeat(np.arange(32), met), heights, 32) / points
        mean, square, cube = (float(np.sum(heights**power)) / (32 * points) for power in (1, 2, 3))
        moments = np.array([[[square - mean**2, cube - 3 * mean * square + 2 * mean**3]]])
        lean = float(lean_of_points(moments, np.array([1]), 32 * points)[0])
        value, deviation = 1 + float(np.mean(spread)), float(np.std(spread, ddof=1))
        usual = Replicates(32, value, deviation, 0.0, 20.0)
        low, high = replace(usual, lean=lean / value).interval(CONFIDENCE)
        sides += [low > 1 + right, high < 1 + right]
        low, high = usual.interval(CONFIDENCE)
        plain += high < 1 + right if sign > 0 else low > 1 + right
    assert np.all(sides < 0.025 * count + 3 * math.sqrt(0.025 * count))
    assert plain > 0.045 * count or spikes > 1


def test_a_mean_over_classes_leans_as_their_points_together() -> None:
    """Two classes that are alike stand for four: of independent means the cumulants add up."""
    moments = np.array([[[2.0, 3.0], [0.5, -1.0]]])
    variance, third = (3 * 2.0 + 0.5) / 16, (3 * 3.0 - 1.0) / 64
    apart = np.array([[[2.0, 3.0]] * 3 + [[0.5, -1.0]]])
    assert lean_of_points(apart, np.ones(4), 100) == pytest.approx(third / variance / 100)
    assert lean_of_points(np.zeros((1, 2, 2)), np.ones(2), 100).tolist() == [0.0]
    # Of classes that share their numbers all stand for one.
    alike = lean_of_points(moments, np.array([3, 1]), 100)
    assert alike == pytest.approx((27 * 3.0 - 1.0) / 64 / ((9 * 2.0 + 0.5) / 16) / 100)


def test_classes_are_moved_with_their_mean() -> None:
    low, high = np.array([0.1, 0.2, 0.3]), np.array([0.2, 0.3, 0.5])
    for value in (0.2, 0.25, 0.3, 1 / 3):
        moved = moved_within(np.array([-0.1, 0.25, 0.4]), low, high, value)
        assert np.mean(moved) == pytest.approx(value) and np.all((low <= moved) & (moved <= high))
    assert moved_within(np.array([]), low, high, 0.2).size == 0


def test_an_estimate_cut_off_by_its_bracket_is_the_mean_of_its_classes() -> None:
    population = GaussianClasses((MEANS * 2).tolist(), [VARIANCE] * len(MEANS))
    estimate = Orthant().run(population, Question(math.inf, (4,)), Context(Budget(draws=2e4)))[0]
    low = bracket(population, math.inf, 4)[0]
    least = float(np.mean(low))
    rule = Replicates(64, 0.999 * least, 0.002 * least)
    outside = replace(
        estimate, value=rule.mean, low=0.9985 * least, high=0.9995 * least, rule=rule,
        per_class=tuple(map(float, 0.999 * low)),
    )  # fmt: skip
    kept = narrow_to_bracket(population, math.inf, 4, outside)
    assert kept.value == least == pytest.approx(float(np.mean(kept.per_class)), rel=1e-12)


@pytest.mark.filterwarnings("error")
def test_mixtures_of_the_largest_lengths_and_many_shots() -> None:
    """Counts of 1e17 times squares of 1e147 overflow: it was .86."""
    estimates = []
    for size in (1.0, 1e147):
        parts = [[(0.5, [0.0, 0.0], size), (0.5, [size, 0.0], 2 * size)], [(1.0, [2 * size, 0.0], size)]]
        context = Context(Budget(draws=1e5))
        estimates.append(Direct().run(MixtureClasses(parts), Question(1e17, (2,)), context)[0])
    assert estimates[0].value == pytest.approx(estimates[1].value, rel=1e-3)


def test_scores_that_are_no_numbers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    population = GaussianClasses(MEANS.tolist(), [VARIANCE] * len(MEANS))
    monkeypatch.setattr(
        population, "centre_noise", lambda rng, c, shots, episodes: np.full((episodes, 4), math.inf)
    )
    with np.errstate(all="ignore"), pytest.raises(Refused, match="double precision"):
        Direct().run(population, Question(5, (2,)), Context(Budget(draws=1e4)))
