"""Wrong input: exit status 2, one line on stderr with file, field and remedy, nothing on stdout."""

from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulations import cli, measure
from simulations.errors import InputError, printable
from simulations.features_file import load_features
from simulations.populations import FAMILIES, load
from theory import ClassGeometry, Granted, NotApplicable, Setting, catalogue
from theory.assumptions import BoundedKurtosis, SphericallySymmetric, SubGaussian

Refusal = Callable[..., str]


@pytest.fixture
def refuse(capsys: pytest.CaptureFixture[str]) -> Refusal:
    """Run the command, check that it refuses in the agreed form, and return its one line."""

    def run(*arguments: object) -> str:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            status = cli.main([str(argument) for argument in arguments])
        seen = capsys.readouterr()
        assert check_form(status, seen.out, seen.err) is None, (status, seen.out, seen.err)
        assert not said, [str(each.message) for each in said]
        return seen.err.rstrip("\n")

    return run


def check_form(status: int, out: str, err: str) -> str | None:
    """What is wrong with a refusal, or None."""
    if status != 2:
        return f"exit status {status}"
    if out:
        return "something on stdout"
    if err.count("\n") != 1 or not err.endswith("\n"):
        return "not exactly one line"
    line = err.rstrip("\n")
    if not line.startswith("collapse: "):
        return "does not say who speaks"
    if "Traceback" in line or not line.isprintable() or len(line) > 1100:
        return "not a plain line"
    if "; " not in line:
        return "no remedy after a semicolon"
    return None


@pytest.mark.parametrize(
    ("status", "out", "err"),
    [
        (0, "", "collapse: x; y\n"),
        (2, "{}", "collapse: x; y\n"),
        (2, "", "collapse: x; y\nand more\n"),
        (2, "", "collapse: x\n"),
        (2, "", "x; y\n"),
        (2, "", "collapse: \x1b[31m; y\n"),
        (2, "", ""),
    ],
)
def test_the_check_itself_can_fail(status: int, out: str, err: str) -> None:
    assert check_form(status, out, err) is not None


# -- population files -----------------------------------------------------------------------------------
def gaussian(second: str = "std = 0.5", mean: str = "[2.0, 0.0]") -> str:
    first = 'family = "gaussian"\n[[classes]]\nmean = [0.0, 0.0]\nstd = 0.5\n'
    return f"{first}[[classes]]\nmean = {mean}\n{second}\n"


def finite(points: str = "[[4.0, 0.0], [4.0, 1.0]]", weights: str = "[0.25, 0.75]") -> str:
    return (
        'family = "finite_support"\n[[classes]]\npoints = [[0.0, 0.0], [1.0, 0.0]]\nweights = [0.5, 0.5]\n'
        f"[[classes]]\npoints = {points}\nweights = {weights}\n"
    )


def mixture(second: str) -> str:
    return (
        'family = "mixture"\n[[classes]]\n[[classes.parts]]\nweight = 1.0\nmean = [0.3]\nstd = 1.0\n'
        f"[[classes]]\n{second}"
    )


