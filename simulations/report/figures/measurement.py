"""Figures of one measurement: CDNV of all pairs, error against shots, errors of the classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulations.features.measurement import Measurement
from simulations.report.figures.picture import (
    BOUND,
    LINES,
    MARKERS,
    STYLE,
    STYLES,
    TRUTH,
    Picture,
    as_picture,
    new_figure,
)
from simulations.runtime.errors import printable
from simulations.runtime.wording import shots_in_words
from simulations.verdicts.chance import above_chance, from_above
from theory import catalogue, collapse
from theory.array import Flags, Floats, Integers, to_numpy

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_NAMED = 30
"""Classes up to which a heat map names its rows."""
MOST_CLASSES = 60
"""Rows of a heat map: beyond, those of the worst pairs."""
WORST_PAIRS = 12
SHOWN_BOUNDS = 4
FLOOR = 1e-9


@dataclass(frozen=True)
class Exhibit:
    """A figure, PDF included, and its numbers as CSV."""

    picture: Picture
    csv: str


def exhibits(measurement: Measurement) -> list[Exhibit]:
    """All of them, in the order of the page."""
    drawings: Sequence[Callable[[Measurement], Exhibit]] = (
        pair_map,
        pair_histogram,
        against_shots,
        class_errors,
    )
    return [draw(measurement) for draw in drawings]


def _exhibit(
    draw: Callable[[Any], tuple[str, str]], size: tuple[float, float], rows: list[list[Any]]
) -> Exhibit:
    import matplotlib

    with matplotlib.rc_context(STYLE):
        figure = new_figure(*size)
        name, alternative = draw(figure)
        return Exhibit(as_picture(figure, name, alternative, pdf=True), as_csv(rows))


def as_csv(rows: list[list[Any]]) -> str:
    """Rows of numbers and text, the heading first."""

    def cell(value: object) -> str:
        text = repr(float(value)) if isinstance(value, float | np.floating) else str(value)
        return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\n\r') else text

    return "\n".join(",".join(map(cell, row)) for row in rows) + "\n"


def _half(measurement: Measurement) -> tuple[Floats, Flags]:
    """CDNV (half) of all pairs, NaN where there is none, and which unordered pairs have one."""
    values = np.array(to_numpy(collapse.cdnv(measurement.geometry, "half")), dtype=float)
    usable = np.isfinite(values) & ~np.eye(len(values), dtype=bool)
    return np.where(usable, values, np.nan), np.triu(usable)


def worst_pairs(measurement: Measurement, most: int = WORST_PAIRS) -> list[tuple[str, str, float]]:
    """The pairs of classes of largest CDNV (half), by name."""
    values, usable = _half(measurement)
    flat = np.where(usable, values, -np.inf)
    order = np.argsort(flat, axis=None)[::-1][: min(most, int(usable.sum()))]
    names = measurement.geometry.names
    return [(names[i], names[j], float(values[i, j])) for i, j in (divmod(int(k), len(names)) for k in order)]


def _order(values: Floats) -> Integers:
    """Classes by how near they are to each other: the leaves of average linkage of -log CDNV."""
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    if len(values) < 3:
        return np.arange(len(values))
    safe = np.where(np.isfinite(values) & (values > 0), values, np.nan)
    if not np.any(np.isfinite(safe)):
        return np.arange(len(values))
    far = -np.log(np.where(np.isfinite(safe), safe, np.nanmax(safe)))
    np.fill_diagonal(far, 0.0)
    gaps = (far + far.T) / 2
    gaps = gaps - gaps[~np.eye(len(gaps), dtype=bool)].min()
    np.fill_diagonal(gaps, 0.0)
    leaves: Integers = leaves_list(linkage(squareform(gaps, checks=False), "average"))
    return leaves


def pair_map(measurement: Measurement) -> Exhibit:
    """CDNV (half) of all pairs as a heat map, near classes next to each other."""
    values, usable = _half(measurement)
    names = [printable(name, 20) for name in measurement.geometry.names]
    chosen = np.arange(len(values))
    if len(values) > MOST_CLASSES:
        worst = np.nanmax(np.where(usable | usable.T, values, -np.inf), axis=1)
        chosen = np.sort(np.argsort(worst)[::-1][:MOST_CLASSES])
    order = chosen[_order(values[np.ix_(chosen, chosen)])]

    def draw(figure: Figure) -> tuple[str, str]:
        axis = figure.subplots()
        shown = np.log10(np.maximum(values[np.ix_(order, order)], FLOOR))
        # Paths and no pixels: nothing of the page is loaded from elsewhere, not even from itself.
        image = axis.pcolormesh(np.ma.masked_invalid(shown), cmap="cividis")
        bar = figure.colorbar(image, ax=axis, label="log10 of CDNV (half)", shrink=0.8)
        if bar.solids is not None:
            bar.solids.set_rasterized(False)
        axis.invert_yaxis()
        axis.set_aspect("equal")
        if len(order) <= MOST_NAMED:
            places = np.arange(len(order)) + 0.5
            axis.set_yticks(places, [names[c] for c in order], parse_math=False)
            axis.set_xticks(places, [names[c] for c in order], rotation=90, parse_math=False)
        axis.set_title(
            "CDNV of all pairs of classes" if len(order) == len(values) else "CDNV of the worst classes"
        )
        pairs = ", ".join(f"{a} and {b} {value:.3g}" for a, b, value in worst_pairs(measurement, 3))
        return "cdnv-map", f"Heat map of the CDNV of {len(order)} classes; largest: {pairs}."

    full = [
        [measurement.geometry.names[i], measurement.geometry.names[j], values[i, j]]
        for i, j in np.argwhere(usable)
    ]
    return _exhibit(draw, (6.0, 5.0), [["class", "other", "cdnv_half"], *full])


def pair_histogram(measurement: Measurement) -> Exhibit:
    """CDNV (half) of all pairs as a histogram, mean and median marked."""
    from matplotlib.ticker import MaxNLocator

    values, usable = _half(measurement)
    pairs = values[usable]
    positive = pairs[pairs > 0]
    edges = (
        np.geomspace(positive.min(), positive.max() * (1 + 1e-9), 31)
        if len(positive) > 1
        else np.array([0.0, 1.0])
    )
    counts, edges = np.histogram(pairs, bins=edges)

    def draw(figure: Figure) -> tuple[str, str]:
        axis = figure.subplots()
        axis.stairs(counts, edges, fill=True, color=TRUTH, alpha=0.5)
        spread = measurement.cdnv["half"]
        axis.axvline(spread.mean, color=BOUND, label=f"mean {spread.mean:.3g}")
        axis.axvline(spread.median, color=BOUND, linestyle="--", label=f"median {spread.median:.3g}")
        if edges[0] > 0:
            axis.set_xscale("log")
        axis.set_xlabel("CDNV (half)")
        axis.yaxis.set_major_locator(MaxNLocator(integer=True))
        axis.set_ylabel("pairs of classes")
        axis.legend(frameon=False, fontsize=8)
        middle = f"mean {spread.mean:.3g}, median {spread.median:.3g}"
        return "cdnv-histogram", f"Histogram of the CDNV of {len(pairs)} pairs: {middle}."

    rows = [[low, high, int(count)] for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)]
    return _exhibit(draw, (6.0, 2.8), [["from", "to", "pairs"], *rows])


def against_shots(measurement: Measurement) -> Exhibit:
    """Error against shots, with predictions and the tightest bounds, one panel a number of ways."""
    ways = sorted({row.setting.ways for row in measurement.rows})
    table: list[list[Any]] = [["ways", "shots", "quantity", "value", "low", "high"]]
    for row in measurement.rows:
        start = [row.setting.ways, row.setting.shots]
        table.append([*start, "error", row.estimate.value, row.estimate.low, row.estimate.high])
        table += [[*start, v.bound, v.value, "", ""] for v in row.verdicts if v.value is not None]

    def draw(figure: Figure) -> tuple[str, str]:
        axes = figure.subplots(1, len(ways), squeeze=False)[0]
        parts: list[str] = []
        for axis, k in zip(axes, ways, strict=True):
            rows = sorted((r for r in measurement.rows if r.setting.ways == k), key=lambda r: r.setting.shots)
            shots = [r.setting.shots for r in rows]
            axis.plot(shots, [max(r.estimate.value, FLOOR) for r in rows], "o-", color=TRUTH, label="error")
            for index, (name, values) in enumerate(_curves(rows)):
                style = {
                    "color": LINES[index % 6],
                    "linestyle": STYLES[index % 6],
                    "marker": MARKERS[index % 6],
                }
                axis.plot(shots, values, markersize=4, label=name, **style)
            axis.set_xscale("log")
            axis.set_yscale("log")
            axis.set_xticks(shots, [f"{n:g}" for n in shots])
            axis.minorticks_off()
            axis.set_xlabel("number of shots")
            axis.set_title(f"{k} ways")
            axis.legend(frameon=False, fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)
            parts.append(
                f"{k} ways: " + ", ".join(f"{r.estimate.value:.3g} at {r.setting.shots:g}" for r in rows)
            )
        axes[0].set_ylabel("probability of error")
        return "error-against-shots", "Error against shots. " + "; ".join(parts) + "."

    return _exhibit(draw, (0.8 + 3.2 * len(ways), 4.0), table)


def _curves(rows: Sequence[Any]) -> list[tuple[str, list[float]]]:
    """Approximations, and the upper bounds that are tightest at the largest number of shots."""
    guesses = [bound.name for bound in catalogue.about("few_shot_error") if bound.kind == "approximation"]
    values: dict[str, list[float]] = {}
    for row in rows:
        for verdict in row.verdicts:
            known = verdict.value if verdict.value is not None and verdict.value > 0 else np.nan
            values.setdefault(verdict.bound, []).append(known)
    last = {v.bound: v.value for v in rows[-1].verdicts if v.value is not None}
    useful = [
        name
        for name, value in sorted(last.items(), key=lambda item: item[1])
        if name not in guesses and from_above(name) and not above_chance(value, rows[-1].setting.ways)
    ]
    chosen = [*(name for name in guesses if name in last), *useful[:SHOWN_BOUNDS]]
    return [(name, values[name]) for name in chosen]


def class_errors(measurement: Measurement) -> Exhibit:
    """The error of every class, sorted, one line a setting."""
    from matplotlib.ticker import MaxNLocator

    names = measurement.geometry.names
    table: list[list[Any]] = [["ways", "shots", "class", "error"]]

    def draw(figure: Figure) -> tuple[str, str]:
        axis = figure.subplots()
        for index, row in enumerate(measurement.rows):
            errors = np.sort(np.asarray(row.estimate.per_class))[::-1]
            label = f"{row.setting.ways} ways, {shots_in_words(row.setting.shots)}"
            axis.plot(
                np.arange(1, len(errors) + 1),
                errors,
                drawstyle="steps-mid",
                color=LINES[index % 6],
                label=label,
            )
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.set_xlabel("classes, worst first")
        axis.set_ylabel("error")
        axis.set_ylim(bottom=0)
        axis.legend(frameon=False, fontsize=7)
        worst = max(zip(measurement.rows[0].estimate.per_class, names, strict=True))
        return (
            "class-errors",
            f"Errors of the classes, sorted; worst at the first setting: {worst[1]} {worst[0]:.3g}.",
        )

    for row in measurement.rows:
        pairs = sorted(zip(row.estimate.per_class, names, strict=True), reverse=True)
        table += [[row.setting.ways, row.setting.shots, name, error] for error, name in pairs]
    return _exhibit(draw, (6.0, 2.8), table)
