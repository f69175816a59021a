"""Wrong input to `certify`: exit status 2 and one line that names file or option, and the remedy."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulations import cli
from simulations.features import FeatureFile
from simulations.features.certification import certify
from simulations.runtime.errors import InputError

CLASSES, SOURCE, SAMPLES, DIMENSION = 8, 6, 7, 3


def arrays(**changes: Any) -> dict[str, Any]:
    """8 classes of 7 samples, 6 of them source; None leaves an array out."""
    labels = np.repeat(np.arange(CLASSES), SAMPLES)
    noise = np.random.default_rng(3).standard_normal((len(labels), DIMENSION)) * 0.1
    complete = {
        "features": np.eye(CLASSES)[labels, :DIMENSION] + 0.3 * np.outer(labels, np.ones(DIMENSION)) + noise,
        "labels": labels,
        "split": np.where(labels < SOURCE, "source", "new"),
    }
    return {name: value for name, value in (complete | changes).items() if value is not None}


GOOD = arrays()
LABELS, FEATURES = GOOD["labels"], GOOD["features"]


def with_value(value: float) -> Any:
    features = FEATURES.copy()
    features[5, 1] = value
    return features


def kept(mask: Any, **changes: Any) -> dict[str, Any]:
    return {name: value[mask] for name, value in arrays(**changes).items()}


Refuse = Callable[..., str]


@pytest.fixture
def refuse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Refuse:
    def run(contents: dict[str, Any], *options: str) -> str:
        path = tmp_path / "f.npz"
        np.savez(path, **contents)
        return refused(capsys, str(path), *options)

    return run


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    status = cli.main(["certify", *arguments])
    printed = capsys.readouterr()
    assert (status, printed.out) == (2, ""), printed
    assert (
        printed.err.startswith("collapse: ") and printed.err.count("\n") == 1 and printed.err.endswith("\n")
    ), printed
    line = printed.err.rstrip("\n")
    assert line.isprintable() and "Traceback" not in line and "; " in line, line
    return line


SHOTS = ("--shots", "5")

FILES: dict[str, tuple[dict[str, Any], tuple[str, ...], tuple[str, ...]]] = {
    "one source class": (
        arrays(split=np.where(LABELS < 1, "source", "new")),
        SHOTS,
        ("labels", "1 source class", "at least 2"),
    ),
    "one class, no split": (
        kept(LABELS < 1, split=None),
        (*SHOTS, "--ways", "2"),
        ("2 ways", "1 classes"),
    ),
    "samples below shots + 1": (arrays(), ("--shots", "7"), ("labels", "7 samples", "at least 8", "fewer")),
    "one small source class": (
        kept(np.arange(len(LABELS)) > 2),
        SHOTS,
        ("labels", "4 samples", "at least 6"),
    ),
    "new classes too small": (
        kept(np.arange(len(LABELS)) < len(LABELS) - 3),
        SHOTS,
        ("split", "2 classes, the smallest of 4", "leave the split out"),
    ),
    "new classes too few": (
        kept(LABELS < SOURCE + 1),
        SHOTS,
        ("split", "'new' has 1 classes"),
    ),
    "class in both splits": (
        arrays(split=np.where(np.arange(len(LABELS)) == 0, "new", GOOD["split"])),
        SHOTS,
        ("split", "class 0", "one split"),
    ),
    "no source split": (arrays(split=np.full(len(LABELS), "new")), SHOTS, ("split", "'source'")),
    "split of wrong length": (arrays(split=GOOD["split"][:-1]), SHOTS, ("split", "one string a sample")),
    "split of numbers": (arrays(split=np.zeros(len(LABELS))), SHOTS, ("split", "one string a sample")),
    "no features": (arrays(features=None), SHOTS, ("features", "missing", "labels")),
    "no labels": (arrays(labels=None), SHOTS, ("labels", "missing", "features")),
    "labels of wrong length": (arrays(labels=LABELS[:-1]), SHOTS, ("labels", "(55,)", "56", "one label")),
    "labels in a matrix": (arrays(labels=LABELS[:, None]), SHOTS, ("labels", "one label")),
    "labels as fractions": (arrays(labels=LABELS + 0.5), SHOTS, ("labels", "integers or strings")),
    "features in a vector": (arrays(features=FEATURES[:, 0]), SHOTS, ("features", "(samples, dimension)")),
    "features of no dimension": (arrays(features=FEATURES[:, :0]), SHOTS, ("features", "(56, 0)")),
    "features as strings": (arrays(features=FEATURES.astype(str)), SHOTS, ("features", "numbers")),
    "complex features": (arrays(features=FEATURES + 0j), SHOTS, ("features", "numbers")),
    "pickled features": (arrays(features=FEATURES.astype(object)), SHOTS, ("features", "pickle")),
    "NaN": (arrays(features=with_value(np.nan)), SHOTS, ("features", "NaN", "sample 5", "remove")),
    "infinity": (arrays(features=with_value(-np.inf)), SHOTS, ("features", "infinity", "sample 5")),
    "too large": (arrays(features=with_value(1e200)), SHOTS, ("features", "1e+200", "rescale")),
    "zero scaled to norm 1": (
        arrays(features=np.where(np.arange(len(LABELS))[:, None] == 9, 0.0, FEATURES)),
        (*SHOTS, "--normalize", "l2"),
        ("features", "sample 9", "remove"),
    ),
}


@pytest.mark.parametrize("case", FILES)
def test_files(case: str, refuse: Refuse) -> None:
    contents, options, needles = FILES[case]
    line = refuse(contents, *options)
    assert all(needle in line for needle in needles), line
    assert "f.npz" in line or "--ways" in line, line


def option(name: str, *values: str) -> list[tuple[str, str]]:
    return [(name, value) for value in values]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *option("--confidence", "0", "1", "-0.05", "1.5", "nan", "inf", "1e-17", "1.0000001", "x", ""),
        *option("--shots", "0", "-1", "1.5", "x", "", "1,,5", "inf", "9" * 40),
        *option("--ways", "1", "0", "-2", "x", "", "2,1", "9", "inf"),
        *option("--radius", "0", "-1", "nan", "inf", "1.2", "x"),
        *option("--normalize", "l1", "L2", ""),
        *option("--seed", "-1", "x", "1.5"),
    ],
)
def test_options(name: str, value: str, refuse: Refuse) -> None:
    shots = () if name == "--shots" else SHOTS
    line = refuse(arrays(), *shots, f"{name}={value}")
    assert name in line, line


def test_ways_are_counted_among_source_classes(refuse: Refuse) -> None:
    line = refuse(arrays(), *SHOTS, "--ways", "7")
    assert "--ways" in line and "6 source classes" in line and "f.npz" in line


def test_a_radius_just_below_the_largest_norm_is_refused(refuse: Refuse, tmp_path: Path) -> None:
    largest = float(np.max(np.linalg.norm(FEATURES[LABELS < SOURCE], axis=1)))
    line = refuse(arrays(), *SHOTS, "--radius", repr(largest * (1 - 1e-9)))
    assert f"{largest:.6g}" in line and "f.npz" in line and "beforehand" in line
    assert cli.main(["certify", str(tmp_path / "f.npz"), *SHOTS, "--radius", repr(largest)]) == 0


def test_a_radius_and_a_normalization_contradict(refuse: Refuse) -> None:
    assert "drop one" in refuse(arrays(), *SHOTS, "--radius", "9", "--normalize", "l2")


def test_the_unchanged_template_is_accepted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """So what is refused above is refused for what was changed."""
    np.savez(tmp_path / "f.npz", **arrays())
    path = str(tmp_path / "f.npz")
    for options in ((), ("--radius", "50"), ("--normalize", "l2"), ("--json",), ("--confidence", "1e-12")):
        assert cli.main(["certify", path, *SHOTS, *options]) == 0, options
    assert not capsys.readouterr().err


@pytest.mark.parametrize("what", ["nothing", "a folder", "text", "an npy file", "half an archive"])
def test_paths(what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "f.npz"
    if what == "a folder":
        path.mkdir()
    elif what == "text":
        path.write_text("features, labels\n")
    elif what == "an npy file":
        with path.open("wb") as stream:
            np.save(stream, FEATURES)
    elif what == "half an archive":
        np.savez(path, **arrays())
        path.write_bytes(path.read_bytes()[:900])
    assert "f.npz" in refused(capsys, str(path), *SHOTS)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"shots": 0}, "at least 1"),
        ({"ways": 1}, "at least 2"),
        ({"confidence": 1e-17}, "between 0 and 1"),
        ({"confidence": float("nan")}, "between 0 and 1"),
        ({"normalize": "max"}, "use l2"),
        ({"radius": 0.1}, "largest feature norm"),
    ],
)
def test_the_library_says_the_same(changes: dict[str, Any], words: str) -> None:
    file = FeatureFile(Path("f.npz"), FEATURES, LABELS, GOOD["split"])
    with pytest.raises(InputError, match=words) as caught:
        certify(file, **{"shots": 5, **changes})
    assert "\n" not in str(caught.value) and "; " in str(caught.value)


def test_in_a_real_process(tmp_path: Path) -> None:
    np.savez(tmp_path / "f.npz", **arrays(features=with_value(np.nan)))
    ran = subprocess.run(
        [sys.executable, "-m", "simulations", "certify", "f.npz", "--shots", "5"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 2 and not ran.stdout
    assert ran.stderr.count("\n") == 1 and "sample 5" in ran.stderr
