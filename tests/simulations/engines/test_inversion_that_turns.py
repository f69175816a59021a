"""Pairs whose inversion integral turns many times on a vertical line while it hardly falls: one wide axis
beside a distance along which nothing spreads."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import ndtr

from simulations.engines import estimate
from simulations.engines.exact import margins
from simulations.engines.exact.margins import PairAxes, wrong_pair
from simulations.engines.exact.valley import along_valley
from simulations.populations.gaussian import GaussianClasses
from theory.array import Floats, NumPyArray
from theory.setting import Setting


def by_centres(wide: float, own: float, along: float, aside: float) -> float:
    """P((z - along)^2 + aside^2 <= (z - m)^2), z ~ N(0, wide) and m ~ N(0, own): linear in z, given m."""
    total = 0.0
    for sign in (1.0, -1.0):
        # Distances of m from ``along``, on a scale that resolves both ends.
        t = np.linspace(-70.0, math.log(60.0), 40_000)
        a = sign * math.sqrt(own) * np.exp(t)
        m = along + a
        reached = (m * m - along * along - aside * aside) / (2 * a) / math.sqrt(wide)
        density = np.exp(-(m * m) / own / 2 + t) / math.sqrt(2 * math.pi)
        total += float(np.sum(density * ndtr(sign * reached))) * (t[1] - t[0])
    return total


CASES = [
    (1.0, 0.44, 0.26, 0.45),
    (1.0, 0.1, 0.0, 8.0),
    (1.0, 0.02, 1.0, 3.0),
    (1.0, 1e-6, 1e-4, 1e-4),
    (1e6, 1e-3, 0.02, 9.0),
]


@pytest.mark.parametrize(("wide", "own", "along", "aside"), CASES)
def test_a_wide_axis_beside_a_sure_distance(wide: float, own: float, along: float, aside: float) -> None:
    axes = PairAxes(
        np.array([wide, 0.0]), np.array([own, 0.0]), np.zeros(2), np.array([along, aside]), np.ones(2)
    )
    assert wrong_pair(axes) == pytest.approx(by_centres(wide, own, along, aside), rel=2e-11)


def test_the_line_alone_would_be_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with one rule on the line believed whatever another says."""
    monkeypatch.setattr(margins, "AGREE", math.inf)
    wide, own, along, aside = CASES[0]
    axes = PairAxes(
        np.array([wide, 0.0]), np.array([own, 0.0]), np.zeros(2), np.array([along, aside]), np.ones(2)
    )
    assert abs(wrong_pair(axes) / by_centres(wide, own, along, aside) - 1) > 1e-6


def test_an_estimate_of_such_classes_is_exact() -> None:
    population = GaussianClasses([[0.0, 0.0], [0.26, 0.45]], [[1.0, 0.0], [0.0, 0.0]])
    result = estimate(population, Setting(2, 2))
    assert result.exact and result.per_class is not None
    assert result.per_class[0] == pytest.approx(by_centres(1.0, 0.5, 0.26, 0.45), rel=2e-11)


@pytest.mark.parametrize("score", [-0.5, -3.0, -20.0])
def test_a_valley_gives_the_normal_distribution(score: float) -> None:
    """Of a margin N(-score, 1): K(s) = s^2/2 - s score, and the line has its saddle point where K' = 1/s."""
    saddle = (score - math.sqrt(score * score + 4)) / 2

    def exponent(s: NumPyArray) -> NumPyArray:
        values: Floats = s * s / 2 - s * score - np.log(s)
        return values

    total, gap = along_valley(exponent, saddle, 1 / math.sqrt(1 + 1 / saddle**2))
    assert gap < 1e-11
    assert -total / math.pi == pytest.approx(float(ndtr(score)), rel=1e-12)


def test_an_integral_that_does_not_converge_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(margins, "AGREE", -1.0)
    with pytest.raises(ValueError, match="does not converge"):
        wrong_pair(PairAxes.spherical(3, 2.0, 1.0, 0.5, 0.5))
