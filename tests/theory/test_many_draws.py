"""Probabilities of counts, and moments, where a difference of log gamma functions would lose its digits."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest
from scipy.special import gammaln

from simulations.engines import Question, estimate_ways
from simulations.engines.tilted.parts import centre
from simulations.populations import from_spec
from simulations.populations.student import StudentClasses
from theory.array import Floats
from theory.geometry.margins.atoms import compositions, multinomial


def right(counts: Floats, weights: tuple[float, ...]) -> float:
    with mp.workdps(40):
        total = mp.fsum(map(mp.mpf, weights))
        logs = [
            c * mp.log(w / total) - mp.loggamma(c + 1) for c, w in zip(counts.tolist(), weights, strict=True)
        ]
        return float(mp.exp(mp.loggamma(int(sum(counts)) + 1) + mp.fsum(logs)))


@pytest.mark.parametrize("share", [0.1, 0.5, 1e-6])
@pytest.mark.parametrize("shots", [1, 14, 17, 1000, 1_000_000])
def test_two_parts(shots: int, share: float) -> None:
    counts = np.stack([np.arange(shots + 1), shots - np.arange(shots + 1)], axis=1)
    weights = (share, 1 - share)
    chances = multinomial(counts, np.array(weights))
    assert np.sum(chances) == pytest.approx(1.0, rel=1e-14)
    spread = math.sqrt(shots * share * (1 - share))
    for score in (-30.0, -3.0, -1.0, 0.0, 2.0, 25.0):
        row = round(shots * share + score * spread)
        if 0 <= row <= shots:
            assert chances[row] == pytest.approx(right(counts[row], weights), rel=2e-11, abs=1e-300)


@pytest.mark.parametrize("share", [5e-324, 1e-310, 1e-200])
def test_a_part_that_is_never_drawn(share: float) -> None:
    chances = multinomial(np.array([[2, 0], [1, 1], [0, 2]]), np.array([1.0, share]))
    assert chances == pytest.approx([1.0, 2 * share, 0.0], rel=1e-12, abs=0)


def test_any_number_of_draws_of_one_part() -> None:
    """No table of all counts is made where but few of them come up."""
    assert multinomial(np.array([[10**15]]), np.array([1.0])) == pytest.approx([1.0])
    few = np.array([[10**12, 0], [10**12 - 1, 1]])
    chances = multinomial(few, np.array([1 - 1e-12, 1e-12]))
    assert chances[1] / chances[0] == pytest.approx(1.0, rel=1e-9)


def test_three_parts_one_of_them_empty() -> None:
    counts = np.array([[a, b, 6 - a - b] for a in range(7) for b in range(7 - a)])
    chances = multinomial(counts, np.array([0.3, 0.0, 0.7]))
    assert np.all(chances[counts[:, 1] > 0] == 0)
    for row in np.flatnonzero(counts[:, 1] == 0):
        a, _, c = map(int, counts[row])
        assert chances[row] == pytest.approx(math.comb(6, a) * 0.3**a * 0.7**c, rel=1e-14)


def test_the_log_gamma_function_would_be_seen() -> None:
    """The control of the tests above."""
    n, x = 1_000_000, 100_000
    difference = gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1)
    plain = math.exp(difference + x * math.log(0.1) + (n - x) * math.log(0.9))
    assert abs(plain / right(np.array([x, n - x]), (0.1, 0.9)) - 1) > 1e-10


def test_enumeration_of_many_draws_is_exact() -> None:
    """Sums of draws that are whole numbers: queries of the first class err when they are at 9, whatever the
    centres."""
    classes = [{"points": [[-1], [9]], "weights": [0.9, 0.1]}, {"points": [[10]], "weights": [1]}]
    population = from_spec({"family": "finite_support", "classes": classes})
    for shots in (1000, 300_000):
        answer = estimate_ways(population, Question(shots, (2,)))[0]
        assert answer.exact and answer.value == pytest.approx(0.05, rel=1e-14)


def test_counts_of_parts_of_a_mixture() -> None:
    law = centre(np.array([0.2, 0.8]), np.zeros((2, 1)), np.ones(2), 100_000)
    assert math.fsum(np.exp(law.logs).tolist()) == pytest.approx(1.0, rel=1e-13)
    # The states' order is that of one count, up or down.
    peak = right(np.array([20_000, 80_000]), (0.2, 0.8))
    assert math.exp(float(np.max(law.logs))) == pytest.approx(peak, rel=1e-11)


@pytest.mark.parametrize("df", [21, 10_000, 1_000_000])
def test_moments_of_scales_of_many_degrees(df: int) -> None:
    """E M^2 at infinitely many shots, from E s and E s^2 of a coordinate's variance."""
    population = StudentClasses([[0.0], [3.0]], [1.0, 1.0], [float(df)] * 2)
    moments = population.margin_moments(math.inf, 4, 1.0)
    assert moments is not None
    # M = 9 - 6 y: central moments of a multiple of one coordinate.
    scale = float(population.scales[0]) ** 2
    second, fourth = (
        Fraction(df, df - 2),
        3 * Fraction(df, df - 2) * Fraction(df, df - 4),
    )
    assert moments[2, 0, 1] == pytest.approx(36 * scale * float(second), rel=1e-14)
    assert moments[4, 0, 1] == pytest.approx(36**2 * scale**2 * float(fourth), rel=1e-14)


def test_a_single_part_of_many_draws_is_one_count() -> None:
    """Once all counts up to the number of draws were listed: 80 GB for these."""
    assert multinomial(compositions(1, 10**10), np.ones(1)).tolist() == [1.0]


@pytest.mark.filterwarnings("error")
def test_a_weight_near_0_is_drawn_as_rarely() -> None:
    for tiny in (1e-12, 1e-300, 1e-310):
        once = multinomial(compositions(2, 1), np.array([tiny, 1 - tiny]))
        assert sorted(once.tolist()) == pytest.approx([tiny, 1 - tiny], rel=1e-12)
