"""Pictures of a sweep: which bound is sharpest where, and error and bounds along one axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulations.errors import InputError, printable
from simulations.sweep.export import Record

FIXED = (
    "population",
    "error",
    "error_low",
    "error_high",
    "method",
    "bound",
    "value",
    "verdict",
    "ratio",
    "reason",
)


def axes_of(rows: Sequence[Record]) -> list[str]:
    """Columns that take more than one value and can be an axis."""
    names = [name for name in rows[0] if name not in FIXED and name != "replicate"]
    return [name for name in names if len({row[name] for row in rows if row[name] is not None}) > 1]


def phase_diagram(rows: Sequence[Record], x: str, y: str) -> Any:
    """A Matplotlib figure: for each cell of two axes the sharpest bound below 1, named by a letter and a
    colour, with its value; hatched where every bound is vacuous. Other axes stay at their first value."""
    rows, fixed = _slice(rows, (x, y))
    columns, lines = _values(rows, x), _values(rows, y)
    best: dict[tuple[Any, Any], tuple[float, str]] = {}
    for row in rows:
        if row["value"] is not None and row["verdict"] in ("holds", "undecided", "violated"):
            cell = (row[x], row[y])
            best[cell] = min(best.get(cell, (1.0, "")), (row["value"], row["bound"]))
    named = sorted({name for _, name in best.values() if name})
    figure, axis = _figure(max(5.0, 1.1 * len(columns) + 3.2), max(3.2, 0.7 * len(lines) + 1.8))
    for column, a in enumerate(columns):
        for line, b in enumerate(lines):
            value, name = best.get((a, b), (1.0, ""))
            _cell(axis, column, line, value, name, named)
    axis.set_xlim(-0.5, len(columns) - 0.5)
    axis.set_ylim(-0.5, len(lines) - 0.5)
    axis.set_xticks(range(len(columns)), [_text(v) for v in columns])
    axis.set_yticks(range(len(lines)), [_text(v) for v in lines])
    axis.set_xlabel(x)
    axis.set_ylabel(y)
    axis.set_title("Sharpest bound below 1" + fixed, fontsize=10, parse_math=False)
    from matplotlib.patches import Patch

    shown = [
        Patch(facecolor=_colour(k), edgecolor="black", label=f"{_letter(k)}  {name}")
        for k, name in enumerate(named)
    ]
    shown.append(Patch(facecolor="white", edgecolor="grey", hatch="////", label="every bound vacuous"))
    axis.legend(handles=shown, loc="upper left", bbox_to_anchor=(1.01, 1.0), fontsize=8, frameon=False)
    return figure


def curves(rows: Sequence[Record], x: str) -> Any:
    """A Matplotlib figure: the measured error with its interval and every bound along one axis."""
    rows, fixed = _slice(rows, (x,))
    values = _values(rows, x)
    places = list(range(len(values)))
    figure, axis = _figure(8.0, 4.6)
    seen = {row[x]: row for row in rows if row["error"] is not None}
    held = [k for k in places if values[k] in seen]
    truth = [seen[values[k]] for k in held]
    middle = [row["error"] for row in truth]
    low = [row["error"] - row["error_low"] for row in truth]
    high = [row["error_high"] - row["error"] for row in truth]
    axis.errorbar(
        held, middle, yerr=[low, high], color="black", marker="o", capsize=3, label="measured error", zorder=5
    )
    for k, name in enumerate(dict.fromkeys(row["bound"] for row in rows)):
        line = {row[x]: row["value"] for row in rows if row["bound"] == name and row["value"] is not None}
        at = [place for place in places if line.get(values[place], 0) > 0]
        style = ("-", "--", "-.", ":")[k // len(_PALETTE) % 4]
        axis.plot(
            at,
            [line[values[p]] for p in at],
            style,
            color=_colour(k),
            marker=_MARKERS[k % len(_MARKERS)],
            ms=4,
            label=name,
        )
    axis.axhline(1.0, color="grey", lw=0.8)
    axis.text(places[0], 1.15, "above 1 a bound says nothing", fontsize=7, va="bottom", color="grey")
    axis.set_yscale("log")
    positive = [v for v in middle if v > 0]
    axis.set_ylim(bottom=max(min(positive, default=1e-6) / 3, SMALLEST_SHOWN), top=30)
    axis.set_xticks(places, [_text(v) for v in values])
    axis.set_xlabel(x)
    axis.set_ylabel("probability of a wrong label")
    axis.set_title("Error and bounds" + fixed, fontsize=10, parse_math=False)
    axis.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), fontsize=7, frameon=False)
    return figure


SMALLEST_SHOWN = 1e-12
_PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#999999")
_MARKERS = "sv^DPX<>"


def _colour(k: int) -> str:
    return _PALETTE[k % len(_PALETTE)]


def _letter(k: int) -> str:
    return chr(ord("A") + k % 26)


def _cell(axis: Any, column: int, line: int, value: float, name: str, named: list[str]) -> None:
    from matplotlib.patches import Rectangle

    corner = (column - 0.5, line - 0.5)
    if not name:
        axis.add_patch(Rectangle(corner, 1, 1, facecolor="white", edgecolor="grey", hatch="////", lw=0.5))
        return
    k = named.index(name)
    axis.add_patch(Rectangle(corner, 1, 1, facecolor=_colour(k), edgecolor="black", lw=0.5))
    axis.text(
        column,
        line,
        f"{_letter(k)}\n{value:.2g}",
        ha="center",
        va="center",
        fontsize=8,
        bbox={"facecolor": "white", "alpha": 0.75, "pad": 1.5, "lw": 0},
    )


def _figure(width: float, height: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def _values(rows: Sequence[Record], axis: str) -> list[Any]:
    found = list(dict.fromkeys(row[axis] for row in rows if row[axis] is not None))
    return sorted(found) if all(isinstance(v, int | float) for v in found) else found


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else printable(str(value), 20)


def _slice(rows: Sequence[Record], axes: Sequence[str]) -> tuple[list[Record], str]:
    """Rows at the first population, replicate and value of every other axis, and words that say so."""
    possible = axes_of(rows)
    for axis in axes:
        if axis not in possible:
            raise InputError(
                f"'{printable(axis, 40)}' does not vary in this grid; use {', '.join(possible) or 'no axes'}",
                field="--axes",
            )
    kept = [row for row in rows if all(row[axis] is not None for axis in axes)]
    first = kept[0]
    others = [name for name in ("population", *possible) if name not in axes]
    kept = [row for row in kept if all(row[name] == first[name] for name in (*others, "replicate"))]
    words = ", ".join(f"{name} {_text(first[name])}" for name in others)
    return kept, f" ({words})" if words else ""
