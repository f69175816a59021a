"""The cubature engine: its parts against closed forms, itself against engines and a grid that share no code
with it, and twins that are spoiled."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from helpers_slow import rest_slow
from scipy import stats
from scipy.special import ndtr

from simulations.engines import Budget, Context, Question, Refused
from simulations.engines.cubature import Cubature
from simulations.engines.cubature import engine as cubature_engine
from simulations.engines.cubature.laws import LaplaceMean, Laws
from simulations.engines.cubature.union import both, evaluations, overlap, union
from simulations.engines.direct import Direct
from simulations.engines.pairs import pair_matrix
from simulations.engines.sampling.quasi import uniforms
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.laplace import LaplaceClasses
from simulations.populations.mixture import MixtureClasses
from simulations.populations.student import StudentClasses
from tests.simulations.helpers_engines import isotropic, means, run

Array = Any
STUDENT_ON_A_LINE = [
    ((19.43, 9.71, 0.19), (0.709, 0.326, 0.996), (4.5, 4.01, 4.01), 2, 5.364175e-4),
    ((24.15, 35.88, 11.44), (1.0, 1.0, 1.0), (10.0, 4.5, 4.1), 2, 3.226065e-4),
    ((0.0, 16.0, 31.0), (1.0, 1.0, 1.0), (4.01, 4.01, 4.01), 1, 3.3047385e-4),
]
"""Positions, standard deviations, degrees of freedom, draws, and the error of 3 ways."""


def correlations(size: int, seed: int) -> Array:
    factor = np.random.default_rng(seed).standard_normal((size, size + 1))
    joint = factor @ factor.T
    scale = np.sqrt(np.diag(joint))
    return joint / np.outer(scale, scale)


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3, 4])
@pytest.mark.parametrize("height", [-0.5, 2.0])
def test_the_union_has_the_multivariate_normal_mean(size: int, height: float, closed: bool) -> None:
    joint = correlations(size, size)
    limits = height + np.linspace(0.0, 0.6, size)
    draws = uniforms(np.random.default_rng(1), max(size - 1, 1), 1, 4096)(0, 0, 4096)
    points = draws.shape[1]
    shares = union(
        np.repeat(limits[:, None], points, axis=1),
        np.repeat(joint[:, :, None], points, axis=2),
        draws,
        closed=closed,
    )
    right = 1 - stats.multivariate_normal(np.zeros(size), joint, maxpts=10**6).cdf(limits)
    assert np.mean(shares) == pytest.approx(right, rel=2e-3)
    # Without the overlap it is the sum, which is another number.
    assert size == 1 or height > 0 or abs(float(np.sum(ndtr(-limits))) - right) > 0.02 * right


def planar(directions: Array, limits: Array) -> float:
    """P(some direction (events, 2) times a standard normal vector is beyond its limit), over the angle: the
    rest of a ray is in closed form."""
    angles = (np.arange(200_000) + 0.5) / 200_000 * 2 * np.pi
    along = directions @ np.stack([np.cos(angles), np.sin(angles)])
    ends = limits[:, None] / along
    below = np.min(np.where(along > 0, ends, np.inf), axis=0)
    above = np.max(np.where(along < 0, ends, 0.0), axis=0)
    inside = np.exp(-(np.maximum(above, 0.0) ** 2) / 2) - np.exp(-(np.maximum(below, 0.0) ** 2) / 2)
    return float(1 - np.mean(np.where((below > above) & (below > 0), inside, 0.0)))


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("events", [3, 5, 7])
def test_more_events_than_dimensions(events: int, closed: bool) -> None:
    """Given two of them all others in the plane are certain; rounding was taken for correlations, and single
    points for a probability were -2."""
    rng = np.random.default_rng(events)
    for _ in range(12):
        own, others = 1.2 * rng.standard_normal(2), 1.2 * rng.standard_normal((events, 2))
        apart = others - own
        directions = apart / np.linalg.norm(apart, axis=1)[:, None]
        limits = np.sum((others + own) / 2 * directions, axis=1)
        draws = uniforms(np.random.default_rng(1), max(events - 1, 1), 1, 4096)(0, 0, 4096)
        points = draws.shape[1]
        joint = directions @ directions.T
        shares = union(
            np.repeat(limits[:, None], points, axis=1),
            np.repeat(joint[:, :, None], points, axis=2),
            draws,
            closed=closed,
        )
        error = float(np.std(shares)) / math.sqrt(points)
        assert abs(np.mean(shares) - planar(directions, limits)) < 4 * error + 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("family", [GaussianClasses, LaplaceClasses])
def test_many_classes_in_the_plane(family: Any) -> None:
    centres = 1.2 * np.random.default_rng(1).standard_normal((7, 2))
    population = family(centres, [[1.0, 1.0]] * 7)
    ours = run(Cubature(), population, 2, 7, 2e6)
    plain = run(Direct(), population, 2, 7, 6e6)
    assert ours.low <= plain.high and plain.low <= ours.high


def test_two_events_in_closed_form() -> None:
    """Against SciPy's integral, and where it is known: limits of 0, correlations of +-1, far limits."""
    rng = np.random.default_rng(0)
    limits, joint = 2 * rng.standard_normal((2, 60)), np.tanh(2 * rng.standard_normal(60))
    right = [
        stats.multivariate_normal([0, 0], [[1, r], [r, 1]]).cdf([-h, -k])
        for (h, k), r in zip(limits.T, joint, strict=True)
    ]
    np.testing.assert_allclose(both(*limits, joint), right, rtol=0, atol=1e-14)
    known = [
        (0, 0, 0.5, 1 / 3), (0, 0, -0.5, 1 / 6), (1, 2, 1, ndtr(-2)), (1, 1, 1, ndtr(-1)), (1, -1, -1, 0),
        (-1, -1, -1, 1 - 2 * ndtr(-1)), (2, -2, 1, ndtr(-2)), (0, 1, 1, ndtr(-1)), (-1, 0, -1, ndtr(1) - 0.5),
        (40, -40, 0.3, 0), (-40, -40, 0.3, 1), (1e9, 3, 0.2, 0), (-1e9, 3, 0.2, ndtr(-3)),
    ]  # fmt: skip
    h, k, r, exact = np.array(known, dtype=float).T
    np.testing.assert_allclose(both(h, k, r), exact, rtol=0, atol=1e-14)


