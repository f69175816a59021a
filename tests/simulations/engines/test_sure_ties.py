"""Classes with one mean at infinitely many shots: every query of either is a tie, which is an error."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import ndtr

from simulations.engines import Budget, estimate
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
