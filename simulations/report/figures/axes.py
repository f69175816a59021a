"""The figure of the axes of two labelings: how far each law is from its bound."""

from __future__ import annotations

from collections.abc import Sequence

from simulations.jobs.verify.chapters.axes import AxesRow
from simulations.report.figures.picture import LINES, MARKERS, Picture, as_picture, new_figure, styled


@styled
def axes_drawing(rows: Sequence[AxesRow]) -> Picture:
    """|u_1.u_2| against its bound, the worst pair of axes of each law; above the line a bound is false."""
    figure = new_figure(5.2, 4.0)
    axis = figure.subplots()
    top = 1.2
    for number, name in enumerate(dict.fromkeys(row.statement for row in rows)):
        own = [row for row in rows if row.statement == name]
        axis.plot(
            [min(row.bound, top) for row in own],
            [row.cosine for row in own],
            MARKERS[number % len(MARKERS)],
            color=LINES[number % len(LINES)],
            markersize=5,
            alpha=0.8,
            label=name,
        )
    axis.plot([0, 1], [0, 1], color="#777777", linewidth=0.9)
    axis.axvline(1.0, color="#777777", linewidth=0.8, linestyle=":")
    axis.set_xlim(0, top * 1.02)
    axis.set_ylim(0, 1.03)
    axis.set_xlabel(f"bound at the worst pair of axes (above {top:g}: drawn there)")
    axis.set_ylabel("cosine of the two axes")
    axis.legend(loc="lower right", frameon=False, fontsize=8)
    largest = max((row.ratio for row in rows), default=0.0)
    text = (
        "Cosine of an axis of one labeling with an axis of the other against its bound, at the worst pair of "
        f"each law; the largest cosine / bound is {largest:.4g}."
    )
    return as_picture(figure, "axes", text)
