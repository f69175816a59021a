"""The pool engine against the exact error of small pools, and broken versions of its parts, which are
noticed."""

from __future__ import annotations

import math
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest

from simulations.engines.base import Question
from simulations.engines.geometry.subsets import wrong_share_by_rank
from simulations.engines.pool import compare, controls, draws, pool_errors, proposal, rows, sweeps
from simulations.estimates import Estimate

Array = Any


def uneven(spread: float = 2.0, sizes: tuple[int, ...] = (6, 4, 5), seed: int = 1) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(sizes)), sizes)
    return rng.standard_normal((len(labels), 3)) + spread * np.eye(3)[labels], labels


def exact_error(features: Array, labels: Array, shots: int, ways: int) -> float:
    """Every support of every class with every query outside its own."""
    members = [np.flatnonzero(labels == c) for c in np.unique(labels)]
    supports = [[list(s) for s in combinations(own, shots)] for own in members]
    share, total, count = wrong_share_by_rank(len(members), ways), 0.0, 0
    by_class = np.zeros(len(members))
    for c, own in enumerate(members):
        total, count = 0.0, 0
        for chosen in product(*supports):
            centres = np.stack([features[s].mean(axis=0) for s in chosen])
            rows = features[np.setdiff1d(own, chosen[c])]
            gaps = np.sum((rows[:, None] - centres) ** 2, axis=2)
            nearer = gaps <= gaps[:, [c]]
            nearer[:, c] = False
            total += float(share[nearer.sum(axis=1)].mean())
            count += 1
        by_class[c] = total / count
    return float(by_class.mean())


def score(features: Array, labels: Array, shots: int, ways: int, value: float, seed: int = 0) -> float:
    """Standard errors between the engine's long run and ``value``."""
    (estimate,) = pool_errors(features, labels, shots, [ways], seed=seed, work=1e9)
    replicates: Any = estimate.rule
    error = replicates.replicates.deviation / math.sqrt(replicates.replicates.count)
    return (estimate.value - value) / error


@pytest.mark.parametrize(("shots", "ways"), [(1, 2), (1, 3), (2, 2), (3, 3)])
def test_small_pools_of_uneven_classes_by_enumeration(shots: int, ways: int) -> None:
    features, labels = uneven()
    value = exact_error(features, labels, shots, ways)
    scores = [score(features, labels, shots, ways, value, seed) for seed in range(4)]
    assert math.fsum(s * s for s in scores) < 30, scores  # chi-square, 4 degrees: 5e-6


def wide() -> tuple[Array, Array, float]:
    """Classes of 12, large enough for several supports in a group and for controls; one-shot truth."""
    features, labels = uneven(1.5, (12, 12, 12), seed=2)
    return features, labels, exact_error(features, labels, 1, 2)


def test_groups_of_several_supports_are_unbiased() -> None:
    features, labels, value = wide()
    members = [np.flatnonzero(labels == c) for c in range(3)]
    planned = sweeps.plan(features, members, Question(1, (2,)), 1e9)
    assert planned.sets == 3 and planned.controls is not None
    assert planned.numbers.max() > 1.5 * planned.numbers.min()
    scores = [score(features, labels, 1, 2, value, seed) for seed in range(4)]
    assert math.fsum(s * s for s in scores) < 30, scores


def test_importance_weights_dropped_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = draws.queries

    def unweighted(*args: Any) -> Any:
        chosen, weights = honest(*args)
        return chosen, np.ones_like(weights)

    monkeypatch.setattr(draws, "queries", unweighted)
    features, labels, value = wide()
    assert score(features, labels, 1, 2, value) > 10


