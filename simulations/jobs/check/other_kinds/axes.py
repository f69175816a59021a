"""Statements about the axes of two labelings: on the suite's laws, and on laws found by a search for
violations."""

from __future__ import annotations

from simulations.attack.axes import STARTS, Extreme, extreme, hunt_axes
from simulations.jobs.check.finding import Finding
from simulations.plugins.load import Extension
from simulations.populations.labelings import suite
from simulations.verdicts.verdict import in_digits, outcome_of_ratio
from theory.bound import Bound
from theory.bound.confidence import AxesBound


def check_axes(extension: Extension, bound: Bound, seed: int, quick: bool) -> tuple[Finding, ...]:
    """One finding over the suite's laws, one from the hunt."""
    assert isinstance(bound, AxesBound)
    extremes = [each for law in suite() if isinstance(each := extreme(bound, law), Extreme)]
    if not extremes:
        return (
            Finding(
                "exact laws",
                "undecided",
                f"{bound.name}: applies to no law of two labelings of the suite; see what it assumes",
            ),
        )
    worst = max(extremes, key=lambda each: each.ratio)
    findings = [_finding("exact laws", bound, worst, f"on {len(extremes)} laws of the suite")]
    hunted = hunt_axes(bound, seed, starts=STARTS // 4 if quick else STARTS)
    findings.append(_finding("hunt", bound, hunted, "over all laws that the hunt tried"))
    return tuple(findings)


def _finding(check: str, bound: AxesBound, worst: Extreme, where: str) -> Finding:
    outcome = outcome_of_ratio(worst.ratio)
    side = "below" if outcome == "violated" else "against"
    text = (
        f"{bound.name} = {worst.bound!r} {side} |u_1.u_2| = {worst.cosine!r} on {worst.law.name}: "
        f"largest ratio {in_digits(worst.ratio)} {where}"
    )
    return Finding(check, outcome, text, {"ratio": worst.ratio})
