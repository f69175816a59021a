"""A catalogue entry for `collapse bounds`: the JSON document and the state of its proof."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from proofs import record
from proofs.kernel.solver import SolverMissing
from proofs.ledger import words
from proofs.library import cited_from_papers, has_proof, load_solvers, prove_statement
from theory.bound import Bound

if TYPE_CHECKING:
    from proofs.ledger import Ledger


def document(bound: Bound, *, checked: bool = False) -> dict[str, Any]:
    """The stable JSON form of a catalogue entry; ``checked`` runs its proof and adds the result."""
    ledger = _ledger(bound) if checked else None
    return {
        "name": bound.name,
        "title": bound.title,
        "kind": bound.kind,
        "about": bound.about,
        "statement": str(bound.relation),
        "latex": bound.latex(),
        "mathml": bound.mathml(),
        "where": {str(symbol): str(meaning) for symbol, meaning in bound.where},
        "assumptions": [{"name": a.name, "sentence": a.sentence} for a in bound.assumptions],
        "free_parameter": None
        if bound.free is None
        else {
            "name": bound.free.symbol.name,
            "lower": bound.free.lower,
            "upper": str(bound.free.upper),
            "chosen_per": bound.free.scope,
        },
        "provenance": {"status": bound.provenance.status, "source": bound.provenance.source},
        "proof": proof_state(bound) if ledger is None else ledger.verdict,
        "ledger": None if ledger is None else ledger.summary(),
    }


def proof_state(bound: Bound) -> str:
    """The proof state without checking anything: that of the record if it belongs to this very statement,
    otherwise whether a proof is written."""
    if has_proof(bound.name):
        recorded = record.look_up(bound)
        return "written" if recorded.ledger is None else f"recorded {recorded.ledger.verdict}"
    return "published" if bound.name in cited_from_papers() else "none"


def _ledger(bound: Bound) -> Ledger | None:
    """The result of checking the proof (which takes seconds at most), or None where the solvers that it needs
    are missing."""
    try:
        if has_proof(bound.name):
            load_solvers()
    except SolverMissing:
        return None
    return prove_statement(bound)


def proof_lines(bound: Bound) -> list[str]:
    """The state of a bound's proof in a line or two: checked here, or as recorded."""
    ledger = _ledger(bound)
    if ledger is None:
        hint = "pip install 'neural-collapse-transfer[prove]' to check it"
        return [f"proof: {words.recorded(record.look_up(bound))}; {hint}"]
    titles = "; ".join(title for title, _, _ in words.lemmas(ledger))
    lines = [f"proof: {words.verdict(ledger)}"]
    return [*lines, f"  taken on trust: {titles}"] if titles else lines
