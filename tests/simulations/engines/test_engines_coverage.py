"""Coverage of every engine's interval by an exact binomial test, with its power; broken versions fail it."""

from __future__ import annotations

import functools
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from helpers_slow import rest_slow
from scipy import special, stats

from simulations.engines import Budget, Context, Engine, Question
from simulations.engines.conditional import Conditional
from simulations.engines.cubature import Cubature
from simulations.engines.direct import Direct
from simulations.engines.orthant import Orthant
from simulations.engines.pool import pool_errors
from simulations.engines.radial import Radial
from simulations.engines.tilted import Tilted
from simulations.estimates import BoundedMean, Replicates
from simulations.estimates.rules import BesideUnseen
from simulations.populations.student import StudentClasses
from tests.simulations.helpers_engines import fewest_covered, isotropic, power, repeated, run, student

CONFIDENCE = 0.95
# Errors of about .3, 1e-2, 1e-4 and 1e-6.
ISOTROPIC = {0.3: 4.5, 1e-2: 8.6, 1e-4: 13.2, 1e-6: 15.9}
CASES: list[tuple[str, Engine, str, float]] = [
    ("conditional", Conditional(), "isotropic", 1e5),
    ("radial", Radial(), "isotropic", 6e4),
    ("orthant", Orthant(), "isotropic", 6e4),
    ("direct", Direct(), "isotropic", 1e5),
    ("radial", Radial(), "student", 1e5),
    ("tilted", Tilted(), "student", 8e5),
]


STUDENT = {0.3: 3.4, 1e-2: 8.0, 1e-4: 21.0, 1e-6: 55.0}
PLAIN, HEAVY = 0.4, 0.5
"""Share of plain episodes, and degrees of freedom of the moved scale in the others."""


def student_episodes(population: Any, shots: int, episodes: int, seed: int) -> Any:
    """(episodes,): of mean the error of three Student classes of one spread, by code that shares nothing with
    an engine.

    An episode has a scale for every draw. In a part of the episodes the query's, or that of one draw of its
    own centre, comes from a law of heavier tails: where errors are rare one long draw makes them. Given
    scales and centres the query is Gaussian, and the two margins are a normal pair."""
    rng, df, means = np.random.default_rng([7, seed]), float(population.dfs[0]), population.means
    size, dimension = float(population.scales[0]), means.shape[1]
    moved = rng.integers(0, shots + 1, episodes)
    moved[rng.random(episodes) < PLAIN] = -1
    totals = []
    for i in range(3):
        squares = rng.chisquare(df, (episodes, shots + 1))
        rows = np.flatnonzero(moved >= 0)
        squares[rows, moved[rows]] = rng.chisquare(HEAVY, len(rows))
        # The chance of each episode over that of the mixture which draws them.
        ratio = np.exp(stats.chi2.logpdf(squares, HEAVY) - stats.chi2.logpdf(squares, df))
        weights = 1 / (PLAIN + (1 - PLAIN) * np.mean(ratio, axis=1))
        scales = size * np.sqrt(df / squares)
        own = (
            rng.standard_normal((episodes, dimension))
            * (np.sqrt(np.sum(scales[:, 1:] ** 2, axis=1)) / shots)[:, None]
        )
        gaps, limits = [], []
        for j in {0, 1, 2} - {i}:
            spread = size * np.sqrt(np.sum(df / rng.chisquare(df, (episodes, shots)), axis=1)) / shots
            centre = means[j] - means[i] + rng.standard_normal((episodes, dimension)) * spread[:, None]
            gap = centre - own
            length = np.sqrt(np.sum(gap**2, axis=1))
            gaps.append(gap / length[:, None])
            limits.append(np.sum((centre + own) * gap, axis=1) / 2 / length / scales[:, 0])
        h, k = limits
        joint = np.sum(gaps[0] * gaps[1], axis=1)
        rest = np.sqrt(np.maximum(1 - joint**2, 1e-30))
        owen = special.owens_t(h, (k / h - joint) / rest) + special.owens_t(k, (h / k - joint) / rest)
        both = (special.ndtr(-h) + special.ndtr(-k)) / 2 - owen - 0.5 * (np.sign(h) != np.sign(k))
        totals.append(weights * (special.ndtr(-h) + special.ndtr(-k) - both))
    return np.mean(totals, axis=0)


def student_error(population: Any, shots: int, blocks: int) -> tuple[float, float]:
    """The mean of so many blocks of 250,000 ``student_episodes``, and its standard error."""
    values = np.concatenate([student_episodes(population, shots, 250_000, block) for block in range(blocks)])
    return float(np.mean(values)), float(np.std(values)) / len(values) ** 0.5


@functools.cache
def truth(family: str, level: float) -> tuple[Any, float]:
    """The population, and its error: of Student classes by ``student_error``, of Gaussian ones from a budget
    far larger than the tested one."""
    if family == "student":
        population: Any = student(3, 8, STUDENT[level])
        value, error = student_error(population, 2, 8)
        # A tenth of the deviation of the intervals that are tested.
        assert error < 2.5e-3 * value
        return population, value
    population = isotropic(3, 16, ISOTROPIC[level])
    return population, run(Conditional(), population, 2, 3, 4e6, seed=99).value


