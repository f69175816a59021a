"""Classes that all but coincide beside classes far off: what is a tie, and that no true bound is refuted."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from simulations.engines import Budget, Context, Question, estimate
from simulations.engines import direct as direct_module
from simulations.engines.direct import Direct
from simulations.engines.enumeration import Enumeration, error_bounds
from simulations.populations import from_spec
from simulations.populations.finite_support import FiniteSupport
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.laplace import LaplaceClasses
from simulations.runtime.errors import InputError
from simulations.verdicts.evaluate import evaluate_population
from theory.setting import Setting

NEAR = [[0.0, 0.0], [1e-6, 0.0], [1.0, 0.0]]
LAPLACE = {"family": "laplace", "classes": [{"mean": m, "std_per_axis": [1e-7, 1e-7]} for m in NEAR]}
LAPLACE_TRUTH = 3.14e-4  # two classes 10 standard deviations apart, times 2/3; see the outside check


def test_near_laplace_classes_are_no_ties() -> None:
    estimate_near = estimate(from_spec(LAPLACE), Setting(5, 3), engine=Direct(), budget=Budget(draws=4e6))
    assert estimate_near.at(0.9999).low <= LAPLACE_TRUTH <= estimate_near.at(0.9999).high
    # Scaled up and without the far class the same two classes say the same.
    pair = from_spec(
        {
            "family": "laplace",
            "classes": [{"mean": [10.0 * c, 0.0], "std_per_axis": [1.0, 1.0]} for c in (0, 1)],
        }
    )
    alone = estimate(pair, Setting(5, 2), engine=Direct(), budget=Budget(draws=4e6))
    assert abs(estimate_near.value - alone.value * 2 / 3) < 4 * (alone.high - alone.low)


def test_near_gaussian_classes_beside_a_point_mass() -> None:
    estimate_near = estimate(GaussianClasses(NEAR, [4e-14, 4e-14, 0.0]), Setting(5, 3))
    assert estimate_near.value == pytest.approx(0.0060361, rel=1e-5)
    assert estimate_near.high - estimate_near.low < 1e-9
    direct = estimate(
        GaussianClasses(NEAR, [4e-14, 4e-14, 0.0]), Setting(5, 3), engine=Direct(), budget=Budget(draws=3e6)
    )
    assert direct.at(0.9999).low <= estimate_near.value <= direct.at(0.9999).high


def test_nothing_is_refuted_beside_near_classes() -> None:
    for population in (from_spec(LAPLACE), GaussianClasses(NEAR, [4e-14, 4e-14, 0.0])):
        (row,) = evaluate_population(population, [5], [3], context=Context(Budget(draws=1e6)))
        assert not [each.bound for each in row.verdicts if each.outcome == "violated"]


def test_a_tolerance_in_units_of_the_farthest_class_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the old tolerance, 1e-12 of the largest score, and no comparison looked at again."""
    monkeypatch.setattr(direct_module, "rounding", lambda dimension: 1e6)
    monkeypatch.setattr(direct_module, "HIDDEN", math.inf)
    estimate_near = estimate(from_spec(LAPLACE), Setting(5, 3), engine=Direct(), budget=Budget(draws=1e5))
    assert estimate_near.at(1 - 1e-9).low > 0.1


def test_ties_of_atoms_are_still_errors() -> None:
    """Every query of these classes ties, for every scale, and however the classes are moved about."""
    for scale in (1.0, math.pi * 1e-7, 1e9 / 3):
        for shift in (0.0, 1e3 * scale):
            points = [[[scale * x + shift, shift] for x in row] for row in ((-1.0, 1.0), (-1.0, 1.0))]
            population = FiniteSupport(points, [[0.5, 0.5]] * 2)
            tied = estimate(population, Setting(math.inf, 2), engine=Direct(), budget=Budget(draws=1e4))
            assert tied.value == 1.0
            exact = estimate(population, Setting(2, 2), engine=Enumeration())
            near = estimate(population, Setting(2, 2), engine=Direct(), budget=Budget(draws=1e6))
            assert exact.exact and near.at(0.9999).low <= exact.value <= near.at(0.9999).high


