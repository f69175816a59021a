"""Warnings of `measure` and `certify`: order of classes, classes left out, copies, certificates that are too
low."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulations import cli, measure
from simulations.features import FeatureFile
from simulations.features.advice import advice
from simulations.features.assume import parse
from simulations.features.certification import certify
from simulations.features.certification.certificates import Certificate, Measured, too_low
from simulations.runtime.errors import InputError

pytestmark = pytest.mark.usefixtures("fewer_sweeps")


def normal(classes: int = 4, per_class: int = 25, distance: float = 4.0, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(classes), per_class)
    return rng.standard_normal((len(labels), 6)) + distance * np.eye(classes, 6)[labels], labels


def measured(features: Any, labels: Any, **options: Any) -> Any:
    names = ("split", "weights", "bias", "classes")
    given = {name: options.pop(name) for name in names if name in options}
    return measure(FeatureFile.of(features, labels, **given), [1], [2], **options)


# -- labels and classifiers --------------------------------------------------------------------------
def test_text_numerals_are_warned_of_and_classes_fix_the_order() -> None:
    features, labels = normal(classes=3)
    names = np.array(["2", "10", "33"])[labels]
    means = np.stack([features[labels == c].mean(axis=0) for c in range(3)])
    rows = {"weights": means - means.mean(axis=0)}
    wrong = measured(features, names, **rows)
    (warning,) = [text for text in wrong.warnings if "numerals" in text]
    assert "'10' before '2'" in warning and "rows of weights" in warning and "'classes'" in warning
    right = measured(features, names, classes=["2", "10", "33"], **rows)
    assert not any("numerals" in text for text in right.warnings)
    assert right.nc3 < 0.05 < wrong.nc3
    assert right.geometry.names == ("2", "10", "33")
    assert not any("numerals" in text for text in measured(features, labels, **rows).warnings)


def test_weights_of_a_whole_file_serve_a_split() -> None:
    features, labels = normal()
    means = np.stack([features[labels == c].mean(axis=0) for c in range(4)])
    file = FeatureFile.of(
        features,
        labels,
        split=np.where(labels < 2, "a", "b"),
        weights=means,
        bias=-0.5 * np.sum(means**2, axis=1),
    )
    part = measure(file.restrict("b"), [1], [2])
    assert part.nc4 == 0.0 and part.nc["nc4_held_out"].value <= 0.1


def test_weights_that_fit_no_classes_leave_nc3_and_nc4_out() -> None:
    features, labels = normal()
    measurement = measured(features, labels, weights=np.eye(5, 6))
    assert measurement.nc3 is None and measurement.nc4 is None
    assert any("5 rows for 4 classes" in text and "left out" in text for text in measurement.warnings)


def test_small_classes_are_left_out_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    features, labels = normal()
    kept = np.r_[0:25, 25:50, 50:75, 75:76]
    np.savez(tmp_path / "f.npz", features=features[kept], labels=labels[kept])
    arguments = ["measure", str(tmp_path / "f.npz"), "--shots", "1", "--ways", "2"]
    assert cli.main(arguments) == 2
    assert "--min-samples" in capsys.readouterr().err
    assert cli.main([*arguments, "--min-samples", "2", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["features"]["classes"] == 3
    assert any("3 (1) left out" in text for text in document["warnings"])
    with pytest.raises(InputError, match="at least 99"):
        FeatureFile.of(features, labels).at_least(99)


def test_copies_are_warned_of() -> None:
    features, labels = normal()
    assert not measured(features, labels).warnings
    twice = measured(np.repeat(features, 2, axis=0), np.repeat(labels, 2))
    assert any("100 of 200 samples (50 %) are exact copies" in text for text in twice.warnings)


def test_exactly_collapsed_classes_are_no_copies_to_drop() -> None:
    """All of them, and one among others, of which some samples are stored twice."""
    labels = np.repeat(np.arange(4), 5)
    every = measured(np.eye(4)[labels], labels).warnings
    assert any("all samples of 4 of 4 classes (0, 1, 2, 3) coincide" in text for text in every)
    assert not any("drop" in text for text in every)
    features, labels = normal(classes=3)
    features[labels == 1] = features[labels == 1][0]
    features[:2] = features[2]
    warned = measured(features, labels).warnings
    assert any("all samples of 1 of 3 classes (1) coincide" in text for text in warned)
    assert any(text.startswith("2 of ") and "exact copies" in text for text in warned)


# -- degenerate data ---------------------------------------------------------------------------------
def test_collapsed_features_have_error_0_bounds_0_and_a_verdict() -> None:
    labels = np.repeat(np.arange(4), 5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        measurement = measured(np.eye(4)[labels], labels)
    row = measurement.rows[0]
    assert row.estimate.exact and row.estimate.value == 0.0
    values = {v.bound: v for v in row.verdicts}
    for name in ("cdnv_sharp", "exact_moment", "union_moment", "cdnv_2022"):
        assert values[name].value == 0.0 and values[name].outcome == "holds", name
    assert measurement.nc1 == 0.0 and measurement.cdnv["half"].mean == 0.0


def test_one_class_without_variance_raises_no_numpy_warning() -> None:
    features, labels = normal(classes=3)
    features[labels == 1] = features[labels == 1][0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        measurement = measured(features, labels)
    assert all(v.outcome != "violated" for v in measurement.rows[0].verdicts)


# -- assumptions and advice ----------------------------------------------------------------------------
def test_a_contradicted_kurtosis_is_warned_of() -> None:
    rng = np.random.default_rng(5)
    labels = np.repeat([0, 1], 2500)
    heavy = rng.laplace(size=(5000, 3)) + 9 * np.eye(2, 3)[labels]
    measurement = measured(heavy, labels, assumed=[parse("BoundedKurtosis=1.2")])
    assert any("BoundedKurtosis" in text and "contradicted" in text for text in measurement.warnings)
    assert len(measurement.contradicted) == 1


@pytest.mark.parametrize("seed", range(4))
def test_a_true_kurtosis_is_not_warned_of(seed: int) -> None:
    features, labels = normal(classes=2, per_class=400, seed=seed)
    assert not measured(features, labels, assumed=[parse("BoundedKurtosis=3")]).warnings


def test_the_advised_number_of_shots_is_enough_and_one_fewer_is_not() -> None:
    import re

    from theory import Granted, Setting, catalogue
    from theory.assumptions import BoundedKurtosis

    features, labels = normal(classes=3, per_class=60, distance=2.0)
    measurement = measure(FeatureFile.of(features, labels), [1], [3])
    line = next(text for text in advice(measurement) if "from " in text and "shots on" in text)
    shots, name = re.search(r"from (\d+) shots on .*?: (\w+) is", line).groups()  # type: ignore[union-attr]
    granted = Granted([BoundedKurtosis()])

    def value(n: int) -> float:
        return float(catalogue.get(name).evaluate(measurement.geometry, Setting(n, 3), granted).value)  # type: ignore[union-attr]

    assert value(int(shots)) < 2 / 3 <= value(int(shots) - 1)


# -- certificates --------------------------------------------------------------------------------------
def interpolating(source: int = 80, new: int = 20, per_class: int = 12) -> FeatureFile:
    """A map that has learned its source classes by heart: they are apart, others are not."""
    rng = np.random.default_rng(1)
    labels = np.repeat(np.arange(source + new), per_class)
    features = rng.standard_normal((len(labels), source))
    known = labels < source
    features[known] *= 1e-3
    features[known] += np.eye(source)[labels[known]]
    return FeatureFile.of(features, labels, split=np.where(known, "source", "new"))


def test_a_certificate_below_the_measured_error_is_a_loud_warning() -> None:
    answer = certify(interpolating(), shots=5, ways=2)
    assert answer.measured is not None and answer.measured.error > 0.3
    lines = answer.lines()
    assert lines[0].startswith("WARNING: the error measured on 20 new classes")
    assert "Do not use it" in lines[0] and "trained on the source classes" in lines[0]
    assert any("NOT been trained on" in line for line in lines[: len(answer.warnings) + 1])
    assert answer.to_json()["warnings"] == list(answer.warnings)


def test_a_map_not_trained_on_the_source_classes_is_not_warned_of() -> None:
    rng = np.random.default_rng(2)
    labels = np.repeat(np.arange(60), 12)
    features = rng.standard_normal((60, 8))[labels] * 3 + rng.standard_normal((len(labels), 8))
    file = FeatureFile.of(features, labels, split=np.where(labels < 40, "source", "new"))
    answer = certify(file, shots=5, ways=2)
    assert answer.warnings == () and answer.lines()[0].startswith("Source classes are classes")


def test_chance_and_certainty_are_distinguished() -> None:
    certificate = (Certificate("episode_certificate", 0.1, 0.0),)
    near = too_low(certificate, Measured(0.12, 10, (0.05, 0.2), (0.11, 0.13), 9), 0.95)
    far = too_low(certificate, Measured(0.5, 10, (0.4, 0.6), (0.49, 0.51), 9), 0.95)
    assert "once in 20 times" in near[0] and "that is not due to chance" in far[0]
    assert too_low(certificate, Measured(0.09, 10, (0.0, 0.2), (0.08, 0.1), 9), 0.95) == ()


def test_evaluate_says_above_chance(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "p.toml").write_text("family = 'simplex_etf'\ncount = 2\ndimension = 4\ncdnv = 1.0\n")
    assert cli.main(["evaluate", str(tmp_path / "p.toml"), "--shots", "1", "--json"]) == 0
    bounds = json.loads(capsys.readouterr().out)["results"][0]["bounds"]
    known = {bound["name"]: bound["above_chance"] for bound in bounds if bound["value"] is not None}
    assert known["cdnv_2022"] is True and None not in (known["cdnv_sharp"], known["exact_moment"])
