"""Wrong population files are refused with exit status 2 and one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from helpers_bad_features import archive
from helpers_bad_populations import finite, gaussian, mixture
from helpers_refusal import Refusal

from simulations.populations import FAMILIES, load
from simulations.runtime.errors import InputError

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


def test_the_unchanged_population_templates_are_accepted(tmp_path: Path) -> None:
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


def test_more_shots_than_can_be_drawn_are_refused(tmp_path: Path, refuse: Refusal) -> None:
    """Student classes draw every shot: a thousand million of them would take gigabytes and hours."""
    rows = "".join(f"[[classes]]\nmean = [{x}.0, 0.0]\nstd = 1.0\ndf = 5.0\n" for x in (0, 3))
    path = tmp_path / "student.toml"
    path.write_text(f'family = "student"\n{rows}', encoding="utf-8")
    line = refuse("evaluate", path, "--shots", "1000000000")
    assert "no engine serves 1e+09 shots" in line and "ask for fewer shots, or for inf" in line
