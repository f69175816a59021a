"""Direct simulation of queries that are long along axes in which no centre moves: no rounding there is a tie,
and what is a tie in the other axes still is one."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtr

from simulations.engines import Budget, Context, Question, Refused
from simulations.engines import direct as direct_module
from simulations.engines.direct import Direct
from simulations.engines.enumeration import Enumeration
from simulations.estimates import Estimate
from simulations.populations.base import Population
from simulations.populations.finite_support import FiniteSupport
from simulations.runtime.arrays import Generator
from tests.simulations.helpers_engines import long_queries
from theory.array import Array
from theory.assumptions import Assumption
from theory.geometry import ClassMoments
from theory.inheritance import override

TAIL = 0.5 * math.exp(-1.25 * math.sqrt(2))  # of a Laplace query beyond the middle of two means 2.5 apart
TRUTH = (2 * TAIL + 7 * 2 * TAIL) / 9


def direct(population: Population, shots: float, draws: float = 3e5) -> Estimate:
    context = Context(Budget(draws=draws), 0, 0.9999, ("long",))
    return Direct().run(population, Question(shots, (population.classes,)), context)[0]


@pytest.mark.parametrize("length", [1e10, 1e12, 1e13, 1e30])
def test_a_long_axis_without_centres_changes_nothing(length: float) -> None:
    short, long = direct(long_queries(9, 1.0), math.inf), direct(long_queries(9, length), math.inf)
    assert (long.value, long.per_class) == (short.value, short.per_class)
    assert long.low <= TRUTH <= long.high


def test_an_allowance_by_the_length_of_the_query_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: no comparison is looked at again."""
    monkeypatch.setattr(direct_module, "HIDDEN", math.inf)
    assert direct(long_queries(9, 1e14), math.inf).low > TRUTH


@pytest.mark.parametrize(("step", "wrong"), [(1.25, 1.0), (1.25 - 1e-9, 0.0), (1.25 + 1e-9, 1.0)])
def test_ties_of_atoms_beside_a_long_axis(step: float, wrong: float) -> None:
    """Two classes: half of the queries of either lie ``step`` nearer to the other, whose mean is at 2.5."""
    rows = [[[x, y + s] for x in (-1e9, 1e9) for s in (-step, step)] for y in (0.0, 2.5)]
    estimate = direct(FiniteSupport(rows, [[0.25] * 4] * 2), math.inf)
    assert estimate.low <= wrong / 2 <= estimate.high
    assert (wrong == 0) == (estimate.value == 0)


def test_centres_whose_long_draws_cancel_tie_still() -> None:
    """Of ten draws six at 2 a and four at -3 a make a centre at 0, but for rounding; so do five at 2 a and
    five at -2 a of another class, without any. These tie for every query; the third class, 1 beside, is
    farther."""
    a = Fraction(10**6, 7)
    rows = [[[2 * a, 0], [-2 * a, 0]], [[2 * a, 1], [-2 * a, 1]], [[2 * a, 0], [-3 * a, 0]]]
    half, three, two = Fraction(1, 2), Fraction(3, 5), Fraction(2, 5)
    population = FiniteSupport(rows, [[half, half], [half, half], [three, two]])
    exact = Enumeration().run(population, Question(10, (3,)), Context(Budget(), 0, 0.95, ()))[0]
    assert exact.exact
    estimate = direct(population, 10, draws=1e6)
    assert estimate.low <= exact.value <= estimate.high
    assert estimate.per_class == pytest.approx(exact.per_class, abs=0.02)


def atoms_apart(seed: int) -> FiniteSupport:
    """A few atoms a class at whole numbers from -3 to 3, in units that differ from axis to axis."""
    rng = np.random.default_rng(seed)
    classes, dimension = int(rng.integers(2, 5)), int(rng.integers(2, 4))
    units = [Fraction(10) ** int(power) for power in rng.integers(-9, 10, dimension)]
    rows, weights = [], []
    for _ in range(classes):
        counts = rng.integers(1, 4, int(rng.integers(1, 4))).tolist()
        places = rng.integers(-3, 4, (len(counts), dimension)).tolist()
        rows.append([[x * unit for x, unit in zip(place, units, strict=True)] for place in places])
        weights.append([Fraction(count, sum(counts)) for count in counts])
    return FiniteSupport(rows, weights)


@pytest.mark.parametrize("shots", [1, 3, math.inf])
def test_where_atoms_tie_along_a_long_axis_a_short_one_decides(
    shots: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Squares of the short one are beyond the last digit of a score. Fractions know the error."""
    caught = 0
    for seed in range(10):
        population = atoms_apart(seed)
        question = Question(shots, (population.classes,))
        exact = Enumeration().run(population, question, Context(Budget(), 0, 0.95, ()))[0]
        estimate = direct(population, shots, draws=1e5)
        assert estimate.low - 1e-12 <= exact.value <= estimate.high + 1e-12, seed
        with monkeypatch.context() as patched:
            patched.setattr(direct_module, "settled", lambda population, c, nearer, doubtful, margins: nearer)
            caught += not exact.value >= direct(population, shots, draws=1e5).low - 1e-12
    # The control: left to scores some are called ties.
    assert caught or shots == math.inf


class Turned(Population):
    """Gaussian classes 2.5 apart. Their noise is long across the line through the means, and neither is an
    axis of coordinates."""

    family = "turned"
    may_tie = False

    def __init__(self, length: float) -> None:
        c, s = math.cos(0.5), math.sin(0.5)
        self.turn, self.spread = np.array([[c, -s], [s, c]]), np.array([length, 1.0])
        self.means = np.array([[0.0, 0.0], [0.0, 2.5]]) @ self.turn.T

    @override
    def noise(self, rng: Generator, c: int, shape: tuple[int, ...]) -> Array:
        return (rng.standard_normal((*shape, 2)) * self.spread) @ self.turn.T

    @override
    def moments(self, unit: float) -> list[ClassMoments]:
        raise NotImplementedError

    @override
    def assumptions(self) -> Iterable[Assumption]:
        return []

    @override
    def spec(self) -> dict[str, Any]:
        return {"family": self.family}


@pytest.mark.parametrize("length", [1e6, 1e12, 1e13])
def test_a_long_axis_that_is_no_coordinate(length: float) -> None:
    """A law with a density has no ties: rounding errs on both sides alike."""
    estimate = direct(Turned(length), math.inf, draws=2e6)
    assert estimate.low <= ndtr(-1.25) <= estimate.high


def test_where_rounding_is_all_there_is_nothing_is_said() -> None:
    with pytest.raises(Refused, match="lengths too far apart"):
        direct(Turned(1e17), math.inf)
