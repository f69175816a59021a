"""Exact pairs of Gaussian classes whose covariances have axes of very different length, rotated or not: right
to the digits that the entries have, for infinitely many and for finitely many shots."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest
from scipy.special import ndtr

from simulations.engines import estimate
from simulations.engines.exact.margins import wrong_half_space
from simulations.engines.pairs import pair_matrix
from simulations.populations.finite_support import FiniteSupport
from simulations.populations.gaussian import GaussianClasses, is_semidefinite
from theory import catalogue
from theory.array import Floats
from theory.bound import Value
from theory.geometry.quadratic import Gap, along
from theory.setting import Setting


def rotated(condition: float, angle: float, dimension: int = 2) -> tuple[Floats, Floats]:
    """A covariance of that condition and its unit short axis."""
    turn = np.eye(dimension)
    turn[:2, :2] = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    turn = turn @ np.linalg.qr(np.random.default_rng(dimension).standard_normal((dimension, dimension)))[0]
    variances = np.geomspace(1.0, 1 / condition, dimension)
    covariance = (turn * variances) @ turn.T
    return (covariance + covariance.T) / 2, turn[:, -1]


def in_fractions(covariance: Floats, start: Floats, end: Floats) -> tuple[float, float]:
    """|g|^2 and g'Sg of the difference g of two means."""
    gap = [Fraction(float(b)) - Fraction(float(a)) for a, b in zip(start, end, strict=True)]
    entries = [[Fraction(float(x)) for x in row] for row in covariance]
    image = [sum(s * g for s, g in zip(row, gap, strict=True)) for row in entries]
    return float(sum(g * g for g in gap)), float(sum(g * h for g, h in zip(gap, image, strict=True)))


@pytest.mark.parametrize("origin", [0.0, 1.0])
@pytest.mark.parametrize("condition", [1e6, 1e9, 1e14])
@pytest.mark.parametrize("dimension", [2, 5])
def test_infinitely_many_shots_are_as_exact_as_the_entries(
    dimension: int, condition: float, origin: float
) -> None:
    """Also where the means lie far from the origin, so that differences are not one float a coordinate."""
    covariance, short = rotated(condition, 0.7, dimension)
    start = origin * np.sqrt(np.arange(2.0, dimension + 2))
    end = start + 1.7 / math.sqrt(condition) * short
    square, variance = in_fractions(covariance, start, end)
    result = estimate(GaussianClasses([start.tolist(), end.tolist()], [covariance] * 2), Setting(math.inf, 2))
    assert result.exact
    assert result.value == pytest.approx(float(ndtr(-square / 2 / math.sqrt(variance))), rel=1e-13)
    # The control: the plain product is off as soon as the condition costs digits.
    gap = end - start
    plain = wrong_half_space(float(gap @ gap), float(gap @ (covariance @ gap)))
    assert (abs(plain / result.value - 1) > 1e-10) or condition < 1e9


def test_images_are_right_to_the_last_digit_too() -> None:
    covariance, short = rotated(1e14, 0.4)
    seen = along(covariance, Gap.between(np.ones(2), 1 + 1e-7 * short))
    gap = [Fraction(float(1 + 1e-7 * x)) - 1 for x in short]
    right = [float(sum(Fraction(float(s)) * g for s, g in zip(row, gap, strict=True))) for row in covariance]
    assert seen.image == pytest.approx(right, rel=1e-14)


def by_polar_integral(covariance: Floats, gap: Floats, shots: float) -> float:
    """Two classes of one covariance in the plane. The difference D of their centres and the query seen from
    half-way between them are independent: E Phi(-D'g / (2 sd(D))), along the axes of the covariance, which
    are found to 40 digits."""
    with mp.workdps(40):
        values, turn = mp.eigsy(mp.matrix(covariance.tolist()))
        seen = turn.T * mp.matrix(gap.tolist())
        short, long = (float(value) for value in values)
        near, far = float(seen[0]), float(seen[1])
    wide, narrow = (math.sqrt(2 * value / shots) for value in (long, short))
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    along_short = near + narrow * nodes
    t = np.linspace(-90.0, math.log(40.0), 6000)
    total = 0.0
    for sign in (1.0, -1.0):
        along_long = sign * wide * np.exp(t)[:, None]
        density = np.exp(-(((along_long - far) / wide) ** 2) / 2 + t[:, None]) / math.sqrt(2 * math.pi)
        deviation = np.sqrt((1 + 0.5 / shots) * (short * along_short**2 + long * along_long**2))
        chance = ndtr(-(near * along_short + far * along_long) / 2 / deviation)
        total += float(np.sum((density * chance) @ weights)) / math.sqrt(2 * math.pi) * (t[1] - t[0])
    return total


