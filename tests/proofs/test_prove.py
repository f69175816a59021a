"""The whole catalogue is proved, fast, and every ledger can be read."""

from __future__ import annotations

import json
import time

import pytest

from proofs import library, prove, record
from proofs.kernel import KINDS

PROVED = [name for name in library.names() if library.write(library.statement(name)) is not None]


def test_everything_that_has_a_proof_is_proved_within_a_minute() -> None:
    """A minute of one core: what else runs on the machine is no matter."""
    started = time.process_time()
    ledgers = {ledger.name: ledger for ledger in prove()}
    seconds = time.process_time() - started
    failed = {name: ledger.reason for name, ledger in ledgers.items() if ledger.verdict == "failed"}
    assert not failed
    published = [name for name, ledger in ledgers.items() if ledger.verdict == "published"]
    assert published == ["transfer_rates"]
    assert all(ledger.verdict in ("proved", "published") for ledger in ledgers.values())
    assert seconds < 60


def test_the_record_is_of_these_proofs() -> None:
    """If it is not: ``python -m proofs.record`` checks everything and writes it anew."""
    written = json.loads(record.FILE.read_text(encoding="utf-8"))
    now = record.document(prove())
    assert {**written, "version": now["version"]} == now


@pytest.mark.parametrize("name", PROVED)
def test_the_last_claim_is_the_statement_itself(name: str) -> None:
    proof = library.write(library.statement(name))
    assert proof is not None
    assert proof.steps[-1].claim == library.statement(name).relation


@pytest.mark.parametrize("name", PROVED)
def test_ledgers_are_plain_data_and_every_step_says_something(name: str) -> None:
    document = json.loads(json.dumps(prove(name)[0].to_json()))
    assert document["verdict"] == "proved" and sum(document["steps"].values()) == len(document["ledger"])
    assert set(document["steps"]) == set(KINDS)
    for step in document["ledger"]:
        assert step["says"] and step["claim"]["mathml"].startswith("<math") and step["holds"]


def test_an_unknown_name_is_answered_with_near_ones() -> None:
    with pytest.raises(KeyError, match="cdnv_sharp"):
        prove("cdnv_shrap")
