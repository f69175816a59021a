"""What `collapse check` prints: its stable JSON form, and lines for a terminal."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from simulations.attack.probing.results import Nearest, Probed
from simulations.cli.show import cell, console
from simulations.jobs.check.checked import CheckedBound
from simulations.jobs.check.plugin_checks import PluginFindings
from simulations.report.pages.check import again


def document(checked: CheckedBound) -> dict[str, Any]:
    """The stable JSON form of one checked statement; None for what was not run or does not apply."""
    return {
        "name": checked.bound.name,
        "kind": checked.bound.kind,
        "about": checked.bound.about,
        "statement": str(checked.bound.relation),
        "assumptions": [assumption.name for assumption in checked.bound.assumptions],
        "verdicts": checked.counts(),
        "verdict": checked.verdict,
        "equals": list(checked.equals),
        "violations": list(checked.violations),
        "warnings": list(checked.warnings),
        "probes": _probes(checked.probed),
        "findings": [
            {"check": f.check, "outcome": f.outcome, "text": f.text, "numbers": f.numbers}
            for f in checked.findings
        ],
        "properties": None
        if checked.properties is None
        else {
            "tried": checked.properties.tried,
            "applied": checked.properties.applied,
            "largest_ratio": checked.properties.largest,
        },
        "attack": None
        if checked.attack is None
        else {
            "ratio": checked.attack.ratio,
            "refuted": checked.attack.refuted,
            "exact": checked.attack.exact is not None,
            "evaluations": checked.attack.evaluations,
        },
        "sharpest": {
            "compared": len(checked.sharpest),
            "ties": 0 if checked.violations else checked.ties,
            "at": [
                {
                    "population": won.population,
                    "shots": won.row.setting.shots,
                    "ways": won.row.setting.ways,
                    "value": own,
                    "next": name,
                    "next_value": value,
                }
                for won, own, name, value in checked.wins
            ],
        },
        "proof": None if checked.proof is None else checked.proof.verdict,
        "hypotheses": [] if checked.proof is None else checked.proof.summary()["hypotheses"],
    }


def _probes(probed: Probed | None) -> dict[str, Any] | None:
    if probed is None:
        return None
    return {
        "tried": probed.tried,
        "applied": probed.applied,
        "regimes": probed.regimes.lines,
        "not_reached": list(probed.unreached),
        "not_searched": probed.limits,
        "nearest": None if probed.nearest is None else _nearest(probed.nearest),
        "laws": [
            {
                "law": law.law,
                "covers": law.covers,
                "planned": law.planned,
                "asked": law.evaluated,
                "applied": law.applied,
                "climbed": law.climbed,
                "nearest": None if law.nearest is None else _nearest(law.nearest),
            }
            for law in probed.laws
        ],
    }


def _nearest(nearest: Nearest) -> dict[str, Any]:
    point, ratio = nearest.point, nearest.ratio
    return {
        "law": nearest.law,
        "shots": "inf" if math.isinf(point.shots) else int(point.shots),
        "ways": point.ways,
        "dimension": nearest.dimension,
        "error": nearest.claim.error,
        "value": nearest.claim.bound,
        "ratio": ratio if math.isfinite(ratio) else None,
        "exact": nearest.exact,
    }


def show_first(results: Sequence[CheckedBound], seconds: float, descriptor: int | None) -> None:
    """The first answer, as plain lines on the caller's stdout while more is being checked."""
    lines = [f"first answer after {seconds:.0f} s"]
    for checked in results:
        bad = checked.violations
        lines.append(f"  {checked.bound.name}: " + (f"violated: {bad[0]}" if bad else _no_violation(checked)))
    text = "\n".join(lines) + "\n"
    if descriptor is not None:
        os.write(descriptor, text.encode("utf-8", "replace"))


def _no_violation(checked: CheckedBound) -> str:
    if checked.probed is not None:
        return f"no violation on {checked.probed.applied} probes; sampled populations and the attack follow"
    return "; ".join(f"{f.check}: {f.outcome.replace('_', ' ')}" for f in checked.findings) or "no violation"


def show_plugins(new: Sequence[PluginFindings]) -> None:
    """The verdict on every population and engine of the file, and its further violations."""
    screen = console()
    for findings in new:
        screen.print(cell(findings.verdict), style="bold red" if findings.violations else "bold")
        for line in findings.violations[1:]:
            screen.print(cell(line), style="bold red")


def rerun(checked: CheckedBound, source: Path, folder: Path) -> dict[str, str] | None:
    """The counterexample's file and the command that evaluates it; None where there is no file."""
    command = again(checked, source, folder)
    return None if command is None else {"witness": command[0], "command": command[1]}


def show(results: Sequence[CheckedBound], source: Path, page: Path, seconds: float) -> None:
    """The verdicts first, then the results for every statement."""
    screen = console()
    for checked in results:
        screen.print(cell(checked.verdict), style="bold red" if checked.violations else "bold")
        at = again(checked, source, page.parent)
        if at is not None:
            screen.print(cell(f"  witness: {at[0]}"), soft_wrap=True)
            screen.print(cell(f"  run it again: {at[1]}"), soft_wrap=True)
    for checked in results:
        for line in _lines(checked):
            screen.print(cell(line))
        for line in checked.warnings:
            screen.print(cell(f"  warning: {line}"), style="yellow")
        for line in checked.violations[1:]:
            screen.print(cell(f"  {line}"), style="bold red")
    screen.print(cell(f"report: {page} ({seconds:.0f} s)"), style="dim")


def _lines(checked: CheckedBound) -> list[str]:
    verdicts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in checked.counts().items())
    lines = [f"{checked.bound.name}: {verdicts or checked.bound.kind.replace('_', ' ')}"]
    if checked.probed is not None:
        lines += _probe_lines(checked.probed)
    lines += [f"  {f.check}: {f.outcome.replace('_', ' ')}: {f.text}" for f in checked.findings]
    if checked.properties is not None:
        lines.append(
            f"  properties: {checked.properties.applied} of {checked.properties.tried} drawn populations "
            f"apply, largest error / bound {checked.properties.largest:.4g}"
        )
    if checked.attack is not None:
        hunt = checked.attack
        lines.append(f"  attack: largest error / bound {hunt.ratio:.6g} ({hunt.evaluations} evaluations)")
    if checked.sharpest:
        lines.append(f"  {checked.standing}")
    lines.append(f"  proof: {checked.proof_in_words}")
    return lines


def _probe_lines(probed: Probed) -> list[str]:
    regimes = "; ".join(probed.regimes.lines) or "none in the statement"
    lines = [f"  regimes: {regimes}"]
    best = probed.nearest
    if best is None:
        lines.append(f"  probes: {probed.applied} of {probed.tried} apply, none with an informative error")
    else:
        lines.append(
            f"  probes: {probed.applied} of {probed.tried} apply, largest error / bound {best.ratio:.6g} "
            f"({best.law}, {best.where})"
        )
    return [*lines, f"  not searched: {probed.limits}"]