@pytest.mark.parametrize(
    ("condition", "shots", "angle"),
    [
        (1e4, 30.0, 0.0),
        (1e10, 1e3, 0.0),
        (1e10, 1e12, 0.0),
        (1e6, 1e7, 0.5),
        (1e10, 1e11, 0.5),
        (1e12, 3e12, 1.1),
        (1e13, 1e15, 0.5),
    ],
)
def test_many_shots_are_as_exact(condition: float, shots: float, angle: float) -> None:
    """Long axes that tell nothing but for the noise of the centres: the integrand of the inversion then falls
    slowly over as many orders as lie between them."""
    if angle:
        covariance, short = rotated(condition, angle)
    else:
        covariance, short = np.diag([1.0, 1 / condition]), np.array([0.0, 1.0])
    gap = 2.5 / math.sqrt(condition) * short
    population = GaussianClasses([[0.0, 0.0], gap.tolist()], [covariance] * 2)
    result = estimate(population, Setting(shots, 2))
    assert result.exact
    assert result.value == pytest.approx(by_polar_integral(covariance, gap, shots), rel=2e-10)


@pytest.mark.parametrize("condition", [1e9, 1e14, 3e16])
def test_bounds_see_the_same_variances(condition: float) -> None:
    """At infinitely many shots the margin is normal, and bounds made of it are those of classes on a line. A
    variance that rounding made 0 had bounds of 0, which the error refuted."""
    covariance, short = rotated(condition, 0.7)
    gap = 1.7 / math.sqrt(condition) * short
    square, variance = in_fractions(covariance, 0 * gap, gap)
    plane = GaussianClasses([[0.0, 0.0], gap.tolist()], [covariance] * 2)
    line = GaussianClasses([[0.0], [math.sqrt(square)]], [variance / square] * 2)
    names = (
        "exact_moment",
        "directional_second_moment",
        "margin_order_4",
        "margin_order_6",
        "margin_order_8",
    )
    for name in names:
        one, other = (
            catalogue.get(name).evaluate(each.geometry(), Setting(math.inf, 2), each.granted())
            for each in (plane, line)
        )
        assert isinstance(one, Value) and isinstance(other, Value)
        assert one.value == pytest.approx(other.value, rel=1e-9), name


@pytest.mark.parametrize("share", [Fraction(1, 10**6), Fraction(1, 10**11)])
def test_atoms_near_a_line_have_the_bounds_of_the_line(share: Fraction) -> None:
    """Turned by an exact angle: bounds depend on distances alone. Squared distances of atoms so far along the
    line leave no digit of a margin across it, and the error refuted what was made of their differences."""
    along_line, across = (
        [3, -1, 2, -4],
        [Fraction(8, 10), Fraction(1, 10), Fraction(-2, 10), Fraction(-7, 10)],
    )
    straight = [[Fraction(x), share * y] for x, y in zip(along_line, across, strict=True)]
    classes = [straight, [[x, y + share] for x, y in straight]]
    turned = [[[(3 * x - 4 * y) / 5, (4 * x + 3 * y) / 5] for x, y in points] for points in classes]
    weights = [[Fraction(1, 10), Fraction(3, 10), Fraction(4, 10), Fraction(2, 10)]] * 2
    one, other = (FiniteSupport(points, weights) for points in (classes, turned))
    setting, compared = Setting(math.inf, 2), 0
    for bound in catalogue.about("few_shot_error"):
        if bound.kind == "upper":
            wanted, value = (
                bound.evaluate(each.geometry(), setting, each.granted()) for each in (one, other)
            )
            if isinstance(wanted, Value):
                assert isinstance(value, Value)
                assert value.value == pytest.approx(wanted.value, rel=1e-4), bound.name
                compared += 1
    assert compared > 8


def test_entries_that_are_no_covariance_where_it_matters_have_no_exact_error() -> None:
    """The determinant is -2^-52 as the entries are, and along the difference of the means nothing else is
    left; where they differ by more it doesn't matter, nor where the determinant is not negative."""
    for gap, last, served in ((1e-8, 1 - 2.0**-52, False), (1.0, 1 - 2.0**-52, True), (1e-8, 1.0, True)):
        covariance = [[1.0, 1.0], [1.0, last]]
        population = GaussianClasses([[0.0, 0.0], [gap, -gap]], [covariance] * 2)
        pairs = pair_matrix(population, math.inf)
        assert (pairs is not None) is served
        assert pairs is None or np.all(pairs == 0)


@pytest.mark.parametrize(
    ("rows", "right"),
    [
        ([[1, 1], [1, 1]], True),
        ([[1, 1], [1, 1 - 2.0**-52]], False),
        ([[0, 0], [0, 0]], True),
        ([[0, 1e-30], [1e-30, 1]], False),
        ([[4, 2, 2], [2, 1, 1], [2, 1, 1]], True),
        ([[4, 2, 2], [2, 1, 1 + 2.0**-52], [2, 1 + 2.0**-52, 1]], False),
    ],
)
def test_whether_entries_are_a_covariance_is_decided_in_fractions(
    rows: list[list[float]], right: bool
) -> None:
    assert is_semidefinite(np.array(rows, dtype=float)) is right
