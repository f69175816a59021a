"""High-probability bounds: do they fail as rarely as they claim, and would a false one be noticed?

Scenarios are the suite's for the kind of evidence that the statement reads, and those of the user's file. The
control is the same statement with less of its deviation, which some scenario must reject: a slip in a count
or a logarithm takes away a part of the deviation, so that a test is only as good as the largest share that
it rejects.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from simulations.jobs.check.finding import Finding
from simulations.jobs.check.other_kinds.weaker_twins import with_less_deviation, without_part
from simulations.plugins.load import Extension
from simulations.runtime.errors import InputError
from simulations.verdicts.coverage.judge import FULL, REDUCED, Coverage, Scenario, cover
from simulations.verdicts.coverage.suite import allows_picked_maps, picked_map_scenarios, suite_scenarios
from theory.bound import Bound
from theory.bound.confidence import ConfidenceBound

FAILURE = 0.05
OTHER_FAILURES = (0.3, 0.005)
"""A statement is about every failure probability: one that is right at the first alone is caught here."""
SHARES = (0.75, 0.5, 0.25)
"""Shares of the deviation that the control tries, largest first."""
GOOD = 0.75
"""A test that does not reject this share is called weak: twice the right count takes a deviation that goes
with its root to 0.71."""
QUICK_REPLICATES = 400
SUSPICIOUS = 0.02
"""A p-value below this leads to a second test."""
PROMISING = 0.9
"""The same for a control, which is to be rejected: where it fails nearly as often as is allowed, or more."""


def check_coverage(extension: Extension, bound: Bound, seed: int, quick: bool) -> tuple[Finding, ...]:
    """One finding a scenario, and one for the control."""
    assert isinstance(bound, ConfidenceBound)
    makers: list[Callable[[ConfidenceBound], Iterable[Scenario]]] = [suite_scenarios]
    if extension.scenarios is not None:
        makers.insert(0, partial(_own_scenarios, extension))
    replicates = QUICK_REPLICATES if quick else REDUCED
    findings, refused = [], []
    tests = max(1, sum(1 for make in makers for _ in make(bound))) * (1 + len(OTHER_FAILURES))
    for make in makers:
        for scenario in make(bound):
            try:
                coverage = _cover(scenario, replicates, tests, seed)
            except ValueError as wrong:
                refused.append(f"{scenario.population}: {wrong}")
                continue
            findings.append(_finding(bound, coverage))
    if not findings:
        why = f" ({refused[0]})" if refused else ""
        return (
            Finding(
                "coverage",
                "undecided",
                f"{bound.name}: no scenario of the suite fits it{why}; give the file a function "
                "scenarios(bound) that yields simulations.verdicts.coverage.judge.Scenario objects",
            ),
        )
    findings.extend(_at_other_failures(bound, makers, tests, seed))
    if any(finding.outcome == "violated" for finding in findings):
        return tuple(findings)
    fixed_map = _for_a_fixed_map_only(bound, replicates, tests, seed)
    run = partial(_worst_of, makers=makers, replicates=replicates, tests=tests, seed=seed)
    return (*findings, *fixed_map, _control(bound, run), *_parts(bound, run))


def _at_other_failures(
    bound: ConfidenceBound,
    makers: list[Callable[[ConfidenceBound], Iterable[Scenario]]],
    tests: int,
    seed: int,
) -> tuple[Finding, ...]:
    """One finding for each failure probability but the first: the scenario on which it fails most often."""
    findings = []
    for failure in OTHER_FAILURES:
        coverages = []
        for scenario in (scenario for make in makers for scenario in make(bound)):
            try:
                coverages.append(_cover(scenario, QUICK_REPLICATES, tests, seed, failure=failure))
            except ValueError:
                continue
        if coverages:
            findings.append(
                _finding(bound, min(coverages, key=lambda c: (c.outcome != "violated", c.p_value)))
            )
    return tuple(findings)


def _for_a_fixed_map_only(
    bound: ConfidenceBound, replicates: int, tests: int, seed: int
) -> tuple[Finding, ...]:
    """A statement without |F| is about one fixed map. Its hypothesis lets a map picked out of several pass as
    well, and it may then fail: no error of the statement as it reads, but its reader must know."""
    fixed = any(assumption.name == "FixedFeatureMap" for assumption in bound.assumptions)
    if not fixed or allows_picked_maps(bound):
        return ()
    failures = (FAILURE, *OTHER_FAILURES)
    for scenario, failure in itertools.product(picked_map_scenarios(bound), failures):
        try:
            coverage = _cover(scenario, replicates, tests, seed, failure=failure)
        except ValueError:
            continue
        if coverage.outcome == "violated":
            text = (
                f"{bound.name} has no |F| (F), so it is about one map fixed in advance: for a map picked out "
                f"of several it fails in {coverage.failures} of {coverage.replicates} draws on "
                f"{coverage.population}, where a share of {coverage.failure:g} is allowed"
            )
            return (Finding("picked map", "weak", text),)
    return ()


def _own_scenarios(extension: Extension, bound: ConfidenceBound) -> Iterator[Scenario]:
    """Those of the user's file. Raises InputError for anything else that its function yields."""
    for scenario in () if extension.scenarios is None else extension.scenarios(bound):
        if not isinstance(scenario, Scenario):
            raise InputError(
                f"scenarios(bound) gives a {type(scenario).__name__}; give "
                "simulations.verdicts.coverage.judge.Scenario objects",
                file=extension.path,
            )
        yield scenario


