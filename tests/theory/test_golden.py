"""Golden values of the theory, to the digits they are known to."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import sympy as sp

from theory import ClassGeometry, ClassMoments, Setting, catalogue
from theory.assumptions import BoundedKurtosis, SubGaussianAxes
from theory.bound import Value
from theory.bound.matrix import least_trace
from theory.collapse import CDNV, directional_cdnv
from theory.evaluation.special import chi_square_less
from theory.expressions import Avg
from theory.few_shot.subgaussian import closed_form_x
from theory.quantities import TABLE, d, k, lam_i, n, p, sigma, v_i, v_j

a, x = TABLE["a"].symbol, TABLE["x"].symbol


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((0.01, 0.05, 0.02, 1, 5), 0.054),
        ((0.2, 0.5, 0.4, 1.7, 3), 0.358704528676926461),
        ((0.05, 0.05, 0, 1, 1), 0.249132270899076395),
    ],
)
def test_cdnv_optimal(values: tuple[float, ...], expected: float) -> None:
    value = catalogue.get("cdnv_optimal").number(dict(zip((lam_i, v_i, v_j, d, n), values, strict=True)))
    assert value == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    ("shots", "fixed", "expected"),
    [(10, None, 2.5357338875451765), (100, None, 1.323324473898094), (10, 16, 2.780579229960888)],
)
def test_directional_2025(shots: int, fixed: float | None, expected: float) -> None:
    v = CDNV["one_sided"]
    values = {k: 2, n: shots, Avg(v): 0.25, Avg(sp.sqrt(v)): 0.5, Avg(directional_cdnv): 0.1}
    if fixed is not None:
        values[a] = fixed
    assert catalogue.get("directional_2025").number(values) == pytest.approx(expected, rel=2e-12)


def test_directional_2025_is_not_the_public_code_with_a_fixed_coefficient() -> None:
    v = CDNV["one_sided"]
    values = {k: 2, n: 10, a: 16, Avg(v): 0.25, Avg(sp.sqrt(v)): 0.5, Avg(directional_cdnv): 0.1}
    assert abs(catalogue.get("directional_2025").number(values) - 2.7973665961010274) > 0.01


@pytest.mark.parametrize(
    ("values", "infimum", "closed"),
    [
        ((0.3, 8, 5, 4), 2.9694517448344539e-9, 2.9923903542379673e-9),
        ((0.5, 2, 1, 6), 1.1083374877858796e-5, 1.1264389314435051e-5),
    ],
)
def test_subgaussian(values: tuple[float, ...], infimum: float, closed: float) -> None:
    bound = catalogue.get("subgaussian")
    given = dict(zip((sigma, p, n, d), values, strict=True))
    assert bound.number(given) == pytest.approx(infimum, rel=1e-12)
    at = {**given, x: float(closed_form_x.subs(n, values[2]))}
    assert bound.number(at) == pytest.approx(closed, rel=1e-12)
    s, dimension, shots, distance = values
    growth = (4 * shots**2 + 5 * shots + 2) / (4 * shots**2 + 2 * shots)
    by_hand = growth ** (dimension / 2) * math.exp(-shots * distance**2 / ((8 * shots + 4) * s**2))
    assert by_hand == pytest.approx(closed, rel=1e-12)


def test_subgaussian_axes() -> None:
    """Shots differ between the classes, so the pair is evaluated through plain numbers axis by axis."""
    bound = catalogue.get("subgaussian_axes")
    inner = bound.write_out(bound.statement.args[0].args[0])
    axes = [(0.25, 0.16, 2.0), (0.04, 0.09, 0.5), (0.01, 0.0, 0.0)]
    names = [TABLE[name].symbol for name in ("s_r", "g_r", "D_r")]
    shots = {TABLE["n_i"].symbol: 3, TABLE["n_j"].symbol: 7}
    t = TABLE["t"].symbol
    total = sum(inner.subs(dict(zip(names, row, strict=True))).subs(shots) for row in axes)
    value = sp.lambdify(t, sp.exp(total))
    upper = 3 / (2 * 4) / 0.25
    grid = np.linspace(1e-6, upper * (1 - 1e-9), 200_001)
    assert float(np.min(value(grid))) == pytest.approx(0.15358098902428384, rel=1e-8)


def test_subgaussian_axes_on_a_geometry_is_minimised_over_t() -> None:
    rows = ((0.25, 0.04, 0.01), (0.16, 0.09, 0.0))
    moments = [
        ClassMoments(np.array(mean), np.array(row))
        for mean, row in zip(((0, 0, 0.0), (2, 0.5, 0.0)), rows, strict=True)
    ]
    geometry = ClassGeometry.from_moments(moments)
    bound = catalogue.get("subgaussian_axes")
    granted = [SubGaussianAxes(rows)]
    best = bound.evaluate(geometry, Setting(3, 2), granted)
    assert isinstance(best, Value)
    for t in (0.05, 0.2, 0.4, 0.8, 1.2):
        fixed = bound.evaluate(geometry, Setting(3, 2), granted, at={"t": t})
        assert isinstance(fixed, Value)
        assert best.value <= fixed.value * (1 + 1e-12)


def test_union_of_two_given_margins() -> None:
    mean, covariance = np.array([1.0, 2.0]), np.array([[0.2, 0.15], [0.15, 0.5]])
    assert least_trace(mean, covariance, 3) == pytest.approx(0.2549279, abs=2e-7)
    pair_sum = sum(v / (v + m**2) for m, v in zip(mean, np.diag(covariance), strict=True))
    assert pair_sum == pytest.approx(0.27777777777777778, rel=1e-14)
    s = (np.diag(covariance) + mean**2) / mean
    gap = mean - s
    w = (covariance + np.outer(gap, gap)) / np.outer(s, s)
    trace, p0 = np.trace(w), w.sum() / 2
    closed = (math.sqrt(p0) + math.sqrt(trace - p0)) ** 2 / 2
    assert closed == pytest.approx(0.25637571796712519, rel=1e-14)


def etf(classes: int, dimension: int, variance: float) -> ClassGeometry:
    centred = np.eye(classes) - 1 / classes
    basis = np.linalg.svd(centred)[0][:, : classes - 1]
    means = np.zeros((classes, dimension))
    means[:, : classes - 1] = centred @ basis / math.sqrt(2)
    fourth = variance**2 * dimension * (dimension + 2)
    return ClassGeometry.from_moments(
        [ClassMoments(mean, np.full(dimension, variance), None, fourth, 3 * variance**2) for mean in means]
    )


@pytest.mark.parametrize(
    ("name", "expected", "digits"),
    [
        ("union_moment", 0.16441714941517667, 1e-13),
        ("union_moment_optimal", 0.16329191871361582, 1e-9),
        ("exact_moment", 0.18576833882582693, 1e-13),
    ],
)
def test_union_on_a_simplex(name: str, expected: float, digits: float) -> None:
    answer = catalogue.get(name).evaluate(etf(5, 4, 0.01), Setting(5, 5), [BoundedKurtosis()])
    assert isinstance(answer, Value)
    assert answer.value == pytest.approx(expected, rel=digits)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("dimension", [1, 2, 3, 7, 64, 512, 4096])
@pytest.mark.parametrize("signal", [0.3, 1.0, 3.0, 6.0])
def test_chi_square_less_against_integration(dimension: int, signal: float) -> None:
    """Against SciPy's noncentral chi-squares, integrated over the larger one."""
    from scipy import integrate, stats

    la, lb = (signal * 2 + signal) ** 2 / 2, (signal * 2 - signal) ** 2 / 2
    chance = float(chi_square_less(dimension, la, lb))
    mean, spread = dimension + lb, math.sqrt(2 * dimension + 4 * lb)
    low, high = max(mean - 14 * spread, 0.0), mean + 40 * spread

    def integrand(y: float) -> float:
        return float(stats.ncx2.cdf(y, dimension, la) * stats.ncx2.pdf(y, dimension, lb))

    points = np.linspace(low, high, 41)
    pieces = pairwise(points)
    value = sum(integrate.quad(integrand, lo, hi, epsabs=0, epsrel=1e-9)[0] for lo, hi in pieces)
    assert chance == pytest.approx(value, rel=1e-6, abs=1e-13)


@pytest.mark.parametrize("p_", [2, 3, 5])
def test_chi_square_less_without_noncentrality_is_a_half(p_: int) -> None:
    assert float(chi_square_less(p_, 4.0, 4.0)) == pytest.approx(0.5, rel=1e-12)
    la, lb = 3.0, 1.0
    both = float(chi_square_less(p_, la, lb)) + float(chi_square_less(p_, lb, la))
    assert both == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("p", [1, 2, 16])
def test_chi_squares_whose_difference_is_rounding_have_no_answer(p: int) -> None:
    """Roots of 1e50, whose difference of about 1 decides; not where the difference is as large itself."""
    assert np.isnan(float(chi_square_less(p, 1e100, 1e100)))
    assert float(chi_square_less(p, 4e100, 1e100)) == 0.0
    assert 0 < float(chi_square_less(p, 9e8, 9e8)) < 1
