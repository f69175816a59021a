"""The command: JSON forms, exit statuses, help and version. Wrong input has its own file."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import simulations.features.verdict_rows
import simulations.verdicts.evaluate
from proofs import record
from simulations import cli
from simulations.cli import bounds_document
from simulations.populations import FAMILIES, load
from theory import catalogue
from theory.bound import PairBound, derived
from theory.quantities import d, v_i

OUTCOMES = {"holds", "violated", "undecided", "vacuous", "not_applicable", "scored"}
Number = (int, float)
THREE = """family = "finite_support"
[[classes]]
points  = [[0.0, 0.0], [1.0, 0.0]]
weights = [0.5, 0.5]
[[classes]]
points  = [[4.0, 0.0], [4.0, 1.0]]
weights = [0.25, 0.75]
[[classes]]
points  = [[0.0, 4.0], [0.0, 5.0], [1.0, 5.0]]
weights = [0.25, 0.25, 0.5]
"""
GAUSSIAN = """family = "gaussian"
[[classes]]
mean = [0.0, 0.0]
std = 0.5
[[classes]]
mean = [2.0, 0.0]
std = 0.5
[[classes]]
mean = [0.0, 2.0]
std_per_axis = [0.5, 0.25]
"""


@pytest.fixture
def population(tmp_path: Path) -> Path:
    path = tmp_path / "p.toml"
    path.write_text(THREE)
    return path


@pytest.fixture
def features(tmp_path: Path) -> Path:
    rng = np.random.default_rng(5)
    labels = np.repeat(["ant", "bee", "cat", "dog", "elk", "fox"], 30)
    centres = 4 * np.repeat(np.eye(6), 30, axis=0)
    np.savez(
        tmp_path / "f.npz",
        features=rng.standard_normal((180, 6)) + centres,
        labels=labels,
        split=np.array(["source", "new"] * 90),
        weights=np.eye(6),
        bias=np.zeros(6),
    )
    return tmp_path / "f.npz"


@pytest.fixture
def collapse(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Any]]:
    """Run a verb with --json: its status and the one document on stdout; nothing on stderr."""

    def run(*arguments: object) -> tuple[int, Any]:
        status = cli.main([*map(str, arguments), "--json"])
        printed = capsys.readouterr()
        assert printed.err == ""

        def refuse(constant: str) -> Any:
            raise AssertionError(f"{constant} in JSON")

        return status, json.loads(printed.out, parse_constant=refuse)

    return run


def fits(value: Any, shape: Any, where: str = "$") -> None:
    """Check keys and types. A shape is a type, a tuple of types, [shape], {key: shape} or a set of words."""
    if isinstance(shape, dict):
        assert isinstance(value, dict), where
        assert set(value) >= set(shape), (where, set(shape) - set(value))
        for key, inner in shape.items():
            fits(value[key], inner, f"{where}.{key}")
    elif isinstance(shape, list):
        assert isinstance(value, list), where
        for entry in value:
            fits(entry, shape[0], where + "[]")
    elif isinstance(shape, set):
        assert value in shape, (where, value)
    else:
        kinds = shape if isinstance(shape, tuple) else (shape,)
        assert type(value) in kinds, (where, value)


Nothing = type(None)
ROW = {
    "shots": (int, str),
    "ways": int,
    "error": {
        "value": float,
        "low": float,
        "high": float,
        "confidence": float,
        "method": str,
        "exact": bool,
        "effort": {"seconds": float},
        "per_class": [float],
        "resampled": str,
        "below": (float, Nothing),
    },
    "bounds": [
        {
            "name": str,
            "value": (float, Nothing),
            "verdict": OUTCOMES,
            "ratio": (float, Nothing),
            "ratio_below": (float, Nothing),
            "reason": (str, Nothing),
        }
    ],
}
SPREAD = {"mean": float, "median": float, "low": (float, Nothing), "high": (float, Nothing)}
ENVELOPE = {"schema": int, "version": str}


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ({}, {"a": int}),
        ({"a": "1"}, {"a": int}),
        ({"a": True}, {"a": int}),
        ([1, "x"], [int]),
        ("maybe", OUTCOMES),
        ({"a": None}, {"a": (int, str)}),
    ],
)
def test_the_check_of_shapes_can_fail(value: Any, shape: Any) -> None:
    with pytest.raises(AssertionError):
        fits(value, shape)


def consistent(row: dict[str, Any]) -> None:
    """What holds of every row whatever the population."""
    error = row["error"]
    assert 0 <= error["low"] <= error["value"] <= error["high"] <= 1
    assert not error["exact"] or error["low"] == error["value"] == error["high"]
    assert [bound["name"] for bound in row["bounds"]] == [b.name for b in catalogue.about("few_shot_error")]
    for bound in row["bounds"]:
        value, verdict = bound["value"], bound["verdict"]
        kind = catalogue.get(bound["name"]).kind
        if verdict == "not_applicable":
            assert value is None and bound["ratio"] is None and bound["reason"]
        elif value is None:
            assert verdict == "vacuous" and bound["ratio"] is None
        else:
            if kind == "upper":
                assert (verdict == "vacuous") == (value >= 1)
            if value > 0 and kind != "equality":  # no formula is judged by an engine that uses it
                assert bound["ratio"] == pytest.approx(error["value"] / value)
            if verdict == "holds" and error["exact"] and kind == "upper":
                assert error["value"] <= value * (1 + 1e-9)


# -- evaluate ---------------------------------------------------
def test_evaluate(population: Path, collapse: Any) -> None:
    status, document = collapse("evaluate", population, "--shots", "5,1,2", "--ways", "3,2")
    assert status == 0
    fits(
        document,
        ENVELOPE | {"population": {"family": str, "classes": int, "dimension": int}, "results": [ROW]},
    )
    assert document["schema"] == 1
    assert document["population"]["family"] == "finite_support"
    assert (document["population"]["classes"], document["population"]["dimension"]) == (3, 2)
    settings = [(5, 3), (5, 2), (1, 3), (1, 2), (2, 3), (2, 2)]
    assert [(row["shots"], row["ways"]) for row in document["results"]] == settings
    for row in document["results"]:
        consistent(row)
        assert row["error"]["exact"] and row["error"]["confidence"] == 1.0
        assert row["error"]["method"] == "enumeration"
        assert len(row["error"]["per_class"]) == 3


def test_evaluate_defaults_to_all_classes_and_takes_infinite_shots(population: Path, collapse: Any) -> None:
    _, document = collapse("evaluate", population, "--shots", "inf")
    assert [(row["shots"], row["ways"]) for row in document["results"]] == [("inf", 3)]


def test_evaluate_of_a_sampled_error(tmp_path: Path, collapse: Any) -> None:
    (tmp_path / "g.toml").write_text(GAUSSIAN)
    status, document = collapse(
        "evaluate", tmp_path / "g.toml", "--shots", "1", "--confidence", "0.9", "--seed", "4"
    )
    assert status == 0
    (row,) = document["results"]
    fits(row, ROW)
    consistent(row)
    error = row["error"]
    assert not error["exact"] and error["confidence"] == 0.9
    assert error["low"] < error["value"] < error["high"]
    assert error["effort"]["episodes"] > 0 and error["seed"] == 4
    assert (error["method"], error["resampled"]) == ("cubature", "replicates")


def without_time(document: Any) -> Any:
    if isinstance(document, dict):
        return {key: without_time(value) for key, value in document.items() if key != "seconds"}
    return [without_time(entry) for entry in document] if isinstance(document, list) else document


@pytest.mark.slow
def test_the_seed_decides_the_numbers(tmp_path: Path, collapse: Any) -> None:
    (tmp_path / "g.toml").write_text(GAUSSIAN)
    first, again, other = (
        without_time(collapse("evaluate", tmp_path / "g.toml", "--shots", "1", "--seed", seed)[1])
        for seed in (4, 4, 5)
    )
    assert first == again
    assert first["results"][0]["error"]["value"] != other["results"][0]["error"]["value"]


@pytest.mark.slow
def test_confidence_widens_intervals_but_changes_no_verdict(tmp_path: Path, collapse: Any) -> None:
    (tmp_path / "g.toml").write_text(GAUSSIAN)
    narrow, wide = (
        collapse("evaluate", tmp_path / "g.toml", "--shots", "1,5", "--confidence", c)[1]["results"]
        for c in ("0.5", "0.999")
    )
    for a, b in zip(narrow, wide, strict=True):
        assert b["error"]["low"] < a["error"]["low"] and a["error"]["high"] < b["error"]["high"]
        assert a["bounds"] == b["bounds"]


EXTREME = (
    'family = "gaussian"\n[[classes]]\nmean = [0.0]\nstd = {std}\n[[classes]]\nmean = [{mean}]\nstd = {std}\n'
)


@pytest.mark.parametrize(
    ("std", "mean"),
    [("1e60", "1e-9"), ("1e-60", "1e9"), ("1e149", "1e149"), ("1e-149", "1e-149"), ("0.0", "1.0")],
)
def test_values_beyond_double_range(std: str, mean: str, tmp_path: Path, collapse: Any) -> None:
    (tmp_path / "g.toml").write_text(EXTREME.format(std=std, mean=mean))
    status, document = collapse("evaluate", tmp_path / "g.toml", "--shots", "1,5", "--ways", "2")
    assert status == 0
    for row in document["results"]:
        consistent(row)


@pytest.mark.slow
@pytest.mark.parametrize("near", ["1e-20", "1e-60", "1e-90", "1e-140"])
def test_a_pair_that_is_far_nearer_than_the_rest(near: str, tmp_path: Path, collapse: Any) -> None:
    """Below 1e-35 of the rest the bounds are refused, with that reason; never a NaN."""
    lines = "".join(f"[[classes]]\nmean = [{x}, 0.0]\nstd = 0.5\n" for x in ("0.0", near, "1.0"))
    (tmp_path / "g.toml").write_text(f'family = "gaussian"\n{lines}')
    status, document = collapse("evaluate", tmp_path / "g.toml", "--shots", "1,5", "--ways", "2,3")
    assert status == 0
    for row in document["results"]:
        consistent(row)
    answers = {b["name"]: b for b in document["results"][0]["bounds"]}
    answer = answers["directional_2026"]
    if near == "1e-20":
        assert answer["value"] is not None and answer["verdict"] == "vacuous"
    else:
        assert answer["value"] is None and "leave double precision" in answer["reason"]


@pytest.mark.slow
@pytest.mark.parametrize("scale", ["1e-12", "1e-3", "1e9"])
def test_nothing_depends_on_the_scale(scale: str, tmp_path: Path, collapse: Any) -> None:
    """Ties included: they are judged in units of the distance of the means."""

    def rows(unit: float) -> Any:
        lines = "".join(
            f"[[classes]]\nmean = [{x * unit!r}, {y * unit!r}]\nstd_per_axis = [{0.5 * unit!r}, {unit!r}]\n"
            for x, y in ((0.0, 0.0), (2.0, 0.0), (0.0, 2.0))
        )
        (tmp_path / "g.toml").write_text(f'family = "gaussian"\n{lines}')
        return collapse("evaluate", tmp_path / "g.toml", "--shots", "1")[1]["results"][0]

    one, other = rows(1.0), rows(float(scale))
    assert other["error"]["value"] == pytest.approx(one["error"]["value"], rel=1e-3)
    for a, b in zip(one["bounds"], other["bounds"], strict=True):
        assert b["value"] == (None if a["value"] is None else pytest.approx(a["value"], rel=1e-6))
        assert a["verdict"] == b["verdict"]


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_evaluate_takes_every_family(family: str, tmp_path: Path, collapse: Any) -> None:
    path = tmp_path / "p.toml"
    path.write_text(SMALLEST[family])
    assert load(path).family == family
    status, document = collapse("evaluate", path, "--shots", "1", "--ways", "2")
    assert status == 0
    consistent(document["results"][0])


def _two(lines: str, other: str | None = None) -> str:
    return f"[[classes]]\n{lines}\n[[classes]]\n{other or lines.replace('[0.0]', '[3.0]')}\n"


SMALLEST = {
    "finite_support": THREE.split("\n", 1)[1],
    "gaussian": _two("mean = [0.0]\nstd = 1.0"),
    "student": _two("mean = [0.0]\nstd = 1.0\ndf = 5"),
    "laplace": _two("mean = [0.0]\nstd_per_axis = [1.0]"),
    "mixture": _two("[[classes.parts]]\nweight = 1.0\nmean = [0.0]\nstd = 1.0"),
    "simplex_etf": "count = 3\ndimension = 2\ncdnv = 0.1\n",
    "random_means": "count = 3\ndimension = 2\nseed = 1\nstd = 0.3\n",
    "constant_is_sharp": "probability = 0.1\n",
    "cdnv_is_optimal": "noise = 0.01\ndimension = 2\nshots = 2\n",
}
SMALLEST = {family: f'family = "{family}"\n{text}' for family, text in SMALLEST.items()}

# -- exit status 1 ----------------------------------------------
FALSE = PairBound(
    name="too_good",
    statement=v_i / (10**6 * d**2),
    assumptions=(),
    provenance=derived("planted by a test"),
)
ABSURD = dataclasses.replace(FALSE, name="negative_error", kind="equality", statement=sp.Float(0.987) * d / d)


def test_a_violated_bound_is_status_1(
    population: Path, collapse: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulations.verdicts.evaluate, "few_shot_bounds", lambda: (FALSE,))
    spread = THREE.replace("[4.0, 0.0], [4.0, 1.0]", "[4.0, 0.0], [-4.0, 1.0]")
    population.write_text(spread)
    status, document = collapse("evaluate", population, "--shots", "1")
    (bound,) = document["results"][0]["bounds"]
    assert status == 1
    assert bound["verdict"] == "violated" and bound["ratio"] > 1


def test_the_same_run_without_the_false_bound_is_status_0(population: Path, collapse: Any) -> None:
    population.write_text(THREE.replace("[4.0, 0.0], [4.0, 1.0]", "[4.0, 0.0], [-4.0, 1.0]"))
    status, _ = collapse("evaluate", population, "--shots", "1")
    assert status == 0


def test_a_false_equality_is_status_1(
    population: Path, collapse: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulations.verdicts.evaluate, "few_shot_bounds", lambda: (ABSURD,))
    assert collapse("evaluate", population, "--shots", "1", "--ways", "2")[0] == 1


def test_measure_violated_is_status_1(
    tmp_path: Path, features: Path, collapse: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(1)
    labels = np.repeat([0, 1], 60)
    np.savez(tmp_path / "near.npz", features=rng.standard_normal((120, 2)) + np.eye(2)[labels], labels=labels)
    monkeypatch.setattr(simulations.features.verdict_rows, "few_shot_bounds", lambda: (FALSE,))
    status, document = collapse("measure", tmp_path / "near.npz", "--shots", "1")
    assert status == 1
    assert document["results"][0]["bounds"][0]["verdict"] == "violated"


# -- measure ----------------------------------------------------
def test_measure(features: Path, collapse: Any) -> None:
    status, document = collapse(
        "measure",
        features,
        "--shots",
        "5,1",
        "--ways",
        "2,6",
        "--split",
        "new",
        "--assume",
        "SphericallySymmetric",
    )
    assert status == 0
    fits(
        document,
        ENVELOPE
        | {
            "features": {"samples": int, "classes": int, "dimension": int, "split": str},
            "collapse": {
                "estimator": {"debiased"},
                "cdnv": {"half": SPREAD, "one_sided": SPREAD, "sum": SPREAD},
                "directional_cdnv": SPREAD,
                "unresolved_pairs": [list],
                "nc1": float,
                "nc2": {"norms": float, "angles": float},
                "nc3": float,
                "nc4": float,
            },
            "class_names": [str],
            "assumed": [str],
            "warnings": [str],
            "advice": [str],
            "results": [ROW | {"error_on_new_classes": dict}],
        },
    )
    assert document["features"] == {"samples": 90, "classes": 6, "dimension": 6, "split": "new"}
    assert [(row["shots"], row["ways"]) for row in document["results"]] == [(5, 2), (5, 6), (1, 2), (1, 6)]
    assert document["class_names"] == ["ant", "bee", "cat", "dog", "elk", "fox"]
    assert len(document["assumed"]) == 1 and "SphericallySymmetric" in document["assumed"][0]
    for row in document["results"]:
        consistent(row)
        assert row["error"]["method"] == "episodes" and len(row["error"]["per_class"]) == 6
        new = row["error_on_new_classes"]
        assert set(new) == {"low", "high", "reason"}
        if new["reason"] is None:
            assert new["low"] <= row["error"]["value"] <= new["high"]
        else:
            assert new["low"] is None and new["high"] is None
        for bound in row["bounds"]:
            assert set(bound) >= {"low", "high"}
            if bound["value"] is not None and bound["low"] is not None and bound["high"] is not None:
                assert bound["low"] <= bound["value"] <= bound["high"]
    assert "12 are needed" in document["results"][1]["error_on_new_classes"]["reason"]
    sums = document["collapse"]["cdnv"]["sum"]["mean"], document["collapse"]["cdnv"]["half"]["mean"]
    assert sums[0] == pytest.approx(2 * sums[1])


def test_measure_without_split_or_classifier(features: Path, tmp_path: Path, collapse: Any) -> None:
    with np.load(features) as stored:
        np.savez(tmp_path / "bare.npz", features=stored["features"], labels=stored["labels"])
    _, document = collapse("measure", tmp_path / "bare.npz", "--shots", "1")
    assert document["features"]["split"] is None and document["features"]["samples"] == 180
    assert document["collapse"]["nc3"] is None and document["collapse"]["nc4"] is None
    assert [row["ways"] for row in document["results"]] == [6]


# -- bounds -----------------------------------------------------
ENTRY = {
    "name": str,
    "title": str,
    "kind": {
        *("upper", "lower", "equality", "approximation"),
        *("high_probability", "rate", "existence", "impossibility"),
    },
    "about": {"few_shot_error", "cdnv", "mean_kernel", "transfer_error", "axes"},
    "statement": str,
    "latex": str,
    "mathml": str,
    "assumptions": [{"name": str, "sentence": str}],
    "provenance": {"status": str, "source": str},
    "proof": {
        "formal",
        "checked",
        "reduced",
        "published",
        "failed",
        "no proof",
        "recorded checked",
        "recorded reduced",
        "recorded formal",
        "written",
        "none",
    },
}


def test_bounds(collapse: Any) -> None:
    status, document = collapse("bounds")
    assert status == 0
    fits(document, ENVELOPE | {"bounds": [ENTRY]})
    assert [entry["name"] for entry in document["bounds"]] == list(catalogue.names())


CHECKED = ("cdnv_sharp", "u_statistic_hoeffding", "transfer_rates", "gaussian_margin")


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", catalogue.names())
def test_one_bound(
    name: str, collapse: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is printed. Proofs are checked in ``tests/proofs``; here, but for a few, the record's ledger of
    the same argument stands in."""
    recorded = record.look_up(catalogue.get(name)).ledger
    if name not in CHECKED and recorded is not None:
        monkeypatch.setattr(bounds_document, "prove_statement", lambda bound: recorded)
    status, document = collapse("bounds", name)
    assert status == 0
    (entry,) = document["bounds"]
    assert entry["name"] == name
    assert cli.main(["bounds", name]) == 0
    printed = capsys.readouterr()
    assert name in printed.out and printed.err == ""


