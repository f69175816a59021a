"""High-probability bounds: do they fail as rarely as they claim, and would a false one be noticed?

Scenarios are the suite's for the kind of evidence that the statement reads, and those of the user's file. The
control is the same statement with a quarter of its deviation, which some scenario must reject.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import sympy as sp

from simulations.jobs.check.finding import Finding
from simulations.plugins.load import Extension
from simulations.runtime.errors import InputError
from simulations.verdicts.coverage.judge import FULL, REDUCED, Coverage, Scenario, cover
from simulations.verdicts.coverage.suite import suite_scenarios
from theory.array import Array, Floats, to_numpy
from theory.assumptions import Assumption, Granted
from theory.bound import Bound, NotApplicable
from theory.bound.confidence import (
    ConfidenceBound,
    KernelConfidence,
    MapMixtureConfidence,
    PairCdnvConfidence,
)
from theory.evidence import EpisodeErrors, Evidence
from theory.setting import Setting

FAILURE = 0.05
QUARTER = 4
QUICK_REPLICATES = 400
SUSPICIOUS = 0.02
"""A p-value below this leads to a second test."""
NO_DEVIATION = 1 - 1e-9
"""A total failure probability at which the deviation term vanishes."""


def with_quarter_deviation(bound: ConfidenceBound) -> ConfidenceBound:
    """The same statement with a quarter of what it adds to what was observed; where that has no single
    number, of what it adds to its value with nothing for chance."""
    if isinstance(bound, PairCdnvConfidence):
        return _smaller_radii(bound)
    twin = copy.copy(bound)

    def values(
        evidence: Evidence,
        setting: Setting,
        granted: Iterable[Assumption] | Granted = (),
        *,
        at: Mapping[str, float] | None = None,
    ) -> Array | NotApplicable:
        granted = Granted(granted)
        whole = bound.values(evidence, setting, granted, at=at)
        centre: Array | NotApplicable | None = _observed(bound, evidence)
        if centre is None:
            centre = bound.values(evidence, setting, granted, at={**(at or {}), "failure": NO_DEVIATION})
        if isinstance(whole, NotApplicable) or isinstance(centre, NotApplicable):
            return whole
        with np.errstate(invalid="ignore"):
            stated, middle = to_numpy(whole), to_numpy(centre)
            return np.where(np.isfinite(stated), middle + (stated - middle) / QUARTER, stated)

    # A frozen dataclass: the method is shadowed on this one copy.
    object.__setattr__(twin, "values", values)
    return twin


def _smaller_radii(bound: ConfidenceBound) -> ConfidenceBound:
    """Radii stand in the denominator of such a bound, which is infinite where they are large: each that the
    statement names is made smaller by itself, else every logarithm of a failure probability (a radius goes
    like the root of one at most)."""
    radii = {symbol for symbol, _ in bound.where if str(symbol).startswith(("eps", "eta"))}
    if radii:
        where = tuple((s, meaning / QUARTER if s in radii else meaning) for s, meaning in bound.where)
        return replace(bound, where=where)
    spent = set(bound.failures)

    def smaller(argument: sp.Expr) -> sp.Expr:
        logarithm = sp.log(argument, evaluate=False)
        return logarithm / QUARTER**2 if argument.free_symbols & spent else logarithm

    return replace(bound, statement=bound.closed_form.replace(sp.log, smaller), where=())


def _observed(bound: ConfidenceBound, evidence: Evidence) -> Floats | None:
    """The sample's own value of the quantity that the statement bounds."""
    if isinstance(bound, KernelConfidence | MapMixtureConfidence) or isinstance(evidence, EpisodeErrors):
        return getattr(evidence, "average", None)
    return None


def check_coverage(extension: Extension, bound: Bound, seed: int, quick: bool) -> tuple[Finding, ...]:
    """One finding a scenario, and one for the control."""
    assert isinstance(bound, ConfidenceBound)
    makers: list[Callable[[ConfidenceBound], Iterable[Scenario]]] = [suite_scenarios]
    if extension.scenarios is not None:
        makers.insert(0, partial(_own_scenarios, extension))
    replicates = QUICK_REPLICATES if quick else REDUCED
    findings, refused = [], []
    tests = max(1, sum(1 for make in makers for _ in make(bound)))
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
    if any(finding.outcome == "violated" for finding in findings):
        return tuple(findings)
    return (*findings, _control(bound, makers, replicates, tests, seed))


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


def _cover(scenario: Scenario, replicates: int, tests: int, seed: int) -> Coverage:
    """One scenario; where its p-value is small and not yet decisive, again with many fresh replicates.

    Both tests share the level: each is judged as if twice as many tests were made.
    """
    first = cover(scenario, replicates=replicates, failure=FAILURE, tests=2 * tests, seed=seed)
    if first.outcome == "violated" or first.p_value > SUSPICIOUS:
        return first
    return cover(scenario, replicates=FULL, failure=FAILURE, tests=2 * tests, seed=seed + 1)


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


def _control(
    bound: ConfidenceBound,
    makers: list[Callable[[ConfidenceBound], Iterable[Scenario]]],
    replicates: int,
    tests: int,
    seed: int,
) -> Finding:
    twin = with_quarter_deviation(bound)
    worst = 0.0
    for make in makers:
        for scenario in make(twin):
            try:
                coverage = _cover(scenario, replicates, tests, seed)
            except ValueError:
                continue
            worst = max(worst, coverage.frequency)
            if coverage.outcome == "violated":
                return Finding(
                    "control",
                    "holds",
                    f"{bound.name} with a quarter of its deviation fails in {coverage.failures} of "
                    f"{coverage.replicates} draws on {coverage.population} and is rejected, as it must be",
                )
    return Finding(
        "control",
        "weak",
        f"{bound.name} with a quarter of its deviation would pass too (it fails in a share of {worst:.3g} at "
        "most): these scenarios do not test the size of its deviation",
    )
