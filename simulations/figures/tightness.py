"""How near each bound comes to the error: a dot and a range for each bound."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

from simulations.figures.rows import DRAWS, SHOTS, ErrorsWanted, Source, rows_of
from simulations.figures.style import (
    COLOURS,
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


def tightness(  # noqa: PLR0913 - public: one keyword for each thing that can be drawn
    source: Source,
    *,
    bounds: Sequence[str] | None = None,
    shots: Sequence[float] = SHOTS,
    ways: int | None = None,
    width: Width = "column",
    style: Style = "paper",
    seed: int = ROOT_SEED,
    draws: float = DRAWS,
    progress: Callable[[str], None] | None = None,
) -> DataFigure:
    """error / bound of every bound that is not vacuous: the median as a dot, smallest to largest as a line.

    Parameters as of ``bound_against_error``. 1 is attained, .1 means ten times too large. Predictions may lie
    on either side of 1. Raises InputError where no bound has a ratio.
    """
    import matplotlib
    from matplotlib.figure import Figure

    ratios: dict[str, list[float]] = {}
    drawn_rows, left_out = rows_of(source, bounds, ErrorsWanted(shots, ways, seed, draws), progress=progress)
    for row in drawn_rows:
        if row["ratio"] is not None and row["ratio"] > 0 and row["verdict"] != "vacuous":
            ratios.setdefault(row["bound"], []).append(row["ratio"])
    if not ratios:
        raise InputError("no bound has a ratio here: all are vacuous, or no error occurred", field="source")
    rows: list[Row] = [
        {
            "bound": name,
            "smallest": min(values),
            "median": statistics.median(values),
            "largest": max(values),
            "settings": len(values),
        }
        for name, values in sorted(ratios.items(), key=lambda entry: statistics.median(entry[1]))
    ]
    with matplotlib.rc_context(settings(style)):
        figure = Figure(figsize=(inches(width), 0.9 + 0.24 * len(rows)), layout="constrained")
        axis = figure.subplots()
        for place, row in enumerate(rows):
            axis.plot([row["smallest"], row["largest"]], [place, place], "-", color=COLOURS[0], alpha=0.5)
            axis.plot([row["median"]], [place], "o", color=COLOURS[0])
        axis.plot([], [], "-o", color=COLOURS[0], label="median, smallest to largest")
        axis.axvline(1.0, color="#777777", linewidth=0.7, linestyle=":")
        axis.set_xscale("log")
        axis.set_yticks(range(len(rows)), [row["bound"] for row in rows], parse_math=False)
        axis.set_ylim(-0.6, len(rows) - 0.4)
        axis.set_xlabel("error / bound")
        figure.legend(loc="outside upper right", frameon=False)
    return with_rows(figure, rows, left_out)
