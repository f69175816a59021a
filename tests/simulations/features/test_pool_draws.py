"""Draws of supports and queries in a pool: their laws, and bounds on their weights."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulations.engines.base import Question
from simulations.engines.pool import draws, pool_errors, sweeps
from simulations.engines.pool.rows import Rows


def test_queries_are_drawn_by_their_weights_and_never_from_the_support() -> None:
    rng = np.random.default_rng(0)
    numbers = np.array([[1, 2, 3, 10, 0], [5, 5, 5, 5, 5]])
    sizes, in_support = np.array([4, 5]), np.array([[1], [4]])
    counts = np.zeros((2, 5))
    for _ in range(4000):
        chosen, weights = draws.queries(numbers, sizes, in_support, 3, rng)
        for c in range(2):
            np.add.at(counts[c], chosen[c], 1)
        left = np.array([14 / 3, 20 / 4])
        np.testing.assert_allclose(weights, left[:, None] / numbers[np.arange(2)[:, None], chosen])
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
        chosen = draws.supports(table, sizes, count, rng)
        for c in range(2):
            assert len(set(chosen[c])) == count and chosen[c].max() < sizes[c]
            pairs[c, chosen[c, 0], chosen[c, 1]] += 1
    for c, size in enumerate(sizes):
        mean = 6000 / (size * (size - 1))
        inner = pairs[c, :size, :size][~np.eye(size, dtype=bool)]
        assert np.max(np.abs(inner - mean)) < 4.5 * math.sqrt(mean)


def test_no_group_mean_exceeds_the_top() -> None:
    labels = np.repeat([0, 1, 2], [40, 30, 50])
    features = np.random.default_rng(1).standard_normal((120, 3))
    members = [np.flatnonzero(labels == c) for c in range(3)]
    planned = sweeps.plan(features, members, Question(2, (2,)), 1e9)
    assert 1 < planned.top < 2
    for group in range(300):
        sample = sweeps.draw(planned, np.random.default_rng(group))
        assert sample.weights.mean(axis=1).max() <= planned.top


def test_rows_prepared_once_serve_every_number_of_shots() -> None:
    rng = np.random.default_rng(4)
    features, labels = rng.standard_normal((60, 5)), np.repeat(np.arange(4), 15)
    rows = Rows.of(features)
    for shots in (1, 3):
        plain, prepared = (pool_errors(each, labels, shots, [2, 4], work=1e6) for each in (features, rows))
        assert [each.value for each in plain] == [each.value for each in prepared]
        assert [each.low for each in plain] == [each.low for each in prepared]
