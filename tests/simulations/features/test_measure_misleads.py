"""Features that would mislead without a warning: near copies, frames of a video, scales, and few samples."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from helpers_slow import rest_slow

from simulations import FeatureFile, measure
from simulations.features.advice import advice
from simulations.features.notices import FEW_COLUMNS, near
from simulations.features.words import headline

pytestmark = pytest.mark.usefixtures("fewer_sweeps")

CLASSES, DIMENSION = 8, 12
LABELS = np.repeat(np.arange(CLASSES), 24)


def independent(seed: int = 0, per_class: int = 24) -> Any:
    rng = np.random.default_rng(seed)
    means = np.random.default_rng(9).standard_normal((CLASSES, DIMENSION))
    return np.repeat(means, per_class, axis=0) + rng.standard_normal((CLASSES * per_class, DIMENSION))


def warnings_about(features: Any, labels: Any = LABELS, word: str = "") -> list[str]:
    return [text for text in measure(FeatureFile.of(features, labels), [1], [2]).warnings if word in text]


def test_near_copies_are_warned_of() -> None:
    rng = np.random.default_rng(1)
    half = independent(per_class=12)
    twice = np.concatenate([half, half + 1e-3 * rng.standard_normal(half.shape)])
    labels = np.tile(np.repeat(np.arange(CLASSES), 12), 2)
    (text,) = warnings_about(twice, labels, "nearly copies")
    assert int(text.split()[0]) >= 0.9 * len(half)
    # The control: independent samples are none, nor those that spread in one direction, as unscaled tables.
    assert not warnings_about(independent(), LABELS, "nearly copies")
    assert not warnings_about(independent() * np.r_[1e3, np.ones(DIMENSION - 1)], LABELS, "nearly copies")


def test_near_copies_are_those_of_all_columns() -> None:
    """Not of the first few alone, which only say which samples are apart."""
    rng = np.random.default_rng(3)
    gaps = rng.standard_normal((400, FEW_COLUMNS + 30))
    gaps[1::4] = gaps[::4] + 1e-3
    gaps[3::4, :FEW_COLUMNS] = gaps[2::4, :FEW_COLUMNS]
    gaps[3] = gaps[2]
    steps = np.diff(gaps, axis=0)
    squares = np.sum(steps**2, axis=1)
    count = near(gaps, np.arange(len(gaps)), 0.1)
    assert count == np.sum((squares > 0) & (squares < 0.1)) == 100


@pytest.mark.slow
def test_a_mean_that_noise_hides_makes_no_metric_infinite() -> None:
    """Some class lies at the common mean, so that without noise the square of its length is below 0."""
    for seed in range(6):
        features = independent(seed)
        features[:24] += features.mean(axis=0) - features[:24].mean(axis=0)
        measurement = measure(FeatureFile.of(features, LABELS), [1], [2])
        for name, metric in (measurement.nc | measurement.peers).items():
            assert metric.high is not None and np.isfinite(metric.high), name
        assert measurement.nc2["angles"] <= 1.2


def spanning(rank: int, dimension: int) -> tuple[Any, Any, float]:
    """12 classes of 30 samples whose means span ``rank`` dimensions about their centre, and NC1."""
    rng = np.random.default_rng(5)
    axes = np.linalg.qr(rng.standard_normal((dimension, rank)))[0].T
    places = 4 * np.concatenate([np.eye(rank), np.zeros((1, rank)), -np.eye(rank)])[:12]
    between = np.cov(places.T, bias=True)
    labels = np.repeat(np.arange(12), 30)
    features = (places @ axes)[labels] + rng.standard_normal((len(labels), dimension))
    return features, labels, float(np.trace(np.linalg.inv(between))) / 12


@pytest.mark.parametrize(("dimension", "most"), rest_slow([(200, 5), (16, 5), (8, 2)], [(16, 5), (8, 2)]))
def test_means_that_span_fewer_dimensions_leave_nc1_undetermined(dimension: int, most: int) -> None:
    """Of 11 axes, or of 8, the noise of the means makes all but 6: most of these are reported."""
    features, labels, truth = spanning(6, dimension)
    measurement = measure(FeatureFile.of(features, labels), [1], [2])
    (text,) = [text for text in measurement.warnings if "NC1" in text]
    assert most / 2 < int(re.findall(r"along (\d+) axes", text)[0]) <= most
    # What it warns of.
    assert measurement.nc1 > 5 * truth


@pytest.mark.parametrize(("rank", "dimension"), [(11, 200), (6, 6)])
def test_means_that_span_all_dimensions_raise_no_warning(rank: int, dimension: int) -> None:
    features, labels, truth = spanning(rank, dimension)
    measurement = measure(FeatureFile.of(features, labels), [1], [2])
    assert not any("NC1" in text for text in measurement.warnings)
    low, high = measurement.nc["nc1"].low, measurement.nc["nc1"].high
    assert low is not None and high is not None and low < truth < high


@pytest.mark.slow
def test_frames_of_a_video_are_warned_of_and_independent_samples_are_not() -> None:
    frames = independent(2)
    noise = frames - np.repeat(frames.reshape(CLASSES, 24, -1).mean(axis=1), 24, axis=0)
    smooth = frames - noise
    for start in range(0, len(frames), 24):
        state = noise[start]
        for row in range(start, start + 24):
            state = 0.8 * state + 0.6 * noise[row]
            smooth[row] += state
    assert len(warnings_about(smooth, LABELS, "resemble")) == 1
    assert not any(warnings_about(independent(seed), LABELS, "resemble") for seed in range(4))


@pytest.mark.sampled(2)
@pytest.mark.parametrize("scale", rest_slow([1e-100, 1e-30, 1e-17, 1e20, 1e100], [1e-100, 1e20]))
def test_the_scale_of_the_features_changes_nothing(scale: float) -> None:
    """1e-30 ended in an overflow: the sixteenth power of its inverse has no double."""
    here, there = (measure(FeatureFile.of(independent() * s, LABELS), [1], [2]) for s in (1.0, scale))
    bounds = [{v.bound: v.value for v in measurement.rows[0].verdicts} for measurement in (here, there)]
    assert bounds[1].keys() == bounds[0].keys()
    for name, value in bounds[0].items():
        assert bounds[1][name] == (None if value is None else pytest.approx(value, rel=1e-4)), name
    assert there.nc1 == pytest.approx(here.nc1, rel=1e-6)


def test_two_samples_a_class_guarantee_nothing() -> None:
    """Eight moments of the margins of one query and one support gave .077 where the truth was .25."""
    measurement = measure(
        FeatureFile.of(independent(per_class=2), np.repeat(np.arange(CLASSES), 2)), [1], [2]
    )
    assert (
        headline(measurement.rows[0], measurement).bound is None
        or not headline(measurement.rows[0], measurement).helps
    )
    assert not any("tightest bound from estimated moments is margin" in line for line in advice(measurement))


@pytest.mark.slow
def test_a_bound_is_shown_with_the_end_of_its_interval_and_the_prediction_is_near() -> None:
    measurement = measure(
        FeatureFile.of(3 * independent(per_class=1)[LABELS] + independent(5), LABELS), [1, 5], [2]
    )
    for row in measurement.rows:
        summary = headline(row, measurement)
        assert summary.bound is not None and summary.helps
        low, high = measurement.bound_intervals[(row.setting.shots, 2, summary.bound.bound)]
        assert summary.bound.high == high and low <= summary.bound.value <= high
        assert "bound" not in headline(row).sentence()
    mixed = measure(FeatureFile.of(independent(), LABELS), [1], [2, 5])
    for row in mixed.rows:
        # `snr_2022`, which leaves out what the centres add, predicted .6 of the error here.
        assert float(headline(row).predicted) == pytest.approx(row.estimate.value, rel=0.25)
