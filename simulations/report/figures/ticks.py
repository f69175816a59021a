"""Tick labels of logarithmic axes as plain text, 10⁻³. Loads Matplotlib: import it where a figure is drawn.

Matplotlib writes them as formulas, and reading these took a third of a figure's time; a formula is also not
text that can be searched for or read aloud by a screen reader.
"""

from __future__ import annotations

import re
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import Formatter, LogFormatterMathtext

from theory.inheritance import override

RAISED = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")
WRAPPER = re.compile(r"^\$\\mathdefault\{(.*)\}\$$")
POWER = re.compile(r"\^\{([^{}]*)\}")


def plain_label(formula: str) -> str:
    """What Matplotlib's ``$\\mathdefault{10^{-3}}$`` shows, without markup: ``10⁻³``."""
    inner = WRAPPER.match(formula)
    if inner is None:
        return formula
    raised = POWER.sub(lambda power: power[1].translate(RAISED), inner[1])
    return raised.replace(r"\times", "×").replace("-", "−")


class PlainLog(Formatter):
    """The labels of ``formatter``, as plain text."""

    def __init__(self, formatter: LogFormatterMathtext) -> None:
        self.formatter = formatter

    @override
    def __call__(self, x: float, pos: int | None = None) -> str:
        return plain_label(self.formatter(x, pos))

    def set_axis(self, axis: Any) -> None:  # noqa: ANN401 - of kinds that are private to Matplotlib
        """The axis, for the wrapped formatter too."""
        super().set_axis(axis)
        self.formatter.set_axis(axis)

    def set_locs(self, locs: list[float]) -> None:
        """Where the ticks are: the wrapped formatter picks the ones to label."""
        super().set_locs(locs)
        self.formatter.set_locs(locs)


def plain_ticks(figure: Figure) -> None:
    """Every logarithmic axis of the figure gets plain labels."""
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            major, minor = axis.get_major_formatter(), axis.get_minor_formatter()
            if isinstance(major, LogFormatterMathtext):
                axis.set_major_formatter(PlainLog(major))
            if isinstance(minor, LogFormatterMathtext):
                axis.set_minor_formatter(PlainLog(minor))
