"""Three chapters: collapse on new samples, on new classes, and the error on new classes.

Each shows the failure frequency of its high-probability bounds against delta, the rates that belong to it,
and CDNV on source samples, new samples and new classes as collapse, classes or samples grow.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

from simulations.experiments.transfer.rates import RateFit
from simulations.jobs.verify.chapters.base import (
    OUTCOMES,
    Chapter,
    Findings,
    Request,
    StatementCount,
    Task,
)
from simulations.jobs.verify.chapters.claim_points import MAPS, Axis, TransferPoint, grid, point_task
from simulations.verdicts.coverage.judge import (
    FULL,
    REDUCED,
    Coverage,
    Scenario,
    cover,
    judge_failures,
)
from simulations.verdicts.coverage.suite import suite_scenarios
from simulations.verdicts.verdict import FAMILY_WISE_ERROR
from theory import catalogue
from theory.bound import Bound, ConfidenceBound, Section
from theory.inheritance import override


@dataclass(frozen=True)
class ClaimDetail:
    """The measurements of a chapter on a claim of the paper."""

    coverages: tuple[Coverage, ...]
    rates: tuple[RateFit, ...]
    points: tuple[TransferPoint, ...]


def coverage_task(index: int, full: bool, seed: int) -> Coverage:
    """How often the statement of one scenario fails. Runs in a worker."""
    from simulations.verdicts.coverage.scenarios import SCENARIOS

    return cover(SCENARIOS[index], replicates=FULL if full else REDUCED, seed=seed)


def suite_coverage_task(name: str, position: int, full: bool, seed: int) -> Coverage | None:
    """The coverage of a statement that no scenario was written for, on the suite's own at ``position``; None
    where the statement does not apply to that evidence."""
    scenario = suite_scenarios_of(name)[position]
    try:
        return cover(scenario, replicates=FULL if full else REDUCED, seed=seed)
    except ValueError:
        # As for `check`: a statement may ask for classes or samples that this scenario hasn't.
        return None


def suite_scenarios_of(name: str) -> list[Scenario]:
    """The suite's scenarios for a statement of the catalogue, which name its shape and its evidence."""
    bound = catalogue.get(name)
    return list(suite_scenarios(bound)) if isinstance(bound, ConfidenceBound) else []


def rate_task(index: int, full: bool, seed: int) -> RateFit:
    """The slope of one rate plan. Runs in a worker."""
    from simulations.experiments.transfer.rate_plans import plans

    return plans(full)[index].fit(seed)


class ClaimChapter(Chapter):
    """Final but for its texts: what the chapter is about, its statements and its axis."""

    statements: ClassVar[Section]
    intro: ClassVar[str]
    axis: ClassVar[Axis]
    symbol: ClassVar[str | None]

    @property
    def bounds(self) -> tuple[Bound, ...]:
        """The catalogue's statements of this chapter, those of installed packages and user files included."""
        return tuple(bound for bound in catalogue.STATEMENTS if bound.section == self.statements)

    def scenarios(self) -> list[int]:
        """Places in ``SCENARIOS`` of those that were written for the statements of this chapter."""
        from simulations.verdicts.coverage.scenarios import SCENARIOS

        names = {bound.name for bound in self.bounds}
        return [index for index, each in enumerate(SCENARIOS) if each.statement in names]

    def _plugged_in(self) -> list[tuple[str, int]]:
        """Statements that no scenario was written for, with the places of the suite's own."""
        from simulations.verdicts.coverage.scenarios import SCENARIOS

        written = {each.statement for each in SCENARIOS}
        return [
            (bound.name, position)
            for bound in self.bounds
            if bound.name not in written
            for position in range(len(suite_scenarios_of(bound.name)))
        ]

    @override
    def tasks(self, request: Request) -> Sequence[Task]:
        from simulations.verdicts.coverage.scenarios import SCENARIOS

        all_tasks = [
            Task(
                coverage_task,
                (index, request.full, request.seed),
                f"coverage of {SCENARIOS[index].statement}",
                2.0,
            )
            for index in self.scenarios()
        ]
        all_tasks += [
            Task(
                suite_coverage_task, (name, position, request.full, request.seed), f"coverage of {name}", 2.0
            )
            for name, position in self._plugged_in()
        ]
        for name in MAPS:
            all_tasks += [
                Task(
                    point_task,
                    (name, self.axis, position, request),
                    f"transfer, {name}, {self.axis} {position:g}",
                    1.0,
                )
                for position in grid(name, self.axis)
            ]
        if self.symbol is not None:
            from simulations.experiments.transfer.rate_plans import plans

            all_tasks += [
                Task(rate_task, (index, request.full, request.seed), f"rate, {plan.subject}", plan.weight)
                for index, plan in enumerate(plans(request.full))
            ]
        return all_tasks

    def tests(self, results: Sequence[Any]) -> int:
        """Coverage tests and claimed slopes; slopes of learned maps are reported, not judged."""
        claimed = sum(isinstance(each, RateFit) and each.expected is not None for each in results)
        return claimed + sum(isinstance(each, Coverage) for each in results)

    @override
    def gather(self, results: Sequence[Any], tests: int) -> Findings:
        coverages = tuple(_judge_coverage(each, tests) for each in results if isinstance(each, Coverage))
        fits = tuple(each.with_verdict(tests) for each in results if isinstance(each, RateFit))
        points = tuple(each for each in results if isinstance(each, TransferPoint))
        violations = [
            f"{c.statement} fails {c.failures} times in {c.replicates} on {c.population}, "
            f"delta = {c.failure:g}"
            for c in coverages
            if c.outcome == "violated"
        ]
        violations += [
            f"{f.subject}: the gap falls with slope {f.slope:.3f} [{f.low:.3f}, {f.high:.3f}], "
            f"claimed {f.expected:g}"
            for f in fits
            if f.outcome == "violated"
        ]
        counts = tuple(
            _rate_count(bound, fits) if bound.kind == "rate" else _count(bound, coverages)
            for bound in self.bounds
        )
        data = {
            "coverage": [
                _plain({**asdict(c), "frequency": c.frequency, "vacuous": c.vacuous}) for c in coverages
            ],
            "rates": [_plain(asdict(f)) for f in fits],
            "transfer": [_plain(asdict(p)) for p in points],
        }
        return Findings(self, counts, tuple(violations), data, ClaimDetail(coverages, fits, points))


