"""Pictures of the network chapter: certificates, and the sweeps over classes and samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from simulations.experiments.network.findings.fits import QUANTITIES, Slope
from simulations.features.certification.certificates import Certification
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

if TYPE_CHECKING:
    from matplotlib.axes import Axes as MatplotlibAxes

SMALLEST = 1e-4
SHORT = {
    "fresh - source": "new samples − source",
    "new - fresh": "new classes − new samples",
    "new": "new classes",
    "error_1": "1-shot error",
    "error_5": "5-shot error",
}


def certificate_drawing(certified: Sequence[Certification]) -> Picture:
    """Certificates from the validation classes beside the measured error on the new classes."""
    import matplotlib

    with matplotlib.rc_context(STYLE):
        ways = list(dict.fromkeys(each.ways for each in certified))
        figure = new_figure(1.5 + 3.2 * max(len(ways), 1), 3.4)
        axes = figure.subplots(1, max(len(ways), 1), sharey=True, squeeze=False)[0]
        descriptions = []
        for axis, k in zip(axes, ways, strict=False):
            chosen = [each for each in certified if each.ways == k]
            descriptions += [_certified(axis, chosen, k)]
        axes[0].set_ylabel("probability of error, new classes")
        axes[0].set_ylim(top=1.5)
        if certified:
            axes[0].legend(frameon=False, fontsize=7, loc="lower left")
        text = (
            "Upper bounds from classes not trained on, each at confidence 0.95, and the measured error on "
            "new classes with its 95 % interval over classes. "
        )
        return as_picture(figure, "certificates", text + "; ".join(descriptions) + ".")


def _certified(axis: MatplotlibAxes, chosen: Sequence[Certification], ways: int) -> str:
    shots = [each.shots for each in chosen]
    names = [c.name for c in chosen[0].certificates]
    for index, name in enumerate(names):
        values = [next(c.value for c in each.certificates if c.name == name) for each in chosen]
        shown = [(n, v) for n, v in zip(shots, values, strict=True) if v is not None]
        if shown:
            # Larger ones first: curves that coincide stay visible.
            axis.plot(
                *zip(*shown, strict=True),
                label=name,
                markersize=10 - 2 * index,
                color=LINES[index],
                marker=MARKERS[index],
                linestyle=STYLES[index],
            )
    measured = [(each.shots, each.measured) for each in chosen if each.measured is not None]
    for n, m in measured:
        low, high = m.over_classes
        axis.plot([n, n], [max(low, SMALLEST), high], "-", color=TRUTH, linewidth=3, alpha=0.4)
    label = "measured error, interval over classes"
    axis.plot(
        [n for n, _ in measured],
        [max(m.error, SMALLEST) for _, m in measured],
        "-o",
        color=TRUTH,
        label=label,
    )
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xticks(shots, [f"{n:g}" for n in shots])
    axis.minorticks_off()
    axis.axhline(1.0, color="#777777", linewidth=0.8, linestyle=":")
    axis.set_xlabel("shots")
    axis.set_title(f"{ways} ways")
    listing = ", ".join(f"{c.name} {c.value:.3g}" for c in chosen[-1].certificates if c.value is not None)
    error = measured[-1][1].error if measured else math.nan
    return f"{ways} ways, {shots[-1]:g} shots: error {error:.3g}, {listing}"


def sweep_drawing(study: str, fits: Sequence[Slope]) -> Picture:
    """Gaps, CDNV and errors against classes or samples at matched training collapse, a dot a run."""
    import matplotlib

    with matplotlib.rc_context(STYLE):
        figure = new_figure(9.0, 4.2)
        axes = figure.subplots(1, 2)
        for axis, errors in zip(axes, (False, True), strict=True):
            for index, fit in enumerate(f for f in fits if f.quantity.startswith("error") == errors):
                _sweep_line(axis, fit, index)
            axis.set_xscale("log")
            axis.set_yscale("log")
            sizes = sorted({size for fit in fits for each in fit.sizes for size in each})
            axis.set_xticks(sizes, [f"{size:g}" for size in sizes])
            axis.minorticks_off()
            axis.set_xlabel("source classes" if study == "classes" else "training samples of each class")
            axis.set_ylabel("error on new classes" if errors else "CDNV (half), median over pairs")
            axis.legend(frameon=False, fontsize=7, loc="lower left", bbox_to_anchor=(0, 1.0))
        listing = "; ".join(
            f"{QUANTITIES[f.quantity]} {f.slope:.2f} [{f.low:.2f}, {f.high:.2f}]"
            for f in fits
            if f.slope is not None
        )
        text = (
            "At one and the same CDNV on the source samples; a dot a run. Log-log slopes with 95 % intervals "
        )
        text += f"over seeds: {listing}."
        return as_picture(figure, f"sweep-{study}", text)


def _sweep_line(axis: MatplotlibAxes, fit: Slope, index: int) -> None:
    by_size: dict[int, list[float]] = {}
    for sizes, values in zip(fit.sizes, fit.values, strict=True):
        axis.plot(
            sizes, values, MARKERS[index], color=LINES[index], markersize=4, alpha=0.5, linestyle="none"
        )
        for size, value in zip(sizes, values, strict=True):
            by_size.setdefault(size, []).append(value)
    places = sorted(by_size)
    label = SHORT[fit.quantity]
    if fit.slope is not None:
        label += f": {fit.slope:.2f} [{fit.low:.2f}, {fit.high:.2f}]"
    middle = [math.exp(float(np.mean(np.log(by_size[size])))) for size in places]
    axis.plot(places, middle, color=LINES[index], linestyle=STYLES[index], label=label)
