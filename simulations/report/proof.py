"""A theorem's proof as the report shows it: the verdict, the ledger step by step, what is taken on trust."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup


def proof_of(bound: Any) -> dict[str, Any]:
    """Check the proof of this very statement and say what came of it, for the template ``proof.html.j2``.

    Without the solvers the state is said to be unknown: a proof is never called proved unchecked.
    """
    from proofs import words
    from proofs.library import prove_statement
    from proofs.smt import SolverMissing, load_z3

    try:
        load_z3()
    except SolverMissing as missing:
        return {"state": "unchecked", "verdict": f"not checked here: {missing}", "steps": []}
    ledger = prove_statement(bound)
    return {
        "state": ledger.verdict,
        "verdict": words.verdict(ledger),
        "lemmas": words.lemmas(ledger),
        "premises": [
            (
                "definition" if premise.defines is not None else "hypothesis",
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


def _math(claim: Any) -> Markup:
    from proofs.printing import mathml

    return Markup(mathml(claim))
