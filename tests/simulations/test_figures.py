"""Figures for papers: their rows are the suite's numbers; what cannot be drawn is said in one line."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from simulations import cli, figures
from simulations.populations import Population, from_spec
from simulations.runtime.errors import InputError
from theory import catalogue
from theory.setting import Setting


def population() -> Population:
    rare = {"points": [[0.0], [1.0]], "weights": [0.1, 0.9]}
    return from_spec({"family": "finite_support", "classes": [{"points": [[0.0]], "weights": [1.0]}, rare]})


def drawn(**options: Any) -> figures.DataFigure:
    return figures.bound_against_error(
        population(), bounds=["exact_moment", "cdnv_2022"], shots=[1, 4], **options
    )


def test_the_rows_are_the_numbers_of_the_catalogue() -> None:
    law = population()
    for row in drawn().frame():
        answer = catalogue.get(row["bound"]).evaluate(law.geometry(), Setting(row["shots"], 2), law.granted())
        assert row["value"] == answer.value  # type: ignore[union-attr]
        assert row["error_low"] <= row["error"] <= row["error_high"]


def test_numbers_lie_where_numbers_lie() -> None:
    """4 shots are twice as far from 1 as 2 are, on a logarithmic axis: no category distorts a slope."""
    figure: Any = drawn()
    (axis,) = figure.axes
    line = next(line for line in axis.get_lines() if line.get_label() == "exact_moment")
    assert list(line.get_xdata()) == [1.0, 4.0] and axis.get_xscale() == "log"


def test_values_beyond_the_axis_are_marked_and_not_lost() -> None:
    narrow = [{"points": [[0.0], [1.0]], "weights": [0.5, 0.5]}, {"points": [[0.5001]], "weights": [1.0]}]
    law = from_spec({"family": "finite_support", "classes": narrow})
    figure: Any = figures.bound_against_error(law, bounds=["cdnv_2022"], shots=[1, 4])
    (axis,) = figure.axes
    assert all(row["value"] > 1e2 for row in figure.frame())
    assert any(line.get_marker() == "^" and list(line.get_ydata()) == [1e2] for line in axis.get_lines())


def test_chance_is_drawn_and_a_ratio_is_no_probability() -> None:
    labels = [line.get_label() for line in drawn().axes[0].get_lines()]  # type: ignore[attr-defined]
    assert "chance (0.5)" in labels
    assert "measured error" not in [
        line.get_label()
        for line in drawn(ratio=True).axes[0].get_lines()  # type: ignore[attr-defined]
    ]


def test_tightness_orders_by_the_median() -> None:
    rows = figures.tightness(population(), bounds=["exact_moment", "cdnv_2022"], shots=[1, 4]).frame()
    assert [row["median"] for row in rows] == sorted(row["median"] for row in rows)
    assert all(row["smallest"] <= row["median"] <= row["largest"] for row in rows)


def test_training_is_drawn_from_the_record() -> None:
    rows = figures.collapse_over_training().frame()
    assert {row["group"] for row in rows} >= {"source", "new"}
    assert all(row["mean"] > 0 for row in rows)


@pytest.mark.parametrize("form", ["pdf", "svg", "png"])
def test_a_table_lies_beside_the_figure(form: str, tmp_path: Path) -> None:
    path, table = figures.save(drawn(), tmp_path / f"a.{form}")
    assert path.stat().st_size > 1000
    with table.open(encoding="utf-8") as lines:
        assert [row["bound"] for row in csv.DictReader(lines)] == [r["bound"] for r in drawn().frame()]


def test_wrong_input_is_one_line(tmp_path: Path) -> None:
    for wrong in (
        lambda: figures.save(drawn(), tmp_path / "a.doc"),
        lambda: drawn(against="colour"),
        lambda: figures.bound_against_error(population(), bounds=["no_bound"]),
    ):
        with pytest.raises(InputError):
            wrong()
    with pytest.raises(ValueError, match="style"):
        drawn(style="poster")
    with pytest.raises(ValueError, match="width"):
        drawn(width=400.0)


@pytest.mark.slow
def test_the_command_writes_both_and_refuses_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "p.toml"
    file.write_text('family = "simplex_etf"\ncount = 3\ndimension = 4\ncdnv = 0.1\n')
    arguments = ["plot", str(file), "--shots", "1,5", "--bounds", "exact_moment"]
    assert cli.main([*arguments, "--out", str(tmp_path / "f.svg"), "--latex", "--caption"]) == 0
    assert capsys.readouterr().out.split() == [str(tmp_path / "f.svg"), str(tmp_path / "f.csv")]
    for wrong in (["--what", "nothing"], ["--width", "wide"], ["--style", "x"], ["--what", "phase"]):
        assert cli.main([*arguments, *wrong, "--out", str(tmp_path / "g.svg")]) == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "g.svg").exists()
