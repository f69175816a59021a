"""Settings and exact binomial checks that the engine tests share."""

from __future__ import annotations

import contextlib
import math
from typing import Any

import numpy as np
import pytest

from simulations.engines import Budget, Context, Engine, Question, Refused
from simulations.estimates import Estimate, estimate
from simulations.populations import from_spec
from simulations.populations.base import Population
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.laplace import LaplaceClasses
from simulations.populations.student import StudentClasses


def means(classes: int, dimension: int, distance: float, seed: int = 0) -> list[list[float]]:
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((classes, dimension)) * distance / math.sqrt(2 * dimension)).tolist()


def isotropic(classes: int, dimension: int, distance: float, seed: int = 0) -> GaussianClasses:
    return GaussianClasses(means(classes, dimension, distance, seed), [1.0] * classes)


def student(classes: int, dimension: int, distance: float, df: float = 5.0) -> StudentClasses:
    return StudentClasses(means(classes, dimension, distance), [1.0] * classes, [df] * classes)


def run(
    engine: Engine,
    population: Population,
    shots: float,
    ways: int,
    draws: float,
    seed: int = 1,
    **options: Any,
) -> Any:
    question = Question(shots, (ways,))
    assert engine.refusal(population, question, Budget()) is None
    return engine.run(
        population, question, Context(Budget(draws=draws), seed, options.get("confidence", 0.95), ("t",))
    )[0]


def repeated(
    engine: Engine,
    population: Population,
    question: Question,
    draws: float,
    repetitions: int,
    path: str,
    confidence: float = 0.95,
) -> list[Estimate]:
    """The first estimate of every repetition: an engine that refuses gives none."""
    estimates = []
    for seed in range(repetitions):
        context = Context(Budget(draws=draws), seed, confidence, (path,))
        with contextlib.suppress(Refused):
            estimates.append(engine.run(population, question, context)[0])
    return estimates


def fewest_covered(repetitions: int, confidence: float, level: float = 1e-6) -> int:
    """Least count of covering intervals that a valid rule reaches with probability 1 - level."""
    from scipy.stats import binom

    return int(binom.ppf(level, repetitions, confidence))


def power(repetitions: int, fewest: int, coverage: float) -> float:
    """Chance that the test catches an interval whose coverage is only ``coverage``."""
    from scipy.stats import binom

    return float(binom.cdf(fewest - 1, repetitions, coverage))


def tell_every_class(monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors by class are told whatever is known of them."""
    of = Estimate.of
    monkeypatch.setattr(Estimate, "of", lambda *known, **named: of(*known, **{**named, "resolved": True}))
    monkeypatch.setattr(estimate, "may_be_told", lambda *_: True)


def long_queries(classes: int, length: float) -> LaplaceClasses:
    """On a line 2.5 apart, of deviation 1 there and ``length`` along another axis, in which no mean moves."""
    return LaplaceClasses([[0.0, 2.5 * c] for c in range(classes)], [[length, 1.0]] * classes)


def beside_a_long_axis() -> GaussianClasses:
    """Queries of one class are long along an axis in which no centre of the others moves."""
    return GaussianClasses(means(3, 2, 3.0), [[1e24, 1.0], [0.0, 1.0], [1.0, 1.0]])


def atoms_apart() -> Population:
    """Atoms that tie along one axis and not along another, whose squares are 1e-20 of the first one's."""
    points = [[[0.0, 0.0], [1e9, 0.1]], [[2e9, 0.0], [1e9, -0.1]], [[0.0, 0.3], [1e9, 0.1]]]
    classes = [{"points": each, "weights": [0.25, 0.75]} for each in points]
    return from_spec({"family": "finite_support", "classes": classes})
