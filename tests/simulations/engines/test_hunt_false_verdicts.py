"""A hunt for false verdicts: random populations of the kinds that have fooled engines before.

Near-coincident pairs, scales a billion apart, classes without spread, huge and tiny numbers of shots and of
degrees of freedom. Every bound of the catalogue is proved (or published, and never refuted): one called
violated is a fault of an engine or of an evaluation. And every estimate lies where exact routes say that it
must: whole-number enumeration, and pair probabilities, which for two classes are the formula.

By hand: ``HUNT_SEED=1000 pytest -s --full`` tries 60 other populations a family and prints how many.
"""

from __future__ import annotations

import math
import os
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from simulations.engines import Budget, Context, Question, estimate_ways
from simulations.engines import direct as direct_module
from simulations.engines.direct import Direct
from simulations.engines.enumeration import error_bounds
from simulations.engines.pairs import bracket
from simulations.populations.base import Population
from simulations.populations.finite_support import FiniteSupport
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.laplace import LaplaceClasses
from simulations.populations.mixture import MixtureClasses
from simulations.populations.student import StudentClasses
from simulations.verdicts.evaluate import evaluate_population

REDUCED, FULL = 3, 60
"""Populations a family."""
STRICT = 1 - 1e-9
Rng = np.random.Generator


def centres(rng: Rng, classes: int, dimension: int) -> Any:
    """Means: some pairs a tiny step apart, some far out."""
    points = rng.standard_normal((classes, dimension))
    for c in range(1, classes):
        kind = rng.integers(0, 4)
        if kind == 0:
            points[c] = points[c - 1] + 10.0 ** -rng.integers(3, 9) * rng.standard_normal(dimension)
        elif kind == 1:
            points[c] *= 10.0 ** rng.integers(3, 9)
    return points * 10.0 ** rng.integers(-9, 10)


def spread(rng: Rng, means: Any) -> Any:
    """Standard deviations (classes,): a share of the distance to the nearest class, to any class, or 0."""
    gaps = np.sqrt(np.sum((means[:, None] - means[None]) ** 2, axis=2))
    np.fill_diagonal(gaps, np.inf)
    near = gaps.min(axis=1)
    far = np.where(np.isfinite(gaps), gaps, 0.0).max(axis=1)
    base = np.where(rng.random(len(means)) < 0.75, near, np.sqrt(near * far))
    return base * 10.0 ** rng.uniform(-1.5, 0.5, len(means)) * (rng.random(len(means)) > 0.2)


def gaussian(rng: Rng, k: int, p: int) -> Population:
    means = centres(rng, k, p)
    return GaussianClasses(means.tolist(), list(spread(rng, means) ** 2))


def axes(rng: Rng, k: int, p: int) -> Population:
    means = centres(rng, k, p)
    shape = 10.0 ** rng.uniform(-2, 0, (k, p))
    return GaussianClasses(means.tolist(), list((spread(rng, means)[:, None] * shape) ** 2))


def student(rng: Rng, k: int, p: int) -> Population:
    means = centres(rng, k, p)
    dfs = rng.choice([4.0001, 5.0, 30.0, 300.0, 1e8, 1e17, math.inf], k)
    return StudentClasses(means.tolist(), list(np.maximum(spread(rng, means), 1e-140)), list(dfs))


def laplace(rng: Rng, k: int, p: int) -> Population:
    means = centres(rng, k, p)
    return LaplaceClasses(means.tolist(), (spread(rng, means)[:, None] * rng.uniform(0, 1, (k, p))).tolist())


def mixture(rng: Rng, k: int, p: int) -> Population:
    means = centres(rng, k, p)
    classes = []
    for mean, std in zip(means, spread(rng, means), strict=True):
        shift = std * rng.standard_normal(p)
        weight = float(rng.choice([0.5, 0.99]))
        classes.append(
            [(weight, (mean + shift).tolist(), std), (1 - weight, (mean - shift).tolist(), 0.1 * std)]
        )
    return MixtureClasses(classes)


