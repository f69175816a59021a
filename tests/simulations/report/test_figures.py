"""Figures for papers: their rows are the suite's numbers; what cannot be drawn is said in one line."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import pytest

from simulations import cli, figures
from simulations.engines.base import DEFAULT_BUDGET
from simulations.figures import rows
from simulations.populations import Population, from_spec
from simulations.runtime.errors import InputError
from simulations.verdicts.evaluate import evaluate_population
from theory import catalogue
from theory.setting import Setting


def population() -> Population:
    rare = {"points": [[0.0], [1.0]], "weights": [0.1, 0.9]}
    return from_spec({"family": "finite_support", "classes": [{"points": [[0.0]], "weights": [1.0]}, rare]})


def figure_of(**options: Any) -> figures.DataFigure:
    return figures.bound_against_error(
        population(), bounds=["exact_moment", "cdnv_2022"], shots=[1, 4], **options
    )


def test_the_rows_are_the_numbers_of_the_catalogue() -> None:
    law = population()
    for row in figure_of().frame():
        answer = catalogue.get(row["bound"]).evaluate(law.geometry(), Setting(row["shots"], 2), law.granted())
        assert row["value"] == answer.value  # type: ignore[union-attr]
        assert row["error_low"] <= row["error"] <= row["error_high"]


def test_numeric_axes_place_values_by_their_numbers() -> None:
    """4 shots are twice as far from 1 as 2 are, on a logarithmic axis: no category distorts a slope."""
    figure: Any = figure_of()
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


def test_an_error_below_the_axis_is_marked_and_not_lost() -> None:
    records = [{**row, "error": 0.0, "error_low": 0.0, "error_high": 0.0} for row in swept()]
    figure: Any = figures.bound_against_error(records, at={"cdnv": 1})
    marked = [line for line in figure.axes[0].get_lines() if line.get_fillstyle() == "none"]
    assert [list(line.get_ydata()) for line in marked] == [[1e-12]] * 3


def test_chance_is_drawn_and_a_ratio_is_no_probability() -> None:
    labels = [line.get_label() for line in figure_of().axes[0].get_lines()]  # type: ignore[attr-defined]
    assert "chance (0.5)" in labels
    assert "measured error" not in [
        line.get_label()
        for line in figure_of(ratio=True).axes[0].get_lines()  # type: ignore[attr-defined]
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
    path, table = figures.save(figure_of(), tmp_path / f"a.{form}")
    assert path.stat().st_size > 1000
    with table.open(encoding="utf-8") as lines:
        assert [row["bound"] for row in csv.DictReader(lines)] == [r["bound"] for r in figure_of().frame()]


def test_wrong_input_is_one_line(tmp_path: Path) -> None:
    for wrong in (
        lambda: figures.save(figure_of(), tmp_path / "a.doc"),
        lambda: figure_of(against="colour"),
        lambda: figures.bound_against_error(population(), bounds=["no_bound"]),
    ):
        with pytest.raises(InputError):
            wrong()
    with pytest.raises(ValueError, match="style"):
        figure_of(style="poster")
    with pytest.raises(ValueError, match="width"):
        figure_of(width=400.0)


def swept() -> list[dict[str, Any]]:
    """A sweep: ``sharp`` is the tightest at 50 shots alone, ``tiny`` underflows at infinitely many."""
    bounds = {f"b{k}": (0.3 + k / 100, 0.2 + k / 100, 0.2) for k in range(8)}
    bounds |= {"sharp": (30.0, 0.1, 5.0), "tiny": (0.5, 0.5, 0.0)}
    rows = []
    for cdnv in (0.01, 0.1, 1.0):
        for name, values in bounds.items():
            for shots, value in zip((1.0, 50.0, math.inf), values, strict=True):
                place = {"population": "s", "cdnv": cdnv, "shots": shots, "ways": 2, "replicate": 0}
                common = {"error": 1e-3, "error_low": 1e-3, "error_high": 1e-3, "method": "m", "bound": name}
                ratio = 1e-3 / value if value else None
                rows.append({**place, **common, "value": value, "ratio": ratio, "verdict": "holds"})
    return rows


def test_the_tightest_anywhere_is_drawn_and_what_is_left_out_is_named() -> None:
    figure: Any = figures.bound_against_error(swept(), at={"cdnv": 1})
    names = {row["bound"] for row in figure.frame()}
    assert {"sharp", "tiny", "b0"} <= names and figure.left_out == ("b4", "b5", "b6", "b7")
    assert not names & set(figure.left_out)
    edge = [line for line in figure.axes[0].get_lines() if line.get_marker() == "v"]
    assert any(list(line.get_ydata()) == [1e-12] for line in edge)  # the 0 is drawn where it is
    assert figures.tightness(swept()).left_out == ("b4", "b5", "b6", "b7")
    assert figure_of().left_out == ()


def test_axis_values_are_numbers_and_an_unknown_one_is_answered_with_those_there_are() -> None:
    for same in ("1", "1.0", "1e0", 1, 1.0):
        kept = figures.bound_against_error(swept(), at={"cdnv": same}).frame()
        assert {row["cdnv"] for row in kept} == {1.0}
    with pytest.raises(InputError, match=r"cdnv has the values 0\.01, 0\.1, 1"):
        figures.bound_against_error(swept(), at={"cdnv": "7"})
    with pytest.raises(InputError, match="'colour' is not an axis here"):
        figures.bound_against_error(swept(), at={"colour": "7"})
    with pytest.raises(InputError, match="ways has the values 2"):
        figures.bound_against_error(swept(), ways=5, at={"cdnv": 1})


def test_a_figure_uses_the_number_of_draws_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """The budget of a verdict would take a minute for what no eye sees."""
    reports: list[Any] = []
    evaluate = evaluate_population

    def spied(*arguments: Any, **options: Any) -> Any:
        reports.append(options["context"].budget.draws)
        return evaluate(*arguments, **options)

    monkeypatch.setattr(rows, "evaluate_population", spied)
    figure_of(progress=reports.append)
    figure_of(draws=5e3)
    assert reports == ["estimating the error at 2 numbers of shots", rows.DRAWS, 5e3]
    assert DEFAULT_BUDGET.draws > 10 * rows.DRAWS


@pytest.mark.slow
def test_the_command_writes_both_and_refuses_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "p.toml"
    file.write_text('family = "simplex_etf"\ncount = 3\ndimension = 4\ncdnv = 0.1\n')
    arguments = ["plot", str(file), "--shots", "1,5", "--bounds", "exact_moment"]
    assert cli.main([*arguments, "--out", str(tmp_path / "f.svg"), "--latex", "--caption"]) == 0
    assert capsys.readouterr().out.split() == [str(tmp_path / "f.svg"), str(tmp_path / "f.csv")]
    for wrong in (
        ["--what", "nothing"],
        ["--width", "wide"],
        ["--style", "x"],
        ["--what", "phase"],
        ["--draws", "nan"],
    ):
        assert cli.main([*arguments, *wrong, "--out", str(tmp_path / "g.svg")]) == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "g.svg").exists()
