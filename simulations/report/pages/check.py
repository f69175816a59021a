"""The page of one checked file: `collapse check my_bound.py`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from simulations.attack.witness import write as write_witness
from simulations.jobs.check.checked import TIE, Cell, Checked, verdict_of
from simulations.jobs.check.plugin_checks import PluginFindings
from simulations.report.figures.attack import path_drawing
from simulations.report.figures.bounds import Panel, Point, bound_drawing
from simulations.report.figures.check import Ratio, probes_drawing, ratios_drawing
from simulations.report.figures.picture import Picture
from simulations.report.page import HERE, render
from simulations.runtime.errors import printable
from simulations.runtime.files import write_bytes, write_text
from simulations.runtime.version import version
from theory import catalogue
from theory.printing import definitions

PANELS = 3


def _violations(found: Sequence[Checked], new: Sequence[PluginFindings]) -> list[str]:
    return [line for each in new for line in each.violations] + [
        line for each in found for line in each.violations
    ]


def write(found: Sequence[Checked], source: Path, folder: Path, new: Sequence[PluginFindings] = ()) -> Path:
    """Write ``index.html``, the figures and the witnesses; returns the path of the page."""
    sections = []
    for each in found:
        pictures = _pictures(each)
        for picture, _ in pictures:
            write_bytes(folder / "plots" / f"{picture.name}.svg", picture.svg)
            write_bytes(folder / "plots" / f"{picture.name}.png", picture.png)
        if (
            each.attack is not None
            and each.attack.found is not None
            and each.attack.found.population is not None
        ):
            write_witness(each.attack, folder / "witnesses" / f"{each.bound.name}.toml")
        for found_one in each.counterexamples:
            path = found_one.path(folder)
            if path is not None and found_one.contents is not None:
                write_text(path, found_one.contents)
        sections.append(_section(each, pictures, source, folder))
    page = render(
        "check.html.j2",
        source=printable(str(source)),
        sections=sections,
        new=new,
        violations=[printable(line, 1000) for line in _violations(found, new)],
        version=version(),
        style=(HERE / "templates" / "style.css").read_text(encoding="utf-8"),
    )
    write_text(folder / "index.html", page)
    return folder / "index.html"


def _pictures(each: Checked) -> list[tuple[Picture, str]]:
    """The figures, each with its caption."""
    name, shown, found = each.bound.name, panels(each), []
    if shown:
        text = "The bound and the error against shots: where it comes nearest, in the middle, and farthest."
        found.append((bound_drawing(name, each.bound.title, shown), text))
    if each.cells:
        text = "Error over bound on every population, one mark a setting; right of 1 the bound is violated."
        found.append((ratios_drawing(name, ratios(each)), text))
    if each.probed is not None and each.probed.applied:
        text = "The largest error over bound of every probe law; right of 1 the bound is violated."
        found.append((probes_drawing(name, each.probed), text))
    if each.attack is not None:
        text = "The attack: the largest error over bound that it has found, against its evaluations."
        found.append((path_drawing(each.attack), text))
    return found


def again(each: Checked, source: Path, folder: Path) -> tuple[str, str] | None:
    """The file of the counterexample in the verdict and the command that evaluates it; None without one."""
    first = next(iter(each.counterexamples), None)
    path = None if first is None else first.path(folder)
    command = None if first is None else first.command(source, folder)
    return None if path is None or command is None else (str(path), command)


def panels(each: Checked) -> tuple[Panel, ...]:
    """The populations where the bound is nearest the truth, in the middle and farthest, two ways."""
    grouped: dict[str, list[Cell]] = {}
    for cell in each.cells:
        if cell.row.setting.ways == 2 and math.isfinite(cell.row.setting.shots):
            grouped.setdefault(cell.population, []).append(cell)
    found = []
    for name, cells in grouped.items():
        points, ratios = [], []
        for cell in cells:
            verdict = next(v for v in cell.row.verdicts if v.bound == each.bound.name)
            error = cell.row.estimate
            points.append(Point(cell.row.setting.shots, error.value, error.low, error.high, verdict.value))
            if verdict.value is not None:
                ratios.append(verdict.ratio or 0.0)
        if ratios and max(point.error for point in points) > 0:
            found.append(Panel(name, 2, tuple(points), max(ratios)))
    found.sort(key=lambda panel: (-panel.ratio, panel.title))
    if len(found) > PANELS:
        found = [found[0], found[len(found) // 2], found[-1]]
    return tuple(found)


def ratios(each: Checked) -> tuple[Ratio, ...]:
    """Error over bound at every cell where the bound has a value, with its verdict."""
    found = []
    for cell in each.cells:
        verdict = verdict_of(cell.row, each.bound.name)
        if verdict.ratio is not None and verdict.ratio > 0:
            found.append(Ratio(cell.population, verdict.ratio, verdict.outcome))
    return tuple(found)


def comparison(each: Checked) -> list[tuple[str, int, int, int]]:
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
    each: Checked, pictures: Sequence[tuple[Picture, str]], source: Path, folder: Path
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
