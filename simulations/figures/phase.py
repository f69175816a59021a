"""Which bound is sharpest where, over two axes of a sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simulations.figures.style import DataFigure, with_rows
from simulations.jobs.sweep.slices import slice_of
from simulations.report.figures.sweep import phase_diagram


def phase(
    records: Sequence[dict[str, Any]], x: str, y: str, *, at: Mapping[str, Any] | None = None
) -> DataFigure:
    """For each cell of two axes of a sweep the sharpest bound below 1, by letter, colour and value.

    records : of ``simulations.sweep.read``; x, y : axes that vary in it; at : values of the other axes, by
        default the first ones of the grid.
    Raises InputError on an axis that does not vary or a value that the grid does not have.
    """
    part = slice_of(records, [x, y], dict(at or {}))
    return with_rows(phase_diagram(part, x, y), list(part.rows))