POPULATIONS = {
    # numbers
    "nan_mean": (gaussian(mean="[nan, 0.0]"), ["classes[1].mean[0]", "finite"]),
    "infinite_mean": (gaussian(mean="[-inf, 0.0]"), ["classes[1].mean[0]", "finite"]),
    "nan_point": (finite("[[nan, 0.0], [4.0, 1.0]]"), ["classes[1].points", "finite"]),
    "infinite_weight": (finite(weights="[inf, 0.5]"), ["classes[1].weights", "finite"]),
    "beyond_double": (gaussian(mean="[1e400, 0.0]"), ["1e400", "double"]),
    "below_double": (gaussian(mean="[1e-500, 0.0]"), ["1e-500", "double"]),
    "beyond_double_point": (finite("[[1e400, 0.0], [4.0, 1.0]]"), ["1e400", "double"]),
    "huge_integer": (gaussian(mean=f"[{10**400}, 0]"), ["double"]),
    "huge_integer_point": (finite(f"[[{10**400}, 0], [4, 1]]"), ["double"]),
    "integer_of_5000_digits": (gaussian(mean=f"[{'9' * 5000}, 0]"), ["digits"]),
    "decimal_of_million_digits": (finite(f"[[0.{'1' * 1_000_000}, 0], [4, 1]]"), ["digits"]),
    "variance_overflows": (gaussian("std = 1e200"), ["std", "double"]),
    "distance_overflows": (gaussian(mean="[1e308, -1e308]"), ["classes", "double"]),
    "points_overflow": (finite("[[1e300, 0.0], [-1e300, 1.0]]"), ["classes", "double"]),
    "spread_over_distance": (gaussian("std = 1e140", "[1e-140, 0.0]"), ["classes", "spread"]),
    "distance_over_spread": (gaussian("std = 1e-140", "[1e140, 0.0]"), ["classes", "spread"]),
    "boolean_number": (gaussian("std = true"), ["classes[1].std", "number"]),
    "string_number": (gaussian('std = "0.5"'), ["classes[1].std", "number"]),
    "date_number": (gaussian("std = 1979-05-27"), ["classes[1].std", "number"]),
    # classes
    "no_classes": ('family = "gaussian"\n', ["classes"]),
    "one_class": ('family = "gaussian"\n[[classes]]\nmean = [0.0]\nstd = 1.0\n', ["classes", "2"]),
    "empty_class": (finite("[]", "[]"), ["classes[1].points"]),
    "empty_point": (finite("[[], []]"), ["classes[1].points"]),
    "empty_mean": (gaussian(mean="[]"), ["classes[1].mean"]),
    "ragged_means": (gaussian(mean="[2.0]"), ["mean"]),
    "ragged_points": (finite("[[4.0, 0.0], [4.0]]"), ["classes[1].points"]),
    "classes_not_tables": ('family = "gaussian"\nclasses = 3\n', ["classes"]),
    "class_not_table": ('family = "gaussian"\nclasses = [1, 2]\n', ["classes[0]"]),
    # weights
    "weights_sum": (finite(weights="[0.25, 0.74]"), ["classes[1].weights", "0.99", "rescale"]),
    "weights_all_zero": (finite(weights="[0.0, 0.0]"), ["classes[1].weights", "rescale"]),
    "weights_just_off": (finite(weights="[0.25, 0.750000002]"), ["classes[1].weights", "rescale"]),
    "weight_negative": (finite(weights="[-0.25, 1.25]"), ["classes[1].weights", "negative"]),
    "weights_length": (finite(weights="[1.0]"), ["classes[1].weights", "2 points but 1 weights"]),
    "mixture_weights": (
        mixture("[[classes.parts]]\nweight = 0.9\nmean = [1.0]\nstd = 1.0\n"),
        ["classes[1].parts", "0.9", "rescale"],
    ),
    "mixture_negative": (
        mixture("[[classes.parts]]\nweight = -1.0\nmean = [1.0]\nstd = 1.0\n"),
        ["classes[1].parts[0].weight", "0"],
    ),
    "mixture_no_parts": (mixture("parts = []\n"), ["classes[1].parts"]),
    # spreads
    "std_negative": (gaussian("std = -0.5"), ["classes[1].std"]),
    "std_per_axis_negative": (
        gaussian("std_per_axis = [1.0, -1.0]"),
        ["classes[1].std_per_axis", "negative"],
    ),
    "std_per_axis_length": (gaussian("std_per_axis = [1.0]"), ["classes[1].std_per_axis", "2"]),
    "std_missing": (gaussian(""), ["classes[1]", "exactly one"]),
    "std_twice": (gaussian("std = 1.0\nstd_per_axis = [1.0, 1.0]"), ["classes[1]", "exactly one"]),
    "covariance_negative": (
        gaussian("covariance = [[1.0, 2.0], [2.0, 1.0]]"),
        ["classes[1].covariance", "negative eigenvalue"],
    ),
    "covariance_negative_diagonal": (
        gaussian("covariance = [[-1.0, 0.0], [0.0, 1.0]]"),
        ["classes[1].covariance", "negative"],
    ),
    "covariance_not_symmetric": (
        gaussian("covariance = [[1.0, 0.5], [0.4, 1.0]]"),
        ["classes[1].covariance", "symmetric"],
    ),
    "covariance_ragged": (gaussian("covariance = [[1.0, 0.5], [0.5]]"), ["classes[1].covariance", "length"]),
    "covariance_shape": (gaussian("covariance = [[1.0]]"), ["classes[1].covariance", "2"]),
    "covariance_not_square": (gaussian("covariance = [[1.0, 0.0]]"), ["classes[1].covariance", "2"]),
    "covariance_empty": (gaussian("covariance = []"), ["classes[1].covariance"]),
    "covariance_nan": (
        gaussian("covariance = [[nan, 0.0], [0.0, 1.0]]"),
        ["classes[1].covariance", "finite"],
    ),
    "laplace_length": (
        'family = "laplace"\n[[classes]]\nmean = [0.0]\nstd_per_axis = [1.0]\n'
        "[[classes]]\nmean = [1.0]\nstd_per_axis = [1.0, 1.0]\n",
        ["classes[1].std_per_axis"],
    ),
    "student_df": (
        'family = "student"\n[[classes]]\nmean = [0.0]\nstd = 1.0\ndf = 5\n'
        "[[classes]]\nmean = [1.0]\nstd = 1.0\ndf = 4\n",
        ["classes[1].df", "4"],
    ),
    # coincident means
    "coincident_gaussian": (gaussian(mean="[0.0, 0.0]"), ["classes", "class 0", "class 1", "coincide"]),
    "coincident_finite": (
        finite("[[0.25, 0.0], [0.75, 0.0]]", "[0.5, 0.5]"),
        ["class 0", "class 1", "coincide"],
    ),
    "coincident_thirds": (
        'family = "finite_support"\n[[classes]]\npoints = [[0.1], [0.2], [0.6]]\nweights = [0.1, 0.2, 0.7]\n'
        "[[classes]]\npoints = [[0.47]]\nweights = [1.0]\n",
        ["class 0", "class 1", "coincide"],
    ),
    "coincident_mixture": (
        # 0.1 * 0.1 + 0.2 * 0.2 + 0.7 * 0.6 differs from 0.47 in double precision only.
        mixture(
            "[[classes.parts]]\nweight = 0.1\nmean = [0.1]\nstd = 1.0\n"
            "[[classes.parts]]\nweight = 0.2\nmean = [0.2]\nstd = 1.0\n"
            "[[classes.parts]]\nweight = 0.7\nmean = [0.6]\nstd = 1.0\n"
        ).replace("[0.3]", "[0.47]"),
        ["class 0", "class 1", "coincide"],
    ),
    # families and keys
    "no_family": ("[[classes]]\nmean = [0.0]\n", ["family", "gaussian"]),
    "unknown_family": ('family = "gausian"\n', ["family", "gausian", "gaussian"]),
    "family_number": ("family = 3\n", ["family", "3"]),
    "family_escape": ('family = "\\u001b[31mred"\n', ["family", "\\x1b[31mred"]),
    "unknown_key": (gaussian("std = 0.5\nsigma = 1.0"), ["classes[1].sigma", "not a key", "remove"]),
    "unknown_top_key": ("classes_ = 1\n" + gaussian(), ["classes_", "not a key", "remove"]),
    "key_escape": ('"\\u001b]0;x\\u0007" = 1\n' + gaussian(), ["\\x1b]0;x\\x07", "remove"]),
    "key_bidi": ('"\\u202egnp" = 1\n' + gaussian(), ["\\u202egnp", "remove"]),
    "simplex_dimension": (
        'family = "simplex_etf"\ncount = 5\ndimension = 3\nstd = 1.0\n',
        ["dimension", "4"],
    ),
    "simplex_both": (
        'family = "simplex_etf"\ncount = 3\ndimension = 3\nstd = 1.0\ncdnv = 1.0\n',
        ["cdnv", "exactly one"],
    ),
    "simplex_count": ('family = "simplex_etf"\ncount = 1\ndimension = 3\nstd = 1.0\n', ["count", "2"]),
    "simplex_fraction": ('family = "simplex_etf"\ncount = 2.5\ndimension = 3\nstd = 1.0\n', ["count"]),
    "simplex_huge": ('family = "simplex_etf"\ncount = 90000\ndimension = 900000\nstd = 1.0\n', ["count"]),
    "random_seed": (
        'family = "random_means"\ncount = 3\ndimension = 2\nstd = 1.0\nseed = -1\n',
        ["seed", "0"],
    ),
    "random_spread": (
        'family = "random_means"\ncount = 3\ndimension = 2\nstd = 1.0\nseed = 1\nspread = 0.0\n',
        ["spread", "0"],
    ),
    "law_probability": ('family = "constant_is_sharp"\nprobability = 1.5\n', ["probability", "1"]),
    "law_room": ('family = "cdnv_is_optimal"\nnoise = 0.5\ndimension = 2\nshots = 1\n', ["noise", "less"]),
    # not TOML
    "not_toml": ("this is not a population\n", ["TOML", "line 1"]),
    "empty": ("", ["family"]),
    "deep_lists": (f"a = {'[' * 100_000}{']' * 100_000}\n", ["nested"]),
    "deep_tables": (f"a = {'{b=' * 50_000}1{'}' * 50_000}\n", ["nested"]),
    "deep_keys": (f"{'.'.join(['a'] * 20_000)} = 1\n" + gaussian(), []),
    "deep_mean": (gaussian(mean=f"{'[' * 200}1.0{']' * 200}"), ["classes[1].mean[0]"]),
    "duplicate_key": (gaussian("std = 0.5\nstd = 0.5"), ["TOML"]),
}


