"""Laws of every bound: invariance, permutation, monotony, ordering, agreement of ways."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import combinations, pairwise

import numpy as np
import pytest
from helpers_slow import rest_slow
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from simulations.populations.finite_support import FiniteSupport
from simulations.populations.gaussian import GaussianClasses
from simulations.testing import (
    Case,
    check_scale_invariance,
    check_translation_invariance,
    random_cases,
)
from theory import ClassGeometry, Setting, catalogue
from theory.assumptions import CLOSEST
from theory.bound import Bound, NotApplicable, PairBound, Value

BOUNDS = [bound for bound in catalogue.about("few_shot_error") if bound.kind in ("upper", "equality")]
EXAMPLES = 10


@settings(max_examples=EXAMPLES, database=None)
@given(random_cases(), st.sampled_from([Fraction(10) ** e for e in (-40, -3, 2, 40)]))
def test_scale(example: Case, factor: Fraction) -> None:
    for bound in BOUNDS:
        check_scale_invariance(bound, example, factor)


@settings(max_examples=EXAMPLES, database=None)
@given(random_cases(), st.sampled_from([Fraction(10**6), Fraction(-(10**6)), Fraction(1, 3)]))
def test_translation(example: Case, offset: Fraction) -> None:
    for bound in BOUNDS:
        check_translation_invariance(bound, example, offset)


def gaussians(seed: int, classes: int = 4, dimension: int = 3) -> tuple[np.ndarray, list[np.ndarray]]:
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(classes, dimension, dimension)) * 0.3
    return rng.normal(size=(classes, dimension)) * 1.5, [f @ f.T for f in factors]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("seed", range(8))
def test_rotation_and_permutation(seed: int) -> None:
    means, covariances = gaussians(seed)
    rng = np.random.default_rng(seed + 100)
    q = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    order = rng.permutation(4)
    first = GaussianClasses(means, covariances)
    turned = GaussianClasses(
        (means @ q.T)[order], [(q @ covariances[c] @ q.T + (q @ covariances[c] @ q.T).T) / 2 for c in order]
    )
    for bound in BOUNDS:
        for ways in (2, 3, 4):
            one, two = (
                bound.evaluate(each.geometry(), Setting(10, ways), each.granted()) for each in (first, turned)
            )
            assert type(one) is type(two)
            if isinstance(one, Value) and isinstance(two, Value):
                assert one.value == pytest.approx(two.value, rel=1e-6), bound.name
                if one.per_class is not None and two.per_class is not None:
                    permuted = [one.per_class[c] for c in order]
                    assert permuted == pytest.approx(list(two.per_class), rel=1e-5), bound.name


@settings(max_examples=EXAMPLES, database=None)
@given(random_cases())
def test_more_shots_never_hurt_where_the_statement_is_monotone(example: Case) -> None:
    geometry, granted = example.population.geometry(), example.population.granted()
    assume(geometry.smallest_distance >= CLOSEST)
    for name in ("cdnv_2022", "cdnv_sharp", "cdnv_optimal", "directional_second_moment", "min_distance"):
        bound = catalogue.get(name)
        values = [bound.evaluate(geometry, Setting(n, 2), granted) for n in (1, 2, 5, 50, math.inf)]
        numbers = [value.value for value in values if isinstance(value, Value)]
        assert len(numbers) == 5
        assert all(b <= a * (1 + 1e-12) for a, b in pairwise(numbers)), name


@settings(max_examples=30, database=None)
@given(random_cases())
def test_ordering_theorem(example: Case) -> None:
    """exact_moment <= B/(1+B) <= B <= c2 with B = directional_2026, per pair; cdnv_optimal <=
    min(1, cdnv_sharp); cdnv_sharp's sum <= cdnv_2022; union_moment_optimal <= union_moment <= the sum."""
    geometry, granted, setting = example.population.geometry(), example.population.granted(), example.setting
    assume(geometry.smallest_distance >= CLOSEST)
    slack = 1 + 1e-9

    def pairs(name: str) -> np.ndarray:
        bound = catalogue.get(name)
        assert isinstance(bound, PairBound)
        return np.asarray(bound.pair_values(geometry, setting, granted)[0])

    exact, b, c2 = pairs("exact_moment"), pairs("directional_2026"), pairs("directional_2026_c2")
    positive = ~np.eye(geometry.classes, dtype=bool)
    variances = np.asarray(geometry.variances)
    gap = np.asarray(geometry.distances) ** 2 + (variances[None, :] - variances[:, None]) / setting.shots
    positive &= gap > 1e-9
    ratio = 1 / (1 + 1 / np.where(b > 0, b, 1e-300))  # b overflows where means are close
    assert np.all(exact[positive] <= ratio[positive] * slack + 1e-300)
    assert np.all(b[positive] <= c2[positive] * slack)
    assert np.all(pairs("cdnv_optimal") <= np.minimum(1, pairs("cdnv_sharp")) * slack)
    assert np.all(pairs("directional_second_moment") <= pairs("cdnv_optimal") * slack)

    def total(name: str) -> float:
        answer = catalogue.get(name).evaluate(geometry, setting, granted)
        assert isinstance(answer, Value)
        return answer.value

    assert total("cdnv_sharp") <= total("cdnv_2022") * slack
    assert total("union_moment_optimal") <= total("union_moment") * slack
    capped = np.minimum(exact, 1).sum(axis=1) * (setting.ways - 1) / (geometry.classes - 1)
    if np.all(gap[~np.eye(geometry.classes, dtype=bool)] > 0):
        assert total("union_moment") <= capped.mean() * slack + 1e-15


