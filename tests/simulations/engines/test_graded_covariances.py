"""Covariances whose axes differ by many orders, where means are apart along the short ones."""

from __future__ import annotations

import contextlib
import itertools
import math

import mpmath
import numpy as np
import pytest
from scipy.special import ndtr

from simulations.engines import Budget, Context, Question, Refused, estimate
from simulations.engines import direct as direct_module
from simulations.engines.cubature import Cubature
from simulations.engines.direct import Direct
from simulations.engines.exact.margins import PairAxes, wrong_pair, wrong_pair_full
from simulations.engines.geometry import digits as digits_module
from simulations.engines.geometry.digits import largest_slip
from simulations.engines.geometry.principal import MOST_GRADED, principal_axes
from simulations.engines.geometry.reduced import reduce
from simulations.engines.orthant import Orthant
from simulations.engines.pairs import pair_matrix
from simulations.engines.sampling.groups import GroupTally
from simulations.engines.tilted import Tilted
from simulations.estimates import Effort
from simulations.populations.gaussian import GaussianClasses, root_of
from tests.simulations.helpers_engines import run
from theory.array import Floats
from theory.geometry.quadratic import Gap, along
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


ORDERS = list(itertools.permutations(range(3)))


def correlated(share: float, order: tuple[int, ...] = (0, 1, 2)) -> tuple[GaussianClasses, float]:
    """Three classes apart along two axes of standard deviation ``share`` beside one of 1, all correlated and
    no two alike; the error of two of them where centres are the means, in closed form."""
    correlations = [(0.3, 0.2, -0.4), (-0.2, 0.5, 0.3), (0.6, -0.3, 0.1)]
    size, means, covariances = np.array([1.0, share, share]), np.zeros((3, 3)), []
    means[1, 1], means[2, 2] = 2 * share, 1.5 * share
    for a, b, c in correlations:
        covariances.append(np.outer(size, size) * np.array([[1, a, b], [a, 1, c], [b, c, 1]]))
    errors = []
    for own, other in itertools.permutations(range(3), 2):
        gap = (means[other] - means[own]) / share
        errors.append(ndtr(-gap @ gap / 2 / math.sqrt(gap @ (covariances[own] / share**2) @ gap)))
    places = list(order)
    turned = [each[np.ix_(places, places)] for each in covariances]
    return GaussianClasses(means[:, places].tolist(), turned), float(np.mean(errors))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("share", [1e-4, 1e-8, 1e-12])
def test_tilts_see_the_short_axes_in_any_order(share: float, order: tuple[int, ...]) -> None:
    """The axes of a query class were those of LAPACK, in which a short axis is the rounding of a long one:
    .0188 for .0045, as exact."""
    population, right = correlated(share, order)
    assert run(Tilted(), population, math.inf, 2, 1e4).value == pytest.approx(right, rel=1e-9)
    tilted, other = (run(engine, population, math.inf, 3, 1e5) for engine in (Tilted(), Orthant()))
    assert tilted.low < other.high and other.low < tilted.high


