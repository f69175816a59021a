"""How proofs and their ledgers show themselves in a notebook: small safe pieces of HTML."""

from __future__ import annotations

from html import escape

from proofs.kernel import Proof, Step
from proofs.ledger import words
from proofs.ledger.findings import Findings
from proofs.ledger.printing import mathml


def proof_html(proof: Proof) -> str:
    """The argument as it is written: nothing of it has been checked yet."""
    rows = "".join(_row(step, "") for step in proof.steps)
    return (
        f"<b>Proof of {escape(proof.name)}</b>, {len(proof.steps)} steps, not checked here"
        f"<div>{mathml(proof.goal)}</div>{_table(rows)}"
    )


def ledger_html(ledger: Findings) -> str:
    """The verdict in a sentence, every step with what confirmed it, and what is taken on trust."""
    rows = "".join(_row(step, "✓" if outcome.holds else "✗") for step, outcome in ledger.steps)
    trusted = "".join(
        f"<li>{escape(title)} ({escape(source)})</li>" for title, _, source in words.lemmas(ledger)
    )
    return (
        f"<b>{escape(ledger.name)}</b>: {escape(words.verdict(ledger))}"
        f"<div>{mathml(ledger.goal)}</div>"
        + (f"<details><summary>steps</summary>{_table(rows)}</details>" if rows else "")
        + _assumed(ledger)
        + (f"<div>On trust:<ul>{trusted}</ul></div>" if trusted else "")
    )


def _assumed(ledger: Findings) -> str:
    items = "".join(
        f"<li>{escape(premise.says)}: {mathml(premise.claim)}</li>" for premise in ledger.own_hypotheses
    )
    return f"<div>Hypotheses of its author:<ul>{items}</ul></div>" if items else ""


def _table(rows: str) -> str:
    return f"<table><tr><th>step</th><th>claim</th><th>by</th><th></th></tr>{rows}</table>"


def _row(step: Step, mark: str) -> str:
    by = escape(words.confirmed_by(step))
    return f"<tr><td>{escape(step.says)}</td><td>{mathml(step.claim)}</td><td>{by}</td><td>{mark}</td></tr>"
