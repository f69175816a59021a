"""The tilt of one pair against quadrature, and the exact pair probabilities against other routes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from simulations.engines.exact.margins import pair_probability
from simulations.engines.tilted.inversion import inverted, matrix_probability, pair_probabilities
from simulations.engines.tilted.pair import (
    Coordinates,
    by_coordinate,
    cumulant,
    largest,
    saddle,
    tilt,
    towards_saddle,
)

Array = Any


def random_pair(seed: int, coordinates: int = 1) -> Coordinates:
    rng = np.random.default_rng(seed)
    variances = rng.choice([0.0, 0.1, 1.0, 3.0], (3, coordinates)) * rng.random((3, coordinates))
    means = rng.standard_normal((2, coordinates)) * np.array([[0.3], [2.0]])
    return Coordinates(means[0], variances[0], means[1], variances[1], variances[2], np.ones(coordinates))


def grid(c: Coordinates, t: float) -> tuple[Array, Array, Array, Array]:
    """Scores u, w of the centres, x of the query, and exp(-t M) times the weights of a Hermite rule."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = weights / math.sqrt(2 * math.pi)
    u, w, x = np.meshgrid(nodes, nodes, nodes, indexing="ij")
    a = c.own_mean[0] + math.sqrt(c.own[0]) * u
    b = c.other_mean[0] + math.sqrt(c.other[0]) * w
    z = math.sqrt(c.query[0]) * x
    mass = weights[:, None, None] * weights[:, None] * weights
    return u, w, x, mass * np.exp(-t * ((b - z) ** 2 - (a - z) ** 2))


def test_newton_steps_go_to_the_saddle_point_and_none_leaves_what_is_feasible() -> None:
    rng = np.random.default_rng(0)
    query, own, other = rng.gamma(1, 1, (3, 40, 5)) * np.array([1.0, 0.2, 0.2])[:, None, None]
    means = rng.standard_normal((40, 5)) * 6
    c = Coordinates(np.zeros((40, 5)), own, means, other, query, np.ones(5))
    right, most = saddle(c), 0.9 * largest(c)
    assert np.all((right > 0) & (right < most))
    least = cumulant(c, right[:, None])
    for share in (0.5, 1.5):
        start = np.minimum(share * right, most)
        before = cumulant(c, start[:, None]) - least
        after = cumulant(c, towards_saddle(c, start, most, 2)[:, None]) - least
        assert np.all(after < before) and np.median(after / before) < 0.01
        np.testing.assert_allclose(towards_saddle(c, start, most, 12), right, rtol=1e-5)
    # From anywhere at all.
    for start in (1e-6, 1e3):
        points = towards_saddle(c, np.full(40, start), most, 2)
        assert np.all((points > 0) & (points <= most))
        assert np.all(np.isfinite(cumulant(c, points[:, None])))


@pytest.mark.parametrize("seed", range(12))
def test_cumulant_and_tilted_law_against_a_hermite_rule(seed: int) -> None:
    c = random_pair(seed)
    t = 0.3 * min(float(largest(c)), 1.0)
    u, w, _, mass = grid(c, t)
    total = float(np.sum(mass))
    assert float(cumulant(c, np.array([t]))) == pytest.approx(math.log(total), abs=1e-8)
    law = tilt(c, np.array([t]))
    other = float(np.sum(mass * w)) / total
    own = float(np.sum(mass * u)) / total
    assert float(law.other_mean[0]) == pytest.approx(other, abs=1e-7)
    assert float((law.own_mean - law.slope * law.other_mean)[0]) == pytest.approx(own, abs=1e-7)
    spread = float(np.sum(mass * (w - other) ** 2)) / total
    assert float(law.other_std[0]) ** 2 == pytest.approx(spread, rel=1e-6)
    spread = float(np.sum(mass * (u - own) ** 2)) / total
    expected = float(law.own_std[0]) ** 2 + float((law.slope * law.other_std)[0]) ** 2
    assert expected == pytest.approx(spread, rel=1e-6)
    # The control: without the bend that the query's own variance gives, nothing of this holds.
    if c.query[0] > 0.05 and c.own[0] + c.other[0] > 0.05:
        still = Coordinates(c.own_mean, c.own, c.other_mean, c.other, 0 * c.query, c.times)
        assert abs(float(cumulant(still, np.array([t]))) - math.log(total)) > 1e-4