def test_a_wrong_mean_of_a_control_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The square of a standardised distance, its mean of 1 forgotten."""
    honest = controls.Controls.of

    def shifted(*args: Any) -> Any:
        return controls.Controls(honest(*args).values + np.array([0.0, 1.0, 0.0]))

    monkeypatch.setattr(proposal.Controls, "of", staticmethod(shifted))
    features, labels, value = wide()
    assert abs(score(features, labels, 1, 2, value)) > 10


def test_controls_narrow_the_interval_where_supports_decide() -> None:
    rng = np.random.default_rng(5)
    labels = np.repeat(np.arange(20), 64)
    features = rng.standard_normal((1280, 400)) + (0.4 * rng.standard_normal((20, 400)))[labels]
    (estimate,) = pool_errors(features, labels, 1, [5], work=1e9)
    rule: Any = estimate.rule
    assert 2 * rule.replicates.deviation**2 < rule.bounded.variance
    assert abs(estimate.value - rule.bounded.mean) < 5 * math.sqrt(rule.bounded.variance / rule.bounded.count)


def test_numbers_do_not_depend_on_how_the_work_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    features, labels, _ = wide()
    before = pool_errors(features, labels, 1, [2, 3], work=1e6)
    monkeypatch.setattr(compare, "DOUBTS", 1)
    monkeypatch.setattr(compare, "COMPARED", 1)
    monkeypatch.setattr(rows, "MOST_KEPT", 0)
    after = pool_errors(features, labels, 1, [2, 3], work=1e6)
    for a, b in zip(before, after, strict=True):
        assert a.value == b.value and a.per_class == b.per_class and a.low == b.low
        assert a.over_classes == b.over_classes


@pytest.mark.parametrize("shots", [1, 3])
def test_the_order_of_columns_changes_nothing(shots: int) -> None:
    """Products are then summed in another order, as on another machine: the same samples are drawn, and
    every comparison comes out the same."""
    rng = np.random.default_rng(6)
    labels = np.repeat(np.arange(6), 40)
    features = rng.standard_normal((240, 50)) + (0.6 * rng.standard_normal((6, 50)))[labels]
    (one,) = pool_errors(features, labels, shots, [3], work=1e7)
    (other,) = pool_errors(features[:, rng.permutation(50)], labels, shots, [3], work=1e7)
    assert other.value == pytest.approx(one.value, rel=1e-12)
    assert 0.02 < one.value < 0.6


def test_only_errors_or_none_leave_an_interval() -> None:
    """A spread of 0 over groups with equal results is no estimate of their error: rarer events may be missing
    from all."""
    labels = np.repeat([0, 1], 40)
    (always,) = pool_errors(np.eye(80), labels, 1, [2])
    # One sample far out leaves open whether some episode errs.
    near = np.eye(2)[labels] + 1e-3 * np.eye(80, 2)
    near[0] += 0.48 * np.array([-1.0, 1.0])
    (never,) = pool_errors(near, labels, 1, [2])
    assert always.value == 1.0 and 0.9 < always.low < 0.999
    assert never.value == 0.0 and 0.001 < never.high < 0.1
    rule: Any = always.rule
    assert rule.replicates.interval(0.95) == (1.0, 1.0)


def test_ties_are_errors_however_large_or_small_the_features() -> None:
    """Two classes of the same points: every query ties or errs as often as it is right."""
    points = np.arange(12.0)[:, None] * np.array([1.0, 0.0])
    features, labels = np.concatenate([points, points]), np.repeat([0, 1], 12)
    value = exact_error(features, labels, 2, 2)
    for scale in (1e-150, 1e-5, 1.0, 1e5, 1e150):
        assert abs(score(features * scale, labels, 2, 2, value)) < 5, scale


@pytest.mark.parametrize("part", ["float32", "count"])
def test_ties_left_to_float32_are_caught(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same lattice off the grid of binary fractions, where float32 rounds ties apart."""
    rng = np.random.default_rng(3)
    points = (rng.integers(0, 3, (16, 40)) / 10.0).repeat(2, axis=0)
    features, labels = np.concatenate([points, points]), np.repeat([0, 1], 32)
    (right,) = pool_errors(features, labels, 1, [2], work=1e8)
    if part == "float32":
        monkeypatch.setattr(compare, "UNIT", 0.0)
    else:
        monkeypatch.setattr(compare, "decide_in_float64", lambda *args: None)
    (wrong,) = pool_errors(features, labels, 1, [2], work=1e8)
    assert wrong.value < right.low - (right.high - right.low)


def test_classes_far_apart_cannot_err() -> None:
    """Collapsed or nearly so: the error is 0 and exact, and what fresh samples may do is left open."""
    labels = np.repeat([0, 1, 2], 8)
    for spread in (0.0, 0.02):
        features = np.eye(3)[labels] + spread * np.random.default_rng(0).standard_normal((24, 3))
        (estimate,) = pool_errors(features, labels, 2, [2])
        assert estimate.exact and (estimate.value, estimate.low, estimate.high) == (0.0, 0.0, 0.0)
        assert isinstance(estimate.over_samples, Estimate) and 0.1 < estimate.over_samples.high < 1
        assert estimate.over_samples.low == 0.0 and not estimate.over_samples.exact


def test_a_sample_that_may_err_is_not_called_separated() -> None:
    """The control: at 3 r_i + r_j beyond the distance an episode can err, and one does."""
    labels = np.repeat([0, 1], 3)
    features = np.array([[0.0], [0.0], [3.0], [4.0], [4.0], [4.0]])
    (estimate,) = pool_errors(features, labels, 1, [2])
    assert not estimate.exact and estimate.value > 0
