"""Direct simulation's intervals: they cover, by exact binomial, and are about as wide as they must be."""

from __future__ import annotations

import functools
import itertools
import math
from typing import Any

import numpy as np
import pytest
from helpers_slow import rest_slow

from simulations.engines.direct import QUERIES, draw_ranks
from simulations.engines.geometry.subsets import wrong_share_by_rank
from simulations.estimates import BoundedMean, Episodes, IntervalRule
from simulations.estimates.rules import USUAL
from simulations.populations.base import Population
from simulations.populations.laplace import LaplaceClasses
from simulations.runtime.randomness import stream
from tests.simulations.helpers_engines import fewest_covered, isotropic, means, power, student

CLASSES = 5
# Few queries an episode err together because of one support far off: Student classes at one shot.
SETTINGS: dict[str, tuple[Population, int]] = {
    "gaussian, .5": (isotropic(CLASSES, 2, 3.0), 1),
    "gaussian, 1e-2": (isotropic(CLASSES, 16, 8.0, 5), 5),
    "gaussian, 5e-4": (isotropic(CLASSES, 16, 11.0, 5), 5),
    "laplace, 1e-2": (LaplaceClasses(means(CLASSES, 16, 8.0, 5), [[1.0] * 16] * CLASSES), 5),
    "student, 6e-3": (student(CLASSES, 64, 25.0, 4.5), 1),
    "student, 3e-4": (student(CLASSES, 64, 50.0, 4.5), 1),
}


@functools.cache
def shares(name: str, count: int) -> Any:
    """The errors of ``count`` episodes, whose empirical law is the truth that intervals are to cover."""
    population, shots = SETTINGS[name]
    rng, parts = stream(7, "episodes", name), []
    for _ in range(0, count, 4000):
        ranks = draw_ranks(population, shots, min(4000, count), rng)
        parts.append(np.mean(wrong_share_by_rank(CLASSES, CLASSES)[ranks], axis=(0, 2)))
    return np.concatenate(parts)


def intervals(
    name: str, episodes: int, repetitions: int, confidence: float, full: bool
) -> tuple[int, float, float]:
    """Intervals that cover the mean; mean width over that of a normal interval with the true variance, of
    ``Episodes`` and of the interval that holds for every law."""
    population = shares(name, 200_000 if full else 20_000)
    rng, truth = stream(8, name, episodes), float(population.mean())
    covered, widths, safe = 0, [], []
    for _ in range(repetitions):
        sample = rng.choice(population, episodes)
        numbers = (episodes, float(sample.mean()), float(sample.var(ddof=1)))
        low, high = Episodes(*numbers, QUERIES * CLASSES).interval(confidence)
        covered += low <= truth <= high
        widths.append(high - low)
        first, last = BoundedMean(*numbers).interval(confidence)
        safe.append(last - first)
    needed = 2 * 1.959964 * float(population.std()) / math.sqrt(episodes)
    return covered, float(np.mean(widths)) / needed, float(np.mean(safe)) / needed


@pytest.mark.parametrize(
    ("name", "episodes"),
    rest_slow(
        itertools.product(SETTINGS, [64, 300, 2000]),
        [*((name, 64) for name in SETTINGS), ("student, 6e-3", 300), ("gaussian, .5", 2000)],
    ),
)
def test_episode_intervals_cover(name: str, episodes: int, full: bool) -> None:
    repetitions = 4000 if full else 200
    covered, width, safe = intervals(name, episodes, repetitions, 0.95, full)
    fewest = fewest_covered(repetitions, 0.95)
    print(
        f"{name}, {episodes} episodes: {covered}/{repetitions} cover (at least {fewest}; a true coverage "
        f"of .85 is caught with probability {power(repetitions, fewest, 0.85):.3f}); width {width:.2f} of a "
        f"normal interval's, for every law {safe:.2f}"
    )
    assert covered >= fewest
    population = shares(name, 20_000)
    carriers = episodes * float(population.mean()) ** 2 / float(np.mean(population**2))
    if carriers > 10:
        assert width < 1.35
    assert width < safe


class Counted(Episodes):
    """Every query for itself, though those of an episode share their supports."""

    @property
    def independent(self) -> float:
        return float(self.count * self.queries)


def test_queries_counted_as_independent_are_caught() -> None:
    population = shares("student, 6e-3", 20_000)
    rng, truth, covered = stream(9), float(population.mean()), 0
    for _ in range(400):
        sample = rng.choice(population, 2000)
        rule = Counted(2000, float(sample.mean()), float(sample.var(ddof=1)), QUERIES * CLASSES)
        low, high = rule.interval(0.95)
        covered += low <= truth <= high
    assert covered < fewest_covered(400, 0.95)


def test_where_nothing_errs_an_episode_counts_once() -> None:
    for count in (10, 1000):
        low, high = Episodes(count, 0.0, 0.0, 20).interval(0.9)
        assert low == 0.0
        assert (1 - high) ** count == pytest.approx(0.05, rel=1e-9)
        assert Episodes(count, 1.0, 0.0, 20).interval(0.9)[0] == pytest.approx(1 - high, rel=1e-9)


def test_beyond_the_usual_confidence_the_interval_holds_for_every_law() -> None:
    """And it grows with confidence."""
    rule = Episodes(500, 0.02, 0.001, 20)
    last = (0.02, 0.02)
    for confidence in (0.5, 0.95, USUAL, 0.9995, 1 - 1e-6, 1 - 1e-12):
        low, high = rule.interval(confidence)
        assert low <= last[0] and last[1] <= high
        last = (low, high)
    low, high = BoundedMean(500, 0.02, 0.001).interval(1 - 1e-6)
    assert rule.interval(1 - 1e-6) == (min(low, rule.interval(USUAL)[0]), max(high, rule.interval(USUAL)[1]))
    assert isinstance(rule, IntervalRule)
