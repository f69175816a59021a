"""The figure of collapse across depth: every stage of the network, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simulations.experiments.network.record.depth import SHOWN, in_words
from simulations.experiments.network.record.history import TITLES
from simulations.report.figures.picture import BOUND, Picture, as_picture, new_figure, styled

SMALLEST = 1e-5
"""Errors too rare to occur in any episode are drawn here."""


@styled
def depth_drawing(history: Sequence[Mapping[str, Any]]) -> Picture:
    """CDNV above, few-shot error below, against the stage; a line an epoch, the later the darker. Dashed: the
    tightest bound after the last epoch."""
    from matplotlib import colormaps

    rows = [row for row in history if row.get("depth")]
    shown = [name for name in SHOWN if name in rows[-1]["depth"][0]["groups"]]
    stages = [entry["stage"] for entry in rows[-1]["depth"]]
    places = range(len(stages))
    figure = new_figure(3.1 * len(shown), 5.2)
    axes = figure.subplots(2, len(shown), sharex=True, sharey="row", squeeze=False)
    for column, name in enumerate(shown):
        for number, row in enumerate(rows):
            color = colormaps["viridis_r"]((number + 1) / len(rows))
            groups = [entry["groups"][name] for entry in row["depth"]]
            means = [each["cdnv"]["mean"] for each in groups]
            known = [(place, mean) for place, mean in zip(places, means, strict=True) if mean is not None]
            if known:
                axes[0][column].plot(*zip(*known, strict=True), "-o", color=color, markersize=3)
            errors = [max(each["error"]["value"], SMALLEST) for each in groups]
            axes[1][column].plot(
                places, errors, "-o", color=color, markersize=3, label=f"epoch {row['epoch']}"
            )
        bounds = [entry["groups"][name]["bound"] for entry in rows[-1]["depth"]]
        points = [(place, bound["value"]) for place, bound in zip(places, bounds, strict=True) if bound]
        if points:
            axes[1][column].plot(
                *zip(*points, strict=True),
                "--s",
                color=BOUND,
                markersize=3,
                label="tightest bound, last epoch",
            )
        axes[0][column].set_title(TITLES[name].replace("CDNV, ", ""))
        for axis in axes[:, column]:
            axis.set_yscale("log")
        axes[1][column].set_xticks(list(places), stages, rotation=30, ha="right")
    axes[0][0].set_ylabel("CDNV (half), mean over pairs")
    setting = rows[-1]["depth"][0]["groups"][shown[0]]["error"]
    axes[1][0].set_ylabel(f"error, {setting['ways']} ways, {setting['shots']} shots")
    handles, labels = axes[1][-1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center", frameon=False, fontsize=7)
    return as_picture(figure, "depth", in_words(rows))