def test_events_that_all_but_coincide_are_one() -> None:
    limits, joint = np.full((3, 64), 1.5), np.full((3, 3, 64), 1 - 1e-15)
    draws = uniforms(np.random.default_rng(1), 2, 1, 64)(0, 0, 64)
    assert np.mean(union(limits, joint, draws)) == pytest.approx(ndtr(-1.5), rel=1e-6)
    assert overlap(limits[:1], joint[:1, :1], draws).tolist() == [0.0] * 64
    assert [evaluations(events) for events in (1, 2, 3)] == [1, 3, 7]


@pytest.mark.parametrize(
    ("shots", "tail"),
    [(1, lambda x: np.exp(-x) / 2), (2, lambda x: (2 + x) * np.exp(-x) / 4)],
)
def test_quantiles_of_laplace_means_have_their_tails(shots: int, tail: Any) -> None:
    scores = np.linspace(0.01, 8.0, 400)
    quantiles = LaplaceMean.build(shots)(scores)
    assert tail(shots * quantiles) == pytest.approx(ndtr(-scores), rel=3e-6)
    assert LaplaceMean.build(shots)(-scores) == pytest.approx(-quantiles)


def test_replicates_are_unbiased() -> None:
    """And hardly off: the first coordinate's points lie in pairs in equal cells."""
    part = uniforms(np.random.default_rng(2), 3, 200, 64)
    values = np.stack([part(r, 0, 64) for r in range(200)])
    assert values.shape == (200, 3, 64) and values.min() > 0 and values.max() < 1
    assert np.array_equal(np.sort(np.floor(32 * values[7, 0])), np.repeat(np.arange(32), 2))
    assert np.array_equal(part(5, 16, 48), part(5, 0, 64)[:, 16:48])
    assert abs(values.mean() - 0.5) < 4 * values.mean(axis=(1, 2)).std() / math.sqrt(200)


def full(classes: int, dimension: int, distance: float) -> GaussianClasses:
    rng = np.random.default_rng(3)
    factors = rng.standard_normal((classes, dimension, dimension)) / math.sqrt(dimension)
    noise = factors @ factors.transpose(0, 2, 1) + 0.1 * np.eye(dimension)
    return GaussianClasses(means(classes, dimension, distance), list(noise))


def laplace(classes: int, dimension: int, distance: float) -> LaplaceClasses:
    stds = np.random.default_rng(4).uniform(0.4, 1.3, (classes, dimension))
    return LaplaceClasses(means(classes, dimension, distance), stds.tolist())


POPULATIONS = {
    "isotropic": isotropic(3, 4, 3.0),
    "full": full(4, 5, 4.0),
    "laplace": laplace(4, 5, 4.0),
    "laplace on a line": laplace(3, 1, 3.0),
}


