"""Sizes and styles of figures, a figure that knows its data, and how it is saved."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from simulations.jobs.sweep.export import to_csv
from simulations.runtime.errors import InputError
from simulations.runtime.files import write_bytes, write_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Width = Literal["column", "page"] | float
Style = Literal["paper", "talk", "page"]
Row = dict[str, Any]
INCHES = {"column": 3.35, "page": 6.9}
FONTS = {"paper": 8.0, "talk": 13.0, "page": 9.5}
FORMATS = ("pdf", "pgf", "svg", "png")
COLOURS = (
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#7A5195",
    "#8C510A",
    "#666666",
    "#332288",
    "#999933",
)
MARKERS = ("s", "^", "D", "v", "P", "X", "<", ">")
TRUTH = "#0072B2"


class DataFigure(Protocol):
    """A Matplotlib figure with the rows behind it. ``left_out`` names the bounds that have values there and
    are not drawn, since none were asked for by name and others are tighter."""

    left_out: tuple[str, ...]

    def frame(self) -> list[Row]:
        """The rows that were drawn, in the order of the drawing."""

    def savefig(self, *args: object, **kwargs: object) -> None:
        """As in Matplotlib."""


def settings(style: Style) -> dict[str, Any]:
    """Matplotlib's settings for that style. Raises ValueError on an unknown one."""
    if style not in FONTS:
        raise ValueError(f"style '{style}' is unknown; use {', '.join(FONTS)}")
    size = FONTS[style]
    return {
        "font.size": size,
        "axes.titlesize": size,
        "axes.labelsize": size,
        "legend.fontsize": 0.85 * size,
        "xtick.labelsize": 0.9 * size,
        "ytick.labelsize": 0.9 * size,
        "lines.linewidth": 2.0 if style == "talk" else 1.2,
        "lines.markersize": 6.0 if style == "talk" else 4.0,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "svg.fonttype": "none",
        "svg.hashsalt": "neural-collapse-transfer",
        "pdf.fonttype": 42,
    }


def inches(width: Width) -> float:
    """Raises ValueError on a width that is neither a name nor a number of inches between 1 and 40."""
    if isinstance(width, str):
        if width not in INCHES:
            raise ValueError(f"width '{width}' is unknown; use column, page or a number of inches")
        return INCHES[width]
    if not 1 <= width <= 40:
        raise ValueError(f"a width of {width:g} inches is out of range; use 1 to 40")
    return float(width)


def with_rows(figure: Figure, rows: Sequence[Row], left_out: tuple[str, ...] = ()) -> DataFigure:
    """The figure, which now has the method ``frame``, and ``left_out``."""
    kept = [dict(row) for row in rows]
    figure.frame = lambda: [dict(row) for row in kept]  # type: ignore[attr-defined]  # put on this figure
    figure.left_out = left_out  # type: ignore[attr-defined]  # put on this figure
    return figure  # type: ignore[return-value]  # put on this figure


def form_of(path: Path) -> str:
    """The form that the ending names. Raises InputError on one that is not written here."""
    form = path.suffix[1:]
    if form not in FORMATS:
        raise InputError(f"ends in '{path.suffix}'; use one of {', '.join(FORMATS)}", file=path)
    return form


def save(figure: DataFigure, path: str | Path) -> tuple[Path, Path]:
    """Write the figure (the ending says how: pdf, pgf, svg, png) and its rows as CSV beside it.

    Returns both paths. Raises InputError on another ending or a place that cannot be written.
    """
    path = Path(path)
    form = form_of(path)
    content = io.BytesIO()
    if form == "pgf":
        text = io.StringIO()
        try:
            figure.savefig(text, format="pgf")
        except (RuntimeError, OSError):
            raise InputError("pgf needs a LaTeX installation (xelatex); use pdf", file=path) from None
        content.write(text.getvalue().encode())
    else:
        figure.savefig(content, format=form, dpi=200)
    write_bytes(path, content.getvalue())
    table = path.with_suffix(".csv")
    write_text(table, to_csv(figure.frame()))
    return path, table
