"""Atoms of tiny weight, pairs that are nearer than any other by many orders, lengths near the ends of double
precision: products of several moments vanish or overflow there, and once made true bounds violated."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest
from helpers_slow import rest_slow

from simulations.engines import Budget, Engine, Question
from simulations.engines.base import Context
from simulations.engines.direct import Direct
from simulations.engines.orthant import Orthant
from simulations.engines.radial import Radial
from simulations.engines.tilted import Tilted
from simulations.engines.tilted.tally import Stratum
from simulations.populations.base import Population
from simulations.populations.finite_support import FiniteSupport
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.laplace import LaplaceClasses
from simulations.populations.mixture import MixtureClasses
from simulations.populations.student import StudentClasses
from simulations.verdicts.evaluate import evaluate_population
from theory import catalogue
from theory.bound import pairs
from theory.bound.matrix import least_trace
from theory.geometry.margins import central
from theory.setting import Setting

MARGINS_ALONE = {"margin_order_4": 4, "margin_order_6": 6, "margin_order_8": 8}


def tiny_weights(seed: int) -> tuple[Population, float]:
    """Classes near points, with atoms elsewhere whose weights go down to 1e-320."""
    rng = np.random.default_rng([3, seed])
    k, p = int(rng.integers(2, 4)), int(rng.choice([1, 2]))
    points, weights = [], []
    for c in range(k):
        count = int(rng.integers(1, 5))
        weight = np.concatenate([[1.0], 10.0 ** -rng.uniform(0, 320, count - 1)])
        if rng.random() < 0.5 and count > 1:
            weight[1:] = 10.0 ** -rng.uniform(40, 320) * rng.uniform(0.1, 3, count - 1)
        atoms = np.zeros((count, p))
        atoms[:, 0] = c
        atoms[1:] += rng.uniform(-1.2, 1.2, (count - 1, p)) * 10.0 ** -rng.choice([0, 0, 0, 1, 20, 50, 80])
        points.append(atoms.tolist())
        weights.append((weight / weight.sum()).tolist())
    return FiniteSupport(points, weights), float(rng.choice([1, 2, 5, math.inf]))


def violated(population: Population, shots: float, budget: float = 1e4) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        (row,) = evaluate_population(
            population, [shots], [population.classes], context=Context(Budget(draws=budget))
        )
    assert 0 <= row.estimate.low <= row.estimate.value <= row.estimate.high <= 1
    return [f"{v.bound} {v.value} {row.estimate.value}" for v in row.verdicts if v.outcome == "violated"]


@pytest.mark.parametrize("seeds", [(21, 28, 91, 198)])
def test_tiny_weights_refute_nothing(seeds: tuple[int, ...], full: bool) -> None:
    """Each of these refuted a true bound once: fourth_moment, margin_order_4 or union_moment_optimal."""
    for seed in range(1000) if full else seeds:
        population, shots = tiny_weights(seed)
        assert not violated(population, shots), seed


def test_in_a_common_unit_tiny_weights_would_refute_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: moments of margins as they are, whose products vanish (beyond those that a statement of
    order 4 has on its way, which it tells of by itself)."""
    monkeypatch.setattr(pairs, "relative", lambda xp, moments: moments)
    population, shots = tiny_weights(91)
    assert any("margin_order_6" in each for each in violated(population, shots))


@pytest.mark.parametrize("exponent", [15, 20, 30, 60])
def test_a_pair_is_bounded_as_if_no_other_class_were_far(exponent: int) -> None:
    """Bounds made of margins alone are those of the pair in its own unit, to rounding."""
    step = 10.0**-exponent
    stds = np.array([0.25, 0.4])

    def law(unit: float, far: bool) -> Population:
        means = [[0.0, 0.0], [unit, 0.0]] + ([[1.0, 0.0]] if far else [])
        return LaplaceClasses(means, [[s * unit, s * unit] for s in stds] + ([[0.1, 0.1]] if far else []))

    def values(name: str, population: Population) -> Any:
        bound: Any = catalogue.get(name)
        pair_values = bound.pair_values(population.geometry(), Setting(5, 2), population.granted())[0][:2, :2]
        return pair_values[~np.eye(2, dtype=bool)]

    near, alone = law(step, True), law(1.0, False)
    for name, order in MARGINS_ALONE.items():
        values_beside_far, right = values(name, near), values(name, alone)
        if 2 * order * exponent < 280:
            np.testing.assert_allclose(values_beside_far, right, rtol=1e-9)
        else:  # a moment of that order has left double precision: as good as the first rung at least
            assert np.all(values_beside_far >= right * (1 - 1e-9))
            assert np.all(values_beside_far <= values("exact_moment", alone) * (1 + 1e-9))


