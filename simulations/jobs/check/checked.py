"""What was found about one bound of a user's file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulations.attack.probing.found import Nearest, Probed
from simulations.attack.probing.orders import Order
from simulations.attack.records import Hunt
from simulations.jobs.check.finding import Finding
from simulations.jobs.check.properties import Properties
from simulations.runtime.wording import shots_in_words
from simulations.verdicts.evaluate import Row
from simulations.verdicts.verdict import Verdict
from theory.bound import Bound

TIE = 1e-9
"""Two values this near each other, relatively, are equal: neither bound is sharper."""


@dataclass(frozen=True)
class Cell:
    """One population at one setting; the verdicts are of the user's bounds, then of the catalogue's."""

    population: str
    row: Row


@dataclass(frozen=True)
class Checked:
    """What was found about one bound.

    cells : the verdict matrix; empty for statements that are not read on one population.
    properties, attack : None where they were not run (`--quick`) or do not apply to the kind of statement.
    sharpest : per cell where the bound has a value: (cell, its value, the best other name, its value).
    proof : verdict of the ledger, or None where the file has no proof of this bound.
    probed : extremal laws around and beyond every change of regime.
    orders : how fast it falls beside proved bounds.
    findings : what else was checked of statements that are no upper bounds on the few-shot error.
    """

    bound: Bound
    cells: tuple[Cell, ...]
    properties: Properties | None
    attack: Hunt | None
    sharpest: tuple[tuple[Cell, float, str, float], ...]
    proof: Any
    probed: Probed | None = None
    orders: tuple[Order, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def violations(self) -> tuple[str, ...]:
        """One line each, with the numbers side by side."""
        name = self.bound.name
        lines = list(self.properties.violations) if self.properties is not None else []
        if self.probed is not None:
            lines += [probe_line(name, nearest) for nearest in self.probed.broken]
        for cell in self.cells:
            verdict = verdict_of(cell.row, name)
            if verdict.outcome == "violated":
                lines.append(self._cell_line(cell, verdict))
        hunt = self.attack
        if hunt is not None and hunt.refuted and hunt.found is not None and hunt.found.claim is not None:
            claim, best = hunt.found.claim, hunt.found
            lines.append(
                f"{name} = {claim.bound!r} is below the error {claim.error!r} on {best.space}: "
                f"ratio {hunt.ratio:.9g}, witness written"
            )
        lines += [finding.text for finding in self.findings if finding.outcome == "violated"]
        if self.proof is not None and self.proof.verdict == "failed":
            lines.append(f"{name}: its proof fails: {self.proof.reason}")
        return tuple(lines)

    def _cell_line(self, cell: Cell, verdict: Verdict) -> str:
        error, at = cell.row.estimate, cell.row.setting
        where = f"on {cell.population}, {shots_in_words(at.shots)}, {at.ways} ways"
        side = "above" if verdict.value is not None and error.value < verdict.value else "below"
        reach = f"at most {error.high!r}" if side == "above" else f"at least {error.low!r}"
        return f"{self.bound.name} = {verdict.value!r} is {side} the error {error.value!r} ({reach}) {where}"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is no violation and deserves a look, one line each."""
        lines = [f"{self.bound.name}: {order.text}" for order in self.orders if order.suspicious]
        if self.probed is not None and self.probed.unreached:
            lines += [
                f"{self.bound.name}: no probe reached the regime {regime}" for regime in self.probed.unreached
            ]
        return (*lines, *(f.text for f in self.findings if f.outcome in ("weak", "undecided")))

    @property
    def proof_in_words(self) -> str:
        """The verdict of the file's own proof, with the hypotheses that its author adds."""
        if self.proof is None:
            return "none in the file"
        from proofs.ledger import words

        return words.verdict(self.proof)

    @property
    def wins(self) -> tuple[tuple[Cell, float, str, float], ...]:
        """Where it is strictly below every catalogue bound; nowhere for a bound with a violation, which is no
        bound. Equal values, two zeros among them, are no win."""
        if self.violations:
            return ()
        return tuple(entry for entry in self.sharpest if entry[1] < entry[3] * (1 - TIE))

    @property
    def ties(self) -> int:
        return sum(abs(own - other) <= TIE * abs(other) for _, own, _, other in self.sharpest)

    @property
    def standing(self) -> str:
        """Against the catalogue, in words."""
        if self.violations:
            return (
                "counted as sharpest nowhere: it is violated, and a false bound's small values are no merit"
            )
        text = f"sharpest at {len(self.wins)} of {len(self.sharpest)} settings where it has a value"
        return text + (f", equal to the sharpest at {self.ties}" if self.ties else "")

    def counts(self) -> dict[str, int]:
        total: dict[str, int] = {}
        for cell in self.cells:
            outcome = verdict_of(cell.row, self.bound.name).outcome
            total[outcome] = total.get(outcome, 0) + 1
        return total


def probe_line(name: str, nearest: Nearest) -> str:
    """A refutation by a probe in one line."""
    claim = nearest.claim
    who = "the mean over classes" if claim.query is None else f"queries of class {claim.query}"
    error = (
        f"the error {claim.error!r}" if nearest.exact else f"the error, which is at least {claim.error!r},"
    )
    return (
        f"{name} = {claim.bound!r} is below {error} on {nearest.law} for {who} at {nearest.where}: "
        f"ratio {claim.ratio:.6g}"
    )


def verdict_of(row: Row, name: str) -> Verdict:
    return next(verdict for verdict in row.verdicts if verdict.bound == name)
