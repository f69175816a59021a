"""The interval over classes covers the error on new classes; the one for the fixed pool does not."""

from __future__ import annotations

import functools
from typing import Any

import array_api_strict
import numpy as np
import pytest
from helpers_slow import rest_slow

from simulations.engines.geometry.subsets import wrong_share_by_rank
from simulations.engines.pool import pool_errors
from simulations.engines.pool.classes import jackknife, without_each
from simulations.estimates import Estimate
from simulations.runtime import arrays, device
from simulations.runtime.randomness import stream
from tests.simulations.helpers_engines import fewest_covered, power
from theory.bound import NotApplicable

CONFIDENCE, DIMENSION, SAMPLES = 0.95, 16, 20
# Spread of the class means for errors of about .3 and 1e-2.
SPREADS = {(2, 0.3): 0.5, (2, 1e-2): 1.5, (5, 0.3): 0.85, (5, 1e-2): 1.8}


def new_pool(classes: int, spread: float, rng: np.random.Generator) -> tuple[Any, Any]:
    """Gaussian classes around means that are themselves drawn."""
    means = spread * rng.standard_normal((classes, 1, DIMENSION))
    features = means + rng.standard_normal((classes, SAMPLES, DIMENSION))
    return features.reshape(-1, DIMENSION), np.repeat(np.arange(classes), SAMPLES)


@functools.cache
def truth(ways: int, spread: float) -> float:
    """One-shot error on new classes of the population, by episodes of nothing else."""
    rng, wrong, rounds = np.random.default_rng(8), 0, 100
    for _ in range(rounds):
        means = spread * rng.standard_normal((4000, ways, DIMENSION))
        centres = means + rng.standard_normal(means.shape)
        query = means[:, :1] + rng.standard_normal((4000, 1, DIMENSION))
        gaps = np.sum((query - centres) ** 2, axis=2)
        wrong += int(np.sum(gaps[:, 1:].min(axis=1) <= gaps[:, 0]))
    return wrong / (4000 * rounds)


def covered(classes: int, ways: int, spread: float, repetitions: int) -> tuple[int, int, int]:
    """Of intervals over classes and of those for the fixed pool, how many cover the error on new classes, and
    of how many: too few classes with errors have no interval."""
    value, over, fixed, intervals = truth(ways, spread), 0, 0, 0
    for seed in range(repetitions):
        features, labels = new_pool(classes, spread, np.random.default_rng([9, seed]))
        (estimate,) = pool_errors(features, labels, 1, [ways], seed=seed, work=1e5, confidence=CONFIDENCE)
        if isinstance(estimate.over_classes, NotApplicable):
            continue
        assert isinstance(estimate.over_classes, Estimate)
        intervals += 1
        over += estimate.over_classes.low <= value <= estimate.over_classes.high
        fixed += estimate.low <= value <= estimate.high
    return over, fixed, intervals


@pytest.mark.sampled(2)
@pytest.mark.parametrize("level", [pytest.param(0.3, marks=pytest.mark.slow), 1e-2])
@pytest.mark.parametrize("ways", rest_slow([2, 5], [5]))
@pytest.mark.parametrize("classes", rest_slow([10, 30], [10]))
def test_intervals_over_classes_cover_new_classes(classes: int, ways: int, level: float, full: bool) -> None:
    repetitions = 2000 if full else 50
    spread = SPREADS[ways, level]
    assert level / 2 < truth(ways, spread) < level * 2
    over, fixed, intervals = covered(classes, ways, spread, repetitions)
    assert intervals >= 0.8 * repetitions
    fewest = fewest_covered(intervals, CONFIDENCE)
    print(
        f"{classes} classes, {ways} ways, {level}: {over}/{intervals} over classes, {fixed} for the fixed "
        f"pool; catches a true coverage of .7 with probability {power(intervals, fewest, 0.7):.3f}"
    )
    # The control: the interval for the pool's own classes is far too narrow for others.
    assert over >= fewest > fixed