def families(step: float, far: float) -> list[Population]:
    """Two classes ``step`` apart and one ``far`` away, spread by a quarter of the step."""
    means = [[0.0, 0.0], [step, 0.0], [far, 0.0]]
    s = step / 4
    mixture = [[(0.5, [x, side * s], s / 2) for side in (1, -1)] for x, _ in means]
    full = [[s * s, s * s / 50], [s * s / 50, s * s / 2]]
    return [
        GaussianClasses(means, [s * s, s * s / 2, 0.0]),
        GaussianClasses(means, [[s * s, s * s / 4], [s * s / 2, s * s / 9], [s * s, 0.0]]),
        GaussianClasses(means, [full, [s * s / 2, s * s / 9], [s * s, 0.0]]),
        LaplaceClasses(means, [[s, s], [s, s / 2], [s, 0.0]]),
        StudentClasses(means, [s, s, s / 2], [30.0, 9.0, 30.0]),
        MixtureClasses(mixture),
    ]


SCALES = [(1e-80, 1.0), (1e-130, 1.0), (1e100, 3e100), (1e145, 3e145)]


@pytest.mark.slow
@pytest.mark.parametrize(("step", "far"), rest_slow(SCALES, [(1e-130, 1.0), (1e145, 3e145)]))
def test_no_scale_refutes_a_bound_or_warns(step: float, far: float) -> None:
    for population in families(step, far):
        assert not violated(population, 5.0, 3e4), population.family


def test_values_that_coincide_have_no_spread_whatever_rounding_makes_of_their_weights() -> None:
    weights = np.array([0.3, 0.6, 0.1])
    assert weights.sum() != 1
    moments = central.of_values(np.full((3, 1), 0.9), weights, 4)
    assert moments[:, 0].tolist() == [1.0, 0.9, 0.0, 0.0, 0.0]
    parts = np.stack([np.ones((3, 1)), np.full((3, 1), 0.9), *np.zeros((3, 3, 1))])
    assert central.mixed(parts, weights)[1:, 0].tolist() == [0.9, 0.0, 0.0, 0.0]
    spread = np.linspace(0.3, 0.7, 3)
    moments = central.of_values(spread[:, None], weights, 2)[:, 0]
    assert moments[1] == pytest.approx(weights @ spread, rel=1e-15)
    assert moments[2] == pytest.approx(weights @ (spread - weights @ spread) ** 2, rel=1e-14)


def test_the_search_over_matrices_is_rounded_upward() -> None:
    """Margins that are multiples of one another err together: with the nearer class alone, whose best bound
    is variance over second moment."""
    for variance in (1e-20, 1e-44, 1e-100):
        mean = np.array([1.0, 4.0])
        covariance = variance * np.outer(mean, mean)
        assert least_trace(mean, covariance, 3) >= variance / (1 + variance) * (1 - 1e-9)


def test_laplace_classes_without_spread_overflow_no_tilt() -> None:
    population = LaplaceClasses([[-119495.5], [-78406.4], [-46594080.6]], [[0.0], [7410.9], [0.0]])
    assert not violated(population, 1e8)


@pytest.mark.parametrize("far", [1e3, 1e9, 1e14])
def test_a_far_class_makes_no_near_ones_ties(far: float) -> None:
    """It is never the nearest: bounds against the nearest class are as without it."""
    near = [[[0.1], [0.2], [0.27]], [[0.15]], [[0.4], [0.30000001]]]
    weights = [[0.25, 0.25, 0.5], [1.0], [0.5, 0.5]]
    alone, beside = FiniteSupport(near, weights), FiniteSupport([*near, [[far]]], [*weights, [1.0]])
    for bound in map(catalogue.get, (name for name in catalogue.names() if name.startswith("nearest_order"))):
        beside_far, right = (
            bound.evaluate(law.geometry(), Setting(2, law.classes), law.granted()) for law in (beside, alone)
        )
        assert beside_far.per_class[:3] == pytest.approx(right.per_class, rel=1e-6)
    assert not violated(beside, 2.0)


