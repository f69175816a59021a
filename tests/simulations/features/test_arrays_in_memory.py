"""``FeatureFile.of``: arrays in memory are as good as a file, and are refused for the same reasons."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import simulations
from simulations import FeatureFile, certify, measure
from simulations.features import load_features
from simulations.features.tracker import Tracker
from simulations.populations.gaussian import GaussianClasses
from simulations.runtime.errors import InputError
from theory.geometry import ClassGeometry

ROOT = Path(__file__).resolve().parents[3]
LABELS = np.repeat([0, 1, 2], 12)
FEATURES = np.random.default_rng(1).standard_normal((36, 4)) + 3 * np.eye(3, 4)[LABELS]


def test_the_readme_example_runs() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(from simulations import FeatureFile.*?)```", text, re.DOTALL)
    assert len(re.findall(r"(?m)^\w", example)) == 3
    names: dict[str, Any] = {"features": FEATURES, "labels": LABELS}
    exec(compile(example, "README.md", "exec"), names)
    assert [row.setting.shots for row in names["measurement"].rows] == [1, 5]
    assert names["guarantee"].certificates[-1].value is not None
    assert "FeatureFile.of(features, labels)" in (simulations.__doc__ or "")


def test_arrays_are_measured_as_a_file_is(tmp_path: Path) -> None:
    weights = np.eye(3, 4)
    np.savez(tmp_path / "f.npz", features=FEATURES, labels=LABELS, weights=weights)
    ours = measure(FeatureFile.of(FEATURES.tolist(), LABELS.tolist(), weights=weights), [2], [3])
    theirs = measure(load_features(tmp_path / "f.npz"), [2], [3])
    assert ours.rows == theirs.rows or ours.rows[0].verdicts == theirs.rows[0].verdicts
    assert (ours.nc1, ours.nc3, ours.nc4) == (theirs.nc1, theirs.nc3, theirs.nc4)


def test_largest_16_bit_numbers_are_numbers() -> None:
    features = FEATURES.astype(np.float16)
    features[:2, 0] = -65504, 6e-8
    assert FeatureFile.of(features, LABELS).features.dtype == np.float16


def test_splits_and_bytes() -> None:
    split = np.where(LABELS < 2, "source", "new").astype("S")
    file = FeatureFile.of(FEATURES.astype(np.float32), LABELS.astype("S"), split=split)
    assert file.restrict("source").features.shape == (24, 4) and file.features.dtype == np.float32
    assert set(file.labels.tolist()) == {"0", "1", "2"}


def bad(index: int, value: float) -> Any:
    features = FEATURES.copy()
    features[index, 1] = value
    return features


def masked(array: Any) -> Any:
    """One entry is marked as missing."""
    mask = np.zeros(array.shape, dtype=bool)
    mask[(7, *[0] * (array.ndim - 1))] = True
    return np.ma.MaskedArray(array, mask)


def test_masks_that_hide_nothing_do_not_matter() -> None:
    file = FeatureFile.of(np.ma.MaskedArray(FEATURES), np.ma.MaskedArray(LABELS))
    assert np.array_equal(file.features[:], FEATURES) and type(file.labels) is np.ndarray


@pytest.mark.parametrize(
    ("features", "labels"),
    [(masked(FEATURES), LABELS), (FEATURES, masked(LABELS))],
    ids=["features", "labels"],
)
def test_masked_entries_are_refused_wherever_arrays_come_in(features: Any, labels: Any) -> None:
    with pytest.raises(ValueError, match="masked"):
        ClassGeometry.from_features(features, labels)
    with pytest.raises(ValueError, match="masked"):
        ClassGeometry.from_batches(lambda: [(features, labels)])
    with pytest.raises(InputError, match="masked"):
        FeatureFile.of([(features, labels)])
    with pytest.raises(InputError, match="masked"):
        Tracker().update(features, labels)
    if features is not FEATURES:
        with pytest.raises(InputError, match="masked"):
            GaussianClasses(features, [1.0] * len(features))
        with pytest.raises(InputError, match="masked"):
            GaussianClasses([[0.0] * 4, [1.0] * 4], [abs(features[7]), 1.0])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"features": bad(7, np.nan)}, "features: 1 samples hold NaN or infinity (the first is sample 7)"),
        *(
            (
                {"features": bad(7, value).astype(kind)},
                "features: 1 samples hold NaN or infinity (the first is sample 7)",
            )
            for value in (np.nan, -np.nan, np.inf, -np.inf)
            for kind in ("<f2", ">f2")
        ),
        ({"features": masked(FEATURES)}, "features: holds masked entries; leave those samples out"),
        ({"labels": masked(LABELS)}, "labels: holds masked entries"),
        ({"split": masked(np.where(LABELS < 2, "source", "new"))}, "split: holds masked entries"),
        ({"features": bad(7, 1e200)}, "features: numbers as large as"),
        ({"features": FEATURES[:, 0]}, "features: has shape (36,)"),
        ({"features": [[1.0], [1.0, 2.0]]}, "features: makes no NumPy array"),
        ({"features": FEATURES.astype(object)}, "features: holds Python objects"),
        ({"features": FEATURES.astype(str)}, "features: has type"),
        ({"labels": LABELS[:-1]}, "labels: has shape (35,) for 36 samples"),
        ({"labels": LABELS + 0.5}, "labels: holds 0.5, of type float64"),
        ({"labels": None}, "labels: is missing"),
        ({"split": LABELS}, "split: has shape"),
        ({"weights": np.eye(3)}, "weights: has shape (3, 3); it must be (classes, 4)"),
        ({"bias": np.zeros(3)}, "bias: is given without weights"),
        ({"weights": np.eye(3, 4), "bias": [0.0, np.inf, 0.0]}, "bias: holds NaN or infinity"),
    ],
)
def test_what_a_file_may_not_hold_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as wrong:
        FeatureFile.of(**{"features": FEATURES, "labels": LABELS, **given}, name="mine")
    assert str(wrong.value).startswith(f"mine: {message}") and "\n" not in str(wrong.value)


@pytest.mark.parametrize("call", [lambda: measure(FEATURES, LABELS), lambda: certify(FEATURES, shots=1)])  # type: ignore[arg-type]
def test_bare_arrays_get_an_error_with_the_remedy(call: Any) -> None:
    with pytest.raises(TypeError, match=r"FeatureFile\.of\(features, labels\)"):
        call()
