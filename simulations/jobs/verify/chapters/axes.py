"""The chapter on the axes of two labelings: every pair of axes of exact laws, and a hunt for worse ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from simulations.attack.axes import STARTS, Extreme, extreme, hunt_axes
from simulations.jobs.verify.chapters.base import (
    OUTCOMES,
    Chapter,
    Findings,
    Request,
    StatementCount,
    Task,
)
from simulations.populations.labelings import suite
from simulations.verdicts.verdict import outcome_of_ratio
from theory import catalogue
from theory.bound import Bound
from theory.bound.confidence import AxesBound


@dataclass(frozen=True)
class AxesRow:
    """The worst pair of axes of one law for one statement."""

    statement: str
    law: str
    cosine: float
    bound: float
    ratio: float
    outcome: str
    hunted: bool


def law_task(name: str, position: int) -> AxesRow | None:
    """The worst axes of one law of the suite; None where the statement does not apply. Runs in a worker."""
    bound = _statement(name)
    law = list(suite())[position]
    result = extreme(bound, law)
    return _row(bound, result, hunted=False) if isinstance(result, Extreme) else None


def hunt_task(name: str, full: bool, seed: int) -> AxesRow:
    """The worst axes found by a search over laws. Runs in a worker."""
    bound = _statement(name)
    return _row(bound, hunt_axes(bound, seed, starts=10 * STARTS if full else STARTS), hunted=True)


def _statement(name: str) -> AxesBound:
    bound = catalogue.get(name)
    assert isinstance(bound, AxesBound)
    return bound


def _row(bound: AxesBound, worst: Extreme, *, hunted: bool) -> AxesRow:
    outcome = outcome_of_ratio(worst.ratio)
    shown = "vacuous" if outcome == "holds" and worst.smallest >= 1 else outcome
    return AxesRow(bound.name, worst.law.name, worst.cosine, worst.bound, worst.ratio, shown, hunted)


class AxesOfLabelings(Chapter):
    """Exact laws: no interval statement is made."""

    name: ClassVar[str] = "axes"
    title: ClassVar[str] = "Two labelings of the same features"
    place: ClassVar[float] = 70

    @property
    def bounds(self) -> tuple[Bound, ...]:
        """The catalogue's statements about axes, those of installed packages and user files included."""
        return tuple(bound for bound in catalogue.STATEMENTS if bound.section == "axes")

    def tasks(self, request: Request) -> Sequence[Task]:
        """Every statement on every law of the suite, and one hunt a statement."""
        laws = [law.name for law in suite()]
        return [
            task
            for bound in self.bounds
            for task in (
                *(Task(law_task, (bound.name, at), f"axes, {law}", 0.1) for at, law in enumerate(laws)),
                Task(hunt_task, (bound.name, request.full, request.seed), f"hunt, {bound.name}", 3.0),
            )
        ]

    def tests(self, results: Sequence[Any]) -> int:
        """None: nothing is sampled."""
        return 0

    def gather(self, results: Sequence[AxesRow | None], tests: int) -> Findings:
        """Counts by statement; a violation names the law and both numbers."""
        rows = tuple(row for row in results if row is not None)
        violations = tuple(
            f"{row.statement}: {row.bound:.6g} against |u_1.u_2| = {row.cosine:.6g} on {row.law}"
            for row in rows
            if row.outcome == "violated"
        )
        counts = tuple(_count(bound, rows) for bound in self.bounds)
        data = {
            "axes": [
                {
                    "statement": row.statement,
                    "law": row.law,
                    "cosine": row.cosine,
                    "bound": row.bound,
                    "ratio": row.ratio,
                    "outcome": row.outcome,
                    "hunted": row.hunted,
                }
                for row in rows
            ]
        }
        return Findings(self, counts, violations, data, rows)


def _count(bound: Bound, rows: Sequence[AxesRow]) -> StatementCount:
    own = [row for row in rows if row.statement == bound.name]
    counts = {outcome: sum(row.outcome == outcome for row in own) for outcome in OUTCOMES}
    if not own:
        counts["not_applicable"] = 1
        return StatementCount(bound.name, counts)
    worst = max(own, key=lambda row: row.ratio)
    return StatementCount(bound.name, counts, worst.ratio, worst.law)
