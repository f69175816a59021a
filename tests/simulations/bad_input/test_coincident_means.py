"""Coincident class means: the command refuses them, the library answers not applicable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers_bad_features import archive
from helpers_bad_populations import gaussian
from helpers_refusal import Refusal

from simulations.populations import load
from theory import ClassGeometry, Granted, NotApplicable, Setting, catalogue
from theory.assumptions import BoundedKurtosis, SphericallySymmetric, SubGaussian


def coincident(shift: float = 0.0) -> dict[str, Any]:
    """Two classes with the same samples in another order: means agree up to rounding."""
    rng = np.random.default_rng(8)
    rows = rng.standard_normal((40, 3)) + shift
    features = np.concatenate([rows, rows[rng.permutation(40)]])
    return {"features": features, "labels": np.repeat([0, 1], 40)}


@pytest.mark.parametrize("shift", [0.0, 1e6])
@pytest.mark.parametrize("estimator", ["plugin", "debiased"])
def test_coincident_sample_means(estimator: str, shift: float, tmp_path: Path, refuse: Refusal) -> None:
    (tmp_path / "f.npz").write_bytes(archive(**coincident(shift)))
    line = refuse("measure", tmp_path / "f.npz", "--shots", "1", "--estimator", estimator)
    assert "f.npz" in line and "class 0" in line and "1" in line


def test_coincident_collapsed_classes(tmp_path: Path, refuse: Refusal) -> None:
    """No variance at all, and means that differ by rounding of 0.1 + 0.2 only."""
    rows = np.tile([0.1, 0.2, 0.7], (10, 1))
    features = np.concatenate([rows, rows])
    arrays = {"features": features, "labels": np.repeat([0, 1], 10)}
    (tmp_path / "f.npz").write_bytes(archive(**arrays))
    assert "f.npz" in refuse("measure", tmp_path / "f.npz", "--shots", "1")


def granted() -> Granted:
    return Granted([BoundedKurtosis(), SphericallySymmetric(), SubGaussian(1.0)])


@pytest.mark.parametrize("bound", catalogue.STATEMENTS, ids=lambda bound: bound.name)
def test_the_library_answers_not_applicable(bound: Any, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(gaussian(mean="[0.0, 0.0]"))
    population = load(tmp_path / "p.toml")
    arrays = coincident()
    plugin = ClassGeometry.from_features(arrays["features"], arrays["labels"], estimator="plugin")
    debiased = ClassGeometry.from_features(arrays["features"], arrays["labels"])
    for geometry, given in (
        (population.geometry(), population.granted()),
        (plugin, granted()),
        (debiased, granted()),
    ):
        answer = bound.evaluate(geometry, Setting(5, 2), given)
        assert isinstance(answer, NotApplicable)
        assert answer.reason


def test_distinct_means_do_apply(tmp_path: Path) -> None:
    """The control of the test above: means a little apart get numbers from the same calls."""
    (tmp_path / "p.toml").write_text(gaussian(mean="[1e-6, 0.0]"))
    population = load(tmp_path / "p.toml")
    answer = catalogue.get("cdnv_sharp").evaluate(population.geometry(), Setting(5, 2), population.granted())
    assert not isinstance(answer, NotApplicable)