@pytest.mark.parametrize("shots", rest_slow([1, 20, math.inf], [1]))
@pytest.mark.parametrize("name", rest_slow(POPULATIONS, ["full", "laplace"]))
def test_agrees_with_direct_simulation(name: str, shots: float) -> None:
    population = POPULATIONS[name]
    question = Question(shots, tuple(range(2, population.classes + 1)))
    context = Context(Budget(draws=1e6), 1, 0.95, ("t",))
    estimates = Cubature().run(population, question, context)
    wrong_estimates = Cubature(centre_factor=1.3, guard=False).run(population, question, context)
    direct = Direct().run(population, question, Context(Budget(draws=4e6), 2, 0.95, ("t",)))
    apart = []
    for ours, other, wrong in zip(estimates, direct, wrong_estimates, strict=True):
        half = (other.high - other.low) / 2
        assert abs(ours.value - other.value) < 1.8 * half + (ours.high - ours.low)
        assert ours.high - ours.low < half
        apart.append(abs(wrong.value - other.value) / half)
    # The control: centres that move 30 % too far are seen at one shot.
    assert shots > 1 or max(apart) > 2


@pytest.mark.parametrize("shots", rest_slow([1, 5], [1]))
def test_two_ways_are_the_exact_pairs(shots: int) -> None:
    population = full(4, 5, 4.0)
    exact = pair_matrix(population, shots)
    assert exact is not None
    estimate = run(Cubature(), population, shots, 2, 3e6)
    assert estimate.value == pytest.approx(float(np.mean(exact)), abs=1.5 * (estimate.high - estimate.low))
    assert estimate.high - estimate.low < 2e-3 * estimate.value
    assert estimate.per_class == pytest.approx(exact.mean(axis=1), rel=3e-3)


def test_the_guard_notices_centres_that_move_too_far() -> None:
    population = full(4, 5, 4.0)
    with pytest.raises(Refused, match="control"):
        run(Cubature(centre_factor=1.1), population, 1, 4, 1e6)
    assert run(Cubature(), population, 1, 4, 1e6).value > 0


@pytest.mark.parametrize("population", [isotropic(3, 4, 30.0), laplace(3, 4, 60.0)])
def test_rare_errors_are_left_to_other_engines(population: Any) -> None:
    question = Question(2, (3,))
    assert Cubature().expected_width(population, question, Budget(draws=1e5)) == math.inf
    with pytest.raises(Refused):
        run(Cubature(), population, 2, 3, 1e5)


def test_what_the_engine_refuses() -> None:
    budget, question = Budget(), Question(2, (3,))
    still = GaussianClasses(means(3, 4, 3.0), [1.0, 0.0, 1.0])
    flat = LaplaceClasses(means(3, 2, 3.0), [[1.0, 0.0]] * 3)
    parts = MixtureClasses([[(1.0, [0.0], 1.0)], [(1.0, [1.0], 1.0)], [(1.0, [2.0], 1.0)]])
    for population in (still, flat, parts, isotropic(3, 40, 3.0)):
        assert Cubature().refusal(population, question, budget) is not None
    many = isotropic(12, 2, 3.0)
    assert Cubature().refusal(many, Question(2, (6,)), budget) is not None
    assert Cubature().refusal(many, Question(2, (3,)), budget) is not None
    assert Cubature().refusal(many, Question(2, (2,)), budget) is None
    assert Cubature().refusal(isotropic(3, 4, 3.0), question, Budget(device="gpu")) is not None


def test_scales_change_nothing() -> None:
    population = laplace(3, 3, 4.0)
    for factor in (1e-120, 1e120):
        scaled = LaplaceClasses((population.means * factor).tolist(), (population.stds * factor).tolist())
        assert run(Cubature(), scaled, 2, 3, 1e5).value == pytest.approx(
            run(Cubature(), population, 2, 3, 1e5).value, rel=1e-9
        )


def test_nested_events_are_taken_with_the_rarest_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """Classes on a line: a query that reaches the far class has passed the near one, so the error is that of
    the near one. Taken the other way round an indicator is left: far, given near, one point in 1,300."""
    population = GaussianClasses([[-7.8], [-3.0], [0.0]], [1e-4, 1e-4, 1.0])
    question, right = Question(math.inf, (3,)), float(ndtr(-1.5)) / 3
    contexts = [Context(Budget(draws=1e5), seed) for seed in range(4)]
    for context in contexts:
        estimated = Cubature().run(population, question, context)[0]
        assert estimated.low <= right <= estimated.high and estimated.value == pytest.approx(right, rel=1e-9)
    # The control: drawn, not in closed form, and the other way round.
    monkeypatch.setattr(cubature_engine, "_closed", lambda law: False)
    monkeypatch.setattr(cubature_engine, "_points_are_equal", lambda population, question: False)
    for context in contexts:
        assert Cubature().run(population, question, context)[0].value == pytest.approx(right, rel=1e-9)
    monkeypatch.setattr(Laws, "likeliest_first", lambda law, own: [j for j in range(3) if j != own])
    values = [Cubature().run(population, question, context)[0].value for context in contexts]
    assert max(abs(value / right - 1) for value in values) > 1e-7


