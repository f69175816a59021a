"""Bounds, predictions and reality side by side: one panel for the network, one for a population."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulations.report.figures.picture import (
    LINES,
    MARKERS,
    TRUTH,
    Picture,
    as_picture,
    new_figure,
    styled,
)
from simulations.runtime.errors import printable
from simulations.runtime.wording import shots_in_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes as MatplotlibAxes

FLOOR = 1e-9


@dataclass(frozen=True)
class Curve:
    """Values of one statement at some numbers of shots; ``predicts`` is true for an approximation and false
    for a bound."""

    name: str
    values: tuple[tuple[float, float], ...]
    predicts: bool


@dataclass(frozen=True)
class OverviewPanel:
    """``points`` are (shots, error, low, high) with 95 % intervals."""

    title: str
    points: tuple[tuple[float, float, float, float], ...]
    curves: tuple[Curve, ...]


@styled
def overview_drawing(panels: Sequence[OverviewPanel]) -> Picture:
    """One or two panels, log-log, with the level above which a bound is vacuous."""
    figure = new_figure(6.4 if len(panels) == 1 else 0.6 + 4.3 * len(panels), 3.6)
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    order = list(dict.fromkeys(curve.name for panel in panels for curve in panel.curves))
    for axis, panel in zip(axes, panels, strict=True):
        _panel(axis, panel, order)
    axes[0].set_ylabel("probability of error")
    handles = {line.get_label(): line for axis in axes for line in axis.get_lines()}
    shown = {label: line for label, line in handles.items() if not label.startswith("_")}
    figure.legend(
        list(shown.values()),
        list(shown),
        loc="outside lower center",
        frameon=False,
        fontsize=8,
        ncols=min(len(shown), 2 * len(panels)),
    )
    return as_picture(figure, "bounds-and-reality", " ".join(map(_sentence, panels)))


def _panel(axis: MatplotlibAxes, panel: OverviewPanel, order: Sequence[str]) -> None:
    shots = [point[0] for point in panel.points]
    for shot, error, low, high in panel.points:
        if high > max(low, FLOOR):
            axis.plot([shot, shot], [max(low, FLOOR), high], "-", color=TRUTH, linewidth=2, alpha=0.6)
        if error > 0:
            axis.plot([shot], [error], "o", color=TRUTH, markersize=6)
    axis.plot([], [], "o", color=TRUTH, markersize=6, label="measured error, 95 % interval")
    for curve in panel.curves:
        index = order.index(curve.name)
        label = f"{curve.name} ({'prediction' if curve.predicts else 'bound'})"
        if curve.values:
            axis.plot(
                *zip(*curve.values, strict=True),
                color=LINES[index % 6],
                marker=MARKERS[index % 6],
                linestyle=":" if curve.predicts else "-",
                markersize=4,
                label=label,
            )
    axis.axhline(1.0, color="#777777", linewidth=0.8, linestyle=":")
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xticks(shots, [f"{n:g}" for n in shots])
    axis.minorticks_off()
    axis.set_xlabel("shots (examples of each class)")
    axis.set_title(printable(panel.title), parse_math=False)


def _sentence(panel: OverviewPanel) -> str:
    errors = ", ".join(f"{error:.2g} at {shots_in_words(shots)}" for shots, error, _, _ in panel.points)
    curves = "; ".join(
        f"{curve.name} {', '.join(f'{value:.2g}' for _, value in curve.values)}" for curve in panel.curves
    )
    return f"{panel.title}: error {errors}. Bounds and predictions: {curves or 'none'}. Dotted: 1."
