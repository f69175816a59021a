"""The figure of the axes of two labelings of one file: every pair of axes, its cosine against its bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulations.features.axes import Axes, statements
from simulations.report.figures.measurement import Exhibit, as_csv
from simulations.report.figures.picture import LINES, MARKERS, Picture, as_picture, new_figure, styled
from theory.evidence.labelings import pairs

if TYPE_CHECKING:
    pass

TOP = 1.2
MOST_DRAWN = 2000
"""Pairs of axes in the figure: those with the largest cosines; the table has them all."""


def axes_exhibit(axes: Axes) -> Exhibit:
    """|u_1.u_2| against each statement's bound, and all numbers as CSV."""
    one, two = pairs(len(axes.first)), pairs(len(axes.second))
    names = [bound.name for bound in statements()]
    rows: list[list[Any]] = [["labels", "labels (other)", "labels2", "labels2 (other)", "cosine", *names]]
    for a, b in np.ndindex(*axes.cosines.shape):
        pair = [
            axes.first[one[0][a]],
            axes.first[one[1][a]],
            axes.second[two[0][b]],
            axes.second[two[1][b]],
        ]
        rows.append([*pair, float(axes.cosines[a, b]), *(float(axes.values[name][a, b]) for name in names)])
    return Exhibit(_picture(axes, names), as_csv(rows))


@styled
def _picture(axes: Axes, names: list[str]) -> Picture:
    figure = new_figure(5.4, 3.8)
    axis = figure.subplots()
    cosines = np.abs(axes.cosines).ravel()
    largest = np.argsort(-cosines)[:MOST_DRAWN]
    for number, name in enumerate(names):
        axis.plot(
            np.minimum(axes.values[name].ravel()[largest], TOP),
            cosines[largest],
            MARKERS[number % len(MARKERS)],
            color=LINES[number % len(LINES)],
            markersize=3.5,
            alpha=0.5,
            linestyle="none",
            label=name,
        )
    axis.plot([0, 1], [0, 1], color="#777777", linewidth=0.9)
    axis.axvline(1.0, color="#777777", linewidth=0.8, linestyle=":")
    axis.set_xlim(0, TOP * 1.02)
    axis.set_ylim(0, 1.03)
    axis.set_xlabel(f"bound (above {TOP:g}: drawn there)")
    axis.set_ylabel("cosine of an axis of labels and one of labels2")
    axis.legend(frameon=False, fontsize=8, loc="upper left")
    ratio = max(each.largest_ratio for each in axes.bounds)
    text = (
        f"Cosines of {axes.cosines.size} pairs of axes, one of each labeling, against their bounds: "
        f"{np.mean(cosines):.3g} on average, {np.max(cosines):.3g} at most; the largest cosine / bound is "
        f"{ratio:.3g}."
    )
    return as_picture(figure, "axes-of-two-labelings", text, pdf=True)
