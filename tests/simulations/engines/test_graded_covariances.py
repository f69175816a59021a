"""Covariances whose axes differ by many orders, where means are apart along the short ones."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.special import ndtr

from simulations.engines import Budget, Context, Question, Refused, estimate
from simulations.engines.cubature import Cubature
from simulations.engines.direct import Direct
from simulations.engines.exact.margins import wrong_pair_full
from simulations.engines.geometry.reduced import reduce
from simulations.engines.orthant import Orthant
from simulations.engines.pairs import pair_matrix
from simulations.engines.sampling.groups import GroupTally
from simulations.engines.tilted import Tilted
from simulations.estimates import Effort
from simulations.populations.gaussian import GaussianClasses, root_of
from tests.simulations.helpers_engines import run
from theory.setting import Setting

FIRST, SECOND = np.array([[2.0, 0.8], [0.8, 1.0]]), np.array([[1.0, -0.6], [-0.6, 2.0]])
SHORT = np.array([1.5, 0.5])


def graded(share: float) -> tuple[GaussianClasses, float]:
    """Two classes with a common long axis and short ones that do not commute; the error where centres are the
    means, in closed form."""
    covariances = [np.eye(3), np.eye(3)]
    for covariance, block in zip(covariances, (FIRST, SECOND), strict=True):
        covariance[1:, 1:] = share * block
    gap = np.concatenate([[0.0], SHORT * math.sqrt(share)])
    deviations = [math.sqrt(SHORT @ block @ SHORT) for block in (FIRST, SECOND)]
    error = np.mean([ndtr(-SHORT @ SHORT / 2 / each) for each in deviations])
    return GaussianClasses([[0.0] * 3, gap.tolist()], covariances), float(error)


@pytest.mark.parametrize("share", [1e-4, 1e-12, 1e-13])
def test_pairs_and_samples_see_the_short_axes(share: float) -> None:
    population, right = graded(share)
    assert estimate(population, Setting(math.inf, 2)).value == pytest.approx(right, rel=1e-12)
    for engine in (Orthant(), Tilted(), Direct()):
        measured = run(engine, population, math.inf, 2, 1e6)
        assert abs(measured.value - right) < 2 * (measured.high - measured.low) / 2 + 1e-9


@pytest.mark.parametrize("share", [1e-9, 1e-12])
def test_many_shots_of_graded_classes(share: float) -> None:
    """So many that the long axis, which tells nothing, adds about as much as the short ones have."""
    population, shots = graded(share)[0], 4 / share**2
    exact = pair_matrix(population, shots)
    assert exact is not None
    estimate = run(Direct(), population, shots, 2, 2e6)
    assert abs(estimate.value - float(np.mean(exact))) < 2 * (estimate.high - estimate.low) / 2
    # The control: with the short axes of the other class queries of the first err at another rate.
    blurred = GaussianClasses(population.means.tolist(), [population.covariances[1]] * 2)
    other = pair_matrix(blurred, shots)
    assert other is not None and abs(float(other[0, 0] - exact[0, 0])) > 1e-3


def test_roots_keep_the_digits_of_short_axes() -> None:
    for share in (1e-2, 1e-12, 1e-25):
        covariance = np.full((3, 3), 0.3) * np.array([1.0, math.sqrt(share), math.sqrt(share)])
        covariance[1:, 1:] = share * FIRST
        covariance[1:, 0] = covariance[0, 1:]
        root = root_of(covariance)
        assert root @ root.T == pytest.approx(covariance, rel=1e-13)
    # An eigenvector's rounding beside a long axis, of no variance of its own, is no correlation.
    noise = np.array([[1.0, 1e-17, 0.0], [1e-17, 1e-40, 0.0], [0.0, 0.0, 1.0]])
    assert root_of(noise) @ root_of(noise).T == pytest.approx(noise, abs=1e-15)


@pytest.mark.parametrize("ratio", [1e-7, 1e-10, 1e-14])
def test_a_coordinate_without_spread_hides_no_digits_of_a_root(ratio: float) -> None:
    """Wherever it stands: graded variances beside a 0 are as well known as without it."""
    deviations = np.array([1.0, math.sqrt(ratio), math.sqrt(ratio)])
    covariance = np.outer(deviations, deviations) * np.array([[1, 0.3, 0.2], [0.3, 1, 0.5], [0.2, 0.5, 1]])
    for place in range(4):
        wide = np.insert(np.insert(covariance, place, 0.0, axis=0), place, 0.0, axis=1)
        size = np.insert(deviations, place, 0.0)
        root = root_of(wide)
        assert np.all(np.abs(root @ root.T - wide) <= 1e-14 * np.outer(size, size))


def test_a_full_pair_is_that_of_its_axes_at_any_scale() -> None:
    """A block that is turned has the probability of one that is not."""
    angle = 0.7
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    share = 1e-9
    values, other = np.array([2.0, 0.5]) * share, np.array([1.0, 1.5]) * share
    gap = np.array([1.5, 0.5]) * math.sqrt(share)
    long = np.eye(3)
    full = []
    for spectrum in (values, other):
        covariance = long.copy()
        covariance[1:, 1:] = (turn * spectrum) @ turn.T
        full.append(covariance)
    turned = np.concatenate([[0.0], turn @ gap])
    noise = share / 3
    probability = wrong_pair_full(full[0], noise * full[0], noise * full[1], turned)
    axes = GaussianClasses(
        [[0.0] * 3, [0.0, *gap.tolist()]], [[1.0, *values.tolist()], [1.0, *other.tolist()]]
    )
    exact = pair_matrix(axes, 1 / noise)
    assert exact is not None and probability == pytest.approx(float(exact[0, 0]), rel=1e-7)


def test_short_axes_of_different_lengths_are_not_one_bulk() -> None:
    """Variances of 1e-10 and 9e-10 beside 1: they were one to the orthant engine in many dimensions."""
    rng = np.random.default_rng(2)
    p = 40
    variances = np.full(p, 1e-10)
    variances[:10], variances[10:20] = 1.0, 9e-10
    gap = np.zeros(p)
    gap[10:] = rng.standard_normal(p - 10) * 1.2e-5
    population = GaussianClasses([[0.0] * p, gap.tolist()], [variances.tolist()] * 2)
    assert reduce(population).outside <= 20
    right = float(ndtr(-(gap @ gap) / 2 / math.sqrt(float(variances @ gap**2))))
    estimate = run(Orthant(), population, math.inf, 2, 1e5)
    assert estimate.value == pytest.approx(right, rel=1e-9)


def test_cubature_sees_the_short_axes() -> None:
    population, _ = graded(1e-12)
    third = np.concatenate([[0.0], [-1.2e-6, 0.9e-6]])
    classes = GaussianClasses(
        [*population.means.tolist(), third.tolist()], [*population.covariances, population.covariances[0]]
    )
    unit = GaussianClasses(
        [(row * [1.0, 1e6, 1e6]).tolist() for row in classes.means],
        [each * np.outer([1.0, 1e6, 1e6], [1.0, 1e6, 1e6]) for each in classes.covariances],
    )
    question, context = Question(math.inf, (3,)), Context(Budget(draws=1e5))
    estimate, same = (Cubature().run(each, question, context)[0] for each in (classes, unit))
    assert estimate.value == pytest.approx(same.value, rel=1e-5)


@pytest.mark.filterwarnings("error")
def test_singular_covariances_have_a_bulk_of_zero() -> None:
    """Rounding leaves eigenvalues of -1e-17, whose roots are no numbers, and an interval from 0 to 1."""
    rng = np.random.default_rng(3)
    factors = [rng.standard_normal((40, 2)) for _ in range(3)]
    covariances = [each @ each.T for each in factors]
    population = GaussianClasses((rng.standard_normal((3, 40)) * 0.3).tolist(), covariances)
    estimates = [run(engine, population, 20, 3, 3e5) for engine in (Orthant(), Tilted(), Direct())]
    for one, other in itertools.pairwise(estimates):
        assert abs(one.value - other.value) < (one.high - one.low + other.high - other.low) / 1.5
    assert estimates[0].high - estimates[0].low < 0.01 * estimates[0].value


@pytest.mark.filterwarnings("error")
def test_no_covariance_at_all_is_served() -> None:
    population = GaussianClasses([[0.0], [1.0]], [[[0.0]], [[0.0]]])
    assert run(Tilted(), population, 2, 2, 1e4).value == 0.0


def test_sums_that_are_no_numbers_are_refused() -> None:
    tally = GroupTally(2)
    tally.add(np.full((2, 4000), math.nan))
    with pytest.raises(Refused, match="double precision"):
        tally.estimate("orthant", Effort(0.0), Context(), top=1.0)