def test_a_tiny_atom_far_out_merges_no_near_centres() -> None:
    """Many centres of a class, all of them within 1e-13 of the distance of an atom that hardly ever comes."""
    near = [[0.0], [0.31], [0.77], [1.3], [2.1]]
    other = [[3.0], [3.2]]
    with_far = FiniteSupport([[*near, [1e14]], other], [[0.2] * 5 + [0.0], [0.5, 0.5]])
    hardly = FiniteSupport([[*near, [1e14]], other], [[0.2] * 5 + [1e-250], [0.5, 0.5]])
    shots = 12.0  # 1,820 centres, and 6,188 with the atom: beyond what is kept apart anyway
    moments, right = (law.margin_moments(shots, 4, 1.0) for law in (hardly, with_far))
    np.testing.assert_allclose(moments[1:], right[1:], rtol=1e-6)


def test_classes_of_one_atom_or_part_take_any_number_of_shots() -> None:
    """There is one way to share a thousand million draws among one atom, and no list of the draws."""
    shots = 1e9
    atoms = FiniteSupport([[[0.0]], [[1.0]], [[3.0], [3.5]]], [[1.0], [1.0], [0.5, 0.5]])
    assert not violated(atoms, shots)
    one_part = [[(1.0, [0.0, 0.0], 0.3)], [(1.0, [1.5, 0.0], 0.2)], [(1.0, [0.0, 2.0], 0.4)]]
    assert not violated(MixtureClasses(one_part), shots)


@pytest.mark.parametrize("engine", [Orthant(), Radial(), Tilted(), Direct()], ids=lambda engine: engine.name)
def test_engines_do_not_depend_on_the_unit_of_length(engine: Engine) -> None:
    """Scaled by a power of 2 every estimate is the same, to rounding."""
    errors = []
    for power in (0, -495, 400):
        s = 2.0**power
        means = [[0.0, 0.0, 0.0], [2 * s, 0.0, 0.0], [0.0, 3 * s, 0.0]]
        laws: list[Population] = [GaussianClasses(means, [s * s, s * s / 2, 2 * s * s])]
        laws += [StudentClasses(means, [s, 0.7 * s, 1.4 * s], [5.0, 5.0, 9.0])]
        laws += [LaplaceClasses(means, [[s, s, s / 2]] * 3)]
        context = Context(Budget(draws=1e5), 0, 0.95, ("scale",))
        question = Question(5, (3,))
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            served = [law for law in laws if engine.refusal(law, question, context.budget) is None]
            errors.append([engine.run(law, question, context)[0].value for law in served])
    assert errors[0]
    for values in errors[1:]:
        assert values == pytest.approx(errors[0], rel=1e-9)


def test_parts_of_hardly_any_weight_overflow_no_sum() -> None:
    """An episode may be worth as much as its tilt's normalizer is small."""
    first = [(0.998, [1.0, 0.0], 1e-12), (0.001, [1.07, 0.27], 0.03), (1e-300, [1.6, 2.3], 0.0)]
    first += [(0.001, [0.2, -1.2], 0.1)]
    second = [(0.5, [1.8, -2.2], 0.03), (5e-301, [0.0, 0.0], 1.0), (0.5, [-3.4, 2.3], 1e-12)]
    assert not violated(MixtureClasses([first, second]), 10.0)


def test_a_tilt_that_is_worse_than_none_is_none() -> None:
    """A part far out that hardly ever comes: the best tilt of its state lies below all that are tried."""
    classes = [
        [(1.0, [1.0, 0.0], 0.0)],
        [
            (0.999000999, [-585877.1353229698, 540032.9819297697], 0.0),
            (9.99e-13, [-1.73e-12, -4.78e-13], 0.0),
            (9.99e-13, [-0.0657, -0.0234], 0.0),
            (9.99000999e-4, [0.1371870413691295, 0.19329290260322787], 0.53711224),
        ],
        [(1.0, [0.0038511698449310156, 0.0023846988781517655], 0.0)],
        [(2 / 3, [0.0, 0.0], 0.64332554), (1 / 3, [0.0, 0.0], 0.03)],
    ]
    total = sum(weight for weight, _, _ in classes[1])
    classes[1] = [(weight / total, mean, std) for weight, mean, std in classes[1]]
    population = MixtureClasses(classes)
    assert not violated(population, 3.0)
    question = Question(3, (2,))
    (estimate,) = Tilted().run(population, question, Context(Budget(draws=4e4), 0, 0.95, ("worse",)))
    assert 0.05 < estimate.low <= estimate.high < 0.1


def test_weights_whose_squares_leave_double_precision_are_refused_or_known() -> None:
    """Where a class is far narrower than the other, and no draw carries the estimate."""
    stratum = Stratum()
    stratum.add(np.full(1024, 1e160))
    assert stratum.room(None) >= 0
