"""What a figure is, how it looks, and how it becomes SVG and PNG: the same bytes every time.

Matplotlib is used through its objects only (no pyplot, no global state but a local style) and loaded when
the first figure is drawn. The colours can be distinguished by colour-blind readers, the markers also in grey.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BOUND, TRUTH = "#D55E00", "#0072B2"
LINES = ("#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7A5195")
STYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)))
MARKERS = ("s", "^", "D", "v", "P", "X")
STYLE = {
    "svg.hashsalt": "neural-collapse-transfer",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9.0,
    "axes.titlesize": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


@dataclass(frozen=True)
class Picture:
    """One figure: file name without ending, SVG and PNG bytes, and its text alternative."""

    name: str
    svg: bytes = field(repr=False)
    png: bytes = field(repr=False)
    alternative: str
    pdf: bytes = field(repr=False, default=b"")
    """The PDF bytes, where they were requested."""


_P = ParamSpec("_P")


def styled(draw: Callable[_P, Picture]) -> Callable[_P, Picture]:
    """The figure's settings hold while it is drawn, and nowhere else."""

    @wraps(draw)
    def within_style(*args: _P.args, **kwargs: _P.kwargs) -> Picture:
        import matplotlib

        with matplotlib.rc_context(STYLE):
            return draw(*args, **kwargs)

    return within_style


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of that size in inches, drawn without a screen."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def as_picture(figure: Figure, name: str, alternative: str, *, pdf: bool = False) -> Picture:
    """The figure as SVG and PNG bytes (PDF too) without dates: the same figure gives the same bytes."""

    def saved(kind: str, metadata: Mapping[str, str | None], dpi: float | None = None) -> bytes:
        buffer = io.BytesIO()
        figure.savefig(buffer, format=kind, metadata=metadata, dpi="figure" if dpi is None else dpi)
        return buffer.getvalue()

    from simulations.report.figures.ticks import plain_ticks  # it loads Matplotlib

    plain_ticks(figure)
    # Laid out once for all files: most of a figure's time goes into that.
    layout = figure.get_layout_engine()
    if layout is not None:
        layout.execute(figure)
    figure.set_layout_engine(None)
    svg = saved("svg", metadata={"Date": None, "Creator": None})
    png = saved("png", dpi=110, metadata={"Software": None})
    dateless = {"CreationDate": None, "Creator": None, "Producer": None}
    return Picture(name, svg, png, alternative, saved("pdf", metadata=dateless) if pdf else b"")