def covered(engine: Engine, population: Any, value: float, draws: float, repetitions: int) -> tuple[int, int]:
    """Intervals that cover, and intervals given: an engine that refuses gives none."""
    estimates = repeated(engine, population, Question(2, (3,)), draws, repetitions, "c", CONFIDENCE)
    return sum(each.low <= value <= each.high for each in estimates), len(estimates)


CELLS = [
    pytest.param(*case, level, id=f"{case[0]}-{case[2]}-{level:g}") for case in CASES for level in ISOTROPIC
]


@pytest.mark.sampled(3)
@pytest.mark.sampled(3)
@pytest.mark.slow
@pytest.mark.parametrize(("name", "engine", "family", "draws", "level"), CELLS)
def test_intervals_cover(
    name: str, engine: Engine, family: str, draws: float, level: float, full: bool
) -> None:
    repetitions = 2000 if full else 60
    population, value = truth(family, level)
    assert level / 4 < value < level * 4
    count, given = covered(engine, population, value, draws, repetitions)
    fewest = fewest_covered(given, CONFIDENCE)
    print(
        f"{name} {family} {level}: {count}/{given}; catches a true coverage of .8 with probability "
        f"{power(given, fewest, 0.8):.3f}"
    )
    # The guard of `conditional` may refuse now and then at so small a budget, not often.
    assert given >= 0.98 * repetitions
    assert count >= fewest


def test_the_truth_of_student_classes_is_that_of_two_classes_in_closed_form() -> None:
    """Where the third class is so far off that it takes none; and, as a control, not of another setting."""
    population = student(3, 8, 21.0)
    population.means[2] = 1e9
    pair = StudentClasses(population.means[:2], population.stds[:2].tolist(), population.dfs[:2].tolist())
    exact = Cubature().run(pair, Question(2, (2,)), Context(Budget()))[0]
    assert exact.high - exact.low < 1e-4 * exact.value
    for shots, right in ((2, True), (3, False)):
        values = 1.5 * student_episodes(population, shots, 50_000, 1)
        error = float(np.std(values)) / len(values) ** 0.5
        assert error < 0.03 * exact.value
        assert (abs(np.mean(values) - exact.value) < 4 * error) == right


class Doubled(Radial):
    """Takes theta and -theta for two observations, though they share their centres."""

    def observations(self, plus: Any, minus: Any) -> Any:
        return np.stack([plus, minus], axis=2).reshape(len(plus), -1)


@pytest.mark.slow
def test_antithetic_points_counted_as_independent_are_caught(full: bool) -> None:
    """The real engine, on heavy tails in many dimensions, where the centres' scales decide nearly all: its
    twin's intervals are too narrow by sqrt 2."""
    population = student(3, 2000, 35.0)
    value = run(Radial(), population, 1, 3, 1.2e7, seed=99).value
    repetitions = 2000 if full else 200
    fewest = fewest_covered(repetitions, CONFIDENCE, 1e-4)
    counts = {}
    for engine in (Radial(), Doubled()):
        estimates = repeated(engine, population, Question(1, (3,)), 5e5, repetitions, "a", CONFIDENCE)
        assert len(estimates) == repetitions
        rules = [each.rule.rule for each in estimates if isinstance(each.rule, BesideUnseen)]
        assert len(rules) == repetitions and all(isinstance(rule, Replicates) for rule in rules)
        counts[type(engine).__name__] = sum(each.low <= value <= each.high for each in estimates)
    print(f"{counts} of {repetitions}, at least {fewest} wanted")
    assert counts["Radial"] >= fewest > counts["Doubled"]


def test_lattice_points_counted_as_independent_are_caught() -> None:
    """The spread of points within a replicate does not estimate its error: for a smooth integrand an interval
    made from it is far too wide, and for one that the lattice aliases far too narrow."""
    from simulations.engines.sampling import quasi

    rng = np.random.default_rng(1)
    points = 64
    alias = np.array(quasi.GENERATOR[:2], dtype=float)
    count = wide = 0
    for _ in range(500):
        shift = rng.random((1, 2))
        x = (alias[:, None] * np.arange(points) / points + shift.T) % 1.0
        # A character of the dual lattice: constant over the points of one replicate.
        k = int(-pow(int(alias[0]), -1, points) * int(alias[1])) % points
        values = np.cos(2 * np.pi * (k * x[0] + x[1])) + 1e-3 * rng.standard_normal(points)
        half = 1.96 * values.std(ddof=1) / np.sqrt(points)
        count += abs(values.mean()) <= half
        smooth = np.sin(2 * np.pi * x[0])
        wide += abs(smooth.mean()) <= 1e-6 * smooth.std() / np.sqrt(points)
    assert count < fewest_covered(500, CONFIDENCE)
    assert wide == 500


