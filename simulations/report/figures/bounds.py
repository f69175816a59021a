"""Figures: a bound beside the error it bounds, against shots. SVG and PNG, the same bytes every time.

Matplotlib is used through its objects only (no pyplot, no global state but a local style) and loaded when
the first figure is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulations.jobs.verify.chapters.few_shot import JudgedCell
from simulations.report.figures.picture import (
    BOUND,
    TRUTH,
    Picture,
    as_picture,
    new_figure,
    styled,
)
from simulations.runtime.errors import printable
from simulations.runtime.wording import slug

if TYPE_CHECKING:
    from matplotlib.axes import Axes as MatplotlibAxes

FLOOR = 1e-12
SMALLEST_SHOWN = 1e-7
"""Populations whose error is below this everywhere are drawn only if there are no others."""


@dataclass(frozen=True)
class PlottedPoint:
    """One setting: shots, error with its 95 % interval, and the bound (None where it has no value)."""

    shots: float
    error: float
    low: float
    high: float
    bound: float | None


@dataclass(frozen=True)
class Span:
    """A positive finite bound from estimated moments, and the interval that they leave it."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Panel:
    """One population at one number of ways."""

    title: str
    ways: int
    points: tuple[PlottedPoint, ...]
    ratio: float


def panels(index: int, cells: Sequence[JudgedCell], most: int = 3) -> tuple[Panel, ...]:
    """The populations on which bound number ``index`` is closest to the truth, in the middle, and farthest.

    Only settings with finite shots where the bound has a value; two ways where possible.
    """
    grouped: dict[tuple[str, int], list[JudgedCell]] = {}
    for cell in cells:
        if cell.verdicts[index].value is not None:
            grouped.setdefault((cell.measured.entry.name, cell.measured.ways), []).append(cell)
    all_panels = []
    for (name, ways), group in grouped.items():
        finite = [cell for cell in group if math.isfinite(cell.measured.shots)]
        if not finite:
            continue
        ratios = [cell.verdicts[index].ratio or 0.0 for cell in finite]
        points = tuple(_point(cell, index) for cell in finite)
        if max(point.error for point in points) > 0:
            all_panels.append(Panel(name, ways, points, max(ratios)))
    visible = [panel for panel in all_panels if max(point.error for point in panel.points) > SMALLEST_SHOWN]
    all_panels = visible or all_panels
    chosen = [panel for panel in all_panels if panel.ways == 2] or all_panels
    chosen = sorted(chosen, key=lambda panel: (-panel.ratio, panel.title))
    if len(chosen) > most:
        chosen = [chosen[round(step * (len(chosen) - 1) / (most - 1))] for step in range(most)]
    return tuple(chosen)


def _point(cell: JudgedCell, index: int) -> PlottedPoint:
    verdict = cell.verdicts[index]
    error = cell.measured.evaluated.independent.get(verdict.bound, cell.measured.error)
    return PlottedPoint(cell.measured.shots, error.value, error.low, error.high, verdict.value)


@styled
def bound_drawing(name: str, title: str, shown: Sequence[Panel], dashed: bool = False) -> Picture:
    """One bound on one to three populations, log-log, with the error's 95 % intervals; an approximation
    dashed."""
    figure = new_figure(1.0 + 2.9 * len(shown), 3.0)
    axes = figure.subplots(1, len(shown), squeeze=False)[0]
    for column, (axis, panel) in enumerate(zip(axes, shown, strict=True)):
        draw_error(axis, panel.points)
        positive = [(p.shots, p.bound) for p in panel.points if p.bound is not None and p.bound > 0]
        if positive:
            axis.plot(
                *zip(*positive, strict=True), "--^" if dashed else "-s", color=BOUND, markersize=4, label=name
            )
        finish_axis(axis, panel.points, f"{panel.title}, {panel.ways} ways")
        unseen = unseen_errors(panel.points)
        if unseen:
            axis.text(0.03, 0.03, unseen, transform=axis.transAxes, color=TRUTH, fontsize=8)
        if column == 0:
            axis.set_ylabel("probability of error")
    axes[0].legend(loc="best", frameon=False, fontsize=8)
    return as_picture(figure, slug(name), f"{title or name}: " + "; ".join(map(_sentence, shown)))


