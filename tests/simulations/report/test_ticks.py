"""Tick labels of logarithmic axes: the same ticks as Matplotlib labels, as plain text."""

from __future__ import annotations

import pytest
from matplotlib.axis import Axis

from simulations.report.figures.picture import Picture, as_picture, new_figure, styled
from simulations.report.figures.ticks import plain_label, plain_ticks


@pytest.mark.parametrize(
    ("formula", "plain"),
    [
        (r"$\mathdefault{10^{-3}}$", "10⁻³"),
        (r"$\mathdefault{-10^{12}}$", "−10¹²"),
        (r"$\mathdefault{2\times10^{0}}$", "2×10⁰"),
        (r"$\mathdefault{0}$", "0"),
        ("", ""),
        ("5 shots", "5 shots"),
    ],
)
def test_a_formula_becomes_the_text_that_it_shows(formula: str, plain: str) -> None:
    assert plain_label(formula) == plain


def labels(axis: Axis) -> list[str]:
    ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
    axis.figure.draw_without_rendering()
    return [tick.label1.get_text() for tick in ticks]


@pytest.mark.parametrize(
    ("scale", "low", "high", "sample"),
    [("log", 2e-7, 30.0, "10⁻³"), ("log", 0.15, 0.7, "3×10⁻¹"), ("symlog", -50.0, 5e3, "−10¹")],
)
def test_the_ticks_with_a_label_are_those_of_matplotlib(
    scale: str, low: float, high: float, sample: str
) -> None:
    """Few of the minor ticks get one, and which depends on the range."""
    figure = new_figure(4, 3)
    axis = figure.subplots()
    axis.set_yscale(scale)
    axis.set_ylim(low, high)
    before = labels(axis.yaxis)
    plain_ticks(figure)
    after = labels(axis.yaxis)
    assert after == [plain_label(text) for text in before]
    assert sample in after and sample not in before
    assert any(text.startswith("$") for text in before)


def test_tick_labels_of_a_picture_are_plain_text() -> None:
    @styled
    def picture() -> Picture:
        figure = new_figure(4, 3)
        figure.subplots().loglog([1e-3, 1.0], [1.0, 1e4])
        return as_picture(figure, "powers", "two powers")

    svg = picture().svg.decode()
    assert ">10⁻³<" in svg and "mathdefault" not in svg
