"""What is measured of features: against theory/collapse.py and plain NumPy, and in the recorded order."""

from __future__ import annotations

import numpy as np
import pytest

from simulations.experiments.network.record.measures import (
    EpochEffort,
    Labelled,
    bounds_of,
    cdnv_of,
    certificates_of,
    collapse_of,
    errors_of,
    found_at,
)
from simulations.experiments.network.training.recipe import log_epochs
from simulations.verdicts.evaluate import few_shot_bounds
from theory import collapse
from theory.geometry import ClassGeometry


def noisy_classes(seed: int = 0, classes: int = 8, samples: int = 14, noise: float = 0.5) -> Labelled:
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(classes), samples)
    features = rng.normal(size=(classes, 6))[labels] + noise * rng.normal(size=(len(labels), 6))
    return Labelled(features.astype(np.float16), labels)


def test_cdnv_is_that_of_the_library_and_of_plain_arithmetic() -> None:
    group = noisy_classes()
    summary = cdnv_of(group, seed=0)
    features = group.features.astype(np.float64)
    means = np.stack([features[group.labels == c].mean(axis=0) for c in range(8)])
    spread = np.array([features[group.labels == c].var(axis=0, ddof=1).sum() for c in range(8)])
    values = []
    for a in range(8):
        for b in range(8):
            if a != b:
                square = np.sum((means[a] - means[b]) ** 2) - (spread[a] + spread[b]) / 14
                values.append((spread[a] + spread[b]) / (2 * square))
    assert summary.mean == pytest.approx(np.mean(values), rel=1e-9)
    assert summary.median == pytest.approx(np.median(values), rel=1e-9)
    matrix = collapse.cdnv(ClassGeometry.from_features(features, group.labels))
    assert summary.mean == pytest.approx(matrix[~np.eye(8, dtype=bool)].mean(), rel=1e-12)
    assert summary.low is not None and summary.low < summary.mean < summary.high


def test_nc_metrics_are_those_of_the_library() -> None:
    group = noisy_classes()
    rng = np.random.default_rng(1)
    weights, bias = rng.normal(size=(8, 6)), rng.normal(size=8)
    metrics = collapse_of(Labelled(group.features.astype(float), group.labels), weights, bias)
    geometry = group.geometry()
    assert metrics["nc1"] == collapse.nc1(geometry) and metrics["nc2"] == collapse.nc2(geometry)
    assert metrics["nc3"] == collapse.nc3(geometry, weights) and 0 <= metrics["nc4"] <= 1


@pytest.mark.slow
def test_all_measures_fall_as_classes_collapse() -> None:
    wide, narrow = (
        found_at(0, {"new": noisy_classes(noise=x)}, few_shot_bounds(), 0, EpochEffort(1e7))
        for x in (1.0, 0.2)
    )
    assert narrow.cdnv["new"].mean < wide.cdnv["new"].mean
    for near, far in zip(narrow.errors, wide.errors, strict=True):
        assert near.estimate.value < far.estimate.value and near.shots == far.shots
    assert narrow.certified == ()


def test_shots_that_the_smallest_class_does_not_allow_are_left_out() -> None:
    group = noisy_classes(samples=6)
    assert [each.shots for each in errors_of(group, 0, work=1e6)] == [1, 5]
    assert [each.shots for each in certificates_of(group, noisy_classes(1), 0)] == [1, 5, 1, 5]


def test_bounds_are_of_the_settings_of_the_errors() -> None:
    group = noisy_classes()
    errors = errors_of(group, 0, shots=(1, 5), work=1e6)
    answers = bounds_of(group, few_shot_bounds(), errors)
    assert [len(each) for each in answers] == [len(few_shot_bounds())] * 2
    by_name = dict(zip((b.name for b in few_shot_bounds()), answers[1], strict=True))
    assert by_name["exact_moment"].value >= errors[1].estimate.value


def test_certificates_come_from_the_validation_classes_alone() -> None:
    easy, hard = noisy_classes(noise=0.01), noisy_classes(seed=1, noise=3.0)
    for each in certificates_of(easy, hard, 0):
        pair, episode = each.certificates[1:]
        assert pair.observed == episode.observed == 0 and each.measured.error > 0.3


@pytest.mark.parametrize("epochs, count", [(25, 6), (14, 12), (1, 6), (3, 6)])
def test_epochs_on_a_log_scale_begin_untrained_and_end_trained(epochs: int, count: int) -> None:
    chosen = log_epochs(epochs, count)
    assert chosen[0] == 0 and chosen[-1] == epochs and len(chosen) <= count
    assert list(chosen) == sorted(set(chosen))