# -- for people -------------------------------------------------
def test_tables_for_people(population: Path, features: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (
        ["evaluate", str(population), "--shots", "1,5", "--ways", "2,3"],
        ["measure", str(features), "--shots", "1", "--assume", "SubGaussian=1.5", "--verbose"],
        ["bounds"],
    ):
        assert cli.main(arguments) == 0
        printed = capsys.readouterr()
        assert "exact_moment" in printed.out and printed.err == ""
        assert "nan" not in printed.out.split() and "\x1b" not in printed.out


def test_hostile_labels_reach_no_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], collapse: Any
) -> None:
    rng = np.random.default_rng(5)
    labels = np.repeat(["\x1b]0;owned\x07", "[red]x[/red]", "\u202egnp"], 10)
    path = tmp_path / "\x1b[31m.npz"
    np.savez(
        path, features=rng.standard_normal((30, 3)) + 5 * np.repeat(np.eye(3), 10, axis=0), labels=labels
    )
    assert cli.main(["measure", str(path), "--shots", "1", "--verbose"]) == 0
    printed = capsys.readouterr()
    assert not set(printed.out) & {"\x1b", "\x07", "\u202e"}
    assert "\\x1b]0;owned\\x07" in printed.out and "[red]x[/red]" in printed.out
    _, document = collapse("measure", path, "--shots", "1")
    assert document["class_names"] == sorted(set(labels.tolist()))


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    from simulations.runtime.version import version

    assert cli.main(["--version"]) == 0
    printed = capsys.readouterr()
    assert printed.out == f"collapse {version()}\n" and printed.err == ""


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_help(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(arguments) == 0
    printed = capsys.readouterr()
    for verb in ("verify", "bounds", "evaluate", "measure"):
        assert verb in printed.out
    assert printed.err == ""


@pytest.mark.parametrize(
    ("verb", "options"),
    [
        ("evaluate", ["--shots", "--ways", "--seed", "--confidence", "--json"]),
        ("measure", ["--shots", "--ways", "--split", "--normalize", "--assume", "--report", "--json"]),
        ("bounds", ["--json"]),
        ("verify", ["--full", "--out", "--seed", "--jobs"]),
    ],
)
def test_help_of_a_verb(verb: str, options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([verb, "--help"]) == 0
    printed = capsys.readouterr()
    for option in options:
        assert option in printed.out
    assert printed.err == ""


# -- real processes ---------------------------------------------
def process(folder: Path, *arguments: str, **kwargs: Any) -> subprocess.CompletedProcess[str]:
    root = str(Path(cli.__file__).parents[2])
    return subprocess.run(
        [sys.executable, "-m", "simulations", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        timeout=120,
        **kwargs,
    )


@pytest.mark.slow
def test_python_dash_m(population: Path) -> None:
    ran = process(population.parent, "evaluate", "p.toml", "--shots", "1", "--json")
    assert ran.returncode == 0 and ran.stderr == ""
    assert json.loads(ran.stdout)["population"]["classes"] == 3


def test_python_dash_m_version(tmp_path: Path) -> None:
    ran = process(tmp_path, "--version")
    assert ran.returncode == 0 and ran.stdout.startswith("collapse ")


@pytest.mark.slow
def test_statuses_reach_the_shell(tmp_path: Path) -> None:
    """Status 1 through a real process: a false bound planted before the command runs."""
    (tmp_path / "p.toml").write_text(THREE.replace("[4.0, 0.0], [4.0, 1.0]", "[4.0, 0.0], [-4.0, 1.0]"))
    (tmp_path / "planted.py").write_text(
        "import sys\n"
        "import simulations.verdicts.evaluate\n"
        "from simulations.cli import main\n"
        "from theory.bound import PairBound, derived\n"
        "from theory.quantities import d, v_i\n"
        "false = PairBound(name='f', statement=v_i / (10**6 * d**2), "
        "assumptions=(), provenance=derived('x'))\n"
        "simulations.verdicts.evaluate.few_shot_bounds = lambda: (false,)\n"
        "sys.exit(main(['evaluate', 'p.toml', '--shots', '1', '--json']))\n"
    )
    ran = subprocess.run(
        [sys.executable, "planted.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(cli.__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 1 and ran.stderr == ""
    assert json.loads(ran.stdout)["results"][0]["bounds"][0]["verdict"] == "violated"


@pytest.mark.slow
def test_a_closed_pipe_is_no_error(population: Path) -> None:
    command = f"{sys.executable} -m simulations evaluate p.toml --shots 1,2,3 | head -n 1"
    ran = subprocess.run(
        command,
        shell=True,
        cwd=population.parent,
        env={**os.environ, "PYTHONPATH": str(Path(cli.__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "Traceback" not in ran.stderr and "BrokenPipe" not in ran.stderr
