"""Figures of the three claims: coverage, transfer, rates, and why CDNV has no upper bound."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from simulations.experiments.transfer.rates import RateFit
from simulations.jobs.verify.chapters.claim_points import ABOUT_CDNV, FAILURE, TransferPoint
from simulations.report.figures.picture import (
    BOUND,
    LINES,
    MARKERS,
    STYLE,
    TRUTH,
    Picture,
    as_picture,
    new_figure,
)
from simulations.runtime.wording import slug
from simulations.verdicts.coverage.judge import Coverage
from theory.array import to_numpy

if TYPE_CHECKING:
    from matplotlib.axes import Axes as MatplotlibAxes

AXES = {"collapse": "collapse", "classes": "source classes", "samples": "samples of a class"}
SMALLEST, LARGEST = 1e-4, 10.0
BOUND_LINES = ("#333333", "#0072B2", "#8C510A")
MEASURES = {"source": "source samples", "fresh": "new samples", "new": "new classes", "error": "error"}


def coverage_drawing(chapter: str, coverages: Sequence[Coverage]) -> Picture:
    """Failure frequency of every bound with its 95 % interval, beside delta and what would be caught."""
    import matplotlib

    with matplotlib.rc_context(STYLE):
        figure = new_figure(8.0, 0.8 + 0.33 * max(len(coverages), 2))
        axis = figure.subplots()
        for row, coverage in enumerate(coverages):
            axis.plot([coverage.low, coverage.high], [row, row], "-", color=TRUTH, linewidth=2)
            axis.plot([coverage.frequency], [row], "o", color=TRUTH, markersize=4)
            axis.plot([coverage.caught], [row], "|", color=BOUND, markersize=9)
        names = [f"{each.statement}\n{each.population}" for each in coverages]
        axis.set_yticks(range(len(coverages)), names, fontsize=6)
        axis.invert_yaxis()
        if coverages:
            axis.axvline(coverages[0].failure, color="#777777", linestyle=":", linewidth=1)
        axis.set_xlabel("failure frequency (dotted: delta; bar: caught with probability 0.99)")
        failures = "; ".join(f"{c.statement}: {c.failures} of {c.replicates}" for c in coverages)
        return as_picture(
            figure, slug(f"{chapter}-coverage"), f"Failures of bounds against delta: {failures}."
        )


def transfer_drawing(chapter: str, subject: str, points: Sequence[TransferPoint]) -> Picture:
    """CDNV on source samples, new samples and new classes, and the error, with 95 % intervals and bounds."""
    import matplotlib

    with matplotlib.rc_context(STYLE):
        names = list(dict.fromkeys(point.map_name for point in points))
        figure = new_figure(2.6 + 2.3 * max(len(names), 1), 3.4)
        axes = figure.subplots(1, max(len(names), 1), squeeze=False, sharey=True)[0]
        descriptions = []
        for axis, name in zip(axes, names, strict=False):
            chosen = sorted((p for p in points if p.map_name == name), key=lambda point: point.position)
            for index, (measure, label) in enumerate(MEASURES.items()):
                _line(axis, chosen, measure, label, index)
            for index, bound in enumerate(chosen[0].bounds):
                _bound_line(axis, chosen, bound, index)
            axis.set_yscale("log")
            if subject != "collapse":
                axis.set_xscale("log")
                places = [point.position for point in chosen]
                axis.set_xticks(places, [f"{place:g}" for place in places], fontsize=7)
                axis.minorticks_off()
            axis.set_xlabel(AXES[subject])
            axis.set_title(_title(chosen, subject), fontsize=7)
            descriptions.append(_description(chosen))
        axes[0].set_ylim(SMALLEST, LARGEST)
        axes[0].set_ylabel("median CDNV (half), error")
        handles = {h.get_label(): h for axis in axes for h in axis.get_lines()}
        figure.legend(
            list(handles.values()), list(handles), loc="outside right center", frameon=False, fontsize=6
        )
        text = f"CDNV and error against {AXES[subject]}. Dashed: bounds at delta = {FAILURE:g}, for the "
        text += "fixed map only, since they do not apply to a map learned from these classes. "
        text += "; ".join(descriptions) + "."
        return as_picture(figure, slug(f"{chapter}-transfer"), text)


def _title(points: Sequence[TransferPoint], subject: str) -> str:
    """The map, and the sizes that stay the same along the axis."""
    sizes = {"classes": points[0].classes, "samples": points[0].samples}
    fixed = [f"{count} {what}" for what, count in sizes.items() if what != subject]
    return f"{points[0].map_name}\n" + ", ".join(fixed)


def _bound_line(axis: MatplotlibAxes, points: Sequence[TransferPoint], name: str, index: int) -> None:
    """Positions where the bound is infinite are left out."""
    shown = [(p.position, p.bounds[name]) for p in points if p.bounds[name] is not None]
    if shown:
        label = f"{name} (of {'CDNV' if name in ABOUT_CDNV else 'the error'})"
        axis.plot(*zip(*shown, strict=True), color=BOUND_LINES[index % 3], linestyle="--", label=label)


def _description(points: Sequence[TransferPoint]) -> str:
    last = points[-1]
    text = f"{last.map_name} at {last.position:g}: new classes {last.values['new'][0]:.2g}"
    text += f", error {last.values['error'][0]:.2g}"
    for name, value in last.bounds.items():
        text += f", {name} {'infinite' if value is None else format(value, '.2g')}"
    return text


def _line(
    axis: MatplotlibAxes, points: Sequence[TransferPoint], measure: str, label: str, index: int
) -> None:
    shown = [(p.position, *p.values[measure]) for p in points if 0 < p.values[measure][0] < math.inf]
    if not shown:
        return
    places, middle, low, high = zip(*shown, strict=True)
    # Larger ones first: curves that coincide stay visible.
    size = 7 - 1.2 * index
    axis.plot(places, middle, marker=MARKERS[index], color=LINES[index], markersize=size, label=label)
    floor = [max(x, SMALLEST) for x in low]
    axis.fill_between(places, floor, high, color=LINES[index], alpha=0.15, linewidth=0)


def rates_drawing(chapter: str, fits: Sequence[RateFit]) -> Picture:
    """Gap against size on log axes, one line a fit."""
    import matplotlib

    with matplotlib.rc_context(STYLE):
        figure = new_figure(7.4, 3.6)
        axis = figure.subplots()
        maps = list(dict.fromkeys(each.subject.split(", ")[0] for each in fits))
        for fit in fits:
            label = f"{fit.subject}: {fit.slope:.2f} [{fit.low:.2f}, {fit.high:.2f}]"
            index = maps.index(fit.subject.split(", ")[0]) % 6
            style: dict[str, Any] = {"marker": MARKERS[index], "color": LINES[index], "markersize": 4}
            style["linestyle"] = "--" if fit.symbol == "l" else "-"
            axis.plot(fit.sizes, fit.gaps, label=label, **style)
        axis.set_xscale("log")
        axis.set_yscale("log")
        axis.set_xlabel("samples or classes")
        axis.set_ylabel("root mean square gap of CDNV")
        axis.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, fontsize=6)
        slopes = "; ".join(f"{each.subject}: slope {each.slope:.2f}" for each in fits)
        return as_picture(figure, slug(f"{chapter}-rates"), f"Rates of the transfer gap. {slopes}.")


def impossibility_drawing(chapter: str) -> Picture:
    """The largest CDNV of l independent classes grows without end with l."""
    import matplotlib
    import numpy as np

    from simulations.experiments.transfer.classes import ClassLaw
    from simulations.experiments.transfer.measures import pair_cdnv, squared_distances
    from simulations.runtime.randomness import ROOT_SEED, stream

    law = ClassLaw(dimension=2, noise=0.3)
    sizes = (4, 8, 16, 32, 64, 128)
    largest = []
    for size in sizes:
        class_laws = law.draw(stream(ROOT_SEED, "impossible", size), (40, size))
        values = pair_cdnv(class_laws.variances, squared_distances(class_laws.means))
        largest.append(float(np.median(np.max(to_numpy(values), axis=(1, 2)))))
    with matplotlib.rc_context(STYLE):
        figure = new_figure(4.6, 3.2)
        axis = figure.subplots()
        axis.plot(sizes, largest, "-o", color=BOUND, markersize=4)
        axis.set_xscale("log")
        axis.set_yscale("log")
        axis.set_xlabel("independent classes")
        axis.set_ylabel("largest CDNV of a pair (median)")
        text = (
            f"The largest CDNV among {sizes[0]} classes in the plane is {largest[0]:.2g}, "
            f"among {sizes[-1]} it is {largest[-1]:.2g}: it has no upper bound."
        )
        return as_picture(figure, slug(f"{chapter}-impossible"), text)
