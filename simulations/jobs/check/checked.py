"""What was found about one bound of a user's file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulations.attack.records import Hunt
from simulations.jobs.check.properties import Properties
from simulations.runtime.wording import shots_in_words
from simulations.verdicts.evaluate import Row
from simulations.verdicts.verdict import Verdict
from theory.bound import Bound


@dataclass(frozen=True)
class Cell:
    """One population at one setting; the verdicts are of the user's bounds, then of the catalogue's."""

    population: str
    row: Row


@dataclass(frozen=True)
class Checked:
    """What was found about one bound.

    sharpest : per cell where the bound has a value: (cell, its value, the best other name, its value).
    proof : verdict of the ledger, or None where the file has no proof of this bound.
    """

    bound: Bound
    cells: tuple[Cell, ...]
    properties: Properties
    attack: Hunt
    sharpest: tuple[tuple[Cell, float, str, float], ...]
    proof: Any

    @property
    def violations(self) -> tuple[str, ...]:
        """One line each, with the numbers side by side."""
        name, found = self.bound.name, list(self.properties.violations)
        for cell in self.cells:
            verdict = verdict_of(cell.row, name)
            if verdict.outcome == "violated":
                error, at = cell.row.estimate, cell.row.setting
                found.append(
                    f"{name} = {verdict.value!r} is below the error {error.value!r} (at least {error.low!r}) "
                    f"on {cell.population}, {shots_in_words(at.shots)}, {at.ways} ways"
                )
        if self.attack.refuted and self.attack.found is not None and self.attack.found.claim is not None:
            claim, best = self.attack.found.claim, self.attack.found
            found.append(
                f"{name} = {claim.bound!r} is below the error {claim.error!r} on {best.space}: "
                f"ratio {self.attack.ratio:.9g}, witness written"
            )
        if self.proof is not None and self.proof.verdict == "failed":
            found.append(f"{name}: its proof fails: {self.proof.reason}")
        return tuple(found)

    @property
    def proof_in_words(self) -> str:
        """The verdict of the file's own proof, with the hypotheses that its author adds."""
        if self.proof is None:
            return "none in the file"
        from proofs.ledger import words

        return words.verdict(self.proof)

    @property
    def wins(self) -> tuple[tuple[Cell, float, str, float], ...]:
        """Where no catalogue bound is below it; nowhere for a bound with a violation, which is no bound."""
        if self.violations:
            return ()
        return tuple(each for each in self.sharpest if each[1] <= each[3])

    @property
    def standing(self) -> str:
        """Against the catalogue, in words."""
        if self.violations:
            return (
                "counted as sharpest nowhere: it is violated, and a false bound's small values are no merit"
            )
        return f"sharpest at {len(self.wins)} of {len(self.sharpest)} settings where it has a value"

    def counts(self) -> dict[str, int]:
        total: dict[str, int] = {}
        for cell in self.cells:
            outcome = verdict_of(cell.row, self.bound.name).outcome
            total[outcome] = total.get(outcome, 0) + 1
        return total


def verdict_of(row: Row, name: str) -> Verdict:
    return next(verdict for verdict in row.verdicts if verdict.bound == name)
