"""Figures of a checked bound: error over bound on every population, and on every probe law."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulations.attack.probing.results import Probed
from simulations.report.figures.picture import (
    BOUND,
    LINES,
    TRUTH,
    Picture,
    as_picture,
    new_figure,
    styled,
)
from simulations.runtime.wording import slug

if TYPE_CHECKING:
    from matplotlib.axes import Axes as MatplotlibAxes

SMALLEST, LARGEST = 1e-6, 1e3
MARKS = {
    "holds": ("o", TRUTH),
    "vacuous": ("v", LINES[1]),
    "undecided": ("s", LINES[3]),
    "violated": ("X", BOUND),
}


@dataclass(frozen=True)
class Ratio:
    """Error over bound of one cell of the matrix, and its verdict."""

    population: str
    ratio: float
    outcome: str


@styled
def ratios_drawing(name: str, ratios: Sequence[Ratio]) -> Picture:
    """One row a population, one mark a setting; right of the line at 1 the bound is violated."""
    populations = list(dict.fromkeys(ratio.population for ratio in ratios))[::-1]
    figure = new_figure(7.0, 1.2 + 0.19 * len(populations))
    axis = figure.subplots()
    for outcome, (marker, colour) in MARKS.items():
        shown = [ratio for ratio in ratios if ratio.outcome == outcome]
        if shown:
            axis.plot(
                [_within(ratio.ratio) for ratio in shown],
                [populations.index(ratio.population) for ratio in shown],
                linestyle="none",
                marker=marker,
                color=colour,
                markersize=4,
                label=outcome,
            )
    _finish(axis, populations)
    if ratios:
        # Above the rows: every place within them may hold a mark.
        axis.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=4, fontsize=7, frameon=False)
    largest = max((ratio.ratio for ratio in ratios), default=0.0)
    text = (
        f"{name}: error over bound at {len(ratios)} settings of {len(populations)} populations; the largest "
        f"is {largest:.3g}."
    )
    return as_picture(figure, slug(f"populations-{name}"), text)


@styled
def probes_drawing(name: str, probed: Probed) -> Picture:
    """The largest error over bound of every probe law."""
    laws = [law for law in probed.laws if law.nearest is not None][::-1]
    figure = new_figure(7.0, 1.0 + 0.24 * max(1, len(laws)))
    axis = figure.subplots()
    for row, law in enumerate(laws):
        assert law.nearest is not None
        marker, colour = MARKS["violated" if law.broken is not None else "holds"]
        axis.plot([_within(law.nearest.ratio)], [row], marker=marker, color=colour, markersize=5)
    _finish(axis, [law.law for law in laws])
    axis.set_xlabel("largest error / bound")
    text = f"{name}: largest error over bound of every probe law: " + "; ".join(
        f"{law.law} {law.nearest.ratio:.3g}" for law in laws[::-1] if law.nearest is not None
    )
    return as_picture(figure, slug(f"probes-{name}"), text + ".")


def _within(ratio: float) -> float:
    return min(max(ratio, SMALLEST), LARGEST) if math.isfinite(ratio) else LARGEST


def _finish(axis: MatplotlibAxes, rows: Sequence[str]) -> None:
    axis.axvline(1.0, color=BOUND, linestyle=":", linewidth=1)
    axis.set_xscale("log")
    axis.set_yticks(range(len(rows)))
    axis.set_yticklabels(rows, fontsize=7, parse_math=False)
    axis.set_ylim(-0.7, max(0.7, len(rows) - 0.3))
    axis.set_xlabel("error / bound")
