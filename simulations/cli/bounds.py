"""`collapse bounds`: the catalogue."""

from __future__ import annotations

from typing import Any

from simulations.cli.shared import print_json
from simulations.runtime.errors import InputError, printable
from theory import catalogue
from theory.bound import Bound


def run(name: str | None, *, as_json: bool) -> int:
    if name is not None:
        try:
            chosen = [catalogue.get(printable(name, 60))]
        except KeyError as wrong:
            problem = str(wrong.args[0])
            hint = "" if "; " in problem else "; collapse bounds lists them all"
            raise InputError(problem + hint, field="NAME") from None
    else:
        chosen = list(catalogue.STATEMENTS)
    from simulations.cli.bounds_show import show_all, show_one

    if as_json:
        print_json({"bounds": [document(bound, checked=name is not None) for bound in chosen]})
    elif name is None:
        show_all([(bound, _unchecked(bound)) for bound in chosen])
    else:
        show_one(chosen[0], _proof_lines(chosen[0]))
    return 0


def document(bound: Bound, *, checked: bool = False) -> dict[str, Any]:
    """The stable JSON form of a catalogue entry; ``checked`` runs its proof and adds what came of it."""
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
        "proof": _unchecked(bound) if ledger is None else ledger.verdict,
        "ledger": None if ledger is None else ledger.summary(),
    }


def _unchecked(bound: Bound) -> str:
    """The proof state without checking anything: the word of the record if it is of this very statement, else
    whether a proof is written."""
    from proofs import has_proof, record
    from proofs.library import taken

    if has_proof(bound.name):
        found = record.look_up(bound)
        return "written" if found.ledger is None else f"recorded {found.ledger.verdict}"
    return "published" if bound.name in taken() else "none"


def _ledger(bound: Bound) -> Any:
    """What checking the proof finds (at most seconds), or None without the solvers it takes."""
    from proofs.kernel.solver import SolverMissing
    from proofs.library import has_proof, load_solvers, prove_statement

    try:
        if has_proof(bound.name):
            load_solvers()
    except SolverMissing:
        return None
    return prove_statement(bound)


def _proof_lines(bound: Bound) -> list[str]:
    from proofs import record
    from proofs.ledger import words

    ledger = _ledger(bound)
    if ledger is None:
        hint = "pip install 'neural-collapse-transfer[prove]' to check it"
        return [f"proof: {words.recorded(record.look_up(bound))}; {hint}"]
    titles = "; ".join(title for title, _, _ in words.lemmas(ledger))
    lines = [f"proof: {words.verdict(ledger)}"]
    return [*lines, f"  taken on trust: {titles}"] if titles else lines
