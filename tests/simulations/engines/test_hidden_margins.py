"""Margins that rounding could hide: beside far draws of heavy laws, and between atoms of mixtures."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulations.engines import Budget, Question, estimate
from simulations.engines import direct as module
from simulations.engines.direct import Direct
from simulations.engines.tilted import Tilted
from simulations.estimates import Estimate
from simulations.populations.base import Population
from simulations.populations.finite_support import FiniteSupport
from simulations.populations.mixture import MixtureClasses
from theory.setting import Setting

BUDGET = Budget(draws=1e6)
COINS = [[[0.0], [2.0]], [[2.0], [4.0]]]


def with_far_part(far: float, share: float) -> MixtureClasses:
    near = [(1 - share, [0.0], 1.0), (share, [far], 1.0)]
    return MixtureClasses([near, [(1.0, [3.0], 1.0)], [(1.0, [6.0], 1.0)]])


def with_far_atom(far: float) -> FiniteSupport:
    """Six atoms in the bulk of each class, of which two classes share some; and one far atom."""
    rows = [[0.0, 1.0, 2.0, 3.0, 4.5], [3.0, 4.5, 5.0, 6.0, 7.0]]
    return FiniteSupport([[[x] for x in [*row, far]] for row in rows], [[0.18] * 5 + [0.1]] * 2)


def by_direct(population: Population, shots: float) -> Estimate:
    return estimate(population, Setting(shots, population.classes), budget=BUDGET, engine=Direct())


@pytest.mark.parametrize("shots", [1, 5])
@pytest.mark.parametrize("share", [0.1, 1e-3])
def test_how_far_a_far_part_lies_changes_no_error(shots: int, share: float) -> None:
    near = by_direct(with_far_part(1e4, share), shots)
    for far in (1e8, 1e12):
        assert by_direct(with_far_part(far, share), shots).value == pytest.approx(near.value, rel=0.01)


def test_how_far_a_far_atom_lies_changes_no_error() -> None:
    near = by_direct(with_far_atom(1e5), 3)
    for far in (1e8, 1e10):
        assert by_direct(with_far_atom(far), 3).value == pytest.approx(near.value, rel=0.01)
    exact = estimate(with_far_atom(1e10), Setting(3, 2))
    assert exact.exact and near.low <= exact.value <= near.high


def test_an_allowance_by_lengths_alone_hides_margins(monkeypatch: pytest.MonkeyPatch) -> None:
    near = by_direct(with_far_part(1e4, 0.1), 1)
    monkeypatch.setattr(module, "settled", lambda population, c, nearer, *more: nearer)
    assert by_direct(with_far_part(1e12, 0.1), 1).value > 2 * near.value


@pytest.mark.parametrize("shots", [1, 2, 3, math.inf])
def test_atoms_of_mixtures_tie_as_those_of_finite_support(shots: float) -> None:
    """Fair coins {0, 2} against {2, 4}; tilts would decide their ties by rounding."""
    exact = estimate(FiniteSupport(COINS, [[0.5, 0.5]] * 2), Setting(shots, 2)).value
    coins = MixtureClasses([[(0.5, point, 0.0) for point in points] for points in COINS])
    answer = estimate(coins, Setting(shots, 2), budget=BUDGET)
    assert answer.at(0.999).low <= exact <= answer.at(0.999).high
    assert "tie" in str(Tilted().refusal(coins, Question(shots, (2,)), BUDGET))


def test_atoms_of_one_class_alone_cannot_tie() -> None:
    atoms = MixtureClasses([[(0.5, [0.0], 0.0), (0.5, [2.0], 0.0)], [(0.5, [4.0], 1.0), (0.5, [5.0], 0.5)]])
    assert Tilted().refusal(atoms, Question(3, (2,)), BUDGET) is None
    tilted = estimate(atoms, Setting(3, 2), budget=BUDGET, engine=Tilted()).at(0.999)
    direct = by_direct(atoms, 3).at(0.999)
    assert max(tilted.low, direct.low) <= min(tilted.high, direct.high)
    assert Tilted().refusal(atoms, Question(math.inf, (2,)), BUDGET) is not None


@pytest.mark.parametrize("far", [1e6, 1e7, 1e9])
def test_a_rare_near_part_beside_far_ones_is_seen(far: float) -> None:
    """The other class is near in one draw of fifty: a few episodes do not show it."""
    population = MixtureClasses([[(1.0, [0.0], 1.0)], [(0.02, [1.0], 1.0), (0.98, [far], 1.0)]])
    assert by_direct(population, 1).value == pytest.approx(0.0164, rel=0.08)


def test_rare_atoms_beside_far_ones_tie_as_they_do() -> None:
    far = 1e7
    rows = [[[far], [far - 1]], [[far], [-2.0], [-1.0]]]
    weights = [[1 / 101, 100 / 101], [2 / 7, 4 / 7, 1 / 7]]
    exact = estimate(FiniteSupport(rows, weights), Setting(3, 2)).value
    parts = [[(w, x, 0.0) for w, x in zip(*each, strict=True)] for each in zip(weights, rows, strict=True)]
    answer = by_direct(MixtureClasses(parts), 3).at(0.999)
    assert answer.low <= exact <= answer.high


@pytest.mark.parametrize("far", [1e5, 1e6, 1e7])
def test_a_query_near_the_middle_of_two_centres_is_decided(far: float) -> None:
    """Three tenths of the queries lie 1e-5 nearer to their own class, whose far atom has the length of what
    rounding of lengths allows for: the distance of the centres tells nothing of so small a margin."""
    rows = [[[0.0], [500 - 1e-5], [far]], [[1000.0]]]
    weights = [[0.5, 0.3, 0.2], [1.0]]
    exact = estimate(FiniteSupport(rows, weights), Setting(1, 2)).value
    parts = [[(w, x, 0.0) for w, x in zip(*each, strict=True)] for each in zip(weights, rows, strict=True)]
    for population in (MixtureClasses(parts), FiniteSupport(rows, weights)):
        answer = by_direct(population, 1).at(0.9999)
        assert answer.low <= exact <= answer.high


@pytest.mark.parametrize("weight", [0.1, 0.3, 0.7])
@pytest.mark.parametrize("offset", [(0.0, 0.0), (1000.0, 0.0), (63.0, 1e5)])
def test_a_common_offset_loses_no_tie(weight: float, offset: tuple[float, float]) -> None:
    """The point both classes share lies as far from one mean as from the other."""
    a, b = offset
    shared = (1 - weight, [a, b], 0.0)
    classes = [[shared, (weight, [a + 1, b], 0.0)], [shared, (weight, [a, b + 1], 0.0)]]
    given = by_direct(MixtureClasses(classes), math.inf)
    assert given.value == pytest.approx(1 - weight, abs=0.01)


def test_rounding_of_an_allowance_decides_nothing() -> None:
    """A distance at which the allowance beside a far draw is a margin but for a rounding."""
    far, rare = 13207126735.0, 1e-3
    rows = ([(1 - rare, [0.0, 0.0]), (rare, [far, 0.0])], [(1.0, [10.0, 1.0])])
    points = (*rows, [(1 - rare, [0.0, 7.0]), (rare, [0.0, far / 3])])
    classes = MixtureClasses([[(w, x, 0.0) for w, x in each] for each in points])
    assert by_direct(classes, 1).value < 0.003


@pytest.mark.parametrize("shots", [10**6, 10**8])
def test_centres_of_many_draws_tie_where_counts_do(shots: int) -> None:
    """The centre of one class is that of the other where their counts agree: a query of the point between
    errs then, whatever rounding made of the two."""
    between = [[0.1], [0.2], [0.4]]
    weights = [0.2, 0.3, 0.5]
    middle = sum(w * x for w, (x,) in zip(weights, between, strict=True))
    classes = FiniteSupport([between, [[middle]]], [weights, [1.0]])
    rng = np.random.default_rng(5)
    ranks = module.draw_ranks(classes, shots, 400_000, rng)
    twin = np.random.default_rng(5)
    noise = classes.centre_noise(twin, 0, shots, 400_000)[:, 0]
    # Means of so many draws are whole multiples of .1 / shots apart.
    same = np.abs(noise) < 0.01 / shots
    assert np.sum(same) > 5
    assert np.all(ranks[1][same] == 1)