@pytest.mark.slow
@pytest.mark.parametrize("level", [0.3, 1e-2, 1e-4])
def test_bounded_means_hold_at_a_stringent_level(level: float, full: bool) -> None:
    """Rare coin flips, 200 to 20000 of them: the empirical-Bernstein and Chernoff interval misses far less
    often than its level, and a normal interval in its place is caught."""
    rng = np.random.default_rng(2)
    repetitions, confidence, count = 20000 if full else 4000, 0.99, 2000
    counts = rng.binomial(count, level, repetitions)
    missed = normal = 0
    for errors, times in zip(*np.unique(counts, return_counts=True), strict=True):
        mean = errors / count
        variance = mean * (1 - mean) * count / (count - 1)
        low, high = BoundedMean(count, mean, variance).interval(confidence)
        missed += times * (not low <= level <= high)
        normal += times * (not abs(mean - level) <= 2.5758 * np.sqrt(variance / count))
    assert repetitions - missed >= fewest_covered(repetitions, confidence)
    if level == 1e-4:
        assert repetitions - normal < fewest_covered(repetitions, confidence)


@pytest.mark.slow
def test_stringent_replicate_intervals() -> None:
    """Beyond .999 the interval follows the self-normalised bound; where that is empty, floor and ceiling."""
    rule = Replicates(64, 0.1, 0.01, 0.02, 0.3)
    widths = [np.diff(rule.interval(c))[0] for c in (0.9, 0.99, 0.999, 1 - 1e-6, 1 - 1e-9)]
    assert np.all(np.diff(widths) > 0)
    from scipy.stats import t

    half = widths[3] / 2 / (0.01 / 8)
    assert 1.2 < half / t.isf(5e-7, 63) < 1.5
    assert rule.interval(1 - 1e-15) == (0.02, 0.3)
    # Symmetric two-point replicates, the worst case of the bound: no miss beyond its level.
    rng = np.random.default_rng(3)
    signs = np.where(rng.random((200_000, 64)) < 0.5, -1.0, 1.0)
    mean, deviation = signs.mean(axis=1), signs.std(axis=1, ddof=1)
    unit = rule.interval(1 - 1e-4)
    radius = (unit[1] - unit[0]) / 2 / (0.01 / 8)
    assert np.mean(np.abs(mean) > radius * deviation / 8) <= 1e-4


def pool_of(spread: float, classes: int = 8, samples: int = 20, dimension: int = 8) -> tuple[Any, Any]:
    rng = np.random.default_rng(4)
    features = np.eye(classes, dimension)[:, None] * spread
    features = features + rng.standard_normal((classes, samples, dimension))
    return features, np.repeat(np.arange(classes), samples)


def pool_truth(cube: Any, ways: int) -> float:
    """One-shot error of a pool (classes, samples, p), exactly: every query with every own support; given
    these the other supports are independent."""
    classes, samples = cube.shape[:2]
    total, count = 0.0, 0
    for i in range(classes):
        others = np.delete(np.arange(classes), i)
        for q in range(samples):
            reach = np.sum((np.delete(cube[i], q, axis=0) - cube[i, q]) ** 2, axis=1)
            away = np.sum((cube[others] - cube[i, q]) ** 2, axis=2)
            clear = np.mean(away[:, :, None] > reach, axis=1)
            for chosen in combinations(range(classes - 1), ways - 1):
                total += float(np.mean(1 - np.prod(clear[list(chosen)], axis=0)))
                count += 1
    return total / count


# (classes, samples, dimension), ways, spreads for errors of about .3, 1e-2 and 1e-4.
POOLS = {
    "small classes": ((8, 20, 8), 4, {0.3: 2.8, 1e-2: 5.2, 1e-4: 8.0}),
    "importance and controls": ((12, 64, 40), 2, {0.3: 2.5, 1e-2: 5.7, 1e-4: 8.4}),
}


@pytest.mark.parametrize(
    "level", [1e-2, *(pytest.param(level, marks=pytest.mark.slow) for level in (0.3, 1e-4))]
)
@pytest.mark.parametrize("name", rest_slow(POOLS, ["small classes"]))
def test_pool_intervals_cover_the_fixed_pool(name: str, level: float, full: bool) -> None:
    shape, ways, spreads = POOLS[name]
    cube, labels = pool_of(spreads[level], *shape)
    features, value = cube.reshape(len(labels), -1), pool_truth(cube, ways)
    assert level / 4 < value < level * 4, value
    repetitions = 2000 if full else 60
    count = 0
    for seed in range(repetitions):
        estimate = pool_errors(features, labels, 1, [ways], seed=seed, work=1e6, confidence=CONFIDENCE)[0]
        count += estimate.low <= value <= estimate.high
    fewest = fewest_covered(repetitions, CONFIDENCE)
    print(
        f"pool of {name}, {level}: {count}/{repetitions}; catches a true coverage of .7 with probability "
        f"{power(repetitions, fewest, 0.7):.3f}"
    )
    assert count >= fewest


def test_the_pool_engine_agrees_with_the_exact_error_of_the_pool() -> None:
    cube, labels = pool_of(3.5)
    value = pool_truth(cube, 4)
    estimate = pool_errors(cube.reshape(-1, 8), labels, 1, [4], seed=3, work=2e7)[0]
    assert estimate.low < value < estimate.high and estimate.high - estimate.low < 0.2 * value
