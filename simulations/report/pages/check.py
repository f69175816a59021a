"""The page of one checked file: `collapse check my_bound.py`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from simulations.attack.witness import write as write_witness
from simulations.jobs.check.checked import TIE, CheckedBound, CheckedCell, verdict_of
from simulations.jobs.check.plugin_checks import PluginFindings
from simulations.report.figures.attack import path_drawing
from simulations.report.figures.bounds import Panel, PlottedPoint, bound_drawing
from simulations.report.figures.check import Ratio, probes_drawing, ratios_drawing
from simulations.report.figures.picture import Picture
from simulations.report.page import HERE, render
from simulations.runtime.errors import printable
from simulations.runtime.files import write_bytes, write_text
from simulations.runtime.version import version
from theory import catalogue
from theory.printing import definitions

PANELS = 3


def _violations(results: Sequence[CheckedBound], new: Sequence[PluginFindings]) -> list[str]:
    return [line for each in new for line in each.violations] + [
        line for each in results for line in each.violations
    ]


def write(
    results: Sequence[CheckedBound], source: Path, folder: Path, new: Sequence[PluginFindings] = ()
) -> Path:
    """Write ``index.html``, the figures and the witnesses; returns the path of the page."""
    sections = []
    for checked in results:
        pictures = _pictures(checked)
        for picture, _ in pictures:
            write_bytes(folder / "plots" / f"{picture.name}.svg", picture.svg)
            write_bytes(folder / "plots" / f"{picture.name}.png", picture.png)
        if (
            checked.attack is not None
            and checked.attack.best is not None
            and checked.attack.best.population is not None
        ):
            write_witness(checked.attack, folder / "witnesses" / f"{checked.bound.name}.toml")
        for found_one in checked.counterexamples:
            path = found_one.path(folder)
            if path is not None and found_one.contents is not None:
                write_text(path, found_one.contents)
        sections.append(_section(checked, pictures, source, folder))
    page = render(
        "check.html.j2",
        source=printable(str(source)),
        sections=sections,
        new=new,
        violations=[printable(line, 1000) for line in _violations(results, new)],
        version=version(),
        style=(HERE / "templates" / "style.css").read_text(encoding="utf-8"),
    )
    write_text(folder / "index.html", page)
    return folder / "index.html"


def _pictures(each: CheckedBound) -> list[tuple[Picture, str]]:
    """The figures, each with its caption."""
    name, shown, pictures = each.bound.name, panels(each), []
    if shown:
        text = "The bound and the error against shots: where it comes nearest, in the middle, and farthest."
        pictures.append((bound_drawing(name, each.bound.title, shown), text))
    if each.cells:
        text = "Error over bound on every population, one mark a setting; right of 1 the bound is violated."
        pictures.append((ratios_drawing(name, ratios(each)), text))
    if each.probed is not None and each.probed.applied:
        text = "The largest error over bound of every probe law; right of 1 the bound is violated."
        pictures.append((probes_drawing(name, each.probed), text))
    if each.attack is not None:
        text = "The attack: the largest error over bound that it has found, against its evaluations."
        pictures.append((path_drawing(each.attack), text))
    return pictures


def again(each: CheckedBound, source: Path, folder: Path) -> tuple[str, str] | None:
    """The file of the counterexample in the verdict and the command that evaluates it; None without one."""
    first = next(iter(each.counterexamples), None)
    path = None if first is None else first.path(folder)
    command = None if first is None else first.command(source, folder)
    return None if path is None or command is None else (str(path), command)


def panels(each: CheckedBound) -> tuple[Panel, ...]:
    """The populations where the bound is nearest the truth, in the middle and farthest, two ways."""
    grouped: dict[str, list[CheckedCell]] = {}
    for cell in each.cells:
        if cell.row.setting.ways == 2 and math.isfinite(cell.row.setting.shots):
            grouped.setdefault(cell.population, []).append(cell)
    all_panels = []
    for name, cells in grouped.items():
        points, ratios = [], []
        for cell in cells:
            verdict = next(v for v in cell.row.verdicts if v.bound == each.bound.name)
            error = cell.row.estimate
            points.append(
                PlottedPoint(cell.row.setting.shots, error.value, error.low, error.high, verdict.value)
            )
            if verdict.value is not None:
                ratios.append(verdict.ratio or 0.0)
        if ratios and max(point.error for point in points) > 0:
            all_panels.append(Panel(name, 2, tuple(points), max(ratios)))
    all_panels.sort(key=lambda panel: (-panel.ratio, panel.title))
    if len(all_panels) > PANELS:
        all_panels = [all_panels[0], all_panels[len(all_panels) // 2], all_panels[-1]]
    return tuple(all_panels)


def ratios(each: CheckedBound) -> tuple[Ratio, ...]:
    """Error over bound at every cell where the bound has a value, with its verdict."""
    all_ratios = []
    for cell in each.cells:
        verdict = verdict_of(cell.row, each.bound.name)
        if verdict.ratio is not None and verdict.ratio > 0:
            all_ratios.append(Ratio(cell.population, verdict.ratio, verdict.outcome))
    return tuple(all_ratios)


def comparison(each: CheckedBound) -> list[tuple[str, int, int, int]]:
    """For every catalogue bound: at how many cells this one is below it, equal to it, and above it."""
    rows: dict[str, list[int]] = {}
    for cell in each.cells:
        own = verdict_of(cell.row, each.bound.name).value
        for other in cell.row.verdicts:
            if own is None or other.value is None or other.bound not in catalogue.names():
                continue
            row = rows.setdefault(other.bound, [0, 0, 0])
            near = abs(own - other.value) <= TIE * abs(other.value)
            row[1 if near else 0 if own < other.value else 2] += 1
    return [(name, below, equal, above) for name, (below, equal, above) in rows.items()]


def _section(
    each: CheckedBound, pictures: Sequence[tuple[Picture, str]], source: Path, folder: Path
) -> dict[str, Any]:
    rows = []
    for cell in each.cells:
        verdict = next(v for v in cell.row.verdicts if v.bound == each.bound.name)
        if verdict.outcome != "not_applicable":
            rows.append((cell, verdict))
    return {
        "checked": each,
        "bound": each.bound,
        "definitions": [(Markup(part.mathml), part.meaning) for part in definitions(each.bound)],
        "pictures": pictures,
        "again": again(each, source, folder),
        "rows": rows,
        "absent": len(each.cells) - len(rows),
        "against": comparison(each),
        "wins": each.wins,
        "standing": f"{each.standing[0].upper()}{each.standing[1:]}.",
    }
