"""The figure of the largest error / bound found for every upper bound."""

from __future__ import annotations

import math
from collections.abc import Sequence

from simulations.jobs.verify.chapters.sharpness import Sharp
from simulations.report.figures.picture import BOUND, STYLE, TRUTH, Picture, as_picture, new_figure


def sharpness_drawing(best: Sequence[Sharp], everything: Sequence[Sharp]) -> Picture:
    """A dot for the best witness of each bound, small marks for the others; logarithmic, 1 at the right."""
    import matplotlib

    rows = sorted(best, key=lambda each: (each.ratio, each.bound))
    place = {each.bound: row for row, each in enumerate(rows)}
    with matplotlib.rc_context(STYLE):
        figure = new_figure(7.4, 1.2 + 0.26 * len(rows))
        axis = figure.subplots()
        left = min(each.ratio for each in everything) / 1.5
        axis.hlines(list(place.values()), left, [each.ratio for each in rows], color="#c9ced6", linewidth=1)
        others = [each for each in everything if each not in rows]
        axis.plot(
            [each.ratio for each in others],
            [place[each.bound] for each in others],
            "|",
            color=BOUND,
            markersize=8,
            label="witnesses at other shots",
        )
        axis.plot(
            [each.ratio for each in rows],
            list(place.values()),
            "o",
            color=TRUTH,
            clip_on=False,
            zorder=3,
            label="largest found",
        )
        for row, sharp in enumerate(rows):
            axis.annotate(
                f"{sharp.ratio:.3g}, n = {_shots(sharp.shots)}",
                (1.0, row),
                xytext=(6, 0),
                textcoords="offset points",
                va="center",
                fontsize=8,
            )
        axis.axvline(1.0, color="#777777", linewidth=0.8, linestyle=":")
        axis.set_xscale("log")
        axis.set_xlim(left, 1.0)
        axis.set_yticks(list(place.values()), [each.bound for each in rows], parse_math=False)
        axis.set_xlabel("error / bound (1: attained, no smaller bound holds there)")
        axis.legend(loc="lower right", frameon=False, fontsize=8)
        text = "Largest error / bound found for each upper bound: " + ", ".join(
            f"{each.bound} {each.ratio:.3g}" for each in best
        )
        return as_picture(figure, "sharpness", text + ".")


def _shots(shots: float) -> str:
    return "∞" if math.isinf(shots) else f"{shots:g}"
