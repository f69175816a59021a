"""The two functions that the conditional engine uses, against computations that share no code with them."""

from __future__ import annotations

import math
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from simulations.engines.base import Context, Question
from simulations.engines.exact import surface as surface_module
from simulations.engines.exact.margins import pair_probability
from simulations.engines.exact.noncentral import cdf_score
from simulations.engines.exact.saddle import coordinates, inverse, tau_at
from simulations.engines.exact.surface import ChiQuantile, ScoreSurface
from simulations.engines.pairs import pair_matrix
from simulations.engines.two_class import TwoClass
from simulations.populations.gaussian import GaussianClasses
from theory.evaluation.special import chi_square_less


@pytest.mark.parametrize("p", [2, 3, 16, 512, 4096])
@pytest.mark.parametrize("n", [1, 5, 50])
def test_pair_probability_equals_the_two_class_formula(p: int, n: int) -> None:
    compared = 0
    for d in (0.5, 4.0, 10.0, 20.0, 30.0):
        e_w, e_y = d * math.sqrt(n / 2), d / 2 / math.sqrt(1 + 1 / (2 * n))
        expected = float(chi_square_less(p, (e_w + e_y) ** 2 / 2, (e_w - e_y) ** 2 / 2))
        if expected > 1e-40:
            assert pair_probability(p, d, 1.0, 1 / n, 1 / n) == pytest.approx(expected, rel=2e-11)
            compared += 1
    assert compared >= 3


@pytest.mark.parametrize("p", [1, 3, 20])
def test_pair_probability_with_unequal_variances_agrees_with_simulation(p: int) -> None:
    rng = np.random.default_rng(p)
    draws, d = 400_000, 1.5 * math.sqrt(p)
    z = rng.standard_normal((draws, p)) * 1.3
    own = rng.standard_normal((draws, p)) * 0.4
    other = rng.standard_normal((draws, p)) * 0.9
    other[:, 0] += d
    wrong = np.sum((z - other) ** 2, axis=1) <= np.sum((z - own) ** 2, axis=1)
    expected = pair_probability(p, d, 1.3**2, 0.4**2, 0.9**2)
    assert abs(wrong.mean() - expected) < 5 * math.sqrt(expected * (1 - expected) / draws)


def _noncentral(p: int, root: float, shift: float) -> mp.mpf:
    """Poisson mixture of central chi-squares at 40 digits."""
    mp.mp.dps = 40
    x, rate = mp.mpf(root) ** 2 / 2, mp.mpf(shift) ** 2 / 2
    first, last = int(max(0, rate - 40 * mp.sqrt(rate + 4))), int(rate + 12 * mp.sqrt(rate + 10) + 60)
    terms = (
        mp.exp(-rate + j * mp.log(rate) - mp.loggamma(j + 1))
        * mp.gammainc(mp.mpf(p) / 2 + j, 0, x, regularized=True)
        for j in range(first, last)
    )
    return mp.fsum(terms)


@pytest.mark.parametrize("p", [2, 16, 512])
def test_scores_are_exact_in_both_tails(p: int) -> None:
    rng = np.random.default_rng(p)
    shift = rng.uniform(0.5, 12.0, 12)
    root = np.maximum(np.sqrt(p + shift**2) + rng.uniform(-8.0, 5.0, 12), 0.3)
    for r, s, score in zip(root, shift, cdf_score(p, root, shift), strict=True):
        exact = _noncentral(p, r, s)
        tail = exact if score < 0 else 1 - exact
        assert abs(mp.ncdf(-abs(mp.mpf(float(score)))) / tail - 1) < 1e-9


@pytest.mark.parametrize(
    ("p", "low", "high"),
    [
        (4, 0.0, 48.0),
        (8, 0.0, 143.0),
        (16, 5.0, 18.0),
        (16, 0.0, 48.0),
        (16, 0.0, 400.0),
        (32, 0.0, 50.0),
        (64, 10.0, 40.0),
        (4096, 100.0, 200.0),
    ],
)
def test_the_surface_is_as_accurate_as_it_says(p: int, low: float, high: float) -> None:
    rng = np.random.default_rng(p)
    surface = ScoreSurface.build(p, low, high)
    shift = rng.uniform(low, high, 300)
    root = np.maximum(np.sqrt(p + shift**2) + rng.uniform(-7.0, 5.0, 300), 0.5)
    gap = np.abs(surface.score(root, shift) - cdf_score(p, root, shift))
    assert surface.error < 1e-7
    assert gap.max() < 10 * surface.error + 1e-8


