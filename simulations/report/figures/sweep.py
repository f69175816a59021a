"""Pictures of a sweep: which bound is sharpest where, and error and bounds along one axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from simulations.jobs.sweep.export import Record
from simulations.jobs.sweep.slices import Slice, text

if TYPE_CHECKING:
    from matplotlib.axes import Axes as MatplotlibAxes
    from matplotlib.figure import Figure


def phase_diagram(part: Slice, x: str, y: str) -> Figure:
    """A Matplotlib figure: for each cell of two axes the sharpest bound below 1, named by a letter and a
    colour, with its value; hatched where every bound is vacuous."""
    rows = part.rows
    columns, lines = _values(rows, x), _values(rows, y)
    best: dict[tuple[Any, Any], tuple[float, str]] = {}
    for row in rows:
        if row["value"] is not None and row["verdict"] in ("holds", "undecided", "violated"):
            cell = (row[x], row[y])
            best[cell] = min(best.get(cell, (1.0, "")), (row["value"], row["bound"]))
    named = sorted({name for _, name in best.values() if name})
    figure, axis = _axes(max(5.0, 1.1 * len(columns) + 3.2), max(3.2, 0.7 * len(lines) + 1.8))
    for column, a in enumerate(columns):
        for line, b in enumerate(lines):
            value, name = best.get((a, b), (1.0, ""))
            _cell(axis, (column, line), value, name, named)
    axis.set_xlim(-0.5, len(columns) - 0.5)
    axis.set_ylim(-0.5, len(lines) - 0.5)
    axis.set_xticks(range(len(columns)), [text(v) for v in columns])
    axis.set_yticks(range(len(lines)), [text(v) for v in lines])
    axis.set_xlabel(x)
    axis.set_ylabel(y)
    _title(axis, "Sharpest bound below 1", part)
    from matplotlib.patches import Patch

    shown = [
        Patch(facecolor=_colour(k), edgecolor="black", label=f"{_letter(k)}  {name}")
        for k, name in enumerate(named)
    ]
    if any(not best.get((a, b), (1.0, ""))[1] for a in columns for b in lines):
        shown.append(Patch(facecolor="white", edgecolor="grey", hatch="////", label="every bound vacuous"))
    axis.legend(handles=shown, loc="upper left", bbox_to_anchor=(1.01, 1.0), fontsize=8, frameon=False)
    drawing: Figure = figure
    return drawing


def curves(part: Slice, x: str) -> Figure:
    """A Matplotlib figure: the measured error with its interval and every bound along one axis."""
    rows = part.rows
    values = _values(rows, x)
    places = list(range(len(values)))
    figure, axis = _axes(8.0, 4.6)
    by_value = {row[x]: row for row in rows if row["error"] is not None}
    measured = [k for k in places if values[k] in by_value]
    truth = [by_value[values[k]] for k in measured]
    middle = [row["error"] for row in truth]
    low = [row["error"] - row["error_low"] for row in truth]
    high = [row["error_high"] - row["error"] for row in truth]
    axis.errorbar(
        measured,
        middle,
        yerr=[low, high],
        color="black",
        marker="o",
        capsize=3,
        label="measured error",
        zorder=5,
    )
    for k, name in enumerate(dict.fromkeys(row["bound"] for row in rows)):
        line = {row[x]: row["value"] for row in rows if row["bound"] == name and row["value"] is not None}
        at = [place for place in places if line.get(values[place], -1) >= 0]
        style = ("-", "--", "-.", ":")[k // len(_PALETTE) % 4]
        axis.plot(
            at,
            [max(line[values[p]], UNDERFLOW) for p in at],  # far below the picture
            style,
            color=_colour(k),
            marker=_MARKERS[k % len(_MARKERS)],
            ms=4,
            label=name,
        )
    axis.axhline(1.0, color="grey", lw=0.8)
    axis.text(places[0], 1.15, "above 1 a bound is vacuous", fontsize=7, va="bottom", color="grey")
    axis.set_yscale("log")
    positive = [v for v in middle if v > 0]
    axis.set_ylim(bottom=max(min(positive, default=1e-6) / 3, SMALLEST_SHOWN), top=30)
    axis.set_xticks(places, [text(v) for v in values])
    axis.set_xlabel(x)
    axis.set_ylabel("probability of a wrong label")
    _title(axis, "Error and bounds", part)
    axis.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), fontsize=7, frameon=False)
    drawing: Figure = figure
    return drawing


SMALLEST_SHOWN = 1e-12
UNDERFLOW = 1e-300
"""Below this double precision runs out, and a bound that is positive is computed as 0."""
_PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#999999")
_MARKERS = "sv^DPX<>"


def _title(axis: MatplotlibAxes, what: str, part: Slice) -> None:
    """A line for what is drawn, one for the slice, and one on how to draw another."""
    lines = [what, part.words]
    if part.another is not None:
        lines.append(f"draw another with --at {part.another}")
    axis.set_title("\n".join(filter(None, lines)), fontsize=9, loc="left", parse_math=False)


def _colour(k: int) -> str:
    return _PALETTE[k % len(_PALETTE)]


def cell_text(value: float) -> str:
    """A bound in the few characters of a cell."""
    return f"< {UNDERFLOW:g}" if value < UNDERFLOW else f"{value:.2g}"


def _letter(k: int) -> str:
    return chr(ord("A") + k % 26)


def _cell(axis: MatplotlibAxes, place: tuple[int, int], value: float, name: str, named: list[str]) -> None:
    from matplotlib.patches import Rectangle

    column, line = place
    corner = (column - 0.5, line - 0.5)
    if not name:
        axis.add_patch(Rectangle(corner, 1, 1, facecolor="white", edgecolor="grey", hatch="////", lw=0.5))
        return
    k = named.index(name)
    axis.add_patch(Rectangle(corner, 1, 1, facecolor=_colour(k), edgecolor="black", lw=0.5))
    axis.text(
        column,
        line,
        f"{_letter(k)}\n{cell_text(value)}",
        ha="center",
        va="center",
        fontsize=8,
        bbox={"facecolor": "white", "alpha": 0.75, "pad": 1.5, "lw": 0},
    )


def _axes(width: float, height: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def _values(rows: Sequence[Record], axis: str) -> list[Any]:
    values = list(dict.fromkeys(row[axis] for row in rows if row[axis] is not None))
    return sorted(values) if all(isinstance(v, int | float) for v in values) else values