@styled
def measured_drawing(
    name: str,
    title: str,
    error: PlottedPoint,
    bounds: Sequence[Span],
    fresh: tuple[float, float] | None = None,
) -> Picture:
    """One setting of a measurement: every bound as a dot with its interval, beside the measured error with
    its interval over episodes and, wider, that for ``fresh`` samples, which verdicts compare."""
    figure = new_figure(7.0, 1.2 + 0.24 * len(bounds))
    axis = figure.subplots()
    if fresh is not None:
        low, high = (max(end, FLOOR) for end in fresh)
        axis.axvspan(low, high, color=TRUTH, alpha=0.12, linewidth=0, label="95 % interval, fresh samples")
    axis.axvspan(max(error.low, FLOOR), max(error.high, FLOOR), color=TRUTH, alpha=0.35, linewidth=0)
    if error.error > 0:
        axis.axvline(error.error, color=TRUTH, label="measured error, 95 % interval over episodes")
    rows = range(len(bounds))
    for row, span in zip(rows, bounds, strict=True):
        if span.low is not None and span.high is not None and 0 < span.low <= span.high < math.inf:
            axis.plot([span.low, span.high], [row, row], "-", color=BOUND, linewidth=2, alpha=0.6)
        hollow = span.value >= 1
        axis.plot([span.value], [row], "s", color=BOUND, fillstyle="none" if hollow else "full", markersize=5)
    axis.axvline(1.0, color="#777777", linewidth=0.8, linestyle=":")
    axis.set_yticks(list(rows), [span.name for span in bounds], parse_math=False)
    axis.invert_yaxis()
    axis.set_xscale("log")
    ends = (error.low, error.error, error.high, *(fresh or ()))
    values = [x for x in (*ends, *(s.value for s in bounds)) if x > FLOOR]
    axis.set_xlim(max(min(values, default=1e-3) / 3, FLOOR), max(3.0, 2 * max(values, default=1.0)))
    axis.set_xlabel("probability of error (hollow: vacuous)")
    axis.set_title(printable(title), parse_math=False)
    if error.error > 0:
        axis.legend(loc="best", frameon=False, fontsize=8)
    shown = ", ".join(f"{span.name} {span.value:.3g}" for span in bounds)
    description = f"{title}: measured error {error.error:.3g}; bounds: {shown or 'none'}."
    return as_picture(figure, slug(name), description, pdf=True)


def draw_error(axis: MatplotlibAxes, points: Sequence[PlottedPoint]) -> None:
    """Measured errors with their intervals; a bar without a lower cap goes on to 0."""
    shots = [p.shots for p in points]
    values = [max(p.error, 0.0) for p in points]
    positive = [(n, e) for n, e in zip(shots, values, strict=True) if e > 0]
    if positive:
        axis.plot(*zip(*positive, strict=True), "o", color=TRUTH, markersize=5, label="error, 95 % interval")
    for point in points:
        low = max(point.low, FLOOR)
        if point.high > low:
            axis.plot([point.shots] * 2, [low, point.high], "-", color=TRUTH, linewidth=2, alpha=0.6)
            ends = [point.high] if point.low <= FLOOR else [point.low, point.high]
            # A bar without a lower cap goes on to 0.
            axis.plot([point.shots] * len(ends), ends, "_", color=TRUTH, markersize=8)


def unseen_errors(points: Sequence[PlottedPoint]) -> str:
    """Why some settings have no mark, in words; empty when all have."""
    unseen = [p.shots for p in points if max(p.error, p.high) <= FLOOR]
    if not unseen:
        return ""
    where = "" if len(unseen) == len(points) else f" at {', '.join(f'{n:g}' for n in unseen)} shots"
    return f"error below {FLOOR:g}{where}"


def finish_axis(axis: MatplotlibAxes, points: Sequence[PlottedPoint], title: str) -> None:
    """Logarithmic axes that hold every value, with a line at 1."""
    shots = sorted({p.shots for p in points})
    values = [v for p in points for v in (p.error, p.bound, p.low, p.high) if v is not None and v > FLOOR]
    axis.set_ylim(max(min(values, default=1e-3) / 3, FLOOR), max([3.0, *(2 * v for v in values)]))
    axis.set_xlim(shots[0] / 1.3, shots[-1] * 1.3)
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xticks(shots, [f"{n:g}" for n in shots])
    axis.minorticks_off()
    axis.axhline(1.0, color="#777777", linewidth=0.8, linestyle=":")
    axis.set_xlabel("shots (support draws of each class)")
    axis.set_title(printable(title), parse_math=False)


def _sentence(panel: Panel) -> str:
    pairs = [
        f"at {p.shots:g} shots error {p.error:.2g}"
        + (f", bound {p.bound:.2g}" if p.bound is not None else "")
        for p in panel.points
    ]
    return f"{panel.title}, {panel.ways} ways: " + ", ".join(pairs) + "."
