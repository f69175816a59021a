"""What one plain point of the conditional engine may be worth, and slopes that come from the other half of
the replicates."""

from __future__ import annotations

import numpy as np
import pytest

from simulations.engines import Budget, Question
from simulations.engines.base import Context
from simulations.engines.conditional import Conditional, corner_ends
from simulations.engines.geometry.subsets import overlap_and_wrong
from simulations.engines.sampling.replicates import regressed, regressed_by_halves, slopes
from simulations.estimates import Within
from simulations.estimates.rules import BesideUnseen
from simulations.populations.gaussian import GaussianClasses
from tests.simulations.helpers_engines import fewest_covered

ROUNDING = 1e-12


@pytest.mark.parametrize("slope", [-0.3, 0.0, 0.2, 0.7, 1.3])
@pytest.mark.parametrize(("others", "ways"), [(2, (3,)), (4, (2, 3, 5)), (9, (5, 10)), (19, (5, 20))])
def test_no_point_is_worth_more_or_less_than_a_corner(
    others: int, ways: tuple[int, ...], slope: float
) -> None:
    rng = np.random.default_rng(others)
    # Near corners as well as within the cube; 0 and 1 themselves among them.
    sharpness = 10.0 ** rng.uniform(-1, 2, 4000)
    misses = np.clip(0.5 + sharpness * (rng.random((others, 4000)) - rng.random(4000)), 0.0, 1.0)
    worth = overlap_and_wrong(misses, ways)[0] - slope * np.sum(misses, axis=0)
    low, high = corner_ends(others, ways, np.full(len(ways), slope))
    assert np.all(worth >= low[:, None] - ROUNDING) and np.all(worth <= high[:, None] + ROUNDING)
    # Both are met: nothing narrower would do.
    assert np.min(worth, axis=1) == pytest.approx(low, abs=ROUNDING)
    assert np.max(worth, axis=1) == pytest.approx(high, abs=ROUNDING)


def test_corners_of_another_slope_do_not_bound_a_point() -> None:
    """The control: the overlap alone, or the two corners of nothing and of all, as ends."""
    others, ways, slope = 9, (5,), 0.2
    misses = np.random.default_rng(1).random((others, 4000)) ** 3
    worth = (overlap_and_wrong(misses, ways)[0] - slope * np.sum(misses, axis=0))[0]
    low, high = corner_ends(others, ways, np.zeros(1))
    assert np.min(worth) < low[0] and high[0] > 2 * corner_ends(others, ways, np.array([slope]))[1][0]
    none_and_all = [0.0, others - 5 * others / 9 - 1 - slope * others]
    assert np.min(worth) < min(none_and_all)


def test_a_half_has_the_slope_of_the_other() -> None:
    """Where the slope is that of a replicate's own half, values that are no straight line of the control are
    off on average; with that of the other half, or of dropped replicates, they are not."""
    rng, replicates, runs = np.random.default_rng(2), 8, 1500
    off = np.zeros((3, runs))
    for run in range(runs):
        control = rng.standard_normal(replicates)
        values = (control**2 + 0.1 * rng.standard_normal(replicates))[None, :]
        halves, slope = regressed_by_halves(values, control, 0.0)
        first, second = slopes(values[:, :4], control[:4]), slopes(values[:, 4:], control[4:])
        used = np.repeat([second, first], 4)
        assert np.allclose(halves, values - used * control) and np.allclose(slope, (first + second) / 2)
        own = values - slopes(values, control)[:, None] * control
        dropped = regressed(values, control, 0.0, 4)
        off[:, run] = [float(np.mean(each)) - 1.0 for each in (halves, dropped, own)]
    means, errors = np.mean(off, axis=1), np.std(off, axis=1) / np.sqrt(runs)
    assert np.all(np.abs(means[:2]) < 4 * errors[:2])
    assert abs(means[2]) > 8 * errors[2]


def test_plain_intervals_cover_with_the_room_of_a_corner() -> None:
    """Ten classes of which five are drawn, all alike: errors of .3, sampled plainly."""
    population, question = GaussianClasses((2.6 * np.eye(10, 16)).tolist(), [1.0] * 10), Question(2, (5,))
    sharp = Conditional().run(population, question, Context(Budget(draws=2e6), 99))[0]
    assert 0.2 < sharp.value < 0.5
    repetitions, covered, rooms = 40, 0, []
    for seed in range(repetitions):
        answer = Conditional().run(population, question, Context(Budget(draws=1e5), seed))[0]
        covered += answer.low <= sharp.value <= answer.high
        assert isinstance(answer.rule, Within) and isinstance(answer.rule.rule, BesideUnseen)
        rooms.append((answer.rule.rule.above, answer.rule.rule.below))
    assert covered >= fewest_covered(repetitions, 0.95)
    # All other classes at once would be nine; a point is worth less.
    assert np.min(rooms) > 0 and np.max(rooms) < 1