@pytest.mark.slow
@pytest.mark.parametrize("classes", STUDENT_ON_A_LINE)
def test_overlaps_that_far_student_centres_carry_are_covered(classes: Any) -> None:
    """Few draws, few points: pair sums close, while plain scores never meet a centre that both others beat,
    or miss those of other classes that are far off, of which the slope makes half.
    The values are of a quadrature over centres and query, the same to seven digits on half the nodes."""
    positions, stds, dfs, shots, right = classes
    population = StudentClasses([[each] for each in positions], stds, dfs)
    inside = covered = 0
    for seed in range(24):
        try:
            (answer,) = Cubature().run(
                population, Question(shots, (3,)), Context(Budget(draws=1e5), seed, 0.95, ("x",))
            )
        except Refused:
            continue
        inside += 1
        covered += answer.low <= right <= answer.high
    # At 95 % more miss once in fifty times. Before centres were moved and what pairs lack had room, all
    # missed in the first two, and a third in the last.
    assert inside >= 8 and inside - covered <= inside // 6


@pytest.mark.parametrize("seed", rest_slow([0, 1, 2, 3], [0]))
def test_what_no_point_has_met_is_in_the_interval(seed: int) -> None:
    """Five classes on a line, where the query errs beyond the places half-way to its neighbours."""
    places, stds = np.array([-8.04, -1.75, 1.33, 7.256, 14.706]), np.array([0.578, 0.19, 0.967, 0.121, 0.081])
    half = np.diff(places) / 2
    right = float(np.sum(ndtr(-half / stds[1:]) + ndtr(-half / stds[:-1]))) / 5
    population = GaussianClasses(places[:, None].tolist(), (stds**2).tolist())
    estimated = Cubature().run(population, Question(math.inf, (5,)), Context(Budget(draws=1e5), seed))[0]
    assert estimated.low <= right <= estimated.high < estimated.low * (1 + 1e-3)


def plane_error(means: Array, stds: Array) -> float:
    """Spherical classes in the plane, infinitely many shots: a query of class i at angle t errs beyond the
    first of the lines half-way to the others; its distance has a Rayleigh law."""
    angles = 2 * np.pi * (np.arange(20_000) + 0.5) / 20_000
    ways, total = np.stack([np.cos(angles), np.sin(angles)]), 0.0
    for i, (mean, std) in enumerate(zip(means, stds, strict=True)):
        gaps = np.delete(means, i, axis=0) - mean
        towards = gaps @ ways
        first = np.min(
            np.where(towards > 0, np.sum(gaps**2, axis=1)[:, None] / 2, np.inf) / towards,
            axis=0,
            where=towards > 0,
            initial=np.inf,
        )
        total += float(np.mean(np.exp(-((first / std) ** 2) / 2)))
    return total / len(means)


@pytest.mark.parametrize("shots", [math.inf, 1e13])
@pytest.mark.parametrize("classes", rest_slow([3, 4, 5], [3, 4]))
def test_still_centres_leave_narrow_intervals_that_hold(
    classes: int, shots: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In closed form for three classes; for more a third event is drawn, and what it may hide is allowed for.
    Once every interval was as wide as if centres and all events were drawn."""
    rng = np.random.default_rng(1)
    for turn in range(2):
        points, stds = rng.standard_normal((classes, 2)) * 2.0, np.exp(rng.uniform(-1, 0.3, classes))
        right = plane_error(points, stds)
        population = GaussianClasses(points.tolist(), (stds**2).tolist())
        question, context = Question(shots, (classes,)), Context(Budget(draws=1e5), turn)
        estimate = Cubature().run(population, question, context)[0]
        width = estimate.high - estimate.low
        assert estimate.low <= right <= estimate.high
        assert classes > 3 or width < 1e-7 * right
    monkeypatch.setattr(cubature_engine, "_closed", lambda law: False)
    monkeypatch.setattr(cubature_engine, "_points_are_equal", lambda population, question: False)
    before = Cubature().run(population, question, context)[0]
    assert before.high - before.low > 2 * width and before.low <= right <= before.high
