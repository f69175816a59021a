"""Errors between two classes that are nearer to each other than the last digit of how far other classes lie:
in the features' own numbers their distances are as clear as any others, and no episode there is a tie."""

import numpy as np
import pytest

from simulations.engines.pool import pool_errors
from simulations.engines.pool.near_ties import at_least_as_near


def near_pair_beside_far_classes(gap):
    """(features, labels): two overlapping classes of spread and distance about ``gap``, two far from them."""
    normals = np.random.default_rng(1).standard_normal((4, 40, 5))
    step = np.array([1.0, 0, 0, 0, 0])
    classes = [
        gap * normals[0],
        gap * (normals[1] + 1.5 * step),
        step + 0.1 * normals[2],
        3 * np.roll(step, 1) + 0.3 * normals[3],
    ]
    return np.concatenate(classes), np.repeat(np.arange(4), 40)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("shots", [1, 5])
@pytest.mark.parametrize("gap", [1e-15, 1e-40, 1e-200])
def test_the_errors_are_those_of_the_same_classes_farther_apart(gap, shots):
    wide, near = (
        pool_errors(*near_pair_beside_far_classes(size), shots, [2, 4], work=1e7) for size in (1e-3, gap)
    )
    for one, other in zip(wide, near, strict=True):
        assert 0 < other.value < 0.5
        assert other.per_class == pytest.approx(one.per_class, abs=1e-12)


@pytest.mark.parametrize("shots", [1, 3])
@pytest.mark.parametrize("length", [1e9, 1e14, 1e17])
def test_a_query_that_is_long_along_an_axis_of_its_own_ties_with_nothing(shots, length):
    """One sample a class is far along an axis in which all others agree: its errors are those of a query that
    is not, since in that axis no centres of other samples differ."""
    rng = np.random.default_rng(2)
    labels = np.repeat(np.arange(3), 12)
    features = np.column_stack([np.zeros(36), labels + 0.2 * rng.standard_normal(36)])
    queries, others = features.copy(), np.arange(36) % 12 > 0
    queries[~others, 0] = length
    for query in np.flatnonzero(~others):
        for i, j in ((0, 1), (1, 2), (2, 0)):
            for _ in range(20):
                picked = [rng.choice(np.flatnonzero((labels == c) & others), shots) for c in (i, j)]
                pairs = [(queries[[one]], queries[[other]]) for one, other in zip(*picked, strict=True)]
                one, other = (features[rows, 1].mean() for rows in picked)
                nearer = abs(features[query, 1] - one) <= abs(features[query, 1] - other)
                assert at_least_as_near(queries[[query]], pairs)[0] == nearer
                # And so from the other side, since there are no ties.
                assert at_least_as_near(queries[[query]], [pair[::-1] for pair in pairs])[0] != nearer


def test_ties_beside_a_long_axis_are_ties():
    query = np.array([[1e9, 0.1, 0.0]])
    mirrored = np.array([[3.0, 0.3, 1.0]]), np.array([[3.0, -0.1, -1.0]])
    assert at_least_as_near(query, [mirrored])[0] and at_least_as_near(query, [mirrored[::-1]])[0]
    moved = mirrored[0] + np.array([[0.0, 1e-9, 0.0]])
    assert not at_least_as_near(query, [(moved, mirrored[1])])[0]
    # Two draws each, in another order: one centre.
    first, second = np.array([[0.1, 0.7, 1.3]]), np.array([[0.3, 0.1, 0.2]])
    assert at_least_as_near(query, [(first, second), (second, first)])[0]


def test_where_samples_tie_along_a_long_axis_a_short_one_decides():
    query = np.array([[0.0, 0.1]])
    near, far = np.array([[-3e9, 0.2]]), np.array([[3e9, 0.3]])
    assert at_least_as_near(query, [(near, far)])[0] and not at_least_as_near(query, [(far, near)])[0]
    assert at_least_as_near(query, [(near, -near + [[0.0, 0.4]])])[0]
    # Of three draws each, whose means are alike along the long axis but for rounding.
    draws = [
        (np.array([[0.1e9, 0.2]]), np.array([[0.3e9, 0.3]])),
        (np.array([[0.2e9, 0.2]]), np.array([[0.2e9, 0.3]])),
    ]
    draws.append((np.array([[0.3e9, 0.2]]), np.array([[0.1e9, 0.3]])))
    assert at_least_as_near(query, draws)[0]
    assert not at_least_as_near(query, [pair[::-1] for pair in draws])[0]
