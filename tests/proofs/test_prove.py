"""The whole catalogue is proved, fast, and every ledger can be read."""

from __future__ import annotations

import json

import pytest

from proofs import Ledger, library, prove, record
from proofs.kernel import KINDS
from proofs.ledger import STRENGTHS

Proved = tuple[dict[str, Ledger], float]
PROVED = [name for name in library.names() if library.has_proof(name)]


def test_everything_that_has_a_proof_is_proved_within_a_minute(proved: Proved) -> None:
    """A minute of one core: what else runs on the machine is no matter."""
    ledgers, seconds = proved
    failed = {name: ledger.reason for name, ledger in ledgers.items() if ledger.verdict == "failed"}
    assert not failed
    published = [name for name, ledger in ledgers.items() if ledger.verdict == "published"]
    assert published == ["transfer_rates"]
    assert all(ledger.verdict in STRENGTHS for ledger in ledgers.values())
    assert seconds < 60


def test_the_record_is_of_these_proofs(proved: Proved) -> None:
    """If it is not: ``python -m proofs.record`` checks everything and writes it anew."""
    written = json.loads(record.FILE.read_text(encoding="utf-8"))
    now = record.document(proved[0].values())
    assert {**written, "version": now["version"]} == now


@pytest.mark.parametrize("name", PROVED)
def test_the_last_claim_is_the_statement_itself(name: str) -> None:
    proof = library.write(library.statement(name))
    assert proof is not None
    assert proof.steps[-1].claim == library.statement(name).relation


@pytest.mark.parametrize("name", PROVED)
def test_ledgers_are_plain_data_and_every_step_has_a_reason(name: str, proved: Proved) -> None:
    document = json.loads(json.dumps(proved[0][name].to_json()))
    assert document["verdict"] in STRENGTHS and sum(document["steps"].values()) == len(document["ledger"])
    assert set(document["steps"]) == set(KINDS)
    for step in document["ledger"]:
        assert step["says"] and step["claim"]["mathml"].startswith("<math") and step["holds"]


def test_an_unknown_name_is_answered_with_near_ones() -> None:
    with pytest.raises(KeyError, match="cdnv_sharp"):
        prove("cdnv_shrap")


CONNECTIVES = {"if", "and only if", "then", "so", "and", "or"}


@pytest.mark.parametrize("name", PROVED)
def test_no_step_has_a_connective_alone_as_its_reason(name: str) -> None:
    """Some sentences run over two steps; each part must still say something."""
    proof = library.write(library.statement(name))
    assert proof is not None
    assert not [step.says for step in proof.steps if step.says.rstrip(".,").lower() in CONNECTIVES]


def test_the_steps_for_two_gaussian_classes_have_whole_reasons() -> None:
    proof = library.write(library.statement("gaussian_two_class"))
    assert proof is not None
    reasons = [step.says for step in proof.steps]
    assert len(set(reasons)) == len(reasons) and all(len(says.split()) > 4 for says in reasons)


def test_what_is_cited_is_not_called_checked(capsys: pytest.CaptureFixture[str]) -> None:
    from simulations import cli

    assert cli.main(["prove", "exact_moment"]) == 0
    lines = capsys.readouterr().out.splitlines()
    cited = [line.rstrip() for line in lines if "(cited)" in line]
    assert len(cited) == 2 and all(line.endswith("[cited, on trust]") for line in cited)
    others = [line.rstrip() for line in lines if "(expectation)" in line or "(inequality)" in line]
    assert len(others) == 3 and all(line.endswith("[checked]") for line in others)
    assert "that its hypotheses are met here is checked" in " ".join(lines)