@pytest.mark.parametrize("seed", range(20))
def test_the_saddle_point_is_the_least_cumulant(seed: int) -> None:
    c = random_pair(seed, 3)
    t, top = float(saddle(c)), min(float(largest(c)), 1e3)
    levels = [float(cumulant(c, np.array([s]))) for s in np.linspace(0, 0.99 * top, 400)]
    assert float(cumulant(c, np.array([t]))) <= min(levels) + 1e-6
    assert 0 <= t < largest(c)


@pytest.mark.parametrize("seed", range(8))
def test_beyond_the_largest_tilt_the_quadratic_form_is_not_positive(seed: int) -> None:
    c = random_pair(seed, 2)
    top = float(largest(c))
    if math.isfinite(top):
        with np.errstate(invalid="ignore"):
            inside = by_coordinate(c, np.array([0.999 * top]))
            outside = by_coordinate(c, np.array([1.001 * top]))
        assert np.all(np.isfinite(inside)) and not np.all(np.isfinite(outside))


@pytest.mark.parametrize("shots", [1, 7, 1e4])
@pytest.mark.parametrize(("p", "distance"), [(2, 9.0), (16, 6.0), (16, 15.0), (512, 18.0)])
def test_inversion_agrees_with_noncentral_chi_squares(p: int, distance: float, shots: float) -> None:
    ones, mean = np.ones((1, p)), np.zeros((1, p))
    mean[0, 0] = distance
    c = Coordinates(np.zeros(p), ones[0] / shots, mean, 1.5 * ones / shots, ones[0], ones[0])
    result = pair_probabilities(c, saddle(c))
    assert result is not None
    assert result[0] == pytest.approx(pair_probability(p, distance, 1.0, 1 / shots, 1.5 / shots), rel=1e-9)


@pytest.mark.parametrize("shots", [1, 7, 1e4])
@pytest.mark.parametrize("distance", [0.5, 3.0, 6.0])
def test_inversion_on_a_line_agrees_with_two_correlated_normals(distance: float, shots: float) -> None:
    """M = (b - a)(b + a - 2x): an error is one factor negative and the other positive."""
    from scipy.stats import multivariate_normal

    a, b = 1 / shots, 1.5 / shots
    cov = [[a + b, b - a], [b - a, a + b + 4.0]]
    one = np.ones(1)
    c = Coordinates(np.zeros(1), a * one, distance * np.ones((1, 1)), b * np.ones((1, 1)), one, one)
    result = pair_probabilities(c, saddle(c))
    assert result is not None
    both = multivariate_normal([distance, distance], cov)
    # P(X <= 0) + P(Y <= 0) - 2 P(X <= 0, Y <= 0)
    from scipy.special import ndtr

    alone = sum(float(ndtr(-distance / math.sqrt(cov[r][r]))) for r in (0, 1))
    joint = float(both.cdf([0.0, 0.0]))
    assert result[0] == pytest.approx(alone - 2 * joint, rel=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_two_forms_of_the_pair_probability_agree(seed: int) -> None:
    """By coordinates, and by the eigenvalues of the whole quadratic form; an error in either shows."""
    rng = np.random.default_rng(seed)
    p, noise = 5, [1.0, 0.2, 0.01][seed % 3]
    own, other = rng.random(p) * (rng.random(p) > 0.3), rng.random(p) * (rng.random(p) > 0.3)
    offset = 2 * rng.standard_normal(p)
    c = Coordinates(np.zeros(p), own * noise, offset[None, :], other[None, :] * noise, own, np.ones(p))
    t = saddle(c)
    result = pair_probabilities(c, t)
    assert result is not None
    axes = np.linalg.qr(rng.standard_normal((p, p)))[0]
    again, gap = matrix_probability(own, offset, np.diag(np.sqrt(other)) @ axes, noise, float(t[0]))
    assert gap < 1e-9 and again == pytest.approx(result[0], rel=1e-9, abs=1e-300)
    # The control: another noise of the centres is another probability.
    wrong, _ = matrix_probability(own, offset, np.diag(np.sqrt(other)), 1.3 * noise, float(t[0]) * 0.7)
    assert abs(wrong - result[0]) > 1e-6 * result[0] or result[0] == 0


def test_inversion_of_a_normal_margin_and_of_a_constant() -> None:
    """M ~ N(m, 1): P(M <= 0) = Phi(-m), down to 1e-300 relative to itself."""
    from scipy.special import ndtr

    for m in (0.5, 5.0, 20.0, 36.0):
        value, gap = inverted(lambda s, m=m: -s * m + s * s / 2, m)
        assert gap < 1e-12 and value == pytest.approx(float(ndtr(-m)), rel=1e-10)
    assert math.isnan(inverted(lambda s: s, 0.0)[0])