def test_leaving_a_class_out_is_computing_without_it() -> None:
    """Against ranks counted again with the class gone."""
    rng = np.random.default_rng(1)
    sets, classes, queries = 3, 6, 2
    near = rng.random((sets, classes, classes * queries)) < 0.4
    own = np.repeat(np.arange(classes), queries)
    near[:, own, np.arange(len(own))] = False
    near[0, :, 0] = np.arange(classes) != 0  # all others are nearer
    weights = rng.random((sets, classes * queries)) + 0.5
    errors = without_each(near.sum(axis=1), near, weights, [2, 4, 6])
    for row, ways in zip(errors, (2, 4), strict=False):
        share = wrong_share_by_rank(classes - 1, ways)
        for c in range(classes):
            kept = own != c
            ranks = np.delete(near, c, axis=1).sum(axis=1)[:, kept]
            assert row[c] == pytest.approx(np.mean(share[ranks] * weights[:, kept]), rel=1e-6)
    assert np.all(np.isnan(errors[2]))


def test_the_jackknife_of_a_mean_is_its_standard_error() -> None:
    values = np.random.default_rng(2).standard_normal(9)
    without = (values.sum() - values) / 8
    assert jackknife(without) == pytest.approx(values.std(ddof=1) / 3)


def test_too_few_classes_with_errors_give_a_reason_in_place_of_an_interval() -> None:
    features, labels = new_pool(6, 0.5, np.random.default_rng(3))
    three, four = pool_errors(features, labels, 1, [3, 4], work=1e5)
    assert isinstance(three.over_classes, Estimate) and three.over_classes.resampled == "classes"
    assert three.over_classes.value == three.value and three.over_classes.low < three.low
    assert isinstance(four.over_classes, NotApplicable) and "8 are needed" in four.over_classes.reason
    (far,) = pool_errors(features + 1e3 * np.eye(6, DIMENSION)[labels], labels, 1, [2], work=1e5)
    assert isinstance(far.over_classes, NotApplicable) and "no error was seen" in far.over_classes.reason


def test_a_gpu_gives_the_interval_over_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    """On array-api-strict in place of a GPU: controls, intervals and all numbers are those of a CPU."""
    strict_stream = lambda seed, path: arrays.Draws(array_api_strict, stream(seed, *path))  # noqa: E731 - put in as it is
    monkeypatch.setitem(device.STREAMS, "strict", strict_stream)
    features, labels = new_pool(8, 0.5, np.random.default_rng(3))
    for shots, ways in ((1, [2, 4]), (3, [2])):
        both = [
            pool_errors(features, labels, shots, ways, work=1e6, device=kind) for kind in ("cpu", "strict")
        ]
        for a, b in zip(*both, strict=True):
            assert (b.value, b.low, b.high) == pytest.approx((a.value, a.low, a.high), rel=1e-12)
            assert isinstance(a.over_classes, Estimate) and isinstance(b.over_classes, Estimate)
            assert b.over_classes.low == pytest.approx(a.over_classes.low, rel=1e-12)


def test_classes_nearer_than_the_spread_of_the_pool_are_distinguished() -> None:
    """Two classes 1e-6 of the spread apart: products in float32 see one class, and ties in units of the
    spread call all of their queries errors."""
    rng = np.random.default_rng(5)
    near = 1e-6 * np.arange(2)[:, None, None] + 1e-8 * rng.standard_normal((2, 30, 4))
    far = 30.0 + rng.standard_normal((1, 30, 4))
    features = np.concatenate([near, far]).reshape(-1, 4)
    labels = np.repeat(np.arange(3), 30)
    (estimate,) = pool_errors(features, labels, 1, [3], work=1e6)
    assert estimate.value == 0.0
    tied = np.where(np.arange(90)[:, None] < 60, features.round(9) * 0.0, features)
    (same,) = pool_errors(tied, labels, 1, [3], work=1e6)
    assert same.value == pytest.approx(2 / 3)