def test_infinitely_many_shots_are_settled_in_fractions() -> None:
    atoms = [["-0.4999999999999"], ["0.4999999999999"]]
    fractions = [[Fraction(x) for x in row] for row in atoms]
    population = FiniteSupport([fractions, [[1]]], [[0.5, 0.5], [1]])
    estimate_near = estimate(population, Setting(math.inf, 2))
    assert estimate_near.exact and estimate_near.value == 0.0
    # At a half exactly the query ties.
    tied = FiniteSupport([[[Fraction(-1, 2)], [Fraction(1, 2)]], [[1]]], [[0.5, 0.5], [1]])
    assert estimate(tied, Setting(math.inf, 2)).value == 0.25
    # Means that are no floats: thirds.
    thirds = FiniteSupport([[[0], [1]], [[2]]], [[Fraction(2, 3), Fraction(1, 3)], [1]])
    assert estimate(thirds, Setting(math.inf, 2)).value == 0.0
    mirrored = FiniteSupport(
        [[[0], [1], [Fraction(7, 6)]], [[2]]], [[Fraction(2, 3), Fraction(1, 3), 0], [1]]
    )
    assert estimate(mirrored, Setting(math.inf, 2)).value == 0.0


@pytest.mark.parametrize("shots", [2, 4, math.inf])
def test_rounded_distances_bracket_the_exact_error(shots: float) -> None:
    """Floats of 16 digits, one class a billion away, a near-tie planted: whole numbers lie between the
    bounds, which are equal where nothing ties."""
    rng = np.random.default_rng(3)
    points = [(rng.standard_normal((4, 2)) + np.array([2.0 * c, 0.0])).tolist() for c in range(2)]
    points.append((rng.standard_normal((4, 2)) + np.array([1e9, 0.0])).tolist())
    population = FiniteSupport(points, [[Fraction(1, 4)] * 4] * 3)
    low, high = error_bounds(population, shots, [2, 3], most_whole=0)
    exact = error_bounds(population, shots, [2, 3], most_whole=math.inf)
    np.testing.assert_array_equal(exact[0], exact[1])
    np.testing.assert_allclose(low, exact[0], rtol=0, atol=1e-14)
    np.testing.assert_allclose(high, exact[0], rtol=0, atol=1e-14)
    half = Fraction(1, 2) - Fraction(1, 10**17)
    close = FiniteSupport([[[-half], [half]], [[1]]], [[0.5, 0.5], [1]])
    low, high = error_bounds(close, math.inf, [2], most_whole=0)
    assert low[0, 0] == 0.0 and high[0, 0] == 0.5
    estimate_near = Enumeration().run(close, Question(math.inf, (2,)), Context(Budget(), 0, 0.95, ()))[0]
    assert estimate_near.exact and estimate_near.value == 0.0
    # No time for whole numbers: both answers.
    hurried = Enumeration().run(close, Question(math.inf, (2,)), Context(Budget(seconds=0.0), 0, 0.95, ()))[0]
    assert hurried.exact and hurried.value == 0.0  # so few are always settled


@pytest.mark.parametrize("family", [GaussianClasses, LaplaceClasses])
def test_means_whose_distance_cannot_be_squared_are_refused(family: Any) -> None:
    """Squares that are lost called them ties, and a proved bound violated."""
    means = [[-9.64e-151, 0.0], [-9.64e-151 * (1 + 1e-12), 0.0], [1e-140, 0.0]]
    with pytest.raises(InputError, match="classes 0 and 1 differ by"):
        family(means, [[0.0, 0.0], [0.0, 0.0], [1e-148, 1e-148]])
    # What can be squared is served, and equal means are equal.
    family([[1e-140], [2e-140], [2e-140]], [[0.0], [0.0], [1e-141]])
