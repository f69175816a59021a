"""Classes in congruent positions are computed once; near classes beside a far one are not congruent."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

from simulations.engines import Context, Question, Refused
from simulations.engines.base import Budget
from simulations.engines.choose import estimate_ways
from simulations.engines.conditional import Conditional
from simulations.engines.cubature import Cubature
from simulations.engines.exact.student_pairs import student_pairs
from simulations.engines.geometry.alike import alike
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.laplace import LaplaceClasses
from simulations.populations.student import StudentClasses

NEAR = 1e-7


@pytest.mark.parametrize("scale", [1.0, 1e-40, 1e40])
def test_corners_of_a_simplex_are_alike_and_uneven_ones_are_not(scale: float) -> None:
    corners = scale * np.eye(4)
    assert alike(corners, np.ones((4, 1)))[0] == [0]
    assert alike(corners, np.array([[1.0], [1.0], [1.0], [1 + 1e-9]]))[0] == [0, 3]
    assert alike(np.diag([1.0, 1.0, 1.0, 1 + 1e-9]) * scale, np.ones((4, 1)))[0] == [0, 3]


def test_near_classes_beside_a_far_one_differ() -> None:
    means = np.array([[0.0, 0.0], [NEAR, 0.0], [3 * NEAR, 0.0], [NEAR, 1.0]])
    assert alike(means, np.full((4, 1), 0.4 * NEAR))[0] == [0, 1, 2, 3]
    # And small spreads beside a large one.
    assert alike(np.eye(3), np.array([[1e-15], [2e-15], [1.0]]))[0] == [0, 1, 2]


def test_the_error_of_near_classes_beside_a_far_one() -> None:
    """Two classes in reach of each other, the third three times as far: no two of their errors are equal.
    Against each pair's formula, as every margin that matters lies on one line."""
    means = [[0.0] * 6, [NEAR] + [0.0] * 5, [3 * NEAR] + [0.0] * 5, [NEAR, 1.0] + [0.0] * 4]
    population = GaussianClasses(means, [(0.4 * NEAR) ** 2] * 4)
    context = Context(Budget(draws=2e5), 1, 0.95, ("near",))
    (two,) = Conditional().run(population, Question(50, (2,)), context)
    (exact,) = estimate_ways(population, Question(50, (2,)))
    assert exact.exact and two.value == pytest.approx(exact.value, rel=1e-3)
    assert len({round(error / exact.value, 3) for error in two.per_class}) == 4


@pytest.mark.parametrize("family", [GaussianClasses, LaplaceClasses])
def test_ties_are_errors_at_infinitely_many_shots(family: type) -> None:
    means = [[0.0, 0.0], [0.0, 0.0], [3.0, 0.0]]
    spreads = [[1.0, 0.5], [0.5, 1.0], [1.0, 1.0]]
    population, question = family(means, spreads), Question(math.inf, (3,))
    with pytest.raises(Refused, match="coincide"):
        Cubature().run(population, question, Context(Budget(draws=1e5), 1, 0.95, ("ties",)))
    (chosen,) = estimate_ways(population, question, budget=Budget(draws=1e5))
    # Queries of the first two classes always err.
    assert chosen.high >= 2 / 3 and chosen.value > 2 / 3 - 0.01


def test_what_lies_beyond_the_lattices_of_rare_student_pairs_is_allowed_for() -> None:
    """An integral over three scales, 400 x 260 x 260 nodes by SciPy's Owen's T, gives 2.2848028e-7; within
    the reach of the lattices there is 2.3e-5 less."""
    population = StudentClasses([[0.0], [21.0]], [1.0, 1.0], [10.0, 10.0])
    (chosen,) = estimate_ways(population, Question(1, (2,)), budget=Budget(draws=1e5))
    assert chosen.low <= 2.2848028e-7 <= chosen.high < 1.05 * chosen.low


def test_the_rarest_pairs_of_student_classes_are_left_to_other_engines() -> None:
    """The lattices see nothing of them: it was an exact 0."""
    population = StudentClasses([[0.0] * 4, [1e5, 0.0, 0.0, 0.0]], [1.0, 1.0], [4.1, 4.1])
    assert student_pairs(population, 1).accuracy > 1
    (chosen,) = estimate_ways(population, Question(1, (2,)), budget=Budget(draws=1e5))
    assert chosen.method != "cubature" and chosen.high > 0


def test_common_pairs_of_student_classes_are_known() -> None:
    pairs = student_pairs(StudentClasses([[0.0], [4.0]], [1.0, 1.0], [10.0, 10.0]), 1)
    assert pairs.accuracy < 1e-5 and np.all(pairs.values > 1e-3)


def test_lengths_that_overflow_raise_no_warning() -> None:
    far = 1e150
    population = LaplaceClasses([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], [[far, far]] * 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (chosen,) = estimate_ways(population, Question(1, (3,)), budget=Budget(draws=1e4))
    assert 0.5 < chosen.value <= 1
