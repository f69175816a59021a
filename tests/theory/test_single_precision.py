"""Large products in float32 stay within 1e-6 of those in float64, and are not used where they would not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from theory.geometry import ClassGeometry, passes, spectra, traces

CLASSES, PER_CLASS, DIMENSION = 6, 60, 200
FEW = 4
LABELS = np.repeat(np.arange(CLASSES), [PER_CLASS] * (CLASSES - 1) + [FEW])
"""The last class has fewer samples than there are classes."""


def features(along: float, offset: float = 0.0, apart: float = 3.0) -> Any:
    """Means on some axes, along which the classes spread by ``along`` times what they do along others."""
    rng = np.random.default_rng(5)
    noise = rng.standard_normal((len(LABELS), DIMENSION))
    noise[:, :CLASSES] *= along
    rows = apart * np.eye(CLASSES, DIMENSION)[LABELS] + noise
    return rows @ np.linalg.qr(rng.standard_normal((DIMENSION, DIMENSION)))[0] + offset


def single(monkeypatch: pytest.MonkeyPatch, rows: Any) -> ClassGeometry:
    monkeypatch.setattr(passes, "LARGE_WORK", 0)
    monkeypatch.setattr(traces, "LARGE_WORK", 0)
    # By stripes of the covariances, as where the Gram matrix of all samples would be too large.
    monkeypatch.setattr(traces, "MOST_KEPT", 0)
    return ClassGeometry.from_features(rows, LABELS, estimator="plugin")


def worst(computed: Any, right: Any) -> float:
    off = ~np.eye(CLASSES, dtype=bool)
    return float(np.max(np.abs(computed[off] / right[off] - 1)))


@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_products_in_float32_are_near_those_in_float64(
    offset: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = features(1.0, offset)
    double = ClassGeometry.from_features(rows, LABELS, estimator="plugin")
    right = double.directional_variances, double.trace_products
    quick = single(monkeypatch, rows)
    for computed, exact in zip((quick.directional_variances, quick.trace_products), right, strict=True):
        assert 1e-12 < worst(computed, exact) < 1e-6


@pytest.mark.parametrize("far", [1e-12, 1e12])
@pytest.mark.parametrize("by_gram", [True, False])
def test_a_class_of_another_scale_keeps_its_traces(
    far: float, by_gram: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their products leave the range of float32: they were infinite, or 0."""
    rows = features(1.0, apart=0.0)
    rows[LABELS == 4] *= far
    rows += 3 * np.eye(CLASSES, DIMENSION)[LABELS] * (far < 1)
    right = ClassGeometry.from_features(rows, LABELS, estimator="plugin").trace_products
    quick = single(monkeypatch, rows)
    if by_gram:
        monkeypatch.setattr(traces, "MOST_KEPT", 1 << 25)
    in_float32 = quick.trace_products
    assert np.all(np.isfinite(in_float32)) and worst(in_float32, right) < 1e-6
    assert np.max(np.abs(np.diagonal(in_float32) / np.diagonal(right) - 1)) < 1e-6
    monkeypatch.setattr(traces, "_in_range", lambda total: True)
    rounded = single(monkeypatch, rows).trace_products
    assert not np.allclose(np.diagonal(rounded), np.diagonal(right), rtol=1e-3, atol=0.0)


@pytest.mark.parametrize("far", [1e-35, 1e20, 1e30, 1e60])
def test_a_class_of_another_scale_keeps_its_directional_variances(
    far: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of samples that float32 cannot hold they were infinite or 0, and bounds with them."""
    rows = np.random.default_rng(0).standard_normal((len(LABELS), DIMENSION))
    rows += 3 * np.eye(CLASSES, DIMENSION)[LABELS]
    rows[LABELS == 4] *= far
    right = ClassGeometry.from_features(rows, LABELS, estimator="plugin").directional_variances
    np.testing.assert_allclose(single(monkeypatch, rows).directional_variances, right, rtol=1e-6)


def test_classes_that_hardly_spread_towards_others_keep_float64(monkeypatch: pytest.MonkeyPatch) -> None:
    """Directional collapse, which these numbers are there to show; float32 alone makes some of it up."""
    rows = features(1e-5, apart=1e4)
    right = ClassGeometry.from_features(rows, LABELS, estimator="plugin").directional_variances
    assert worst(single(monkeypatch, rows).directional_variances, right) < 1e-12
    monkeypatch.setattr(passes, "LEAST_SPREAD", 0.0)
    assert worst(single(monkeypatch, rows).directional_variances, right) > 1e-6


@pytest.mark.parametrize("shortest", [1.0, 1e-3])
def test_variance_within_along_combinations_of_means(shortest: float) -> None:
    """By what the second pass keeps; where an axis is much shorter than another, by the samples."""
    rows = features(1.0)
    gap = rows[LABELS == 0].mean(axis=0) - rows[LABELS == 1].mean(axis=0)
    rows[LABELS == 0] -= (1 - shortest) * gap
    for estimator in ("plugin", "debiased"):
        geometry = ClassGeometry.from_features(rows, LABELS, estimator=estimator)
        means = geometry.means - np.mean(geometry.means, axis=0)
        _, _, weights = np.linalg.svd(means.T, full_matrices=False)
        weights = weights[: CLASSES - 1]
        variances = geometry.within_along_means(weights)
        np.testing.assert_allclose(variances, geometry.within_along(weights @ means), rtol=1e-11)


@pytest.mark.parametrize(
    "leading", [np.ones(200), np.r_[40.0, 9.0, 4.0, np.ones(197)], np.r_[np.ones(3), np.zeros(197)]]
)
def test_spectra_of_products_in_float32(leading: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Flat, spiked, and of three directions alone: of those float32 would make up five more."""
    rng = np.random.default_rng(2)
    rows = rng.standard_normal((80, 200)) * leading**0.5
    rows = (rows - rows.mean(axis=0)) @ np.linalg.qr(rng.standard_normal((200, 200)))[0]

    def compute() -> list[Any]:
        return [np.asarray(part) for part in spectra.summary(np, rows, 79.0, 8, cross=True)]

    right = compute()
    monkeypatch.setattr(spectra, "LARGE_WORK", 0)
    for quick, exact in zip(compute(), right, strict=True):
        np.testing.assert_allclose(quick, exact, rtol=1e-5, atol=1e-10)
    for unit in (1e-30, 1e30):  # float32 ends before their squares
        scaled = spectra.summary(np, unit * rows, 79.0, 8, cross=True)
        np.testing.assert_allclose(scaled[0], unit**2 * right[0], rtol=1e-5, atol=1e-10 * unit**2)
    if leading[-1] == 0:
        np.testing.assert_array_equal(compute()[0], right[0])
        monkeypatch.setattr(spectra, "LEAST_SHARE", 0.0)
        assert np.max(compute()[1][3:]) > 1e-8 > np.max(right[1][3:])
    else:
        assert np.any(compute()[0] != right[0])
