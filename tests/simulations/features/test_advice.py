"""`measure` in words: nothing refuted is recommended, chance is named, and the numbers are the table's."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers_slow import rest_slow
from sklearn.datasets import load_digits

from simulations import cli, measure
from simulations.features import FeatureFile
from simulations.features.advice import advice
from simulations.features.assume import parse
from simulations.features.certification import certify
from simulations.features.contradictions import contradictions
from simulations.report.pages.measurement import page
from theory import ClassGeometry, Setting, catalogue
from theory.assumptions import BoundedKurtosis
from theory.bound import NotApplicable

pytestmark = pytest.mark.usefixtures("fewer_sweeps")


def normal(
    classes: int = 3, samples: int = 60, dimension: int = 6, distance: float = 3.0, seed: int = 0
) -> FeatureFile:
    """Isotropic Gaussian classes of standard deviation 1."""
    labels = np.repeat(np.arange(classes), samples)
    features = np.random.default_rng(seed).standard_normal((len(labels), dimension))
    return FeatureFile(Path("f.npz"), features + distance * np.eye(classes, dimension)[labels], labels)


def measured(file: FeatureFile, *assumed: str, shots: tuple[int, ...] = (5,), ways: int = 2) -> Any:
    return measure(file, shots, [ways], assumed=[parse(text) for text in assumed])


@pytest.mark.slow
# -- assumptions that the data refute -----------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    rest_slow(
        ["SubGaussian=0.001", "SubGaussian=0.8", "EqualIsotropicGaussian=0.7"],
        ["SubGaussian=0.8", "EqualIsotropicGaussian=0.7"],
    ),
)
def test_a_refuted_constant_is_warned_of_and_not_recommended(text: str) -> None:
    measurement = measured(normal(), text)
    (warning,) = measurement.warnings
    assert "contradicted by the data" in warning and "standard deviation" in warning
    assert warning in page(measurement).replace("&#39;", "'")
    tightest, left_out = advice(measurement)[:2]
    assert "the tightest bound from estimated moments is" in tightest
    assert "subgaussian at" not in tightest and "gaussian_two_class at" not in tightest
    assert "left out of the tightest: subgaussian at" in left_out or "gaussian_two_class" in left_out


def test_a_violated_bound_is_never_the_tightest() -> None:
    """Overlapping classes and a proxy that is far too small: the bound lies below the error for certain."""
    measurement = measured(normal(distance=1.5), "SubGaussian=0.1")
    verdict = next(v for v in measurement.rows[0].verdicts if v.bound == "subgaussian")
    assert verdict.outcome == "violated" and verdict.value < 1e-3
    lines = advice(measurement)
    assert "subgaussian" not in lines[0]
    assert lines[1].startswith("2-way 5-shot: violated and left out of the tightest: subgaussian at")


@pytest.mark.parametrize("dimension", [6, 200])
@pytest.mark.parametrize("text", ["SubGaussian=1", "EqualIsotropicGaussian=1"])
def test_true_constants_raise_no_warning(text: str, dimension: int) -> None:
    """Also where there are fewer samples than dimensions, and the largest eigenvalue is far above 1."""
    for seed in range(5):
        file = normal(samples=30, dimension=dimension, seed=seed)
        geometry = ClassGeometry.from_features(file.features, file.labels)
        assert contradictions(geometry, file.features, file.members[1], [parse(text)]) == {}


def test_a_class_that_is_wide_along_one_line_is_noticed() -> None:
    """Its trace is that of a class of standard deviation 1; along the line to another class it is 4."""
    file = normal(samples=40, dimension=64)
    line = np.array([1.0, -1.0, *[0.0] * 62]) / math.sqrt(2)
    inner = np.asarray(file.features).copy()
    along = inner[:40] @ line
    inner[:40] += np.outer(3 * (along - along.mean()), line)
    wide = FeatureFile(file.path, inner, file.labels)
    assert measured(file, "SubGaussian=1.5").warnings == ()
    (warning,) = measured(wide, "SubGaussian=1.5").warnings
    assert "class 0" in warning and "towards another class" in warning


def test_the_warning_is_on_every_face(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = normal()
    np.savez(tmp_path / "f.npz", features=file.features, labels=file.labels)
    command = [
        "measure",
        str(tmp_path / "f.npz"),
        "--shots",
        "5",
        "--ways",
        "2",
        "--assume",
        "SubGaussian=0.3",
    ]
    cli.main([*command, "--json"])
    document = json.loads(capsys.readouterr().out)
    assert any("contradicted by the data" in text for text in document["warnings"])
    cli.main(command)
    assert "contradicted by the data" in " ".join(capsys.readouterr().out.split())


# -- numbers and words --------------------------------------------------------------------------
@pytest.mark.slow
def test_advice_on_shots_is_that_of_the_tightest_bound() -> None:
    features, labels = load_digits(return_X_y=True)
    keep = labels < 5
    noisy = features + np.random.default_rng(0).normal(0, 5, features.shape)
    measurement = measured(FeatureFile(Path("f.npz"), noisy[keep], labels[keep]), shots=(1,), ways=5)
    text = "\n".join(advice(measurement))
    assert not re.search(r"v/n|\blam\b", text) and "the noise of the centres" in text
    guarantees = [v for v in measurement.rows[0].verdicts if v.value is not None and v.outcome != "scored"]
    values = {v.bound: v.value for v in guarantees}
    ends = {
        n: measurement.bound_intervals[1, 5, n][1] for n in values if (1, 5, n) in measurement.bound_intervals
    }
    best = min(ends, key=lambda name: ends[name])
    sentence = rf"the tightest is {best} at {values[best]:.4g} \(up to [^)]*\), above chance \(0\.8\)"
    assert re.search(sentence, text)
    match = re.search(
        r"from (\d+) shots on a bound falls below chance \(0.8\): (\w+) is ([.\d]+) there", text
    )
    assert values[best] > 0.8 and match is not None
    shots, name = int(match[1]), match[2]

    def lowest(n: int) -> float:
        answers = [
            bound.evaluate(measurement.geometry, Setting(n, 5), [BoundedKurtosis()])
            for bound in catalogue.about("few_shot_error")
            if bound.kind == "upper" and not bound.reads_margins  # known where there are samples for it
        ]
        return min(a.value for a in answers if not isinstance(a, NotApplicable))

    assert lowest(shots) == pytest.approx(float(match[3]), rel=1e-3) and lowest(shots) < 0.8 <= lowest(
        shots - 1
    )
    assert (
        catalogue.get(name).evaluate(measurement.geometry, Setting(shots, 5), [BoundedKurtosis()]).value < 0.8
    )


def test_pure_noise_is_not_bounded_usefully(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = normal(classes=2, distance=0.4, seed=1)
    lines = advice(measured(file, shots=(1,)))
    assert "no bound is better than guessing: the tightest is" in lines[0]
    assert "above chance (0.5): guessing does better" in lines[0] or "vacuous" in lines[0]
    assert "chance (0.5)" in lines[-1]
    np.savez(tmp_path / "f.npz", features=file.features, labels=file.labels)
    cli.main(["measure", str(tmp_path / "f.npz"), "--shots", "1", "--json"])
    bounds = json.loads(capsys.readouterr().out)["results"][0]["bounds"]
    for bound in bounds:
        silent = bound["value"] is None or bound["verdict"] == "scored"
        assert bound["above_chance"] == (None if silent else bound["value"] > 0.5)


def test_above_chance_in_a_table_and_on_the_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    file = normal(classes=2, distance=1.6)
    measurement = measured(file, shots=(1,))
    assert any(0.5 < (v.value or 0) < 1 for v in measurement.rows[0].verdicts)
    assert "above chance (0.5): guessing does better" in page(measurement)
    np.savez(tmp_path / "f.npz", features=file.features, labels=file.labels)
    cli.main(["measure", str(tmp_path / "f.npz"), "--shots", "1", "--verbose"])
    printed = " ".join(capsys.readouterr().out.split())
    assert (
        "holds, above chance" in printed and "above chance (0.5 at 2 ways): guessing does better" in printed
    )


def test_a_certificate_above_chance_says_so() -> None:
    """8 classes allow nothing below 1 - .05^(1/4) = .53 at 2 ways."""
    answer = certify(normal(classes=8, dimension=8, distance=9.0), shots=5)
    (line,) = [line for line in answer.lines() if "episode_certificate" in line]
    assert "above chance (0.5): guessing does better" in line
    certificates = {each["name"]: each for each in answer.to_json()["certificates"]}
    assert certificates["episode_certificate"]["above_chance"] is True
    assert certificates["episode_certificate"]["vacuous"] is False
