"""Bars of measured errors: a cap at either end, and none where the bar goes on to 0."""

from __future__ import annotations

from typing import Any

from simulations.report.figures.bounds import PlottedPoint, Span, draw_error, finish_axis, measured_drawing
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


def test_a_measurement_shows_the_interval_that_verdicts_compare() -> None:
    """Its own, over episodes, is far narrower: without the other a bound inside it would seem violated."""
    error, bounds = PlottedPoint(5.0, 1e-3, 9e-4, 1.1e-3, None), [Span("cdnv_sharp", 5e-4, None, None)]
    wide = measured_drawing("m", "2 ways, 5 shots", error, bounds, (1e-5, 6e-3))
    narrow = measured_drawing("m", "2 ways, 5 shots", error, bounds)
    assert b"fresh samples" in wide.svg and b"fresh samples" not in narrow.svg
