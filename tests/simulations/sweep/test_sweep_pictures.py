"""The slice of the grid that a picture of a sweep shows is named on the picture and on the terminal."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from helpers_grid import GOOD

from simulations.cli import main
from simulations.jobs.sweep.slices import parse_axis_values, slice_of
from simulations.report.figures import sweep as pictures
from simulations.runtime.errors import InputError

GRID = GOOD.replace("cdnv = [1.0, 0.1]", "cdnv = [0.01, 0.001]\ndimension = [4, 8]").replace(
    "dimension = 4\n", ""
)


def rows(value: float = 0.5) -> list[dict[str, Any]]:
    """One bound everywhere, on 2 x 2 x 2 places."""
    records = []
    for cdnv, dimension, shots in product((0.1, 0.01), (16, 64), (1.0, 5.0)):
        place = {"population": "s", "cdnv": cdnv, "dimension": dimension, "shots": shots, "ways": 2}
        common = {"error": 0.1, "error_low": 0.1, "error_high": 0.1, "bound": "b", "value": value}
        records.append({**place, "replicate": 0, **common, "verdict": "holds" if value < 1 else "vacuous"})
    return records


def labels(figure: Any) -> list[str]:
    return [each.get_text() for each in figure.axes[0].get_legend().get_texts()]


def test_the_picture_says_which_slice_it_is() -> None:
    part = slice_of(rows(), ("cdnv", "shots"), {})
    assert part.words == "population s, dimension 16: 1 of 2 slices" and part.another == "dimension=64"
    title = pictures.phase_diagram(part, "cdnv", "shots").axes[0].get_title(loc="left")
    assert part.words in title and "--at dimension=64" in title
    other = slice_of(rows(), ("cdnv", "shots"), parse_axis_values("dimension=64"))
    assert {row["dimension"] for row in other.rows} == {64} and other.another == "dimension=16"
    whole = slice_of([row for row in rows() if row["dimension"] == 16], ("cdnv", "shots"), {})
    assert whole.count == 1 and whole.another is None


def test_the_legend_lists_what_is_there() -> None:
    vacuous = "every bound vacuous"
    assert vacuous not in labels(
        pictures.phase_diagram(slice_of(rows(), ("cdnv", "shots"), {}), "cdnv", "shots")
    )
    assert vacuous in labels(
        pictures.phase_diagram(slice_of(rows(2.0), ("cdnv", "shots"), {}), "cdnv", "shots")
    )


def test_a_place_is_a_number_however_it_is_written() -> None:
    for same in ("dimension=64", "dimension=64.0", "dimension=6.4e1"):
        part = slice_of(rows(), ("cdnv", "shots"), parse_axis_values(same))
        assert {row["dimension"] for row in part.rows} == {64}


@pytest.mark.parametrize("value", [0.0, 5.5e-314])
def test_what_double_precision_cannot_hold_is_not_called_zero(value: float) -> None:
    part = slice_of(rows(value), ("cdnv", "shots"), {})
    texts = [each.get_text() for each in pictures.phase_diagram(part, "cdnv", "shots").axes[0].texts]
    assert texts == ["A\n< 1e-300"] * 4
    axis = pictures.curves(slice_of(rows(value), ("shots",), {}), "shots").axes[0]
    (line,) = (line for line in axis.get_lines() if line.get_label() == "b")
    assert len(line.get_xdata()) == 2  # it falls out of the picture and does not end
    assert pictures.cell_text(0.25) == "0.25"


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ("dimension", "write it like"),
        ("dimension=16,dimension=64", "write it like"),
        ("dimension=17", "dimension is never 17 there; dimension has the values 16, 64"),
        ("cdnv=0.1", "'cdnv' is drawn or does not vary"),
    ],
)
def test_a_wrong_choice_of_a_slice(at: str, message: str) -> None:
    with pytest.raises(InputError, match="--at") as caught:
        slice_of(rows(), ("cdnv", "shots"), parse_axis_values(at))
    assert message in str(caught.value)


def test_the_terminal_says_path_and_slice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    Path("grid.toml").write_text(GRID)
    assert main(["sweep", "grid.toml", "--plan"]) == 0
    assert "the engine tried first" in capsys.readouterr().out
    assert main(["sweep", "grid.toml", "--jobs", "1", "--axes", "cdnv", "--at", "dimension=8"]) == 0
    printed = capsys.readouterr().out
    assert "picture sweep/cdnv.svg" in printed and "dimension 8" in printed and "--at dimension=4" in printed
    assert Path("sweep/cdnv.svg").exists() and Path("sweep/cdnv.png").exists()
    assert main(["sweep", "grid.toml", "--jobs", "1", "--at", "dimension=8"]) == 2
