"""Bars of measured errors: a cap at either end, and none where the bar goes on to 0."""

from __future__ import annotations

from typing import Any

from simulations.report.figures.bounds import PlottedPoint, draw_error, finish_axis
from simulations.report.figures.picture import new_figure


def bar_and_caps(point: PlottedPoint) -> tuple[Any, list[float]]:
    axis = new_figure(3.0, 3.0).subplots()
    draw_error(axis, [point])
    finish_axis(axis, [point], "t")
    caps = [float(y) for line in axis.get_lines() if line.get_marker() == "_" for y in line.get_ydata()]
    return axis, caps


def test_both_ends_have_a_cap_that_is_seen() -> None:
    axis, caps = bar_and_caps(PlottedPoint(1.0, 0.1, 1e-4, 0.2, None))
    assert caps == [1e-4, 0.2] and axis.get_ylim()[0] < 1e-4


def test_a_bar_to_zero_has_an_upper_cap_alone() -> None:
    assert bar_and_caps(PlottedPoint(1.0, 0.1, 0.0, 0.2, None))[1] == [0.2]