def _cover(  # noqa: PLR0913 - what a test needs, and the two things that differ between callers
    scenario: Scenario,
    replicates: int,
    tests: int,
    seed: int,
    suspicious: float = SUSPICIOUS,
    failure: float = FAILURE,
) -> Coverage:
    """One scenario; where its p-value is small and not yet decisive, again with many fresh replicates.

    Both tests share the level: each is judged as if twice as many tests were made.
    """
    first = cover(scenario, replicates=replicates, failure=failure, tests=2 * tests, seed=seed)
    if first.outcome == "violated" or first.p_value > suspicious:
        return first
    return cover(scenario, replicates=FULL, failure=failure, tests=2 * tests, seed=seed + 1)


def _finding(bound: ConfidenceBound, coverage: Coverage) -> Finding:
    return Finding(
        "coverage",
        "violated" if coverage.outcome == "violated" else "holds",
        f"{bound.name} fails in {coverage.failures} of {coverage.replicates} draws on {coverage.population}, "
        f"allowed is a share of {coverage.failure:g} (p = {coverage.p_value:.3g}; a share of "
        f"{coverage.caught:.3g} would be rejected with probability 0.99)",
        {
            "failures": coverage.failures,
            "replicates": coverage.replicates,
            "allowed": coverage.failure,
            "p_value": coverage.p_value,
            "caught": coverage.caught,
        },
    )


def _control(bound: ConfidenceBound, run: Callable[[ConfidenceBound], Coverage | None]) -> Finding:
    """The largest share of the deviation that some scenario rejects."""
    passed, tried = "", 1.0
    for share in SHARES:
        worst = run(with_less_deviation(bound, share))
        if worst is None or worst.outcome != "violated":
            frequency = 0.0 if worst is None else worst.frequency
            passed = f"with {share:g} of its deviation it would pass (it fails in a share of {frequency:.3g})"
            tried = share
            continue
        text = (
            f"{bound.name} with {share:g} of its deviation fails in {worst.failures} of {worst.replicates} "
            f"draws on {worst.population} and is rejected, as it must be"
        )
        if passed:
            text = f"{text}; {passed}"
        if share >= GOOD:
            return Finding("control", "holds", text, {"share": share})
        note = f"these scenarios would not notice a slip that takes away {1 - tried:g} of its deviation"
        return Finding("control", "weak", f"{text}: {note}", {"share": share})
    note = "these scenarios do not test the size of its deviation"
    return Finding("control", "weak", f"{bound.name}: {passed}, at most: {note}", {"share": 0.0})


def _parts(bound: ConfidenceBound, run: Callable[[ConfidenceBound], Coverage | None]) -> tuple[Finding, ...]:
    """Of a statement that spends several failure probabilities: those whose deviation nothing here tests."""
    if len(bound.failures) == 1:
        return ()
    findings = []
    for part in bound.failures:
        worst = run(without_part(bound, part))
        if worst is None or worst.outcome != "violated":
            text = (
                f"{bound.name} would pass with next to nothing for {part.name}: these scenarios do not test "
                "that part of its deviation"
            )
            findings.append(Finding("control", "weak", text))
    return tuple(findings)


def _worst_of(
    bound: ConfidenceBound,
    makers: list[Callable[[ConfidenceBound], Iterable[Scenario]]],
    replicates: int,
    tests: int,
    seed: int,
) -> Coverage | None:
    """The first scenario that rejects the statement, else the one on which it fails most often."""
    worst: Coverage | None = None
    for make in makers:
        for scenario in make(bound):
            try:
                coverage = _cover(scenario, replicates, tests, seed, PROMISING)
            except ValueError:
                continue
            if coverage.outcome == "violated":
                return coverage
            if worst is None or coverage.frequency > worst.frequency:
                worst = coverage
    return worst
