"""Errors between two classes that are nearer to each other than the last digit of how far other classes lie:
in the features' own numbers their distances are as clear as any others, and no episode there is a tie."""

import numpy as np
import pytest

from simulations.engines.pool import pool_errors


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


@pytest.mark.parametrize("shots", [1, 5])
@pytest.mark.parametrize("gap", [1e-15, 1e-40, 1e-200])
def test_the_errors_are_those_of_the_same_classes_farther_apart(gap, shots):
    wide, near = (
        pool_errors(*near_pair_beside_far_classes(size), shots, [2, 4], work=1e7) for size in (1e-3, gap)
    )
    for one, other in zip(wide, near, strict=True):
        assert 0 < other.value < 0.5
        assert other.per_class == pytest.approx(one.per_class, abs=1e-12)