def atoms(rng: Rng, k: int, p: int) -> Population:
    means = centres(rng, k, p)
    points, weights = [], []
    for mean, std in zip(means, spread(rng, means), strict=True):
        count = int(rng.integers(1, 4))
        points.append((mean + std * rng.integers(-2, 3, (count, p))).tolist())
        row = rng.integers(1, 5, count)
        weights.append((row / row.sum()).tolist() if count > 1 else [1.0])
    return FiniteSupport(points, weights)


FAMILIES: dict[str, Callable[[Rng, int, int], Population]] = {
    "gaussian": gaussian,
    "axes": axes,
    "student": student,
    "laplace": laplace,
    "mixture": mixture,
    "atoms": atoms,
}


def refuted(population: Population, shots: float, ways: int, budget: Budget) -> list[str]:
    (row,) = evaluate_population(population, [shots], [ways], context=Context(budget))
    return [f"{v.bound}: {v.value} < {row.estimate}" for v in row.verdicts if v.outcome == "violated"]


def contradictions(population: Population, shots: float, ways: int, budget: Budget) -> list[str]:
    """Where an estimate's interval misses what an exact route says."""
    strict = estimate_ways(population, Question(shots, (ways,)), budget=budget)[0].at(STRICT)
    direct = Direct().run(population, Question(shots, (ways,)), Context(budget, 5, STRICT, ("hunt",)))[0]
    wrong = []
    limits = []
    limits_of_pairs = bracket(population, shots, ways)
    if limits_of_pairs is not None:
        limits.append(("pairs", float(np.mean(limits_of_pairs[0])), float(np.mean(limits_of_pairs[1]))))
    if isinstance(population, FiniteSupport) and math.comb(int(min(shots, 9)) + 2, 2) < 200:
        low, high = error_bounds(population, min(shots, 9), [ways], most_whole=math.inf)
        if shots <= 9:
            limits.append(("whole numbers", float(np.mean(low)), float(np.mean(high))))
    limits.append(("the other engine", direct.low, direct.high))
    for estimate in (strict, direct):
        assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1, estimate
        for name, low, high in limits:
            slack = 1e-7 * high + 1e-300
            if estimate.low > high + slack or estimate.high < low - slack:
                wrong.append(
                    f"{estimate.method} [{estimate.low}, {estimate.high}] against {name} [{low}, {high}]"
                )
    return wrong


@pytest.mark.sampled(2)
@pytest.mark.parametrize("family", FAMILIES)
def test_no_true_bound_is_refuted_and_no_engine_contradicted(family: str, full: bool) -> None:
    first = int(os.environ.get("HUNT_SEED", "0"))
    budget = Budget(draws=1e6 if full else 1e5, seconds=5.0)
    attempts, problems = 0, []
    for seed in range(first, first + (FULL if full else REDUCED)):
        rng = np.random.default_rng([seed, list(FAMILIES).index(family)])
        k, p = int(rng.integers(2, 6)), int(rng.choice([1, 2, 3, 8, 24]))
        population = FAMILIES[family](rng, k, p)
        shots = float(rng.choice([1, 2, 5, 50, math.inf]))
        if family in ("gaussian", "axes", "laplace") and rng.random() < 0.2:
            shots = 1e8
        ways = int(rng.integers(2, k + 1))
        where = f"{family} seed {seed}: k {k}, p {p}, n {shots:g}, {ways} ways"
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            contradicted = refuted(population, shots, ways, budget) + contradictions(
                population, shots, ways, budget
            )
        attempts += 1
        problems += [f"{where}: {each}" for each in contradicted]
    print(f"{family}: {attempts} populations, {len(problems)} problems")
    assert not problems, "\n".join(problems)


def test_the_hunt_catches_the_old_tolerance(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: ties in units of the farthest class, as once."""
    monkeypatch.setattr(direct_module, "rounding", lambda dimension: 1e6)
    monkeypatch.setattr(direct_module, "HIDDEN", math.inf)
    monkeypatch.setattr(sys.modules["simulations.engines.choose"], "ENGINES", (Direct(),))
    means = [[0.0, 0.0], [1e-6, 0.0], [1.0, 0.0]]
    near = LaplaceClasses(means, [[1e-7, 1e-7]] * 3)
    assert refuted(near, 5, 3, Budget(draws=1e5))
