"""Independent routes to the few-shot error agree, and broken ones do not."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest

from simulations.engines import Budget, Question, estimate_ways
from simulations.engines.base import Context, Engine
from simulations.engines.direct import Direct
from simulations.engines.enumeration import Enumeration, exact_errors
from simulations.engines.geometry.subsets import wrong_probability, wrong_share_by_rank
from simulations.engines.two_class import TwoClass
from simulations.populations import Population
from simulations.populations.finite_support import FiniteSupport
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.simplex_etf import SimplexETF

SETTINGS = 200
LEVEL = 1 - 1e-4 / SETTINGS
"""Interval level: over all settings a false alarm has probability at most 1e-4."""
SMALL = Budget(draws=4e5)


def finite(seed: int) -> FiniteSupport:
    rng = np.random.default_rng(seed)
    classes, atoms, dimension = rng.integers(2, 5), rng.integers(1, 5), rng.integers(1, 4)
    points = rng.integers(-3, 4, size=(classes, atoms, dimension))
    if seed % 2:
        points = np.round(points + rng.normal(size=points.shape), 3)
    weights = rng.integers(1, 9, size=(classes, atoms))
    return FiniteSupport(points.tolist(), [[Fraction(int(w), int(sum(row))) for w in row] for row in weights])


def gaussian(seed: int) -> GaussianClasses:
    rng = np.random.default_rng(seed)
    classes, dimension = int(rng.integers(2, 5)), int(rng.integers(1, 20))
    std = float(rng.uniform(0.2, 1.5))
    return GaussianClasses(rng.normal(size=(classes, dimension)), [std**2] * classes)


def disagreements(
    reference: Engine, other: Engine, population: Population, question: Question, seed: int
) -> int:
    """Number of ways at which the interval of ``other`` misses the exact value of ``reference``."""
    exact = estimate_ways(population, question, engine=reference)
    sampled = estimate_ways(population, question, engine=other, budget=SMALL, seed=seed, confidence=LEVEL)
    return sum(not b.low <= a.value <= b.high for a, b in zip(exact, sampled, strict=True))


@pytest.mark.parametrize("chunk", range(8))
def test_direct_agrees_with_enumeration(chunk: int) -> None:
    """120 finite-support settings, lattice and not, ties included."""
    for seed in range(chunk * 15, chunk * 15 + 15):
        population = finite(seed)
        shots = [1, 2, 3, 5][seed % 4]
        ways = tuple(range(2, population.classes + 1))
        assert not disagreements(Enumeration(), Direct(), population, Question(shots, ways), seed), seed


@pytest.mark.parametrize("chunk", [0, *(pytest.param(chunk, marks=pytest.mark.slow) for chunk in (1, 2, 3))])
def test_direct_agrees_with_the_two_class_formula(chunk: int) -> None:
    """80 isotropic Gaussian settings."""
    for seed in range(chunk * 20, chunk * 20 + 20):
        shots = [1, 2, 5, 20][seed % 4]
        assert not disagreements(TwoClass(), Direct(), gaussian(seed), Question(shots, (2,)), seed), seed


class WrongVariance(GaussianClasses):
    """Draws its noise 20 % too wide."""

    def noise(self, rng: Any, c: int, shape: tuple[int, ...]) -> Any:
        return 1.2 * super().noise(rng, c, shape)


class IgnoresTies(Direct):
    """Counts a tie as right."""

    def run(
        self,
        population: Population,
        question: Question,
        context: Context,
    ) -> list[Any]:
        nudged = FiniteSupport(
            [
                [[x + (c * Fraction(1, 10**6)) for x in row] for row in rows]
                for c, rows in enumerate(population.exact_points)  # type: ignore[attr-defined]
            ],
            population.exact_weights,  # type: ignore[attr-defined]
        )
        return super().run(
            nudged, question, Context(context.budget, context.seed, context.confidence, context.path)
        )


def test_a_wrong_variance_is_caught() -> None:
    caught = 0
    for seed in range(20):
        right = gaussian(seed)
        wrong = WrongVariance(right.means, right.covariances)
        exact = estimate_ways(right, Question(5, (2,)), engine=TwoClass())[0]
        sampled = estimate_ways(
            wrong, Question(5, (2,)), engine=Direct(), budget=SMALL, seed=seed, confidence=LEVEL
        )[0]
        caught += not sampled.low <= exact.value <= sampled.high
    assert caught >= 5


def test_an_engine_that_ignores_ties_is_caught() -> None:
    tied = FiniteSupport([[[0], [1]], [[2], [1]]], [[0.5, 0.5], [0.5, 0.5]])
    question = Question(math.inf, (2,))
    assert disagreements(Enumeration(), Direct(), tied, question, 0) == 0
    tied = FiniteSupport([[[-1], [1]], [[1], [3]]], [[0.5, 0.5], [0.5, 0.5]])
    assert disagreements(Enumeration(), Direct(), tied, question, 0) == 0
    assert disagreements(Enumeration(), IgnoresTies(), tied, question, 0) == 1


def brute_force(population: FiniteSupport, shots: int) -> Fraction:
    """All queries and all ordered draws of all classes, in rational arithmetic."""
    total = Fraction(0)
    classes = range(population.classes)
    draws = [
        list(product(zip(population.exact_points[c], population.exact_weights[c], strict=True), repeat=shots))
        for c in classes
    ]
    for supports in product(*draws):
        probability = Fraction(1)
        centres = []
        for support in supports:
            for _, weight in support:
                probability *= weight
            points = [point for point, _ in support]
            centres.append([sum(xs) / Fraction(shots) for xs in zip(*points, strict=True)])
        for c in classes:
            for z, weight in zip(population.exact_points[c], population.exact_weights[c], strict=True):
                distances = [sum((a - b) ** 2 for a, b in zip(z, m, strict=True)) for m in centres]
                wrong = any(distances[j] <= distances[c] for j in classes if j != c)
                total += probability * weight * wrong
    return total / population.classes


@pytest.mark.parametrize("seed", range(12))
def test_enumeration_agrees_with_brute_force_in_fractions(seed: int) -> None:
    rng = np.random.default_rng(seed + 1000)
    classes = 2 + seed % 2
    points = rng.integers(-2, 3, size=(classes, 2, 1 + seed % 3))
    weights = rng.integers(1, 5, size=(classes, 2))
    population = FiniteSupport(
        points.tolist(), [[Fraction(int(w), int(sum(row))) for w in row] for row in weights]
    )
    shots = 1 + seed % 3
    error = exact_errors(population, shots, [classes])[0].mean()
    assert error == pytest.approx(float(brute_force(population, shots)), rel=1e-13, abs=1e-16)


def test_enumeration_keeps_the_digits_of_a_rare_error() -> None:
    rare = FiniteSupport([[[0], [10]], [[6]]], [[1 - Fraction(1, 10**12), Fraction(1, 10**12)], [1]])
    errors = exact_errors(rare, math.inf, [2])[0]
    assert errors[0] == pytest.approx(1e-12, rel=1e-9)


def test_enumeration_declines_above_its_budget_and_says_the_time() -> None:
    atoms = [[[float(a)] for a in range(12)] for _ in range(5)]
    large = FiniteSupport(atoms, [[Fraction(1, 12)] * 12] * 5)
    reason = Enumeration().refusal(large, Question(40, (5,)), Budget())
    assert reason is not None and "would take about" in reason


@pytest.mark.parametrize("others", [1, 2, 3, 5])
def test_means_over_subsets_against_listing_them(others: int) -> None:
    from itertools import combinations

    rng = np.random.default_rng(others)
    misses = rng.uniform(0, 1, size=(others, 7))
    ways = list(range(2, others + 2))
    probabilities = wrong_probability(misses, ways)
    for row, k in zip(probabilities, ways, strict=True):
        listed = [1 - np.prod(1 - misses[list(s)], axis=0) for s in combinations(range(others), k - 1)]
        np.testing.assert_allclose(row, np.mean(listed, axis=0), rtol=1e-12)
        share = wrong_share_by_rank(others + 1, k)
        for r in range(others + 1):
            hit = np.array([1.0] * r + [0.0] * (others - r))
            assert wrong_probability(hit[:, None], [k])[0, 0] == pytest.approx(share[r], rel=1e-12)


def test_same_numbers_whatever_the_ways_asked_together() -> None:
    population = SimplexETF(5, 8, cdnv=1.0)
    together = estimate_ways(population, Question(5, (2, 3, 5)), engine=Direct(), budget=SMALL, seed=3)
    alone = [
        estimate_ways(population, Question(5, (k,)), engine=Direct(), budget=SMALL, seed=3)[0]
        for k in (2, 3, 5)
    ]
    assert [e.value for e in together] == [e.value for e in alone]
