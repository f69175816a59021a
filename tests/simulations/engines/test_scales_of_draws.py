"""Laws of the scales of Student draws and of their means, what the cubature engine makes of them, and which
classes are alike."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from helpers_slow import rest_slow
from scipy import stats
from scipy.special import ndtr, owens_t

from simulations.engines import Budget, Context, Question, Refused
from simulations.engines.cubature import Cubature
from simulations.engines.cubature.tilt import GRID, ScoreTilt
from simulations.engines.exact.margin_grid import wrong_pairs
from simulations.engines.exact.margins import pair_probability
from simulations.engines.exact.scale_laws import ScaleLaw
from simulations.engines.exact.student_pairs import ACCURACY, OUTSIDE, about, student_pairs
from simulations.engines.geometry.alike import alike
from simulations.engines.radial import Radial
from simulations.populations.student import StudentClasses
from tests.simulations.helpers_engines import means, run, student

Array = Any


@pytest.mark.parametrize("degrees", [4.1, 5.0, 30.0, 200.0])
def test_one_draw_has_the_inverse_chi_square_scale(degrees: float) -> None:
    scores = np.linspace(-7.5, 7.5, 301)
    squares = ScaleLaw.build(degrees, 1)(scores) ** 2
    below, above = stats.chi2.sf(degrees / squares, degrees), stats.chi2.cdf(degrees / squares, degrees)
    assert below[scores < 0] == pytest.approx(ndtr(scores[scores < 0]), rel=1e-6)
    assert above[scores > 0] == pytest.approx(ndtr(-scores[scores > 0]), rel=1e-6)


@pytest.mark.parametrize("degrees", [4.1, 30.0])
@pytest.mark.parametrize("shots", [2, 5, 128])
def test_means_have_the_right_mean_and_law(degrees: float, shots: int) -> None:
    law = ScaleLaw.build(degrees, shots)
    scores = np.linspace(-8.0, 8.0, 8001)
    weights = np.exp(-(scores**2) / 2) / np.sum(np.exp(-(scores**2) / 2))
    # The mean's variance is one draw's over the shots; far tails, cut off, hold a little of a heavy one.
    right = degrees / (degrees - 2) / shots
    assert float(weights @ law(scores) ** 2) == pytest.approx(right, rel=1e-5)
    normals = (
        np.sqrt(np.sum(degrees / np.random.default_rng(1).chisquare(degrees, (20_000, shots)), axis=1))
        / shots
    )
    places = np.quantile(normals, [0.01, 0.2, 0.5, 0.8, 0.99])
    chances = ndtr(np.interp(places, law(scores), scores))
    assert np.all(np.abs(chances - [0.01, 0.2, 0.5, 0.8, 0.99]) < 0.016)
    # The control: one draw's scale over the root of the shots is another law.
    wrong = ScaleLaw.build(degrees, 1)(scores) / math.sqrt(shots)
    assert np.max(np.abs(ndtr(np.interp(places, wrong, scores)) - [0.01, 0.2, 0.5, 0.8, 0.99])) > 0.02


@pytest.mark.parametrize("dimension", [4, 8, 512])
def test_many_margins_at_once_are_those_of_one(dimension: int) -> None:
    query, own, other = np.exp(np.random.default_rng(0).uniform(-4, 4, (3, 40)))
    shares = wrong_pairs(dimension, 5.0, query, own, other)
    single = [pair_probability(dimension, 5.0, *row) for row in zip(query, own, other, strict=True)]
    assert shares == pytest.approx(np.array(single), rel=1e-7, abs=1e-300)


@pytest.mark.filterwarnings("error")
def test_margins_beyond_double_precision_are_certain() -> None:
    tiny, one = np.array([1e-160, 1e-160, 1e-20]), np.array([1e-160, 1.0, 1e-20])
    assert wrong_pairs(4, 1.0, tiny, tiny, tiny).tolist() == [0.0, 0.0, 0.0]
    assert 0 < wrong_pairs(4, 1.0, one, one, one)[1] < 0.5


def on_the_line(distance: float, query: Array, own: Array, other: Array) -> Array:
    """P(M <= 0) for deviations in one dimension by Owen's T: M = -2 u v, u the query from half-way, v the
    gap."""
    u, v = np.sqrt(query**2 + (own**2 + other**2) / 4), np.hypot(own, other)
    joint = (own**2 - other**2) / 2 / (u * v)
    total = np.zeros_like(query)
    for sign in (1, -1):
        h, k = sign * distance / 2 / u, -sign * distance / v
        rest = np.sqrt((1 - joint) * (1 + joint))
        owen = owens_t(h, (k / h - joint) / rest) + owens_t(k, (h / k - joint) / rest)
        total += (ndtr(-h) + ndtr(-k)) / 2 - owen - 0.5 * (h * k < 0)
    return total


@pytest.mark.parametrize("ratio", [1.0, 30.0, 300.0])
def test_margins_whose_centres_are_far_out(ratio: float) -> None:
    """One Student draw may be: along a vertical line these integrals turn too fast for any few nodes."""
    query, own, other = np.exp(np.random.default_rng(1).uniform(-1, 1, (3, 60)))
    for case in ((query, ratio * own, other), (query, own, ratio * other), (ratio * query, own, other)):
        for distance in (3.0, 40.0):
            shares = wrong_pairs(1, distance, *(each**2 for each in case))
            right = on_the_line(distance, *case)
            seen = right > 1e-6  # smaller ones are differences of larger numbers here
            assert shares[seen] == pytest.approx(right[seen], rel=1e-7)


def test_pairs_that_do_not_matter_need_no_digits() -> None:
    """A class a billion times wider than the others: what its centre hits has no probability to speak of."""
    population = StudentClasses(means(3, 3, 1.0), [1.0, 1e9, 1.0], [5.0] * 3)
    question = Question(2, (2,))
    assert Cubature().refusal(population, question, Budget()) is None
    estimate = Cubature().run(population, question, Context(Budget(draws=1e5), 1))[0]
    other = run(Radial(), population, 2, 2, 2e6)
    assert abs(estimate.value - other.value) < 1.8 * (other.high - other.low) / 2
    assert estimate.high - estimate.low < 1e-5 * estimate.value


def test_too_many_different_pairs_are_known_beforehand() -> None:
    scales = [1.0, 1.1, 1.2, 1.3, 1.4, 1.5]
    population = StudentClasses(means(6, 4, 1.0), scales, [5.0] * 6)
    reason = Cubature().refusal(population, Question(8, (2,)), Budget())
    assert reason is not None and "different pairs" in reason


@pytest.mark.parametrize("shots", rest_slow([1, 3, 60], [1]))
@pytest.mark.parametrize("degrees", rest_slow([5.0, 40.0], [5.0]))
def test_pairs_and_errors_agree_with_the_radial_engine(shots: int, degrees: float) -> None:
    """`radial` draws scales and integrates lengths: it shares nothing with the lattices of scores."""
    population = student(3, 6, 5.0, degrees)
    question = Question(shots, (2, 3))
    estimates = Cubature().run(population, question, Context(Budget(draws=4e5), 1, 0.95, ("s",)))
    radial = Radial().run(population, question, Context(Budget(draws=1.5e6), 2, 0.95, ("s",)))
    for ours, other in zip(estimates, radial, strict=True):
        assert (
            abs(ours.value - other.value) < 1.8 * math.hypot(other.high - other.low, ours.high - ours.low) / 2
        )
        assert ours.high - ours.low < other.high - other.low
    assert estimates[0].high - estimates[0].low == pytest.approx(
        2 * (ACCURACY * estimates[0].value + OUTSIDE)
    )
    if shots > 1:
        return
    # The control: with centres that move 30 % too far the guard's sums are off, and without it the interval
    # is as wide as these are, too wide to be told.
    for guard, words in ((True, "does not close"), (False, "differ too much")):
        with pytest.raises(Refused, match=words):
            Cubature(centre_factor=1.3, guard=guard).run(
                population, question, Context(Budget(draws=1e5), 1, 0.95, ("s",))
            )


@pytest.mark.slow
def test_pairs_of_unequal_classes() -> None:
    population = StudentClasses([[0.0] * 4, [4.0, 0.0, 0.0, 0.0]], [1.0, 0.5], [5.0, 12.0])
    exact = student_pairs(population, 3).values
    estimate = run(Radial(), population, 3, 2, 4e6)
    assert [row[0] for row in exact.tolist()] == pytest.approx(list(estimate.per_class), rel=0.05)
    assert exact[0, 0] != pytest.approx(exact[1, 0], rel=0.1)


@pytest.mark.slow
def test_rare_errors_of_heavy_tails_are_found() -> None:
    """About 3e-5. The query's scale is moved to where it errs; at five shots a thousandth of the errors comes
    from one support far out: so is that of its own centre."""
    population = StudentClasses((17.0 * np.eye(4)).tolist(), [1.0] * 4, [5.0] * 4)
    assert about(population) < 1e-4
    for shots in (60, 5):
        estimate, other = run(Cubature(), population, shots, 4, 1e6), run(Radial(), population, shots, 4, 4e6)
        assert abs(estimate.value - other.value) < 1.8 * (other.high - other.low) / 2, shots
        assert estimate.high - estimate.low < (other.high - other.low) / 3, shots


def test_weights_of_a_moved_score_make_up_for_the_move() -> None:
    tilt = ScoreTilt.build(ndtr(4 * (GRID - 3.0)) + 1e-200)
    scores = np.linspace(-8.0, 8.0, 16001)
    weights = np.exp(-(scores**2) / 2) / np.sum(np.exp(-(scores**2) / 2))
    tilted, ratio = tilt(scores)
    assert np.all(np.diff(tilted) > 0) and np.max(ratio) < 1.5
    assert float(weights @ ratio) == pytest.approx(1.0, rel=1e-6)
    assert float(weights @ ((tilted > 3.0) * ratio)) == pytest.approx(ndtr(-3.0), rel=5e-3)
    assert float(weights @ (tilted**2 * ratio)) == pytest.approx(1.0, rel=1e-4)
    # The control: without the weights it is another law.
    assert float(weights @ (tilted > 3.0)) > 20 * ndtr(-3.0)


def test_which_classes_are_alike() -> None:
    corners = np.vstack([np.eye(4), np.zeros((1, 4))])
    same, place = alike(corners, np.ones((5, 1)))
    assert same == [0, 4] and place.tolist() == [0, 0, 0, 0, 1]
    spreads = np.array([[1.0], [1.0], [2.0], [1.0], [1.0]])
    assert alike(corners, spreads)[1].tolist() == [0, 0, 1, 0, 2]
    anywhere = np.array(means(5, 3, 4.0))
    assert alike(anywhere, np.ones((5, 1)))[0] == list(range(5))
    infinite = np.array([[1.0, math.inf], [1.0, 5.0], [1.0, math.inf]])
    triangle = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, math.sqrt(0.75)]])
    assert alike(triangle, infinite)[1].tolist() == [0, 1, 0]
    # Equal distances to all others, but in another scene, are no likeness.
    mirrored = np.array([[0.0, 0.0], [3.0, 0.0], [3.0, 1.0], [0.0, 1.0], [1.0, 0.0]])
    assert len(alike(mirrored, np.ones((5, 1)))[0]) > 1
