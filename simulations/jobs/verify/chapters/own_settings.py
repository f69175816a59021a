"""Statements that do not apply to random supports of a given population: each is tested on settings of its
own.

An existence statement is followed along the law that it names, as the noise goes to 0. The error of a
Gaussian query for given centres is compared with counted queries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np

from simulations.estimates import Binomial, Effort, Estimate
from simulations.jobs.verify.chapters.base import OUTCOMES, Chapter, Findings, Request, StatementCount, Task
from simulations.runtime.randomness import ROOT_SEED, stream
from simulations.verdicts.limits import LAW_PARAMETERS, LimitCase, limit_cases
from simulations.verdicts.verdict import judge
from theory import catalogue
from theory.bound import Bound, ExistenceStatement, Value
from theory.few_shot.gaussian_given_centres import error_given_centres, gaussian_given_centres

DIMENSION = 3
QUERIES, MORE_QUERIES = 200_000, 5_000_000
BATCH = 100_000


@dataclass(frozen=True)
class CentresCase:
    """A Gaussian class, fixed centres of ``ways`` classes, and its queries counted.

    error : by the formula. wrong : queries at least as near to the centre of another class, of ``queries``.
    """

    where: str
    ways: int
    error: float
    wrong: int
    queries: int

    @property
    def estimate(self) -> Estimate:
        """The counted error with its exact binomial interval."""
        rule = Binomial(self.wrong, self.queries)
        return Estimate.of(self.wrong / self.queries, rule, "counted", Effort(0.0, self.queries))


CENTRES: tuple[tuple[str, int, float], ...] = (
    ("two centres near the means", 2, 0.1),
    ("two centres far off the means", 2, 1.0),
    ("three centres near the means", 3, 0.1),
    ("five centres near the means", 5, 0.1),
    ("five centres far off the means", 5, 1.0),
    ("eight centres", 8, 0.3),
)
"""What is varied, the ways, and the standard deviation of the centres about means of standard deviation 2."""


def count_queries(index: int, full: bool, seed: int) -> CentresCase:
    """One setting of ``CENTRES`` with a full covariance. Runs in a worker."""
    where, ways, share = CENTRES[index]
    shape = stream(ROOT_SEED, "own_settings", "geometry", index)
    means = 2 * shape.standard_normal((ways, DIMENSION))
    centres = means + share * shape.standard_normal((ways, DIMENSION))
    factor = shape.standard_normal((DIMENSION, DIMENSION))
    rng = stream(seed, "verify", "own_settings", "queries", index)
    queries, wrong = MORE_QUERIES if full else QUERIES, 0
    for _ in range(queries // BATCH):
        samples = means[0] + rng.standard_normal((BATCH, DIMENSION)) @ factor.T
        squares = ((samples[:, None, :] - centres[None]) ** 2).sum(axis=2)
        wrong += int(np.sum(squares[:, 1:].min(axis=1) <= squares[:, 0]))
    error = error_given_centres(means[0], factor @ factor.T, centres, 0)
    return CentresCase(where, ways, error, wrong, queries)


def follow(name: str, seed: int) -> list[LimitCase]:
    """The law of one existence statement at all its noises. Runs in a worker."""
    bound = catalogue.get(name)
    assert isinstance(bound, ExistenceStatement)
    return limit_cases(bound, seed)


def has_own_settings(bound: Bound) -> bool:
    """Whether a statement belongs here and not beside the suite's populations."""
    return isinstance(bound, ExistenceStatement) or bound.name == gaussian_given_centres.name


@dataclass(frozen=True)
class OwnSettingsDetail:
    """The cases of each statement, by its name."""

    limits: dict[str, tuple[LimitCase, ...]]
    centres: tuple[CentresCase, ...]


class OwnSettings(Chapter):
    """Existence statements, and the formula for given centres."""

    name: ClassVar[str] = "own_settings"
    title: ClassVar[str] = "Limits of a law, and given centres"
    place: ClassVar[float] = 20

    @property
    def bounds(self) -> tuple[Bound, ...]:
        """The statements of the present catalogue that have settings of their own."""
        return tuple(bound for bound in catalogue.about("few_shot_error") if has_own_settings(bound))

    def _existence(self) -> list[str]:
        return [bound.name for bound in self.bounds if isinstance(bound, ExistenceStatement)]

    def tasks(self, request: Request) -> Sequence[Task]:
        """One for each existence statement, then one for each setting of centres."""
        follows = [Task(follow, (name, request.seed), f"limit of {name}", 0.5) for name in self._existence()]
        counts = [
            Task(count_queries, (index, request.full, request.seed), f"given centres: {where}", 0.2)
            for index, (where, _, _) in enumerate(CENTRES)
        ]
        return follows + counts

    def tests(self, results: Sequence[Any]) -> int:
        """Counted errors; along a law the error is exact."""
        return len(CENTRES)

    def gather(self, results: Sequence[Any], tests: int) -> Findings:
        """A limit holds where the smallest noise comes as near to it as it should, everywhere."""
        names = self._existence()
        limits = {name: tuple(cases) for name, cases in zip(names, results, strict=False)}
        detail = OwnSettingsDetail(limits, tuple(results[len(names) :]))
        statements, violations = [], []
        for bound in self.bounds:
            if isinstance(bound, ExistenceStatement):
                count, bad = _limit(bound, limits[bound.name])
            else:
                count, bad = _centres(bound, detail.centres, tests)
            statements.append(count)
            violations += bad
        data = {
            "limits": {name: [asdict(case) for case in cases] for name, cases in limits.items()},
            "given_centres": [asdict(case) for case in detail.centres],
        }
        return Findings(self, tuple(statements), tuple(violations), data, detail)


def _counts(outcomes: Sequence[str]) -> dict[str, int]:
    return {outcome: outcomes.count(outcome) for outcome in OUTCOMES}


def _limit(bound: ExistenceStatement, cases: Sequence[LimitCase]) -> tuple[StatementCount, list[str]]:
    last = [case for case in cases if case.noise == min(LAW_PARAMETERS["noise"])]
    if not last:
        return StatementCount(bound.name, _counts(["not_applicable"])), []
    outcomes = [case.outcome for case in last]
    worst = max(last, key=lambda case: case.gap)
    violations = [
        f"{bound.name}: error / {bound.of} is {case.ratio:.6g}, below the claimed limit "
        f"{case.claimed:.6g}, on {case.where}"
        for case in last
        if case.outcome == "violated"
    ]
    count = StatementCount(bound.name, _counts(outcomes), worst.ratio / worst.claimed, worst.where)
    return count, violations


def _centres(bound: Bound, cases: Sequence[CentresCase], tests: int) -> tuple[StatementCount, list[str]]:
    verdicts = [judge(bound, Value(case.error), case.estimate, tests=tests) for case in cases]
    violations = [
        f"{bound.name}: {case.error:.6g} by the formula, {case.wrong} of {case.queries} queries counted, "
        f"{case.where}"
        for case, verdict in zip(cases, verdicts, strict=True)
        if verdict.outcome == "violated"
    ]
    ratios = [
        (verdict.ratio, case.where) for case, verdict in zip(cases, verdicts, strict=True) if verdict.ratio
    ]
    worst = max(ratios, key=lambda entry: abs(entry[0] - 1), default=(None, ""))
    return StatementCount(bound.name, _counts([v.outcome for v in verdicts]), *worst), violations