def test_a_surface_asks_for_few_nodes_in_any_dimension(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set-up is nodes times the time of one: at most 1,800 of them from p = 16 on, 4,500 below, within 1e-8
    whatever the range."""
    evaluated: list[int] = []

    def counted(p: int, root: Any, shift: Any) -> Any:
        evaluated.append(len(root))
        return cdf_score(p, root, shift)

    monkeypatch.setattr(surface_module, "cdf_score", counted)
    for p, low, high in (
        (4, 0.0, 48.0),
        (5, 0.0, 200.0),
        (8, 2.0, 60.0),
        (16, 0.0, 48.0),
        (17, 0.0, 400.0),
        (24, 2.0, 60.0),
        (64, 0.0, 52.0),
        (512, 3.0, 80.0),
    ):
        evaluated.clear()
        assert ScoreSurface.build_exactly(p, low, high).error < 1e-8
        assert sum(evaluated) < (1800 if p >= 16 else 4500), (p, evaluated)


@pytest.mark.parametrize("p", [4, 16, 512])
def test_saddle_coordinates_invert_exactly(p: int) -> None:
    w, tau = (each.ravel() for each in np.meshgrid(np.linspace(-12, 9, 22), np.linspace(0.01, 1.0, 9)))
    root, shift = inverse(p, w, tau)
    again = coordinates(p, root, shift)
    np.testing.assert_allclose(again[0], w, rtol=1e-11, atol=1e-11 * math.sqrt(p))
    np.testing.assert_allclose(again[1], tau, rtol=1e-10)
    assert np.all(np.isfinite(coordinates(p, np.zeros(2), np.array([0.0, 5.0]))))
    assert np.all(coordinates(p, np.zeros(2), np.array([0.0, 5.0]))[0] < -20)
    assert tau_at(p, float(w[30]), float(shift[30])) == pytest.approx(tau[30], rel=1e-9)


@pytest.mark.parametrize("degrees", [1, 2, 15, 507])
def test_chi_quantiles(degrees: int) -> None:
    from scipy.stats import chi2, norm

    score = np.linspace(-7, 7, 57)
    expected = np.where(
        score < 0, np.sqrt(chi2.ppf(norm.cdf(score), degrees)), np.sqrt(chi2.isf(norm.sf(score), degrees))
    )
    np.testing.assert_allclose(ChiQuantile.build(degrees)(score), expected, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("module", ["array_api_strict"])
def test_the_surface_needs_no_numpy_of_its_points(module: str) -> None:
    xp = pytest.importorskip(module)
    surface = ScoreSurface.build(64, 5.0, 30.0)
    root, shift = np.linspace(9.0, 20.0, 50), np.linspace(6.0, 22.0, 50)
    scores = surface.score(xp.asarray(root), xp.asarray(shift))
    np.testing.assert_allclose(np.asarray(scores), surface.score(root, shift), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("gap", [1e-3, 1e-7])
def test_near_means_far_from_the_first_keep_their_digits(gap: float) -> None:
    """The geometry's distances are of the means as given, not of means about the first, which have lost
    digits of what is between two others."""
    means = [[-0.519, 1.981], [0.897, -1.527], [0.897 + gap, -1.527 - gap]]
    population = GaussianClasses(means, [gap**2 / 9] * 3)
    answer = TwoClass().run(population, Question(4, (2,)), Context())[0]
    pairs = pair_matrix(population, 4)
    assert pairs is not None
    assert answer.value == pytest.approx(float(np.mean(pairs)), rel=1e-12)


@pytest.mark.parametrize("deviation", [1e-2, 1e-4, 1e-9, 1e-15])
def test_the_formula_serves_classes_that_are_points_almost(deviation: float) -> None:
    """Also where the grid that looks for the integrand would meet nothing but numbers out of range."""
    for p in (1, 2, 100):
        population = GaussianClasses([[0.0] * p, [1.0] + [0.0] * (p - 1)], [deviation**2] * 2)
        pairs = pair_matrix(population, 4)
        value = TwoClass().run(population, Question(4, (2,)), Context())[0].value
        assert pairs is not None and value == pytest.approx(float(np.mean(pairs)), rel=1e-9, abs=1e-300)