@pytest.mark.parametrize("seed", rest_slow(range(3), [0]))
def test_fewer_ways_are_the_mean_over_subsets(seed: int) -> None:
    """Pair bounds, averages aside: the closed form over subsets is the mean of the subsets' own values,
    and for class bounds never below it (Minkowski, concavity)."""
    means, covariances = gaussians(seed, classes=5)
    whole = GaussianClasses(means, covariances)
    for bound in BOUNDS:
        for ways in (2, 3):
            value = bound.evaluate(whole.geometry(), Setting(10, ways), whole.granted())
            parts = []
            for chosen in combinations(range(5), ways):
                part = GaussianClasses(means[list(chosen)], [covariances[c] for c in chosen])
                answer = bound.evaluate(part.geometry(), Setting(10, ways), part.granted())
                if isinstance(answer, Value):
                    parts.append(answer.value)
            if not isinstance(value, Value) or len(parts) < math.comb(5, ways):
                continue
            if isinstance(bound, PairBound) and bound.name != "subgaussian":
                assert value.value == pytest.approx(np.mean(parts), rel=1e-9), bound.name
            elif not bound.name.startswith(("directional_2025", "cdnv_2022")):
                assert value.value >= np.mean(parts) * (1 - 1e-9), bound.name


def test_a_value_of_one_or_more_is_flagged_vacuous() -> None:
    assert Value(1.0).vacuous
    assert Value(math.inf).vacuous
    assert not Value(0.999999).vacuous


def degenerate() -> list[FiniteSupport]:
    return [
        FiniteSupport([[[0]], [[1]]], [[1], [1]]),
        FiniteSupport([[[0, 0]], [[1, 0]], [[2, 0]]], [[1], [1], [1]]),
        FiniteSupport([[[0], [2]], [[1], [3]]], [[0.5, 0.5], [0.5, 0.5]]),
    ]


@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.name)
def test_degenerate_geometry_gives_a_number_or_a_reason(which: int, bound: Bound) -> None:
    population = degenerate()[which]
    for shots in (1, 10, math.inf):
        answer = bound.evaluate(population.geometry(), Setting(shots, 2), population.granted())
        if isinstance(answer, Value):
            assert not math.isnan(answer.value)
            assert answer.value >= 0
        else:
            assert isinstance(answer, NotApplicable)
            assert answer.reason


def test_coincident_means_are_not_applicable() -> None:
    population = FiniteSupport([[[0], [2]], [[1]]], [[0.5, 0.5], [1]])
    for bound in catalogue.STATEMENTS:
        if bound.about == "few_shot_error":
            answer = bound.evaluate(population.geometry(), Setting(1, 2), population.granted())
            assert isinstance(answer, NotApplicable), bound.name


def test_means_too_close_for_double_precision_are_not_applicable() -> None:
    """Found by the soundness test: `union_moment` underflowed to 1e-125 where the error is .11."""
    tiny = -1.401298464324817e-45
    population = FiniteSupport(
        [[[0, 0, tiny], [0, 0, 0]], [[3.71054744720458984375, 0, 2.220446049250313e-16]], [[0, 0, 0]]],
        [[0.5, 0.5], [1], [1]],
    )
    for bound in BOUNDS:
        answer = bound.evaluate(population.geometry(), Setting(3, 2), population.granted())
        assert isinstance(answer, NotApplicable) or answer.value >= 0.114, bound.name


def test_a_geometry_without_fourth_moments_says_so() -> None:
    from theory import ClassMoments

    moments = [ClassMoments(np.array([float(c), 0.0]), np.array([0.1, 0.1])) for c in range(2)]
    from theory.assumptions import FiniteFourthMoment

    answer = catalogue.get("exact_moment").evaluate(
        ClassGeometry.from_moments(moments), Setting(1, 2), [FiniteFourthMoment()]
    )
    assert isinstance(answer, NotApplicable)
    assert "M4" in answer.reason
