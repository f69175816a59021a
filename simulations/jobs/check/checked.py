"""The result of checking one bound of a user's file."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from simulations.attack.probing.orders import Order
from simulations.attack.probing.results import Probed
from simulations.attack.records import Hunt
from simulations.jobs.check.counterexample import Counterexample, apart, of_probes
from simulations.jobs.check.finding import Finding
from simulations.jobs.check.properties import Properties
from simulations.runtime.wording import shots_in_words
from simulations.verdicts.evaluate import Row
from simulations.verdicts.verdict import Verdict
from theory import catalogue
from theory.bound import Bound

if TYPE_CHECKING:
    from proofs.ledger import Ledger

TIE = 1e-9
"""Two values this near each other, relatively, are equal: neither bound is sharper."""

WEAK = 0.25
"""Fewer probes than this share that satisfy the assumptions make a weak test."""
WORSE = 1.01
"""A refutation whose ratio is larger by this factor is told beside the simplest one."""
ALIKE = 5
"""Settings with a value below 1 at which two bounds have to agree before they are called equal."""


@dataclass(frozen=True)
class CheckedCell:
    """One population at one setting; the verdicts are of the user's bounds, then of the catalogue's."""

    population: str
    row: Row


@dataclass(frozen=True)
class CheckedBound:
    """What was found about one bound.

    cells : the verdict matrix; empty for statements that are not read on one population.
    properties, attack : None where they were not run (`--quick`) or do not apply to the kind of statement.
    sharpest : per cell where the bound has a value: (cell, its value, the best other name, its value).
    proof : verdict of the ledger, or None where the file has no proof of this bound.
    probed : extremal laws around and beyond every change of regime.
    orders : how fast it falls beside proved bounds.
    findings : what else was checked of statements that are not upper bounds on the few-shot error.
    """

    bound: Bound
    cells: tuple[CheckedCell, ...]
    properties: Properties | None
    attack: Hunt | None
    sharpest: tuple[tuple[CheckedCell, float, str, float], ...]
    proof: Ledger | None
    probed: Probed | None = None
    orders: tuple[Order, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def violations(self) -> tuple[str, ...]:
        """One line each, with the numbers side by side."""
        name = self.bound.name
        lines = [each.text for each in self.counterexamples]
        lines += self.properties.violations if self.properties is not None else ()
        for cell in self.cells:
            verdict = verdict_of(cell.row, name)
            if verdict.outcome == "violated":
                lines.append(self._cell_line(cell, verdict))
        lines += [finding.text for finding in self.findings if finding.outcome == "violated"]
        if self.proof is not None and self.proof.verdict == "failed":
            lines.append(f"{name}: its proof fails: {self.proof.reason}")
        return tuple(lines)

    @cached_property
    def counterexamples(self) -> tuple[Counterexample, ...]:
        """Refutations by the probes and the attack: those that a file can hold first, the simplest of them
        first."""
        examples = [] if self.probed is None else list(of_probes(self.bound.name, self.probed))
        hunt = self.attack
        if hunt is not None and hunt.refuted and hunt.best is not None and hunt.best.claim is not None:
            claim, best = hunt.best.claim, hunt.best
            value, error = apart(claim.bound, claim.error)
            text = (
                f"{self.bound.name} = {value} is below the error {error} on {best.space} at "
                f"{shots_in_words(best.shots)}: ratio {apart(hunt.ratio, 1.0)[0]}"
            )
            if best.population is not None:
                ways, file = best.population.classes, f"{self.bound.name}.toml"
                examples.append(Counterexample(text, best.shots, ways, hunt.ratio, file))
            else:
                examples.append(Counterexample(text, best.shots, 2, hunt.ratio))
        return tuple(sorted(examples, key=lambda each: each.file is None))

    @property
    def _worse(self) -> str:
        """How far the bound is off where it is worst, unless that is the refutation told, the simplest."""
        if not self.counterexamples:
            return ""
        simplest, worst = self.counterexamples[0], max(self.counterexamples, key=lambda each: each.ratio)
        if not worst.ratio > simplest.ratio * WORSE:
            return ""
        largest = f"{worst.ratio:.3g}" if math.isfinite(worst.ratio) else "infinite"
        return f"; of {len(self.counterexamples)} refutations the largest ratio is {largest}"

    def _cell_line(self, cell: CheckedCell, verdict: Verdict) -> str:
        error, at = cell.row.estimate, cell.row.setting
        where = f"on {cell.population}, {shots_in_words(at.shots)}, {at.ways} ways"
        if verdict.queries is not None or verdict.value is None:
            return f"{self.bound.name} is violated {where}: {verdict.reason}"
        side = "above" if error.value < verdict.value else "below"
        reach = f"at most {error.high:.3g}" if side == "above" else f"at least {error.low:.3g}"
        own, other = apart(verdict.value, error.value)
        return f"{self.bound.name} = {own} is {side} the error {other} ({reach}) {where}"

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings: no violations, but worth attention, in one line each."""
        lines = [f"{self.bound.name}: {order.text}" for order in self.orders if order.suspicious]
        if self.probed is not None and self.probed.unreached:
            lines += [
                f"{self.bound.name}: no probe reached the regime {regime}" for regime in self.probed.unreached
            ]
        if self.probed is not None and self.weak and not self.violations:
            counts = f"({self.probed.applied} of {self.probed.tried})"
            lines.append(f"{self.bound.name}: {self.weak} {counts}; this is a weak test")
        return (*lines, *(f.text for f in self.findings if f.outcome in ("weak", "undecided")))

    @property
    def proof_in_words(self) -> str:
        """The verdict of the file's own proof, with the hypotheses that its author adds."""
        if self.proof is None:
            return "none in the file"
        from proofs.ledger import words

        return words.verdict(self.proof)

    @property
    def settings(self) -> int:
        """At how many settings the bound was compared with an error."""
        count = sum(verdict_of(cell.row, self.bound.name).outcome != "not_applicable" for cell in self.cells)
        count += 0 if self.probed is None else self.probed.applied
        count += 0 if self.properties is None else self.properties.applied
        return count + (0 if self.attack is None else self.attack.evaluations)

    @property
    def verdict(self) -> str:
        """The verdict in one sentence."""
        if self.violations:
            return self.outcome_in_words
        text = self.outcome_in_words
        if self.equals:
            count = sum(verdict_of(cell.row, self.bound.name).value is not None for cell in self.cells)
            names = ", ".join(f"`{name}`" for name in self.equals)
            text += f"; equals {names} everywhere it was tried ({count} settings)"
        if self.weak:
            text += f"; a weak test, as {self.weak}"
        return text + ("; no proof in the file" if self.proof is None else f"; proof: {self.proof_in_words}")

    @property
    def weak(self) -> str:
        """A warning that few probes satisfy the assumptions; empty where enough do."""
        if self.probed is None or self.probed.share >= WEAK:
            return ""
        return f"only {math.floor(100 * self.probed.share)} % of the probes satisfy its assumptions"

    @property
    def outcome_in_words(self) -> str:
        """Whether anything was violated, and in how many settings nothing was."""
        if self.violations:
            return f"VIOLATED: {self.violations[0]}{self._worse}"
        decided = sum(finding.outcome not in ("undecided", "not_applicable") for finding in self.findings)
        count, what = (decided, "check") if self.findings else (self.settings, "setting")
        if count:
            return f"{self.bound.name}: no violation found in {count} {what}{'s' * (count != 1)}"
        why = "no check can decide it" if self.findings else "no setting satisfies its assumptions"
        return f"{self.bound.name}: nothing was tested, as {why}"

    @property
    def equals(self) -> tuple[str, ...]:
        """Catalogue bounds of the same value, but for rounding, wherever this one has a value."""
        if self.violations:
            return ()
        equal_counts: dict[str, int] = {}
        different: set[str] = set()
        for cell in self.cells:
            own = verdict_of(cell.row, self.bound.name).value
            if own is None:
                continue
            for other in cell.row.verdicts:
                if other.bound not in catalogue.names():
                    continue
                if other.value is None or not _equal(own, other.value):
                    different.add(other.bound)
                elif 0 < other.value < 1:
                    equal_counts[other.bound] = equal_counts.get(other.bound, 0) + 1
        return tuple(name for name, count in equal_counts.items() if count >= ALIKE and name not in different)

    @property
    def wins(self) -> tuple[tuple[CheckedCell, float, str, float], ...]:
        """Where it is strictly below every catalogue bound; nowhere for a bound with a violation, which is
        not a bound. Equal values, two zeros among them, do not count."""
        if self.violations:
            return ()
        return tuple(entry for entry in self.sharpest if entry[1] < entry[3] * (1 - TIE))

    @property
    def ties(self) -> int:
        """Settings in which a catalogue bound has the same value."""
        return sum(_equal(own, other) for _, own, _, other in self.sharpest)

    @property
    def standing(self) -> str:
        """The comparison with the catalogue, in words."""
        if self.violations:
            return "not ranked: it is violated, and small values of a false bound do not count"
        text = f"sharpest at {len(self.wins)} of {len(self.sharpest)} settings where it has a value"
        return text + (f", equal to the sharpest at {self.ties}" if self.ties else "")

    def counts(self) -> dict[str, int]:
        """Settings by outcome."""
        total: dict[str, int] = {}
        for cell in self.cells:
            outcome = verdict_of(cell.row, self.bound.name).outcome
            total[outcome] = total.get(outcome, 0) + 1
        return total


def verdict_of(row: Row, name: str) -> Verdict:
    """The verdict of the bound ``name`` in a row."""
    return next(verdict for verdict in row.verdicts if verdict.bound == name)


def _equal(one: float, other: float) -> bool:
    """Whether two values are equal up to rounding."""
    return one == other or abs(one - other) <= TIE * abs(other)
