"""The picture of the first page: bounds and reality, on the recorded network and on one population."""

from __future__ import annotations

import math
from collections.abc import Sequence

from simulations.jobs.verify.chapters.base import Task
from simulations.jobs.verify.chapters.few_shot import FewShot, JudgedCell
from simulations.jobs.verify.chapters.network import NetworkDetail
from simulations.jobs.verify.run import Run
from simulations.report.figures.overview import Curve, OverviewPanel, overview_drawing
from simulations.verdicts.verdict import Verdict
from theory import catalogue

OVERVIEW = "overview"
SHOWN = ("cdnv_2022", "exact_moment", "margin_ladder")
POPULATION = "Student, df = 5"
MOST_CURVES = 5


def overview_drawings(run: Run) -> list[Task]:
    """The one task that draws it; none where neither a network nor a population was measured."""
    panels = [panel for panel in (network_panel(run), _population(run)) if panel is not None]
    return [Task(overview_drawing, (tuple(panels),), "overview")] if panels else []


def network_panel(run: Run) -> OverviewPanel | None:
    """The recorded network after its last epoch, with the most ways; None without that chapter."""
    for findings in run.chapters:
        if isinstance(findings.detail, NetworkDetail):
            last = max(entry.epoch for entry in findings.detail.epoch_rows)
            rows = [entry.row for entry in findings.detail.epoch_rows if entry.epoch == last]
            ways = max(row.setting.ways for row in rows)
            chosen = sorted((row for row in rows if row.setting.ways == ways), key=lambda r: r.setting.shots)
            points = [(r.setting.shots, r.estimate.value, r.estimate.low, r.estimate.high) for r in chosen]
            curves = _curves([(row.setting.shots, row.verdicts) for row in chosen])
            return OverviewPanel(f"recorded network, new classes, {ways} ways", tuple(points), curves)
    return None


def _population(run: Run) -> OverviewPanel | None:
    for findings in run.chapters:
        if isinstance(findings.chapter, FewShot):
            names = list(dict.fromkeys(cell.measured.entry.name for cell in findings.detail))
            name = POPULATION if POPULATION in names else names[0]
            return _population_panel(name, findings.detail)
    return None


def _population_panel(name: str, cells: Sequence[JudgedCell]) -> OverviewPanel:
    own = [c for c in cells if c.measured.entry.name == name and math.isfinite(c.measured.shots)]
    ways = max(cell.measured.ways for cell in own)
    own = sorted((c for c in own if c.measured.ways == ways), key=lambda c: c.measured.shots)
    points = [
        (c.measured.shots, c.measured.error.value, c.measured.error.low, c.measured.error.high) for c in own
    ]
    curves = _curves([(cell.measured.shots, cell.verdicts) for cell in own])
    return OverviewPanel(f"{name}, {ways} ways", tuple(points), curves)


def _curves(rows: Sequence[tuple[float, Sequence[Verdict]]]) -> tuple[Curve, ...]:
    """The tightest bound at the last number of shots, the chosen ones, and every prediction."""
    known = {name: catalogue.get(name) for name in catalogue.names()}
    last = [v for v in rows[-1][1] if v.value is not None and v.bound in known]
    bounds = sorted((v for v in last if known[v.bound].kind == "upper"), key=lambda v: v.value or 0.0)
    predictions = [v.bound for v in last if str(known[v.bound].kind) == "approximation"]
    names = dict.fromkeys([*(v.bound for v in bounds[:1]), *(v.bound for v in last if v.bound in SHOWN)])
    curves = []
    for name in [*names, *predictions][:MOST_CURVES]:
        values = [
            (shots, verdict.value)
            for shots, verdicts in rows
            for verdict in verdicts
            if verdict.bound == name and verdict.value is not None and verdict.value > 0
        ]
        curves.append(Curve(name, tuple(values), name in predictions))
    return tuple(curves)
