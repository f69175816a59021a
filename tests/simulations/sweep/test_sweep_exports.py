"""Exports of a sweep: Parquet holds the same numbers as the CSV."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

import pytest
from helpers_grid import GOOD

from simulations.cli import main
from simulations.jobs.sweep import export
from simulations.sweep import read

GRID = GOOD.replace("shots = [1]", 'shots = [1, 5, "inf"]').replace("cdnv_sharp", "directional_2025")


def test_parquet_holds_the_rows_of_the_csv(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    (tmp_path / "g.toml").write_text(GRID)
    options = ["--csv", str(tmp_path / "t.csv"), "--parquet", str(tmp_path / "t.parquet"), "--jobs", "1"]
    assert main(["sweep", str(tmp_path / "g.toml"), *options]) == 0
    capsys.readouterr()
    table = parquet.read_table(tmp_path / "t.parquet")
    rows = read(tmp_path / "g.toml", tmp_path / "g.sweep")
    assert len(rows) == 6 and table.to_pylist() == rows
    assert {str(table.schema.field(name).type) for name in ("error", "cdnv", "shots", "value")} == {"double"}
    assert str(table.schema.field("bound").type) == "string"
    lines = list(csv.DictReader(io.StringIO((tmp_path / "t.csv").read_text())))
    for line, row in zip(lines, table.to_pylist(), strict=True):
        assert set(line) == set(row)
        for name, value in row.items():
            # A column of numbers is one of doubles: 1 shot in the CSV is 1.0 here.
            same = float(line[name]) == value if isinstance(value, float) else line[name] == str(value or "")
            assert same or (name in ("replicate", "ways") and int(line[name]) == value), name
    assert [row["shots"] for row in rows[:3]] == [1, 5, math.inf]


def test_parquet_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow.parquet")
    rows = [
        {"population": "a", "cdnv": 0.5, "shots": 1.0, "value": None, "reason": "not computed yet"},
        {"population": "b\u202e<b>", "cdnv": 0.5, "shots": math.inf, "value": 0.25, "reason": None},
    ]
    assert export.to_parquet(rows) == export.to_parquet([dict(row) for row in rows])


def test_parquet_without_pyarrow_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "g.toml").write_text(GRID)
    place = tmp_path / "t.parquet"
    assert main(["sweep", str(tmp_path / "g.toml"), "--parquet", str(place), "--jobs", "1"]) == 2
    printed = capsys.readouterr()
    assert "--parquet: pyarrow is not installed" in printed.err and printed.err.count("\n") == 1
    assert not place.exists() and (tmp_path / "g.sweep").exists()
