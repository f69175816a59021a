"""Error, bounds and predictions along one axis; collapse along training."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulations.experiments.network.record import trace
from simulations.experiments.network.record.history import TITLES, cdnv_columns
from simulations.figures.rows import DRAWS, NUMBERS, SHOTS, ErrorsWanted, Source, axes, rows_of
from simulations.figures.style import (
    COLOURS,
    FONTS,
    MARKERS,
    TRUTH,
    DataFigure,
    Row,
    Style,
    Width,
    inches,
    settings,
    with_rows,
)
from simulations.runtime.errors import InputError
from simulations.runtime.randomness import ROOT_SEED
from simulations.verdicts.chance import chance
from theory import catalogue, printing

if TYPE_CHECKING:
    from matplotlib.axes import Axes as MatplotlibAxes

LOWEST, HIGHEST = 1e-12, 1e2
"""Range of the plot: errors and bounds outside it are drawn at its edge, as triangles that point in their
direction."""

BROADEST_LABEL = 20.0
"""Ems of a formula in the legend."""

SPELLED_OUT = {"le": "leq", "ge": "geq", "ne": "neq", r"operatorname\*": "operatorname"}
"""Commands of LaTeX and their names in Matplotlib's own TeX."""


def bound_against_error(  # noqa: PLR0913 - public: one keyword for each thing that can be drawn
    source: Source,
    *,
    bounds: Sequence[str] | None = None,
    against: str = "shots",
    ratio: bool = False,
    shots: Sequence[float] = SHOTS,
    ways: int | None = None,
    at: Mapping[str, Any] | None = None,
    width: Width = "column",
    style: Style = "paper",
    latex: bool = False,
    caption: bool = False,
    seed: int = ROOT_SEED,
    draws: float = DRAWS,
    progress: Callable[[str], None] | None = None,
) -> DataFigure:
    """The measured error with its 95 % interval, and bounds beside it, along one axis.

    source  : a population, the path of its TOML file, a measurement, or the records of a sweep.
    bounds  : names of statements; by default every one that is the tightest somewhere, the five tightest
        on average, the bound of 2022 and every prediction; ``left_out`` of the figure names the others.
    against : "shots" or, for a sweep, any axis that varies in it. Numbers are drawn as numbers.
    at      : values of the other axes of a sweep, where it has several; numbers are compared as numbers.
    draws   : random numbers for the error of a population at each number of shots.
    progress: is called with what takes time, in words.
    ratio   : draw error / bound in place of both.
    latex   : label curves with their claim beside their name.
    Returns a figure with ``frame()``. Raises InputError on an unknown bound or axis.
    """
    import matplotlib
    from matplotlib.figure import Figure

    rows, left_out = rows_of(source, bounds, ErrorsWanted(shots, ways, seed, draws), at=at, progress=progress)
    if all(row["value"] is None for row in rows):
        raise InputError(
            "no bound has a value here; run the sweep to its end, or choose others", field="source"
        )
    if against not in rows[0]:
        raise InputError(
            f"'{against}' is not an axis here; use one of {', '.join(axes(rows))}", field="against"
        )
    _one_slice(rows, against)
    with matplotlib.rc_context(settings(style)):
        wide, names = inches(width), list(dict.fromkeys(row["bound"] for row in rows))
        lines = len(names) + 2 if latex else (len(names) + 3) // 2
        below = max(0, lines - 3) * (0.026 if latex else 0.018) * FONTS[style]  # room for the legend
        figure = Figure(figsize=(wide, max(2.2, 0.68 * wide) + below), layout="constrained")
        axis = figure.subplots()
        places, ticks = _places([row[against] for row in rows])
        if not ratio:
            _draw_error(axis, rows, against, places)
        for index, name in enumerate(names):
            own = [row for row in rows if row["bound"] == name]
            label = claim_label(name) if latex else name
            key = "ratio" if ratio else "value"
            points = [
                (places[row[against]], row[key])
                for row in own
                # A bound that is too small for double precision is 0: it belongs to the edge.
                if row[key] is not None and (row[key] > 0 or key == "value")
            ]
            _draw_curve(axis, points, index, label, predicts=own[0]["kind"] == "approximation")
        _finish(axis, rows, against, ticks, ratio)
        if caption:
            figure.suptitle(f"{rows[0]['population']}, {rows[0]['ways']} ways", parse_math=False)
        figure.legend(loc="outside lower center", frameon=False, ncols=1 if latex else 2)
    return with_rows(figure, rows, left_out)


def collapse_over_training(
    folder: str | Path | None = None, *, width: Width = "column", style: Style = "paper"
) -> DataFigure:
    """CDNV of a recorded network on training samples, new samples and new classes against the epoch.

    folder : of a run of `collapse network`; by default the run that ships with the package.
    Bands are 95 % intervals over classes.
    """
    import matplotlib
    from matplotlib.figure import Figure

    history = trace.load(trace.PACKAGED if folder is None else Path(folder)).record["history"]
    rows: list[Row] = [
        {"epoch": entry["epoch"], "group": name, **{key: spread[key] for key in ("mean", "low", "high")}}
        for entry in history
        for name, spread in cdnv_columns(entry).items()
    ]
    with matplotlib.rc_context(settings(style)):
        wide = inches(width)
        figure = Figure(figsize=(wide, max(2.2, 0.68 * wide)), layout="constrained")
        axis = figure.subplots()
        for index, name in enumerate(dict.fromkeys(row["group"] for row in rows)):
            own = [row for row in rows if row["group"] == name]
            epochs = [row["epoch"] for row in own]
            colour = COLOURS[index % len(COLOURS)]
            axis.plot(
                epochs, [row["mean"] for row in own], color=colour, marker=MARKERS[index], label=TITLES[name]
            )
            if all(row["low"] is not None for row in own):
                axis.fill_between(
                    epochs, [row["low"] for row in own], [row["high"] for row in own], color=colour, alpha=0.2
                )
        axis.set_yscale("log")
        axis.set_xscale("symlog", linthresh=1)
        axis.set_xlim(left=0)
        axis.set_xlabel("epoch")
        axis.set_ylabel("CDNV (mean over pairs)")
        axis.legend(frameon=False)
    return with_rows(figure, rows)