@pytest.mark.parametrize("case", POPULATIONS)
def test_population_files(case: str, tmp_path: Path, refuse: Refusal) -> None:
    text, needles = POPULATIONS[case]
    path = tmp_path / f"{case}.toml"
    path.write_text(text)
    line = refuse("evaluate", path, "--shots", "1")
    for needle in [path.name, *needles]:
        assert needle in line, (needle, line)


def test_the_templates_of_bad_populations_are_good(tmp_path: Path) -> None:
    """Otherwise the cases above could be refused for the wrong reason."""
    part = "[[classes.parts]]\nweight = 1.0\nmean = [1.0]\nstd = 1.0\n"
    for text in (gaussian(), finite(), mixture(part)):
        (tmp_path / "good.toml").write_text(text)
        assert load(tmp_path / "good.toml").classes == 2


def test_weights_within_tolerance_are_renormalised(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(finite(weights="[0.25, 0.7500000005]"))
    assert float(sum(load(tmp_path / "p.toml").weights[1])) == pytest.approx(1, abs=1e-15)  # type: ignore[attr-defined]


NOT_POPULATIONS: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: None,
    "directory": lambda path: path.mkdir(),
    "npz": lambda path: path.write_bytes(archive(features=np.eye(2), labels=np.arange(2))),
    "utf16": lambda path: path.write_bytes('family = "gaussian"'.encode("utf-16")),
    "binary": lambda path: path.write_bytes(bytes(range(256)) * 10),
    "nul": lambda path: path.write_bytes(b'family = "gaussian\0"\n'),
}


