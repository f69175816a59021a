"""Classes with one mean at infinitely many shots: every query of either is a tie, which is an error."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import ndtr

from simulations.engines import Budget, Question, estimate
from simulations.engines.conditional import Conditional
from simulations.engines.orthant import Orthant
from simulations.populations.gaussian import GaussianClasses
from theory import Setting

FIVE = GaussianClasses([[0.0], [0.0], [3.0], [6.5], [11.0]], [1.0] * 5)
BY_CLASS = [1, 1, ndtr(-1.5) + ndtr(-1.75), ndtr(-1.75) + ndtr(-2.25), ndtr(-2.25)]


@pytest.mark.parametrize("engine", [None, Orthant()])
def test_a_margin_without_spread_is_lost_surely_where_it_is_a_tie(engine: Orthant | None) -> None:
    estimated = estimate(
        FIVE, Setting(math.inf, 5), budget=Budget(draws=2e6), confidence=0.999, engine=engine
    )
    assert estimated.low <= np.mean(BY_CLASS) <= estimated.high
    assert estimated.per_class == pytest.approx(BY_CLASS, abs=0.01)


def test_classes_that_all_coincide() -> None:
    """Every way is as likely: (k - 1)/k is wrong. The conditional engine has no score to build."""
    population = GaussianClasses(np.zeros((4, 5)), [1.0] * 4)
    question = Question(1, (4,))
    assert "class means that differ" in str(Conditional().refusal(population, question, Budget()))
    answer = estimate(population, Setting(1, 4), budget=Budget(draws=1e5))
    assert answer.low <= 0.75 <= answer.high
    assert {type(number) for number in (answer.value, answer.low, answer.high)} == {float}
