"""A real notebook, run by a real kernel: what statements, geometries, verdicts and proofs show there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from simulations.verdicts.verdict import Verdict
from theory.bound import NotApplicable, Value

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
TOUR = Path(__file__).with_name("tour.ipynb")


def execute(notebook: Any) -> list[dict[str, str]]:
    """Run it; the rich output of the last line of every code cell, by MIME type."""
    client = NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}}
    )
    client.execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [
        next(output["data"] for output in cell.outputs if output["output_type"] == "execute_result")
        for cell in code
    ]


@pytest.fixture(scope="module")
def outputs() -> list[dict[str, str]]:
    return execute(nbformat.read(TOUR, as_version=4))


def test_the_notebook_is_kept_without_outputs() -> None:
    notebook = nbformat.read(TOUR, as_version=4)
    nbformat.validate(notebook)
    assert all(not cell.get("outputs") for cell in notebook.cells)


def test_a_bound_shows_its_statement(outputs: list[dict[str, str]]) -> None:
    bound = outputs[0]
    assert bound["text/latex"].startswith("$\\displaystyle ") and "\\frac" in bound["text/latex"]
    assert "<math" in bound["text/html"] and "exact_moment" in bound["text/html"]
    assert "class means are distinct" in bound["text/html"]


def test_a_geometry_shows_its_size_and_ranges(outputs: list[dict[str, str]]) -> None:
    html = outputs[1]["text/html"]
    assert "2 classes, dimension 2" in html
    assert "<td>variance of a class</td><td>0.08</td><td>0.18</td>" in html


def test_a_value_a_refusal_and_a_verdict_show_themselves(outputs: list[dict[str, str]]) -> None:
    value, refusal, verdict = (each["text/html"] for each in outputs[2:5])
    assert value.startswith("<b>0.") and "vacuous" not in value
    assert refusal == "not applicable: needs at least 10 shots, not 5"
    assert verdict.startswith("<b>exact_moment</b> 0.") and "holds, error / bound 0." in verdict


def test_a_proof_and_its_ledger_show_every_step(outputs: list[dict[str, str]]) -> None:
    proof, ledger = (each["text/html"] for each in outputs[5:7])
    assert "not checked here" in proof and "✓" not in proof
    assert (
        ("cdnv_sharp</b>: checked" in ledger or "cdnv_sharp</b>: formal" in ledger)
        and "✓" in ledger
        and "✗" not in ledger
    )
    assert proof.count("<tr>") == ledger.count("<tr>") > 4


def test_a_cell_that_fails_fails_the_notebook() -> None:
    """The control of the checks above."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("raise ValueError('no')")])
    with pytest.raises(CellExecutionError, match="no"):
        execute(notebook)


def test_what_is_shown_is_escaped() -> None:
    hostile = "<script>alert(1)</script>"
    for each in (NotApplicable(hostile), Verdict(hostile, "not_applicable", None, None, hostile)):
        assert "<script" not in each._repr_html_()
    assert Value(2.0)._repr_html_() == "<b>2</b> (vacuous)"
