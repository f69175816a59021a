"""A theorem's proof as the report shows it: the verdict, the ledger step by step, what is taken on trust."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sympy as sp
from markupsafe import Markup

from theory.bound import Bound

if TYPE_CHECKING:
    from proofs.ledger.findings import Findings


def proof_of(bound: Bound) -> dict[str, Any]:
    """Check the proof of this very statement; the result is for the template ``proof.html.j2``:
    plain data and HTML. ``word`` is the state of the proof in one word.

    Without the solvers nothing is checked, and the report says so: then it shows what is on record for this
    very statement, argument and checkers, if anything is.
    """
    from proofs import record
    from proofs.kernel.solver import SolverMissing
    from proofs.ledger import words
    from proofs.library import has_proof, load_solvers, prove_statement

    try:
        if has_proof(bound.name):
            load_solvers()
    except SolverMissing as missing:
        recorded = record.look_up(bound)
        verdict = words.recorded(recorded)
        if recorded.ledger is None:
            entry = {"state": "unchecked", "word": recorded.state, "verdict": f"{verdict} ({missing})"}
            return {**entry, "holds": False, "steps": []}
        return {**_ledger_document(recorded.ledger, "recorded", f"{verdict} ({missing})"), "holds": False}
    ledger = prove_statement(bound)
    return _ledger_document(ledger, ledger.verdict, words.verdict(ledger))


def proof_in_a_word(bound: Bound) -> str:
    """The state of the statement's proof in one word, without running it: what is on record."""
    from proofs import record
    from proofs.library import cited_from_papers, has_proof

    if has_proof(bound.name):
        recorded = record.look_up(bound)
        return recorded.state if recorded.ledger is None else recorded.ledger.verdict
    return "published" if bound.name in cited_from_papers() else "none"


def _ledger_document(ledger: Findings, state: str, verdict: str) -> dict[str, Any]:
    from proofs.ledger import words

    return {
        "state": state,
        "word": "none" if ledger.verdict == "no proof" else ledger.verdict,
        "verdict": verdict,
        "holds": ledger.holds,
        "lemmas": words.lemmas(ledger),
        "premises": [
            (
                words.role(ledger, premise),
                premise.says,
                _math(premise.claim),
            )
            for premise in ledger.premises
        ],
        "steps": [
            (step.name, step.says, _math(step.claim), words.confirmed_by(step), step.uses, outcome)
            for step, outcome in ledger.steps
        ],
    }


def _math(claim: sp.Basic) -> Markup:
    from proofs.ledger.printing import mathml

    return Markup(mathml(claim))
