"""The ledger of a proof: what was checked, how, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import sympy as sp

from proofs.steps import KINDS, Outcome, Premise, Step


@dataclass(frozen=True)
class Ledger:
    """What was checked: every step with its verdict, and what the proof rests on."""

    name: str
    verdict: Literal["proved", "failed", "published", "no proof"]
    goal: sp.Basic
    premises: tuple[Premise, ...] = ()
    steps: tuple[tuple[Step, Outcome], ...] = ()
    reason: str = ""
    seconds: float = 0.0

    def _repr_html_(self) -> str:
        from proofs.notebook import ledger_html

        return ledger_html(self)

    @property
    def by_kind(self) -> dict[str, int]:
        return {kind: sum(step.kind == kind for step, _ in self.steps) for kind in KINDS}

    @property
    def lemmas(self) -> tuple[str, ...]:
        cited = [step.evidence.lemma for step, _ in self.steps if step.kind == "cited"]
        return tuple(dict.fromkeys(cited))

    def summary(self) -> dict[str, Any]:
        """One row of a table: theorem, steps by kind, lemmas, seconds, verdict."""
        return {
            "name": self.name,
            "verdict": self.verdict,
            "steps": self.by_kind,
            "lemmas": list(self.lemmas),
            "seconds": round(self.seconds, 3),
            "reason": self.reason or None,
        }

    def to_json(self) -> dict[str, Any]:
        """The whole ledger in plain dictionaries, claims as LaTeX and MathML."""
        from proofs.lemmas import LEMMAS
        from proofs.printing import latex, mathml

        def claim(item: sp.Basic) -> dict[str, str]:
            return {"latex": latex(item), "mathml": mathml(item)}

        return {
            **self.summary(),
            "goal": claim(self.goal),
            "premises": [
                {
                    "name": premise.name,
                    "role": "hypothesis" if premise.defines is None else "definition",
                    "says": premise.says,
                    "claim": claim(premise.claim),
                }
                for premise in self.premises
            ],
            "ledger": [
                {
                    "name": step.name,
                    "kind": step.kind,
                    "says": step.says,
                    "uses": list(step.uses),
                    "lemma": step.evidence.lemma if step.kind == "cited" else None,
                    "holds": outcome.holds,
                    "detail": None if outcome.holds else outcome.detail,
                    "claim": claim(step.claim),
                }
                for step, outcome in self.steps
            ],
            "references": {name: LEMMAS[name].reference for name in self.lemmas},
        }
