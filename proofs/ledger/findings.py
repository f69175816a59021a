"""The contents of a proof's ledger: what was checked, how, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import sympy as sp

from proofs.kernel import KINDS, Hypothesis, Outcome, Premise, Step
from proofs.kernel.lemmas import LEMMAS
from proofs.kernel.steps import Instance
from proofs.ledger.printing import latex, mathml

Verdict = Literal["formal", "checked", "reduced", "published", "failed", "no proof"]
STRENGTHS: tuple[Verdict, ...] = ("formal", "checked", "reduced", "published")
"""The four words for a statement that stands, from the strongest."""


@dataclass(frozen=True)
class Findings:
    """What was checked: every step with its verdict, and what the proof rests on.

    ``formal``: a proof assistant has checked the statement as well. ``checked``: the argument is carried by
    checked steps, and lemmas of one line in a textbook. ``reduced``: it rests on a cited theorem, and only
    the way to it is checked. ``published``: taken whole from a paper.
    """

    name: str
    verdict: Verdict
    goal: sp.Basic
    premises: tuple[Premise, ...] = ()
    steps: tuple[tuple[Step, Outcome], ...] = ()
    reason: str = ""
    seconds: float = 0.0
    hypotheses: tuple[Hypothesis, ...] = ()
    readings: dict[str, str] = field(default_factory=dict)
    formally: str = ""
    """What the proof assistant has checked, in one sentence."""

    @property
    def holds(self) -> bool:
        """Whether every step was confirmed here."""
        return self.verdict in ("formal", "checked", "reduced")

    @property
    def rests_on_kernel(self) -> str:
        """``checked`` or ``reduced``, regardless of a proof assistant; empty where the proof does not
        hold."""
        if not self.holds:
            return ""
        return "reduced" if self.theorems else "checked"

    @property
    def by_kind(self) -> dict[str, int]:
        """How many steps of each kind there are."""
        return {kind: sum(step.kind == kind for step, _ in self.steps) for kind in KINDS}

    @property
    def lemmas(self) -> tuple[str, ...]:
        """The lemmas it cites, in the order of the argument."""
        cited = [step.evidence.lemma for step, _ in self.steps if isinstance(step.evidence, Instance)]
        return tuple(dict.fromkeys(cited))

    @property
    def theorems(self) -> tuple[str, ...]:
        """Those of them that are more than a line of a textbook: what a reduced proof is reduced to."""
        return tuple(name for name in self.lemmas if name in LEMMAS and LEMMAS[name].theorem)

    @property
    def own_hypotheses(self) -> tuple[Premise, ...]:
        """What the author of the proof assumes beyond the statement and the meaning of its symbols."""
        return tuple(hypothesis.premise for hypothesis in self.hypotheses if hypothesis.whose == "author")

    def summary(self) -> dict[str, Any]:
        """One row of a table: theorem, steps by kind, lemmas, hypotheses of its author, seconds, verdict."""
        return {
            "name": self.name,
            "verdict": self.verdict,
            "steps": self.by_kind,
            "lemmas": list(self.lemmas),
            "theorems": list(self.theorems),
            "hypotheses": [_claim(premise) for premise in self.own_hypotheses],
            "seconds": round(self.seconds, 3),
            "reason": self.reason or None,
            "formal": self.formally or None,
        }

    def to_json(self) -> dict[str, Any]:
        """The whole ledger in plain dictionaries, claims as LaTeX and MathML."""
        whose = {hypothesis.premise.name: hypothesis.whose for hypothesis in self.hypotheses}
        return {
            **self.summary(),
            "goal": _in_markup(self.goal),
            "premises": [
                {**_claim(premise), "role": _role(premise, whose.get(premise.name))}
                for premise in self.premises
            ],
            "readings": self.readings,
            "ledger": [_row(step, outcome) for step, outcome in self.steps],
            "references": {name: LEMMAS[name].reference for name in self.lemmas},
        }


def _in_markup(claim: sp.Basic) -> dict[str, str]:
    return {"latex": latex(claim), "mathml": mathml(claim)}


def _claim(premise: Premise) -> dict[str, Any]:
    return {"name": premise.name, "says": premise.says, "claim": _in_markup(premise.claim)}


def _role(premise: Premise, whose: str | None) -> str:
    if premise.defines is not None:
        return "definition"
    if premise.role == "number":
        return "number"
    return {"model": "meaning", "statement": "statement"}.get(whose or "", "hypothesis")


def _row(step: Step, outcome: Outcome) -> dict[str, Any]:
    return {
        "name": step.name,
        "kind": step.kind,
        "says": step.says,
        "uses": list(step.uses),
        "lemma": step.evidence.lemma if isinstance(step.evidence, Instance) else None,
        "holds": outcome.holds,
        "detail": None if outcome.holds else outcome.detail,
        "claim": _in_markup(step.claim),
    }
