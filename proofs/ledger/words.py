"""A ledger in words: what was checked and how, and which lemmas are cited."""

from __future__ import annotations

from collections.abc import Iterable

from proofs.kernel import KINDS, Kind, Premise, Step
from proofs.kernel.lemmas import LEMMAS
from proofs.kernel.steps import Instance
from proofs.ledger.findings import STRENGTHS, Findings
from proofs.ledger.recorded import Recorded

_NAMES: dict[Kind, tuple[str, str]] = {
    "identity": ("algebraic identity", "algebraic identities"),
    "inequality": ("inequality that Z3 confirms", "inequalities that Z3 confirms"),
    "interval": ("claim by interval arithmetic", "claims by interval arithmetic"),
    "expectation": ("expectation worked out", "expectations worked out"),
    "cited": ("instance of a cited lemma", "instances of cited lemmas"),
}


def steps(ledger: Findings) -> str:
    """How many steps of each kind, such as ``"2 inequalities that Z3 confirms, 1 algebraic identity"``."""
    counted = [(kind, ledger.by_kind[kind]) for kind in KINDS]
    return ", ".join(f"{count} {_NAMES[kind][count != 1]}" for kind, count in counted if count)


def verdict(ledger: Findings) -> str:
    """The proof state in one sentence: one of the four words first, and the author's hypotheses last."""
    if ledger.holds:
        counted = f"{len(ledger.steps)} step{'s' * (len(ledger.steps) != 1)}: {steps(ledger)}"
        return f"{_strength(ledger)}, {counted}{under(ledger)}"
    if ledger.verdict == "failed":
        return f"the proof fails: {ledger.reason}"
    if ledger.verdict == "published":
        return f"published: {ledger.reason}"
    return "no proof is written yet"


def _strength(ledger: Findings) -> str:
    if ledger.verdict == "formal":
        return f"{ledger.formally}; and {_kernel(ledger)}"
    return _kernel(ledger)


def _kernel(ledger: Findings) -> str:
    if not ledger.theorems:
        return "checked"
    titles = "; ".join(LEMMAS[name].title for name in ledger.theorems)
    return f"reduced to cited theorems ({titles})"


def under(ledger: Findings) -> str:
    """The hypotheses of the proof's author, for the end of a sentence; empty without any."""
    if not ledger.own_hypotheses:
        return ""
    return ", under these hypotheses of its author: " + "; ".join(hypotheses(ledger))


def hypotheses(ledger: Findings) -> list[str]:
    """The author's hypotheses beyond the statement: each in words, and as a claim."""
    return [f"{premise.says} [{premise.claim}]" for premise in ledger.own_hypotheses]


def role(ledger: Findings, premise: Premise) -> str:
    """Whether a premise is a definition, a number fixed in advance, what a symbol means, what the statement
    assumes, or a hypothesis of the proof's author."""
    if premise.defines is not None:
        return "definition"
    if premise.role == "number":
        return "a number fixed in advance"
    whose = {hypothesis.premise.name: hypothesis.whose for hypothesis in ledger.hypotheses}.get(
        premise.name, "author"
    )
    return {"model": "meaning", "statement": "assumed by the statement"}.get(whose, "hypothesis of the proof")


def counts(ledgers: Iterable[Findings]) -> str:
    """How many of each strength, such as ``"5 formal, 20 checked, 18 reduced, 1 published"``."""
    verdicts = [ledger.verdict for ledger in ledgers]
    parts = [f"{verdicts.count(word)} {word}" for word in STRENGTHS]
    parts += [f"{verdicts.count(word)} {word}" for word in ("failed", "no proof") if word in verdicts]
    return ", ".join(parts)


def recorded(record: Recorded) -> str:
    """The record in one sentence, which never claims that anything was checked here."""
    if record.state == "recorded" and record.ledger is not None:
        return (
            f"recorded as {record.ledger.verdict} by version {record.version} for this very statement "
            f"({record.statement[:8]}), not re-run here: {len(record.ledger.steps)} steps, "
            f"{steps(record.ledger)}{under(record.ledger)}"
        )
    return f"not checked here: {record.reason}"


def lemmas(ledger: Findings) -> list[tuple[str, str, str]]:
    """(title, statement, reference) of every lemma the proof rests on, in the order of the argument."""
    return [
        (LEMMAS[n].title, " ".join(LEMMAS[n].statement.split()), LEMMAS[n].reference) for n in ledger.lemmas
    ]


def confirmed_by(step: Step) -> str:
    """What confirms a step: its checker, or the title of the lemma it is an instance of."""
    return LEMMAS[step.evidence.lemma].title if isinstance(step.evidence, Instance) else step.kind
