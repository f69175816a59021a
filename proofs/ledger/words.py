"""A ledger as a person reads it: what was checked and how, and what is taken on trust."""

from __future__ import annotations

from proofs.kernel import KINDS, Kind, Step
from proofs.ledger import Ledger
from proofs.record import Recorded

_NAMES: dict[Kind, tuple[str, str]] = {
    "identity": ("algebraic identity", "algebraic identities"),
    "inequality": ("inequality that Z3 confirms", "inequalities that Z3 confirms"),
    "interval": ("claim by interval arithmetic", "claims by interval arithmetic"),
    "expectation": ("expectation worked out", "expectations worked out"),
    "cited": ("instance of a cited lemma", "instances of cited lemmas"),
}


def steps(ledger: Ledger) -> str:
    """How many steps of each kind, such as ``"2 inequalities that Z3 confirms, 1 algebraic identity"``."""
    counted = [(kind, ledger.by_kind[kind]) for kind in KINDS]
    return ", ".join(f"{count} {_NAMES[kind][count != 1]}" for kind, count in counted if count)


def verdict(ledger: Ledger) -> str:
    """The proof state in one sentence."""
    if ledger.verdict == "proved":
        return f"proved, {len(ledger.steps)} step{'s' * (len(ledger.steps) != 1)}: {steps(ledger)}"
    if ledger.verdict == "failed":
        return f"the proof fails: {ledger.reason}"
    if ledger.verdict == "published":
        return f"not proved: {ledger.reason}"
    return "not proved: no proof is written yet"


def recorded(found: Recorded) -> str:
    """What the record says, in one sentence: never that anything was checked here."""
    if found.state == "recorded" and found.ledger is not None:
        return (
            f"recorded as proved by version {found.version} for this very statement ({found.statement[:8]}), "
            f"not re-run here: {len(found.ledger.steps)} steps, {steps(found.ledger)}"
        )
    return f"not checked here: {found.reason}"


def lemmas(ledger: Ledger) -> list[tuple[str, str, str]]:
    """(title, statement, reference) of every lemma the proof rests on, in the order of the argument."""
    from proofs.kernel.lemmas import LEMMAS

    return [
        (LEMMAS[n].title, " ".join(LEMMAS[n].statement.split()), LEMMAS[n].reference) for n in ledger.lemmas
    ]


def confirmed_by(step: Step) -> str:
    """What confirms a step: its checker, or the title of the lemma it is an instance of."""
    from proofs.kernel.lemmas import LEMMAS

    return LEMMAS[step.evidence.lemma].title if step.kind == "cited" else step.kind