@pytest.mark.parametrize("size", [5, 8])
def test_axes_of_graded_covariances_are_axes(size: int) -> None:
    """Judged in 60 digits, each axis by its own length: LAPACK's, the control, are off by their whole."""
    rng = np.random.default_rng(size)
    factor = rng.standard_normal((size, size + 2))
    spread = np.where(np.arange(size) < size // 2, 1e-9, 1.0) / np.sqrt(np.sum(factor**2, axis=1))
    covariance = (factor @ factor.T) * np.outer(spread, spread)
    values, axes = principal_axes(covariance)
    assert axes.T @ axes == pytest.approx(np.eye(size), abs=1e-14)
    exact = diagonal_and_worst(covariance, axes)
    assert values == pytest.approx(exact[0], rel=1e-12) and exact[1] < 1e-12
    assert diagonal_and_worst(covariance, np.linalg.eigh(covariance)[1])[1] > 0.01


def diagonal_and_worst(covariance: Floats, axes: Floats) -> tuple[Floats, float]:
    """Variances along ``axes``, and the largest correlation between two of them."""
    with mpmath.workdps(60):
        turn = mpmath.matrix(axes.tolist())
        inner = turn.T * mpmath.matrix(covariance.tolist()) * turn
        count = len(covariance)
        sizes = [mpmath.sqrt(abs(inner[i, i])) for i in range(count)]
        pairs = itertools.combinations(range(count), 2)
        worst = max(abs(inner[i, j]) / sizes[i] / sizes[j] for i, j in pairs)
        return np.array([float(inner[i, i]) for i in range(count)]), float(worst)


def test_graded_covariances_of_many_dimensions_are_refused() -> None:
    covariance = np.diag(np.where(np.arange(MOST_GRADED + 1) % 2, 1.0, 1e-9))
    with pytest.raises(Refused, match="orders of magnitude"):
        principal_axes(covariance)


@pytest.mark.parametrize("variance", [1e12, 1e24, 1e30])
def test_queries_cross_along_axes_on_which_means_hardly_differ(variance: float) -> None:
    """In 58 of 60 coordinates the variance is enormous; means differ there by the inverse of its root, which
    is 1e-12 of their distance and as much of the margin as all the rest."""
    variances, gap = np.full(60, variance), np.zeros(60)
    variances[:2], gap[:2], gap[5:13] = (0.3, 0.4), (1.0, -0.8), 0.6 / math.sqrt(variance)
    population = GaussianClasses([[0.0] * 60, gap.tolist()], [variances.tolist()] * 2)
    right = float(ndtr(-gap @ gap / 2 / math.sqrt(variances @ gap**2)))
    assert run(Orthant(), population, math.inf, 2, 1e4).value == pytest.approx(right, rel=1e-9)
    counted = run(Direct(), population, math.inf, 2, 1e6)
    assert abs(counted.value - right) < counted.high - counted.low
    assert reduce(population).outside > 40


def test_a_graded_bulk_keeps_its_short_axes() -> None:
    """Full covariances of 40 dimensions, of which 37 are one bulk: no axes that mix long and short."""
    small, _ = correlated(1e-8, (1, 2, 0))
    covariances = []
    for each in small.covariances:
        covariance = np.eye(40) * 4.0
        covariance[:3, :3] = each
        covariances.append(covariance)
    means = np.pad(small.means, ((0, 0), (0, 37)))
    wide = run(Orthant(), GaussianClasses(means.tolist(), covariances), math.inf, 3, 2e5)
    alone = run(Orthant(), small, math.inf, 3, 2e5)
    assert abs(wide.value - alone.value) < wide.high - wide.low


def rotated(share: float) -> tuple[GaussianClasses, float]:
    """The same in other axes: short ones are no coordinates any more, and what two entries have in common
    cancels along them. The error of two ways as the entries have it."""
    straight, _ = correlated(share)
    turn = np.linalg.qr(np.random.default_rng(1).standard_normal((3, 3)))[0]
    covariances = [turn @ each @ turn.T for each in straight.covariances]
    population = GaussianClasses((straight.means @ turn.T).tolist(), [(s + s.T) / 2 for s in covariances])
    errors = []
    for own, other in itertools.permutations(range(3), 2):
        gap = Gap.between(population.means[own], population.means[other])
        spread = math.sqrt(along(population.covariances[own], gap).variance)
        errors.append(ndtr(-gap.high @ gap.high / 2 / spread))
    return population, float(np.mean(errors))


@pytest.mark.parametrize("share", [1e-3, 1e-5, 1e-6, 1e-7])
def test_engines_refuse_where_a_root_has_lost_the_short_axes(share: float) -> None:
    population, right = rotated(share)
    answers = []
    for engine in (Orthant(), Tilted(), Direct(), Cubature()):
        with contextlib.suppress(Refused):
            answers.append(run(engine, population, math.inf, 2, 1e5))
    for each in answers:
        assert abs(each.value - right) <= each.high - each.low + 1e-9 * right
    assert len(answers) == 4 if share == 1e-3 else share > 1e-7 or not answers
    # Where all have refused what the pairs say is left.
    answer = estimate(population, Setting(math.inf, 3), budget=Budget(draws=1e5))
    assert answer.low <= 0.2722515 and answer.high >= 0.2722505  # by angles in the plane of the short axes
    assert answer.certain >= (share == 1e-7)


def test_a_root_is_judged_beside_the_noise_of_centres() -> None:
    """Few shots blur what the short axes have: nobody need refuse."""
    population, _ = rotated(1e-7)
    one, other = (run(engine, population, 5, 3, 1e5) for engine in (Direct(), Orthant()))
    assert abs(one.value - other.value) < one.high - one.low
    variances = np.zeros((3, 3))
    assert largest_slip(population, 5, variances) < 1e-9 < 1 < largest_slip(population, math.inf, variances)


@pytest.mark.parametrize("shots", [1, 5, math.inf])
@pytest.mark.parametrize("shortest", [1.0, 1e-9])
def test_only_pairs_that_rounding_leaves_open_are_worked_out_exactly(
    shots: float, shortest: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With well-conditioned covariances there are none; what is left out changes no answer."""
    rng = np.random.default_rng(2)
    turn = np.linalg.qr(rng.standard_normal((4, 4)))[0]
    covariances = [(turn * [1.0, 0.5, 0.3, shortest**2 * (1 + c)]) @ turn.T for c in range(6)]
    along = np.ones(4) if shortest == 1.0 else turn[:, 3]
    means = 2 * shortest * np.arange(6)[:, None] * along
    population = GaussianClasses(means.tolist(), [((each + each.T) / 2).tolist() for each in covariances])
    variances = direct_module._pair_variances(population)
    slip = largest_slip(population, shots, variances, population.unit)
    looked_at = digits_module._unclear_pairs(
        population.means / population.unit,
        [each / population.unit**2 for each in population.covariances],
        1 / shots,
        variances,
    )
    assert bool(looked_at) == (shortest != 1.0)
    monkeypatch.setattr(digits_module, "_unclear_pairs", lambda *_: list(itertools.combinations(range(6), 2)))
    every = largest_slip(population, shots, variances, population.unit)
    assert slip == every or max(slip, every) < digits_module.CLEAR


def test_no_tail_that_rounding_of_poles_decides_is_exact() -> None:
    """Queries 1e-6 as wide as the other class, whose axes are turned: by the small ball about the query that
    its centre must meet, the error of the narrow class is 5.03e-60; inversion had 7.07e-57."""

    def turned(angle: float, *variances: float) -> Floats:
        turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        return np.asarray((turn * variances) @ turn.T)

    gap = np.array([math.cos(0.7), math.sin(0.7)]) * 0.5 + np.array([-math.sin(0.7), math.cos(0.7)]) * (
        15 * math.sqrt(1e-3)
    )
    wide, narrow = turned(0.7, 1.0, 1e-3), turned(1.3, 1.0, 0.3)
    with pytest.raises(ValueError, match="poles"):
        wrong_pair_full(1e-12 * narrow, 1e-12 * narrow, wide, gap)
    # The same at a width that double precision knows, against the inversion along axes that both share.
    along, other = turned(0.7, 2e-3, 3e-4), np.array([math.cos(0.7), math.sin(0.7)])
    shared = wrong_pair(
        PairAxes(
            *(np.array(each) for each in ([2e-3, 3e-4], [2e-3, 3e-4], [1.0, 1e-3], [2.0, 0.0])), np.ones(2)
        )
    )
    assert wrong_pair_full(along, along, wide, 2 * other) == pytest.approx(shared, rel=1e-8)
