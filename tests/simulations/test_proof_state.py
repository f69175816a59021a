"""The proof state that people see: in `collapse bounds NAME` and in the report, checked and never assumed."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from typing import Any

import pytest

from proofs import smt
from simulations import cli
from simulations.report.page import HERE, environment
from theory import catalogue
from theory.few_shot.cdnv_sharp import cdnv_sharp

SHOW = '{% from "proof.html.j2" import show %}{{ show(proof_of(bound)) }}'


def shown(bound: Any) -> str:
    return environment().from_string(SHOW).render(bound=bound)


def without_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise smt.SolverMissing("proofs need Z3: pip install it")

    monkeypatch.setattr(smt, "load_z3", missing)


def test_bounds_says_what_was_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bounds", "cdnv_sharp", "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)["bounds"]
    assert entry["proof"] == "proved" and entry["ledger"]["steps"]["inequality"] > 0
    assert "markov" in entry["ledger"]["lemmas"]
    assert cli.main(["bounds", "cdnv_sharp"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert f"proved, {sum(entry['ledger']['steps'].values())} steps:" in text
    assert "inequalities that Z3 confirms" in text and "taken on trust: triangle inequality" in text


def test_bounds_without_the_solver_claims_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    without_solver(monkeypatch)
    assert cli.main(["bounds", "cdnv_sharp", "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)["bounds"]
    assert entry["proof"] == "written" and entry["ledger"] is None
    assert "not checked here" in shown(cdnv_sharp)


@pytest.mark.parametrize(
    "name", ["cdnv_sharp", "exact_moment", "u_statistic_kl", "bounded_cdnv_is_impossible"]
)
def test_the_report_shows_the_ledger(name: str) -> None:
    """Every step with its claim in well-formed MathML, its reason and what confirms it."""
    from proofs import prove

    (ledger,) = prove(name)
    html = ElementTree.fromstring(f"<div>{shown(catalogue.get(name))}</div>".replace("&nbsp;", " "))
    (table,) = html.iter("table")
    rows = table.findall("./tbody/tr")
    assert [row.find("th").text for row in rows] == [step.name for step, _ in ledger.steps]
    for row, (step, _) in zip(rows, ledger.steps, strict=True):
        says, claim, checker, _ = row.findall("td")
        assert says.text == step.says and checker.text
        assert claim.find("{http://www.w3.org/1998/Math/MathML}math") is not None
    assert "proved, " in "".join(html.itertext())


def test_a_false_statement_under_a_proved_name_is_not_called_proved() -> None:
    """Negative control: what is checked is the statement at hand, not the name it goes by."""
    text = shown(replace(cdnv_sharp, statement=cdnv_sharp.statement / 2))
    assert "the proof fails" in text and "FAILS" in text and "proved, " not in text
    unknown = shown(replace(cdnv_sharp, name="planted"))
    assert "no proof is written yet" in unknown and "✓" not in unknown


def test_the_template_is_part_of_both_chapters() -> None:
    for template in ("few_shot.html.j2", "claims.html.j2"):
        assert "proof(proof_of(bound))" in (HERE / "templates" / template).read_text(encoding="utf-8")
