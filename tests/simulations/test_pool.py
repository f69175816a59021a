"""The pool engine against the exact error of small pools, and what its parts would do if they were wrong."""

from __future__ import annotations

import math
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest

from simulations.engines.pool import compare, controls, draws, pool_errors, proposal, rows, sweeps
from simulations.engines.subsets import wrong_share_by_rank

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
            asked = features[np.setdiff1d(own, chosen[c])]
            gaps = np.sum((asked[:, None] - centres) ** 2, axis=2)
            nearer = gaps <= gaps[:, [c]]
            nearer[:, c] = False
            total += float(share[nearer.sum(axis=1)].mean())
            count += 1
        by_class[c] = total / count
    return float(by_class.mean())


def score(features: Array, labels: Array, shots: int, ways: int, value: float, seed: int = 0) -> float:
    """Standard errors between the engine's long run and ``value``."""
    (found,) = pool_errors(features, labels, shots, [ways], seed=seed, work=1e9)
    replicates: Any = found.rule
    error = replicates.replicates.deviation / math.sqrt(replicates.replicates.count)
    return (found.value - value) / error


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
    planned = sweeps.plan(features, members, 1, [2], 1e9)
    assert planned.sets == 3 and planned.controls is not None
    assert planned.numbers.max() > 1.5 * planned.numbers.min()
    scores = [score(features, labels, 1, 2, value, seed) for seed in range(4)]
    assert math.fsum(s * s for s in scores) < 30, scores


def test_importance_weights_dropped_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = draws.queries

    def unweighted(*args: Any) -> Any:
        found, weights = honest(*args)
        return found, np.ones_like(weights)

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
    (found,) = pool_errors(features, labels, 1, [5], work=1e9)
    rule: Any = found.rule
    assert 2 * rule.replicates.deviation**2 < rule.bounded.variance
    assert abs(found.value - rule.bounded.mean) < 5 * math.sqrt(rule.bounded.variance / rule.bounded.count)


def test_numbers_do_not_depend_on_how_the_work_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    features, labels, _ = wide()
    before = pool_errors(features, labels, 1, [2, 3], work=1e6)
    monkeypatch.setattr(compare, "DOUBTS", 1)
    monkeypatch.setattr(compare, "COMPARED", 1)
    monkeypatch.setattr(rows, "HELD", 0)
    after = pool_errors(features, labels, 1, [2, 3], work=1e6)
    for a, b in zip(before, after, strict=True):
        assert a.value == b.value and a.per_class == b.per_class and a.low == b.low
        assert a.over_classes == b.over_classes


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
        monkeypatch.setattr(compare, "_settle", lambda *args: None)
    (wrong,) = pool_errors(features, labels, 1, [2], work=1e8)
    assert wrong.value < right.low - (right.high - right.low)


def test_queries_are_drawn_by_their_numbers_and_never_from_the_taken() -> None:
    rng = np.random.default_rng(0)
    numbers = np.array([[1, 2, 3, 10, 0], [5, 5, 5, 5, 5]])
    sizes, taken = np.array([4, 5]), np.array([[1], [4]])
    counts = np.zeros((2, 5))
    for _ in range(4000):
        found, weights = draws.queries(numbers, sizes, taken, 3, rng)
        for c in range(2):
            np.add.at(counts[c], found[c], 1)
        left = np.array([14 / 3, 20 / 4])
        np.testing.assert_allclose(weights, left[:, None] / numbers[np.arange(2)[:, None], found])
    expected = 12000 * np.array([[1, 0, 3, 10, 0], [3.5, 3.5, 3.5, 3.5, 0]]) / 14
    assert np.all(counts[expected == 0] == 0)
    spread = np.sqrt(np.maximum(expected, 1))
    assert np.max(np.abs(counts - expected) / spread) < 4.5


@pytest.mark.parametrize("count", [2, 5])
def test_supports_are_uniform_subsets(count: int) -> None:
    """Both ways of drawing them, with a class that has fewer samples."""
    rng, sizes = np.random.default_rng(1), np.array([6, 5])
    table = np.where(np.arange(6) < sizes[:, None], 1, -1)
    pairs = np.zeros((2, 6, 6))
    for _ in range(6000):
        found = draws.supports(table, sizes, count, rng)
        for c in range(2):
            assert len(set(found[c])) == count and found[c].max() < sizes[c]
            pairs[c, found[c, 0], found[c, 1]] += 1
    for c, size in enumerate(sizes):
        mean = 6000 / (size * (size - 1))
        inner = pairs[c, :size, :size][~np.eye(size, dtype=bool)]
        assert np.max(np.abs(inner - mean)) < 4.5 * math.sqrt(mean)


def test_no_group_mean_exceeds_the_top() -> None:
    features, labels = uneven(0.0, (40, 30, 50))
    members = [np.flatnonzero(labels == c) for c in range(3)]
    planned = sweeps.plan(features, members, 2, [2], 1e9)
    assert 1 < planned.top < 2
    for group in range(300):
        drawn = sweeps.draw(planned, np.random.default_rng(group))
        assert drawn.weights.mean(axis=1).max() <= planned.top
