"""The ledger of a proof: what was checked, how, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from proofs.kernel import Checked, Proof, run
from proofs.kernel.lemmas import LEMMAS
from proofs.kernel.steps import Instance
from proofs.ledger.findings import STRENGTHS as STRENGTHS
from proofs.ledger.findings import Findings, Verdict
from proofs.ledger.notebook import ledger_html


@dataclass(frozen=True)
class Ledger(Findings):
    """What was checked: every step with its verdict, and what the proof rests on. A notebook shows it.

    The words of ``verdict`` are explained at ``Findings``.
    """

    def _repr_html_(self) -> str:
        return ledger_html(self)


def check(
    proof: Proof,
    granted: tuple[sp.Basic, ...] = (),
    *,
    stop_early: bool = False,
    seconds: float | None = None,
) -> Ledger:
    """Check a proof. ``granted`` is what its statement assumes; any other hypothesis is the author's own, and
    is listed as such. Raises ``SolverMissing`` where Z3 or FLINT is not installed."""
    limit = {} if seconds is None else {"seconds": seconds}
    checked = run(proof, granted, stop_early=stop_early, **limit)
    return ledger_of(proof, checked)


def ledger_of(proof: Proof, checked: Checked) -> Ledger:
    """The ledger of a proof from what the kernel found."""
    evidences = [step.evidence for step, outcome in checked.steps if outcome.holds]
    cited = {evidence.lemma for evidence in evidences if isinstance(evidence, Instance)}
    reduced = any(LEMMAS[name].theorem for name in cited)
    verdict: Verdict = "failed" if checked.reason else "reduced" if reduced else "checked"
    return Ledger(
        proof.name,
        verdict,
        proof.goal,
        proof.premises,
        checked.steps,
        checked.reason,
        checked.seconds,
        checked.hypotheses,
        checked.readings,
    )
