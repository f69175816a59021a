"""Pictures of the network chapter. Colours, markers and line styles together tell the lines apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from simulations.experiments.network.record.measures import EpochMeasures
from simulations.jobs.verify.chapters.network import EpochRow
from simulations.report.figures.picture import (
    LINES,
    MARKERS,
    STYLE,
    STYLES,
    TRUTH,
    Picture,
    as_picture,
    new_figure,
)
from simulations.runtime.randomness import ROOT_SEED, stream

if TYPE_CHECKING:
    from matplotlib.axes import Axes as MatplotlibAxes

LABELS = {
    "source": "source samples (training)",
    "fresh": "new samples, source classes",
    "validation": "held-out classes",
    "new": "new classes",
}
SHEET_CLASSES, SHEET_SAMPLES = 12, 20
SMALLEST = 1e-4


def contact_drawing() -> Picture:
    """Some images of the packaged data: a row a class, drawn at random."""
    import matplotlib

    from simulations.experiments.network.data.dataset import load_glyphs

    data = load_glyphs()
    rng = stream(ROOT_SEED, "network", "contact sheet")
    enough = np.flatnonzero(data.counts() >= SHEET_SAMPLES)
    classes = np.sort(rng.permutation(enough)[:SHEET_CLASSES])
    rows = []
    for c in classes:
        chosen = rng.permutation(np.flatnonzero(data.labels == c))[:SHEET_SAMPLES]
        rows.append(np.concatenate([np.pad(image, 2) for image in data.images[chosen]], axis=1))
    with matplotlib.rc_context(STYLE):
        sheet = np.concatenate(rows)
        figure = new_figure(7.0, 7.0 * sheet.shape[0] / sheet.shape[1])
        axis = figure.subplots()
        axis.imshow(255 - sheet, cmap="gray", interpolation="none")
        axis.set_axis_off()
        return as_picture(
            figure,
            "contact-sheet",
            f"{SHEET_SAMPLES} samples each of {len(classes)} of the {len(data.class_names)} classes, "
            "a row a class.",
        )


def cdnv_drawing(measures: Sequence[EpochMeasures]) -> Picture:
    """CDNV of every group over epochs: mean over pairs with its interval over classes, and median."""
    import matplotlib

    with matplotlib.rc_context(STYLE):
        figure = new_figure(9.0, 3.8)
        axes = figure.subplots(1, 2, sharey=True)
        epochs = [each.epoch for each in measures]
        for index, name in enumerate(name for name in LABELS if name in measures[0].cdnv):
            shown = [each.cdnv[name] for each in measures]
            style = {"marker": MARKERS[index], "linestyle": STYLES[index], "color": LINES[index]}
            axes[0].plot(epochs, [s.mean for s in shown], label=LABELS[name], markersize=5, **style)
            axes[1].plot(epochs, [s.median for s in shown], label=LABELS[name], markersize=5, **style)
            if all(s.low is not None for s in shown):
                low, high = [s.low for s in shown], [s.high for s in shown]
                axes[0].fill_between(epochs, low, high, color=LINES[index], alpha=0.15, linewidth=0)
        for axis, what in zip(axes, ("mean over pairs, 95 % over classes", "median over pairs"), strict=True):
            _epochs(axis, epochs)
            axis.set_yscale("log")
            axis.set_title(what)
        axes[0].set_ylabel("CDNV (half)")
        axes[1].legend(frameon=False, fontsize=8)
        last = measures[-1].cdnv.items()
        description = ", ".join(
            f"{LABELS[name]} {e.mean:.3g} (median {e.median:.3g})"
            if math.isfinite(e.mean)
            else f"{LABELS[name]} undefined (no pair of classes is resolved)"
            for name, e in last
        )
        text = (
            "CDNV over epochs, on the samples kept in the record (a part of the source classes). "
            f"After epoch {epochs[-1]}: {description}."
        )
        return as_picture(figure, "cdnv", text)


def _epochs(axis: MatplotlibAxes, epochs: Sequence[float]) -> None:
    """Epochs on a log scale that has room for 0, the untrained network."""
    axis.set_xscale("symlog", linthresh=1.0, linscale=0.35)
    axis.set_xticks(epochs, [f"{epoch:g}" for epoch in epochs])
    axis.minorticks_off()
    axis.set_xlim(-0.15, epochs[-1] * 1.15)
    axis.set_xlabel("epoch (0: untrained)")


def error_drawing(epoch_rows: Sequence[EpochRow]) -> Picture:
    """Measured error and every bound: over epochs at 5 shots (or the most there are), and over shots."""
    import matplotlib

    last = max(each.epoch for each in epoch_rows)
    shots = sorted({each.row.setting.shots for each in epoch_rows})
    middle = 5 if 5 in shots else shots[-1]
    over_epochs: list[tuple[float, EpochRow]] = [
        (each.epoch, each) for each in epoch_rows if each.row.setting.shots == middle
    ]
    over_shots = [(each.row.setting.shots, each) for each in epoch_rows if each.epoch == last]
    with matplotlib.rc_context(STYLE):
        figure = new_figure(9.4, 4.6)
        axes = figure.subplots(1, 2, sharey=True)
        for axis, points in zip(axes, (over_epochs, over_shots), strict=True):
            _bounds_and_error(axis, points)
            axis.set_yscale("log")
            axis.axhline(1.0, color="#777777", linewidth=0.8, linestyle=":")
        ways = epoch_rows[0].row.setting.ways
        _epochs(axes[0], [place for place, _ in over_epochs])
        axes[0].set_title(f"{ways} ways, {middle:g} shots")
        axes[0].set_ylabel("probability of error, new classes")
        axes[1].set_xscale("log")
        axes[1].set_xticks(shots, [f"{n:g}" for n in shots])
        axes[1].minorticks_off()
        axes[1].set_xlabel("shots (support draws of each class)")
        axes[1].set_title(f"{ways} ways, epoch {last}")
        handles, labels = axes[1].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside right center", frameon=False, fontsize=7)
        final = over_shots[[place for place, _ in over_shots].index(middle)][1].row
        values = sorted((v.value, v.bound) for v in final.verdicts if v.value is not None)
        listing = ", ".join(f"{name} {value:.3g}" for value, name in values)
        text = (
            "Error on new classes, and every bound that applies; above the dotted line a bound is vacuous. "
            f"At {middle:g} shots after epoch {last}: error {final.estimate.formatted(3)}; {listing}."
        )
        return as_picture(figure, "error-and-bounds", text)


def _bounds_and_error(axis: MatplotlibAxes, points: Sequence[tuple[float, EpochRow]]) -> None:
    places = [place for place, _ in points]
    names = [v.bound for v in points[0][1].row.verdicts]
    applied = [n for n in names if any(_value(each, n) is not None for _, each in points)]
    for index, name in enumerate(applied):
        values = [(place, _value(each, name)) for place, each in points]
        shown = [(place, value) for place, value in values if value is not None and value > 0]
        # The second six repeat colours with another marker and style.
        turn = (index + index // 6) % 6
        axis.plot(
            *zip(*shown, strict=True), color=LINES[index % 6], marker=MARKERS[turn], markersize=4,
            linestyle=STYLES[turn], linewidth=1.1, label=name,
        )  # fmt: skip
    errors = [each.row.estimate for _, each in points]
    axis.plot(places, [max(e.value, SMALLEST) for e in errors], "-o", color=TRUTH, linewidth=2, label="error")
    for place, error in zip(places, errors, strict=True):
        axis.plot(
            [place] * 2, [max(error.low, SMALLEST), error.high], "-", color=TRUTH, linewidth=3, alpha=0.4
        )


def _value(each: EpochRow, name: str) -> float | None:
    return next((v.value for v in each.row.verdicts if v.bound == name), None)