class NewSamples(ClaimChapter):
    """From samples to the classes that they were drawn from."""

    name = "new_samples"
    place: ClassVar[float] = 40
    title = "Claim 1: collapse on new samples"
    statements = "new_samples"
    axis = "samples"
    symbol = None
    intro = "The CDNV of the classes themselves is bounded from samples of each, for every pair at once."


class NewClasses(ClaimChapter):
    """From source classes to the population of classes."""

    name = "new_classes"
    place: ClassVar[float] = 50
    title = "Claim 2: collapse on new classes"
    statements = "new_classes"
    axis = "classes"
    symbol = None
    intro = (
        "What was observed on l source classes is carried over to classes of the same population. A bound "
        "on CDNV cannot be assumed for classes drawn independently (two may be arbitrarily close), so "
        "the repair bounds min(1, pair bound) in place of CDNV."
    )


class Transfer(ClaimChapter):
    """From samples of source classes to the error on new classes."""

    name = "transfer"
    place: ClassVar[float] = 60
    title = "Claims 2 and 3 together: the error on new classes from source data alone"
    statements = "transfer"
    axis = "collapse"
    symbol = "l"
    intro = (
        "Samples and classes together: failure probabilities add up. Certificates by pairs and episodes need "
        "no geometry; any bound that goes through collapse is to be compared with them."
    )


def _judge_coverage(coverage: Coverage, tests: int) -> Coverage:
    """The same frequency, judged at this run's share of the family-wise error."""
    outcome, p_value, critical, caught = judge_failures(
        coverage.failures, coverage.replicates, coverage.failure, FAMILY_WISE_ERROR / tests
    )
    return replace(coverage, outcome=outcome, p_value=p_value, critical=critical, caught=caught)


def _plain(value: object) -> object:
    """Plain data with None for numbers that JSON has no form for."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _rate_count(bound: Bound, fits: Sequence[RateFit]) -> StatementCount:
    """Only slopes that the statement claims count; those of learned maps are reported."""
    claimed = [each for each in fits if each.expected is not None]
    counts = dict.fromkeys(OUTCOMES, 0)
    for fit in claimed:
        counts[fit.outcome] += 1
    if not claimed:
        counts["not_applicable"] = 1
    return StatementCount(bound.name, counts)


def _count(bound: Bound, coverages: Sequence[Coverage]) -> StatementCount:
    counts = dict.fromkeys(OUTCOMES, 0)
    worst, where = None, ""
    for coverage in coverages:
        if coverage.statement != bound.name:
            continue
        counts["vacuous" if coverage.vacuous and coverage.outcome == "holds" else coverage.outcome] += 1
        ratio = coverage.frequency / coverage.failure
        if worst is None or ratio > worst:
            worst, where = ratio, coverage.population
    if not any(counts.values()):
        counts["not_applicable"] = 1
    return StatementCount(bound.name, counts, worst, where)
