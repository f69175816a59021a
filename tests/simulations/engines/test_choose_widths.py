"""``choose`` takes about the sharpest engine: its forecasts against widths that are measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from helpers_slow import rest_slow

from simulations.engines import Budget, Context, Question, Refused
from simulations.engines.choose import candidates
from simulations.engines.sampling.forecast import rough
from simulations.populations.finite_support import FiniteSupport
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.laplace import LaplaceClasses
from simulations.populations.student import StudentClasses
from tests.simulations.helpers_engines import isotropic, means

BUDGET = Budget(draws=6e5)


def settings(distance: float) -> list[tuple[Any, float]]:
    rng = np.random.default_rng(1)
    centres = means(3, 6, distance)
    axes = GaussianClasses(centres, list(rng.uniform(0.3, 1.7, (3, 6))))
    return [
        (isotropic(3, 6, distance), 2),
        (isotropic(3, 2, distance), 2),
        (axes, 2),
        (axes, 1000),
        (GaussianClasses(centres, [0.0, 1.0, 1.0]), 2),
        (StudentClasses(centres, [1.0] * 3, [6.0] * 3), 2),
        (LaplaceClasses(centres, rng.uniform(0.5, 1.3, (3, 6)).tolist()), 2),
    ]


def widths(population: Any, shots: float) -> list[float]:
    """Relative widths of all that accept, in the order in which they would be asked."""
    question = Question(shots, (population.classes,))
    relative_widths = []
    for engine in candidates(population, question, BUDGET):
        try:
            estimate = engine.run(population, question, Context(BUDGET, 1, 0.95, ("w",)))[0]
        except Refused:
            continue
        relative_widths.append(
            (estimate.high - estimate.low) / estimate.value if estimate.value > 0 else np.inf
        )
    return relative_widths


@pytest.mark.slow
@pytest.mark.parametrize("distance", rest_slow([2.5, 8.0, 13.0], [8.0]))
def test_the_first_is_about_the_sharpest(distance: float) -> None:
    ranked = [widths(population, shots) for population, shots in settings(distance)]
    assert all(len(each) >= 2 for each in ranked)
    good = [each[0] <= 2.5 * min(each) for each in ranked]
    assert sum(good) >= len(good) - 1, ranked
    # The control: the last one asked would not do.
    assert sum(each[-1] <= 2.5 * min(each) for each in ranked) < len(good) - 1


@pytest.mark.slow
def test_nor_is_direct_simulation_where_most_queries_err() -> None:
    """The chances of six others add up to more than 1: taken for the error they left it no variance."""
    rng = np.random.default_rng(2)
    close = [GaussianClasses(rng.standard_normal((7, 16)) / 3, list(rng.uniform(0.4, 1.6, 7)))]
    close += [GaussianClasses(rng.standard_normal((7, 16)) / 3, list(rng.uniform(0.2, 1.8, (7, 16))))]
    for population in close:
        ranked = widths(population, 10)
        assert len(ranked) >= 3 and ranked[0] <= 2.5 * min(ranked), ranked


@pytest.mark.parametrize("shots", [1.0, np.inf])
def test_a_class_without_spread_along_the_means_has_a_forecast(shots: float) -> None:
    """Rounding leaves a negative variance along that line, and the square root of one is no number."""
    points = [[[-1, -1, 0], [1, -1, 0]], [[-1, -1, 2], [0, 1, -1]]]
    forecast = rough(FiniteSupport(points, [[0.5, 0.5]] * 2), shots)
    assert 0 < forecast.error <= 1
