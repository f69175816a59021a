"""The path of a search as a picture: largest error / bound against evaluations."""

from __future__ import annotations

import math

from simulations.attack.records import Hunt
from simulations.report.figures.picture import BOUND, STYLE, TRUTH, Picture, as_picture, new_figure
from simulations.runtime.wording import slug


def path_drawing(hunt: Hunt) -> Picture:
    """One figure: the best ratio so far, and the line at 1 that a true bound never passes."""
    import matplotlib

    with matplotlib.rc_context(STYLE):
        figure = new_figure(6.0, 3.2)
        axis = figure.subplots()
        path = hunt.path or ((1, 0.0),)
        counts = [count for count, _ in path] + [max(hunt.evaluations, 1)]
        ratios = [ratio for _, ratio in path] + [path[-1][1]]
        axis.step(counts, ratios, where="post", color=TRUTH)
        axis.axhline(1.0, color=BOUND, linestyle=":", linewidth=1)
        axis.set_xscale("log")
        # From 0, with plain ticks: near a limit Matplotlib would show differences from an offset.
        # An error over a bound of 0 has no height.
        axis.set_ylim(0.0, 1.08 * max(1.0, *(ratio for ratio in ratios if math.isfinite(ratio))))
        axis.ticklabel_format(axis="y", useOffset=False)
        axis.set_xlabel("exact evaluations")
        axis.set_ylabel("largest error / bound")
        axis.set_title(hunt.bound, parse_math=False)
        where = hunt.best.space if hunt.best is not None else "nowhere"
        text = (
            f"{hunt.bound}: largest error / bound {hunt.ratio:.6g} after {hunt.evaluations} exact "
            f"evaluations ({where})."
        )
        return as_picture(figure, slug(f"attack-{hunt.bound}"), text)