def _one_slice(rows: Sequence[Row], against: str) -> None:
    """Raises InputError where several rows of one bound share a place on the axis."""
    first_rows: dict[tuple[Any, str], Row] = {}
    for row in rows:
        other = first_rows.setdefault((row[against], row["bound"]), row)
        if other is not row:
            differs = next((n for n in row if n not in NUMBERS and row[n] != other.get(n)), "replicate")
            raise InputError(
                f"several settings share one place of the axis: choose one {differs} with `at`",
                field=against,
            )


def _places(values: Sequence[Any]) -> tuple[dict[Any, float], dict[float, str]]:
    """Where each value lies on the axis, and its ticks: numbers as they are, infinity beyond the largest,
    words side by side."""
    distinct = list(dict.fromkeys(values))
    if not all(isinstance(value, int | float) for value in distinct):
        return {v: float(k) for k, v in enumerate(distinct)}, {
            float(k): str(v) for k, v in enumerate(distinct)
        }
    finite = sorted(value for value in distinct if math.isfinite(value))
    places = {value: float(value) for value in finite}
    if len(finite) < len(distinct):
        places[math.inf] = 2.5 * (finite[-1] if finite else 1.0)
    return places, {place: "∞" if math.isinf(value) else f"{value:g}" for value, place in places.items()}


def _draw_error(axis: MatplotlibAxes, rows: Sequence[Row], against: str, places: dict[Any, float]) -> None:
    by_value = {row[against]: row for row in rows if row["error"] is not None}
    for value, row in by_value.items():
        low, high = max(row["error_low"], LOWEST), row["error_high"]
        if high > low:
            axis.plot([places[value]] * 2, [low, high], "-", color=TRUTH, alpha=0.6)
        if row["error"] > LOWEST:
            axis.plot([places[value]], [row["error"]], "o", color=TRUTH)
        else:
            axis.plot([places[value]], [max(high, LOWEST)], "v", color=TRUTH, fillstyle="none")
    axis.plot([], [], "o", color=TRUTH, label="measured error")


def claim_label(name: str) -> str:
    """The name and the claim for Matplotlib's own TeX; in short where the claim is broad, or has cases, which
    that TeX lacks."""
    from matplotlib.mathtext import MathTextParser

    if name not in catalogue.names():
        return name
    bound = catalogue.get(name)
    for whole in (True, False):
        claim = printing.latex(
            printing.in_short(bound.relation, bound.statement, BROADEST_LABEL, whole=whole)
        )
        for command, known in SPELLED_OUT.items():
            claim = re.sub(rf"\\{command}(?![a-z])", rf"\\{known}", claim)
        try:
            MathTextParser("path").parse(f"${claim}$")
        except ValueError:
            continue
        return f"{name}: ${claim}$"
    raise AssertionError(f"Matplotlib's TeX lacks a command in {claim}")


def _draw_curve(
    axis: MatplotlibAxes, points: Sequence[tuple[float, float]], index: int, label: str, *, predicts: bool
) -> None:
    colour, marker = COLOURS[index % len(COLOURS)], MARKERS[index % len(MARKERS)]
    inside = sorted((x, y) for x, y in points if LOWEST <= y <= HIGHEST)
    axis.plot(
        [x for x, _ in inside],
        [y for _, y in inside],
        color=colour,
        marker=marker,
        linestyle=":" if predicts else "-",
        label=label,
    )
    for x, y in points:
        if y < LOWEST:
            axis.plot([x], [LOWEST], "v", color=colour)
        elif y > HIGHEST:
            axis.plot([x], [HIGHEST], "^", color=colour)


def _finish(
    axis: MatplotlibAxes, rows: Sequence[Row], against: str, ticks: dict[float, str], ratio: bool
) -> None:
    axis.set_yscale("log")
    numeric = all(isinstance(row[against], int | float) for row in rows)
    if numeric and all(place > 0 for place in ticks) and len(ticks) > 1:
        axis.set_xscale("log")
    axis.set_xticks(list(ticks), list(ticks.values()))
    axis.minorticks_off()
    axis.set_xlabel("shots (examples of each class)" if against == "shots" else against.replace("_", " "))
    axis.set_ylabel("error / bound" if ratio else "probability of error")
    axis.axhline(1.0, color="#777777", linewidth=0.7, linestyle=":")
    ways = {row["ways"] for row in rows}
    if not ratio and len(ways) == 1:
        level = chance(ways.pop())
        axis.axhline(level, color="#777777", linewidth=0.7, linestyle="--", label=f"chance ({level:.2g})")
