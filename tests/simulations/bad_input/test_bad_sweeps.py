"""Wrong grids: one line that names the file or option, the field and the remedy; exit status 2."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers_grid import GOOD

from simulations.cli import main
from simulations.jobs.sweep.grid import load_grid

WRONG = {
    "no shots": (GOOD.replace("shots = [1]", "shots = []"), "shots: is empty; give at least 1"),
    "half a shot": (
        GOOD.replace("shots = [1]", "shots = [0.5]"),
        "shots: 0.5 is not a number of shots; use whole numbers from 1 to 1e9, or inf",
    ),
    "zero shots": (GOOD.replace("shots = [1]", "shots = [0]"), "shots: 0 is not a number of shots"),
    "word for shots": (GOOD.replace("shots = [1]", 'shots = ["many"]'), "shots"),
    "minus infinity": (GOOD.replace("shots = [1]", "shots = [-inf]"), "-inf is not a number of shots"),
    "shots missing": (GOOD.replace("shots = [1]", ""), "shots: is missing; add it"),
    "no table": (
        "shots = [1]\nways = [2]\npopulations = 3\n",
        "is not a table; write it under [[populations]]",
    ),
    "bound for bounds": (
        GOOD.replace("bounds =", "bound ="),
        "bound: is not a key known here; did you mean 'bounds'?",
    ),
    "both spreads": (
        GOOD.replace("count = 3", "count = 3\nstd = 1.0"),
        "cdnv, std: both are given; give exactly one",
    ),
    "one way": (
        GOOD.replace("ways = [2]", "ways = [1]"),
        "ways: 1 is not a number of ways; use whole numbers from 2",
    ),
    "too many ways": (GOOD.replace("ways = [2]", "ways = [2, 9]"), "9 ways"),
    "no population": ("shots = [1]\nways = [2]\n", "populations"),
    "no name": (GOOD.replace('name = "simplex"\n', ""), "populations[0].name: is missing; add it"),
    "unknown bound": (GOOD.replace("cdnv_sharp", "cdnv_blunt"), "unknown bound 'cdnv_blunt'"),
    "bound without a value": (GOOD.replace("cdnv_sharp", "cdnv_is_optimal"), "cdnv_is_optimal"),
    "unknown key": ("shot = [1]\n" + GOOD, "shot"),
    "unknown family": (GOOD.replace("simplex_etf", "simplex"), "unknown family 'simplex'"),
    "unknown key of a family": (GOOD.replace("count = 3", "count = 3\nspin = 1"), "spin"),
    "empty vary": (GOOD.replace("cdnv = [1.0, 0.1]", "cdnv = []"), "vary.cdnv"),
    "bad value in vary": (GOOD.replace("cdnv = [1.0, 0.1]", "cdnv = [1.0, -1.0]"), "cdnv"),
    "NaN in vary": (GOOD.replace("cdnv = [1.0, 0.1]", "cdnv = [nan]"), "cdnv"),
    "date in vary": (GOOD.replace("cdnv = [1.0, 0.1]", "cdnv = [2020-01-01]"), "cdnv"),
    "no replicates": ("replicates = 0\n" + GOOD, "replicates: is 0; use at least 1"),
    "too many tasks": ("replicates = 10000\n" + GOOD.replace("shots = [1]", f"shots = {[1] * 60}"), "tasks"),
    "not TOML": ("shots = [1", "not valid TOML"),
    "not text": (b"\xff\xfe\x00", "not a text file"),
    "nested": ("x = " + "[" * 5000, "TOML"),
}


def complaint(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main([*map(str, arguments)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1 and captured.err.startswith("collapse: ")
    assert "Traceback" not in captured.err
    return captured.err


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_grid(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content, message = WRONG[name]
    path = tmp_path / "grid.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    line = complaint(capsys, "sweep", path)
    assert "grid.toml" in line and (message in line or name == "nested")
    assert line.count("correct it") <= 1 and "item after validation" not in line
    assert sorted(each.name for each in tmp_path.iterdir()) == ["grid.toml"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--axes", "cdnv,cdnv"], "--axes"),
        (["--axes", "a,b,c"], "--axes"),
        (["--cluster", "moon"], "--cluster"),
        (["--cluster", "local", "--scheduler", "tcp://127.0.0.1:1"], "--scheduler"),
        (["--jobs", "0"], "jobs"),
        (["--store", "missing/place/s"], "no folder missing/place; make it, or choose another --store"),
        (["--csv", "missing/place/t.csv"], "no folder missing/place; make it, or choose another --csv"),
        (["--parquet", "missing/t.parquet"], "no folder missing; make it, or choose another --parquet"),
    ],
)
def test_a_wrong_option(
    options: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "grid.toml").write_text(GOOD)
    assert message in complaint(capsys, "sweep", tmp_path / "grid.toml", *options)


def test_a_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "cannot be read" in complaint(capsys, "sweep", tmp_path / "none.toml")


def test_an_axis_that_does_not_vary_loses_no_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "grid.toml").write_text(GOOD)
    line = complaint(
        capsys, "sweep", tmp_path / "grid.toml", "--jobs", 1, "--axes", "weather", "--out", tmp_path
    )
    assert "'weather' does not vary" in line and "cdnv" in line
    assert main(["sweep", str(tmp_path / "grid.toml"), "--plan"]) == 0
    assert "4 tasks, 4 of them stored" in capsys.readouterr().out


def test_both_spellings_of_infinity_are_one(tmp_path: Path) -> None:
    """TOML's own and the word: the same tasks under the same keys."""
    keys = []
    for written in ("inf", '"inf"'):
        (tmp_path / "grid.toml").write_text(GOOD.replace("shots = [1]", f"shots = [1, {written}]"))
        keys.append([task.key for task in load_grid(tmp_path / "grid.toml").tasks()])
    assert keys[0] == keys[1] and len(keys[0]) == 8


def test_the_unchanged_grid_is_accepted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "grid.toml").write_text(GOOD)
    options = ["--jobs", "1", "--csv", str(tmp_path / "t.csv"), "--axes", "cdnv", "--out", str(tmp_path)]
    assert main(["sweep", str(tmp_path / "grid.toml"), *options]) == 0
    assert "4 tasks: 0 were stored, 4 computed" in capsys.readouterr().out
    assert (tmp_path / "t.csv").read_text().count("\n") == 3
    assert (tmp_path / "cdnv.svg").stat().st_size > 1000
