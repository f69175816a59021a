"""What is said of two classes does not depend on classes far away: two means that are a tiny part of the
median distance apart keep their digits, as do spreads that are as small."""

import math

import numpy as np
import pytest

from theory import ClassGeometry, Setting, catalogue
from theory.bound import PairBound
from theory.bound.ladder import LadderBound
from theory.evaluation.missing import MissingQuantity
from theory.geometry import samples

SAMPLES = 10
BOUNDS = [bound for bound in catalogue.STATEMENTS if isinstance(bound, PairBound)]


def near_pair(gap, *, beside_far_classes):
    """Features and labels of two classes ``gap`` apart that spread as widely, alone or beside three that are
    at distances and spreads of about 1."""
    normals = np.random.default_rng(0).standard_normal((5, SAMPLES, 4))
    classes = [gap * normals[0], gap * (normals[1] + np.array([1, 0, 0, 0]))]
    if beside_far_classes:
        far = np.array([[1, 0, 0, 0], [0, 3, 0, 0], [0, 0, 2, 5]])
        classes += list(far[:, None, :] + 0.1 * normals[2:])
    return np.concatenate(classes), np.repeat(np.arange(len(classes)), SAMPLES)


def first_pair(bound, geometry, shots):
    values, _ = bound.pair_values(geometry, Setting(shots, 2))
    return float(values[0, 1])


@pytest.mark.parametrize("estimator", ["debiased", "plugin"])
@pytest.mark.parametrize("gap", [1e-6, 1e-15, 1e-25])
def test_a_near_pair_has_the_values_that_it_has_alone(gap, estimator):
    both, alone = (
        ClassGeometry.from_features(*near_pair(size, beside_far_classes=beside), estimator=estimator)
        for size, beside in ((gap, True), (1.0, False))
    )
    compared = 0
    for bound in BOUNDS:
        for shots in (1, 3, math.inf):
            try:
                wanted = first_pair(bound, alone, shots)
            except (MissingQuantity, TypeError):
                continue  # not of stored features, or not at this number of shots
            value = first_pair(bound, both, shots)
            if not isinstance(bound, LadderBound) or gap**16 > 1e-280:
                assert value == pytest.approx(wanted, rel=1e-6, abs=0), (bound.name, shots)
            # Moments below the range of double precision are left out: the bound is then that of fewer.
            assert value > (1 - 1e-6) * wanted, (bound.name, shots)
            compared += 1
    assert compared > 2 * len(BOUNDS) // 3 * 2


@pytest.mark.parametrize("kept", [0, 1000], ids=["by a pass of their own", "of what is kept"])
@pytest.mark.parametrize("gap", [1e-3, 1e-15, 1e-25])
def test_weighted_sums_over_pairs_of_near_classes_keep_their_digits(gap, kept, monkeypatch):
    monkeypatch.setattr(samples, "MOST_KEPT", kept)
    features, labels = near_pair(gap, beside_far_classes=True)
    geometry = ClassGeometry.from_features(features, labels, estimator="plugin")
    squares = np.where(np.eye(5) > 0, 1.0, geometry.squared_distances)
    weights = np.where(np.eye(5) > 0, 0.0, 1 / np.sqrt(squares))
    sums = geometry.source.cross_sums(slice(0, 5), weights, weights)
    own = features.reshape(5, SAMPLES, 4)
    means = own.mean(axis=1)
    for i in range(5):
        along = (own[i] - means[i]) @ (means - means[i]).T
        crossed = along.T @ along / SAMPLES
        np.fill_diagonal(crossed, 0.0)  # the sum is over pairs of two different classes
        wanted = weights[i] @ crossed @ weights[i] / geometry.unit**4
        assert sums[i] == pytest.approx(wanted, rel=1e-8, abs=0)
