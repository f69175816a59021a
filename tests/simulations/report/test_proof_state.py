"""The proof state that people see: in `collapse bounds NAME` and in the report, checked and never assumed."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from typing import Any

import pytest
import sympy as sp

from proofs import library, record
from proofs.kernel import solver
from simulations import cli
from simulations.report.page import HERE, environment
from simulations.report.sections.proof import proof_of
from theory import catalogue
from theory.few_shot.cdnv_sharp import cdnv_sharp
from theory.few_shot.directional_2026 import directional_2026

SHOW = '{% from "proof.html.j2" import show %}{{ show(proof) }}'


def listing(bound: Any) -> str:
    return environment().from_string(SHOW).render(proof=proof_of(bound))


def without_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise solver.SolverMissing("proofs need Z3: pip install it")

    monkeypatch.setattr(library, "load_z3", missing)


def test_collapse_bounds_reports_what_was_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bounds", "cdnv_sharp", "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)["bounds"]
    assert entry["proof"] in ("checked", "formal") and entry["ledger"]["steps"]["inequality"] > 0
    assert "markov" in entry["ledger"]["lemmas"]
    assert cli.main(["bounds", "cdnv_sharp"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert f"checked, {sum(entry['ledger']['steps'].values())} steps:" in text
    assert "inequalities that Z3 confirms" in text and "taken on trust: triangle inequality" in text


def test_without_the_solver_the_record_is_shown_as_a_record(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    without_solver(monkeypatch)
    assert cli.main(["bounds", "cdnv_sharp", "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)["bounds"]
    assert entry["proof"] in ("recorded checked", "recorded formal") and entry["ledger"] is None
    assert cli.main(["bounds", "cdnv_sharp"]) == 0
    assert "not re-run here" in " ".join(capsys.readouterr().out.split())
    text = listing(cdnv_sharp)
    assert any(f"recorded as {word} by version" in text for word in ("checked", "formal"))
    assert "not re-run here" in text
    assert "checked, " not in text and "✓" not in text


def test_a_changed_statement_makes_the_record_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: neither a changed statement, nor a changed condition, argument or checker."""
    without_solver(monkeypatch)
    changed = [
        replace(cdnv_sharp, statement=cdnv_sharp.statement / 2),
        replace(directional_2026, condition=sp.true),
    ]
    for bound in changed:
        text = listing(bound)
        assert "not checked here: the record was made with another statement" in text
        assert "recorded as" not in text
    monkeypatch.setattr(record, "checkers", lambda: "other")
    assert "with other checkers" in listing(cdnv_sharp)
    argument = library.write(cdnv_sharp)
    assert argument is not None
    monkeypatch.setattr(library, "write", lambda bound: replace(argument, steps=argument.steps[1:]))
    assert "with another argument" in listing(cdnv_sharp)


def test_what_is_taken_from_a_paper_is_not_called_proved() -> None:
    rates = catalogue.get("transfer_rates")
    assert "published: the whole statement is taken from arXiv" in listing(rates) and "✓" not in listing(
        rates
    )
    assert "the proof fails" in listing(replace(rates, statement=rates.statement / 2))


@pytest.mark.parametrize(
    "name", ["cdnv_sharp", "exact_moment", "u_statistic_kl", "bounded_cdnv_is_impossible"]
)
def test_the_report_shows_the_ledger(name: str) -> None:
    """Every step with its claim in well-formed MathML, its reason and what confirms it."""
    from proofs import prove

    (ledger,) = prove(name)
    html = ElementTree.fromstring(f"<div>{listing(catalogue.get(name))}</div>".replace("&nbsp;", " "))
    (table,) = html.iter("table")
    rows = table.findall("./tbody/tr")
    assert [row.find("th").text for row in rows] == [step.name for step, _ in ledger.steps]
    for row, (step, _) in zip(rows, ledger.steps, strict=True):
        says, claim, checker, _ = row.findall("td")
        assert says.text == step.says and checker.text
        assert claim.find("{http://www.w3.org/1998/Math/MathML}math") is not None
    assert f"{ledger.rests_on_kernel}" in "".join(html.itertext())


def test_a_false_statement_under_a_proved_name_is_not_called_proved() -> None:
    """Negative control: what is checked is the statement at hand, not the name it goes by."""
    text = listing(replace(cdnv_sharp, statement=cdnv_sharp.statement / 2))
    assert "the proof fails" in text and "FAILS" in text and "checked, " not in text
    unknown = listing(replace(cdnv_sharp, name="planted"))
    assert "no proof is written yet" in unknown and "✓" not in unknown


def test_every_page_of_a_statement_shows_its_proof() -> None:
    text = (HERE / "templates" / "statement.html.j2").read_text(encoding="utf-8")
    assert "show_proof(proof)" in text