@pytest.mark.parametrize("case", NOT_POPULATIONS)
def test_files_that_are_no_population(case: str, tmp_path: Path, refuse: Refusal) -> None:
    path = tmp_path / f"{case}.toml"
    NOT_POPULATIONS[case](path)
    assert path.name in refuse("evaluate", path, "--shots", "1")


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_family_refuses_an_unknown_key(family: str, tmp_path: Path, refuse: Refusal) -> None:
    path = tmp_path / "p.toml"
    path.write_text(f'family = "{family}"\nno_such_key = 1\n')
    assert path.name in refuse("evaluate", path, "--shots", "1")


# -- features files -----------------------------------------------------------------------------------
def archive(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return buffer.getvalue()


def npy(array: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def claimed(shape: tuple[int, ...], descr: str = "<f8", data: bytes = b"\0" * 64) -> bytes:
    """An npy file whose header says more (or other) than there is."""
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": descr, "fortran_order": False, "shape": shape})
    return buffer.getvalue() + data


def raw_header(text: str) -> bytes:
    content = text.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(content).to_bytes(2, "little") + content + b"\0" * 64


class Bomb:
    """Unpickling this writes a file; no test may ever see that file."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> Any:
        return Path.write_text, (self.target, "unpickled")


def good(**changes: Any) -> dict[str, Any]:
    rng = np.random.default_rng(3)
    labels = np.repeat(np.arange(3), 8)
    features = rng.standard_normal((24, 4)) + 5 * np.eye(4)[labels]
    return {"features": features, "labels": labels} | changes


def changed(array: Any, index: Any, value: Any) -> Any:
    array = np.array(array)
    array[index] = value
    return array


GOOD = good()
SPLIT = np.array(["source", "new"] * 12)
FEATURES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nan": (good(features=changed(GOOD["features"], (5, 2), np.nan)), ["features", "sample 5", "remove"]),
    "infinite": (good(features=changed(GOOD["features"], (7, 0), np.inf)), ["features", "sample 7"]),
    "minus_infinite": (good(features=changed(GOOD["features"], (0, 0), -np.inf)), ["features", "sample 0"]),
    "too_large": (good(features=GOOD["features"] * 1e200), ["features", "too large", "rescale"]),
    "beyond_double": (
        good(features=GOOD["features"].astype(np.longdouble) * np.longdouble("1e4000")),
        ["features"],
    ),
    "complex": (good(features=GOOD["features"] * 1j), ["features", "complex128", "number"]),
    "strings": (good(features=GOOD["features"].astype(str)), ["features", "number"]),
    "booleans": (good(features=GOOD["features"] > 0), ["features", "bool", "number"]),
    "dates": (good(features=GOOD["features"].astype("datetime64[s]")), ["features", "number"]),
    "records": (good(features=np.zeros(24, dtype=[("a", "f8"), ("b", "f8")])), ["features"]),
    "one_dimensional": (good(features=GOOD["features"][:, 0]), ["features", "(24,)"]),
    "three_dimensional": (good(features=GOOD["features"][:, :, None]), ["features", "(24, 4, 1)"]),
    "no_samples": ({"features": np.zeros((0, 4)), "labels": np.zeros(0, int)}, ["features", "(0, 4)"]),
    "no_dimension": (good(features=np.zeros((24, 0))), ["features", "(24, 0)"]),
    "scalar": (good(features=np.float64(3)), ["features", "()"]),
    "no_features": ({"labels": GOOD["labels"]}, ["features", "missing"]),
    "no_labels": ({"features": GOOD["features"]}, ["labels", "missing"]),
    "no_arrays": ({}, ["features", "missing"]),
    "labels_short": (good(labels=GOOD["labels"][:-1]), ["labels", "(23,)", "24"]),
    "labels_long": (good(labels=np.r_[GOOD["labels"], 1]), ["labels", "(25,)", "24"]),
    "labels_matrix": (good(labels=GOOD["labels"][:, None]), ["labels", "(24, 1)"]),
    "labels_one_hot": (good(labels=np.eye(3, dtype=int)[GOOD["labels"]]), ["labels", "(24, 3)"]),
    "labels_float": (good(labels=GOOD["labels"].astype(float)), ["labels", "float64", "integers or strings"]),
    "labels_complex": (good(labels=GOOD["labels"] * 1j), ["labels", "complex128"]),
    "labels_dates": (good(labels=GOOD["labels"].astype("datetime64[s]")), ["labels", "datetime"]),
    "labels_objects": (good(labels=GOOD["labels"].astype(object)), ["labels", "pickle", "never"]),
    "features_objects": (good(features=GOOD["features"].astype(object)), ["features", "pickle", "never"]),
    "weights_objects": (good(weights=np.array([{}], dtype=object)), ["weights", "pickle", "never"]),
    "one_class": (good(labels=np.zeros(24, int)), ["labels", "1 class", "2"]),
    "one_sample_a_class": (good(labels=np.arange(24)), ["labels", "class 0", "one sample"]),
    "one_sample_in_one": (good(labels=changed(GOOD["labels"], 0, 9)), ["labels", "class 9", "one sample"]),
    "hostile_label": (
        good(labels=changed(GOOD["labels"].astype("U20"), 0, "\x1b]0;owned\x07")),
        ["labels", "\\x1b]0;owned\\x07", "one sample"],
    ),
    "bidi_label": (good(labels=changed(GOOD["labels"].astype("U9"), 0, "\u202eab")), ["\\u202eab"]),
    "line_break_label": (good(labels=changed(GOOD["labels"].astype("U9"), 0, "a\nb")), ["a\\nb"]),
    "split_numbers": (good(split=np.arange(24)), ["split", "string"]),
    "split_short": (good(split=SPLIT[:-1]), ["split", "string"]),
    "bias_alone": (good(bias=np.zeros(3)), ["bias", "weights"]),
    "bias_short": (good(weights=np.eye(3, 4), bias=np.zeros(2)), ["bias", "3"]),
    "bias_nan": (good(weights=np.eye(3, 4), bias=np.full(3, np.nan)), ["bias", "finite"]),
    "weights_dimension": (good(weights=np.eye(3)), ["weights", "(3, 3)", "4"]),
    "weights_rows": (good(weights=np.eye(4, 4)), ["weights", "4 rows", "3 classes"]),
    "weights_nan": (good(weights=np.full((3, 4), np.nan)), ["weights", "NaN"]),
    "weights_complex": (good(weights=1j * np.eye(3, 4)), ["weights", "complex128"]),
}


@pytest.mark.parametrize("case", FEATURES)
def test_features_files(case: str, tmp_path: Path, refuse: Refusal) -> None:
    arrays, needles = FEATURES[case]
    path = tmp_path / f"{case}.npz"
    path.write_bytes(archive(**arrays))
    line = refuse("measure", path, "--shots", "1")
    for needle in [path.name, *needles]:
        assert needle in line, (needle, line)


def test_the_template_of_bad_features_is_good(tmp_path: Path) -> None:
    (tmp_path / "f.npz").write_bytes(archive(**good(split=SPLIT, weights=np.eye(3, 4), bias=np.zeros(3))))
    assert len(measure(load_features(tmp_path / "f.npz"), [1]).rows) == 1


def f24(**changes: bytes) -> bytes:
    members = {"features.npy": npy(GOOD["features"]), "labels.npy": npy(GOOD["labels"])}
    return zipped(members | {f"{name}.npy": content for name, content in changes.items()})


NOT_FEATURES: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "missing": (lambda path: None, []),
    "directory": (lambda path: path.mkdir(), []),
    "empty": (lambda path: path.write_bytes(b""), ["npz"]),
    "text": (lambda path: path.write_text("features, labels\n1.0, 2\n"), ["npz"]),
    "toml": (lambda path: path.write_text(gaussian()), ["npz"]),
    "npy": (lambda path: path.write_bytes(npy(GOOD["features"])), ["npz"]),
    "pickle": (lambda path: path.write_bytes(pickle.dumps(GOOD)), ["npz"]),
    "truncated": (lambda path: path.write_bytes(archive(**GOOD)[:-200]), []),
    "other_zip": (lambda path: path.write_bytes(zipped({"readme.txt": b"hello"})), ["features", "missing"]),
    "member_text": (lambda path: path.write_bytes(f24(features=b"1.0, 2.0\n")), ["damaged"]),
    "member_pickle": (
        lambda path: path.write_bytes(f24(features=pickle.dumps(Bomb(path.with_suffix(".out"))))),
        ["damaged"],
    ),
    "member_object_pickle": (
        lambda path: path.write_bytes(f24(labels=npy(np.array([Bomb(path.with_suffix(".out"))] * 24)))),
        ["labels", "pickle", "never"],
    ),
    "member_object_header": (
        lambda path: path.write_bytes(f24(features=claimed((1,), "|O", pickle.dumps([1])))),
        ["features", "pickle", "never"],
    ),
    "header_bomb": (
        lambda path: path.write_bytes(f24(features=claimed((10**12, 10**6)))),
        ["features", "claims"],
    ),
    "header_bomb_labels": (
        lambda path: path.write_bytes(f24(labels=claimed((10**15,), "<i8"))),
        ["labels", "claims"],
    ),
    "header_bomb_width": (
        lambda path: path.write_bytes(f24(labels=claimed((2,), "<U2000000000"))),
        ["labels"],
    ),
    "header_bomb_strings": (lambda path: path.write_bytes(f24(labels=claimed((10**15,), "<U0"))), ["labels"]),
    "header_negative": (lambda path: path.write_bytes(f24(features=claimed((-4, -4)))), []),
    "header_minus_one": (lambda path: path.write_bytes(f24(features=claimed((-1, 4)))), []),
    "header_long": (
        lambda path: path.write_bytes(f24(features=raw_header("{'descr': '<f8', " + " " * 60_000 + "}"))),
        ["damaged"],
    ),
    "header_open": (
        lambda path: path.write_bytes(f24(features=raw_header("{'descr': '<f8', ("))),
        ["damaged"],
    ),
    "header_indented": (
        lambda path: path.write_bytes(f24(features=raw_header("  if x:\n y\n"))),
        ["damaged"],
    ),
    "header_code": (
        lambda path: path.write_bytes(f24(features=raw_header("__import__('os').abort()"))),
        ["damaged"],
    ),
    "header_nested": (
        lambda path: path.write_bytes(f24(features=raw_header("(" * 9000 + ")" * 900))),
        ["damaged"],
    ),
    "header_type": (
        lambda path: path.write_bytes(
            f24(features=raw_header("{'descr': [1, 2], 'fortran_order': False, 'shape': (2,)}"))
        ),
        ["damaged"],
    ),
    "header_short": (lambda path: path.write_bytes(f24(features=b"\x93NUMPY\x01\x00\xff\xff{")), ["damaged"]),
    "version": (lambda path: path.write_bytes(f24(features=b"\x93NUMPY\x09\x00" + bytes(64))), ["features"]),
    "zip_bomb": (
        lambda path: path.write_bytes(
            zipped(
                {
                    "features.npy": claimed((16, 1 << 19), data=bytes(64 << 20)),
                    "labels.npy": npy(np.arange(16)),
                }
            )
        ),
        ["features", "expands"],
    ),
    "encrypted": (lambda path: path.write_bytes(flagged(archive(**GOOD))), []),
    "bad_lzma": (lambda path: path.write_bytes(scrambled(zipfile.ZIP_LZMA)), []),
    "bad_bzip2": (lambda path: path.write_bytes(scrambled(zipfile.ZIP_BZIP2)), []),
    "bad_deflate": (lambda path: path.write_bytes(scrambled(zipfile.ZIP_DEFLATED)), []),
    "bad_checksum": (lambda path: path.write_bytes(scrambled(zipfile.ZIP_STORED)), []),
}


def flagged(content: bytes) -> bytes:
    """The archive with every member marked as encrypted."""
    changed_ = bytearray(content)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        while at >= 0:
            changed_[at + offset] |= 1
            at = content.find(signature, at + 4)
    return bytes(changed_)


def scrambled(method: int) -> bytes:
    """An archive whose first member's content is overwritten."""
    content = bytearray(
        zipped({"features.npy": npy(GOOD["features"]), "labels.npy": npy(GOOD["labels"])}, method)
    )
    for at in range(60, 300):
        content[at] ^= 0xA5
    return bytes(content)


@pytest.mark.parametrize("verb", ["measure", "certify"])
@pytest.mark.parametrize("case", NOT_FEATURES)
def test_files_that_are_no_features(case: str, verb: str, tmp_path: Path, refuse: Refusal) -> None:
    make, needles = NOT_FEATURES[case]
    path = tmp_path / f"{case}.npz"
    make(path)
    line = refuse(verb, path, "--shots", "1")
    for needle in [path.name, *needles]:
        assert needle in line, (needle, line)
    assert not path.with_suffix(".out").exists(), "something was unpickled"


def test_the_pickle_in_these_tests_would_go_off(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Bomb(tmp_path / "out")))
    assert (tmp_path / "out").exists()


@pytest.mark.parametrize("seed", range(4))
def test_damaged_archives_never_escape(seed: int, tmp_path: Path) -> None:
    """Bytes overwritten, cut out or doubled at random: read as features, or refused in one line."""
    rng = np.random.default_rng(seed)
    whole = archive(**good(split=SPLIT, weights=np.eye(3, 4)))
    path, refused = tmp_path / "f.npz", 0
    for _ in range(150):
        content = bytearray(whole)
        for _ in range(int(rng.integers(1, 6))):
            at = int(rng.integers(len(content)))
            if rng.random() < 0.7:
                content[at] = int(rng.integers(256))
            elif rng.random() < 0.5:
                del content[at : at + int(rng.integers(1, 40))]
            else:
                content[at:at] = content[at : at + int(rng.integers(1, 40))]
        path.write_bytes(bytes(content))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                load_features(path)
            except InputError as wrong:
                refused += 1
                assert "f.npz" in str(wrong) and str(wrong).isprintable() and "; " in str(wrong)
    assert refused > 20


@pytest.mark.parametrize("seed", range(4))
def test_damaged_population_files_never_escape(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    texts = [gaussian("covariance = [[1.0, 0.5], [0.5, 1.0]]"), finite(), POPULATIONS["student_df"][0]]
    path, refused = tmp_path / "p.toml", 0
    for _ in range(150):
        content = bytearray(texts[int(rng.integers(3))].encode())
        for _ in range(int(rng.integers(1, 4))):
            at = int(rng.integers(len(content)))
            content[at : at + int(rng.integers(0, 3))] = rng.choice(
                list(b'-eE0123456789."[]{}=\n _x\xff'), 1
            ).tobytes()[:1]
        path.write_bytes(bytes(content))
        try:
            load(path).geometry()
        except InputError as wrong:
            refused += 1
            assert "p.toml" in str(wrong) and str(wrong).isprintable() and "; " in str(wrong)
    assert refused > 20


# -- options ----------------------------------------------------------------------------------------------
@pytest.fixture
def population(tmp_path: Path) -> Path:
    path = tmp_path / "population.toml"
    path.write_text(gaussian())
    return path


@pytest.fixture
def features(tmp_path: Path) -> Path:
    path = tmp_path / "features.npz"
    path.write_bytes(archive(**good(split=SPLIT)))
    return path


SHOTS = [
    "0",
    "-1",
    "1.5",
    "",
    "1,,5",
    ",",
    "x",
    "nan",
    "1e3",
    "1;5",
    "5,0",
    "10000000000",
    "9" * 5000,
    "\x1b[2J",
]
WAYS = ["1", "0", "-2", "x", "", "2.0", "2,1", "inf", "9" * 5000]


@pytest.mark.parametrize("shots", SHOTS)
@pytest.mark.parametrize("verb", ["evaluate", "measure"])
def test_shots(verb: str, shots: str, population: Path, features: Path, refuse: Refusal) -> None:
    file = population if verb == "evaluate" else features
    assert "--shots" in refuse(verb, file, f"--shots={shots}")


@pytest.mark.parametrize("ways", WAYS)
@pytest.mark.parametrize("verb", ["evaluate", "measure"])
def test_ways(verb: str, ways: str, population: Path, features: Path, refuse: Refusal) -> None:
    file = population if verb == "evaluate" else features
    assert "--ways" in refuse(verb, file, "--shots", "1", f"--ways={ways}")


def test_more_ways_than_classes(population: Path, features: Path, refuse: Refusal) -> None:
    line = refuse("evaluate", population, "--shots", "1", "--ways", "2,3")
    assert "--ways" in line and "at most 2" in line
    line = refuse("measure", features, "--shots", "1", "--ways", "4")
    assert "--ways" in line and "at most 3" in line


def test_more_shots_than_samples(features: Path, refuse: Refusal) -> None:
    line = refuse("measure", features, "--shots", "1,8")
    assert "features.npz" in line and "class 0 has 8 samples" in line and "at most 7" in line
    assert "at most 3" in refuse("measure", features, "--shots", "4", "--split", "new")


def test_infinite_shots_need_a_law(features: Path, refuse: Refusal) -> None:
    assert "--shots" in refuse("measure", features, "--shots", "inf")


@pytest.mark.parametrize("value", ["0", "1", "-0.5", "1.5", "nan", "inf", "x", "", "95"])
@pytest.mark.parametrize("verb", ["evaluate", "measure"])
def test_confidence(verb: str, value: str, population: Path, features: Path, refuse: Refusal) -> None:
    file = population if verb == "evaluate" else features
    assert "--confidence" in refuse(verb, file, "--shots", "1", f"--confidence={value}")


@pytest.mark.parametrize("value", ["-1", "x", "1.5", ""])
@pytest.mark.parametrize("verb", ["evaluate", "measure", "verify"])
def test_seed(verb: str, value: str, population: Path, features: Path, refuse: Refusal) -> None:
    rest: list[object] = {
        "evaluate": [population, "--shots", "1"],
        "measure": [features, "--shots", "1"],
    }.get(verb, [])
    assert "--seed" in refuse(verb, *rest, f"--seed={value}")


@pytest.mark.parametrize(
    ("value", "needles"),
    [
        ("Gausian", ["did you mean Gaussian"]),
        ("", ["SubGaussian"]),
        ("\x1b[31m", ["\\x1b[31m"]),
        ("DistinctMeans", ["vouch"]),
        ("MinimumSamples=3", ["vouch"]),
        ("SubGaussian", ["needs a value", "SubGaussian=NUMBER"]),
        ("SubGaussian=", ["needs a value"]),
        ("SubGaussian=x", ["x"]),
        ("SubGaussian=-1", ["negative"]),
        ("SubGaussian=nan", ["nan"]),
        ("SubGaussian=inf", ["inf"]),
        ("BoundedKurtosis=0.5", ["at least 1"]),
        ("BoundedKurtosis=inf", ["inf"]),
        ("EqualIsotropicGaussian=0", ["0"]),
        ("EqualIsotropicGaussian=-1", ["-1"]),
        ("SphericallySymmetric=3", ["takes no value"]),
    ],
)
def test_assume(value: str, needles: list[str], features: Path, refuse: Refusal) -> None:
    line = refuse("measure", features, "--shots", "1", f"--assume={value}")
    for needle in ["--assume", *needles]:
        assert needle in line


def test_split(features: Path, tmp_path: Path, refuse: Refusal) -> None:
    line = refuse("measure", features, "--shots", "1", "--split", "nwe")
    assert "features.npz" in line and "split" in line and "new, source" in line
    assert "\\x1b[31m" in refuse("measure", features, "--shots", "1", "--split", "\x1b[31m")
    (tmp_path / "bare.npz").write_bytes(archive(**GOOD))
    line = refuse("measure", tmp_path / "bare.npz", "--shots", "1", "--split", "new")
    assert "bare.npz" in line and "missing" in line


def test_split_that_leaves_too_little(tmp_path: Path, refuse: Refusal) -> None:
    split = np.array(["new"] * 8 + ["source"] * 16)
    (tmp_path / "f.npz").write_bytes(archive(**good(split=split)))
    assert "1 class" in refuse("measure", tmp_path / "f.npz", "--shots", "1", "--split", "new")


@pytest.mark.parametrize(("option", "value"), [("--estimator", "unbiased"), ("--normalize", "l1")])
def test_choices_of_measure(option: str, value: str, features: Path, refuse: Refusal) -> None:
    line = refuse("measure", features, "--shots", "1", option, value)
    assert option in line and value in line


def test_a_zero_sample_has_no_direction(tmp_path: Path, refuse: Refusal) -> None:
    arrays = good(features=changed(GOOD["features"], 3, 0.0))
    (tmp_path / "f.npz").write_bytes(archive(**arrays))
    line = refuse("measure", tmp_path / "f.npz", "--shots", "1", "--normalize", "l2")
    assert "f.npz" in line and "features" in line and "sample 3" in line


@pytest.mark.parametrize(
    "name", ["exact_momnet", "", "x" * 5000, "\x1b[31mexact", "../cdnv_2022", "cdnv_2022\n"]
)
def test_unknown_statement(name: str, refuse: Refusal) -> None:
    for verb in ("bounds", "prove"):
        refuse(verb, name)
        refuse(verb, name, "--json")


def test_a_near_name_is_offered(refuse: Refusal) -> None:
    assert "did you mean exact_moment" in refuse("bounds", "exact_momnet")


@pytest.mark.parametrize(
    "arguments",
    [
        ["nosuchverb"],
        ["\x1b[31m"],
        ["--nosuchoption"],
        ["evaluate"],
        ["evaluate", "p.toml"],
        ["evaluate", "p.toml", "--shots"],
        ["evaluate", "p.toml", "q.toml", "--shots", "1"],
        ["measure"],
        ["measure", "f.npz"],
        ["bounds", "a", "b"],
        ["bounds", "--nosuchoption"],
        ["verify", "--jobs", "0"],
        ["verify", "--jobs", "-3"],
        ["verify", "--jobs", "x"],
        ["verify", "--full=3"],
        ["bench", "--device", "tpu"],
        ["bench", "--repetitions", "1"],
        ["prove", "a", "b"],
        ["verify", "extra"],
        ["verify", "--\x1b[31m"],
    ],
)
def test_usage(arguments: list[str], refuse: Refusal) -> None:
    refuse(*arguments)


def test_hostile_file_names(tmp_path: Path, refuse: Refusal) -> None:
    for verb in ("evaluate", "measure"):
        assert "\\x1b]0;owned\\x07" in refuse(verb, tmp_path / "\x1b]0;owned\x07", "--shots", "1")
        assert "a\\nb" in refuse(verb, tmp_path / "a\nb", "--shots", "1")
        assert "\\udcff" in refuse(verb, tmp_path / "\udcff", "--shots", "1")


# -- coincident means -----------------------------------------------------------------------------------
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


# -- real processes ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "arguments",
    [
        ["evaluate", "missing.toml", "--shots", "1"],
        ["measure", "large.npz", "--shots", "1"],
        ["measure", "open.npz", "--shots", "1"],
        ["bounds", "nosuch"],
        ["verify", "--jobs", "0"],
        ["nosuchverb"],
    ],
    ids=lambda arguments: "_".join(arguments[:2]),
)
def test_in_a_real_process(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "large.npz").write_bytes(archive(**FEATURES["too_large"][0]))
    NOT_FEATURES["header_open"][0](tmp_path / "open.npz")
    root = Path(cli.__file__).parents[1]
    ran = subprocess.run(
        [sys.executable, "-m", "simulations", *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert check_form(ran.returncode, ran.stdout, ran.stderr) is None, (
        ran.returncode,
        ran.stdout,
        ran.stderr,
    )


def test_printable_escapes_everything_a_terminal_obeys() -> None:
    for code in [*range(32), 127, *range(0x80, 0xA0), 0x200B, 0x202E, 0x2066, 0xFEFF]:
        assert printable(chr(code)).isascii(), hex(code)
    assert printable("Grün 日本") == "Grün 日本"
    assert len(printable("x" * 10_000)) == 400
