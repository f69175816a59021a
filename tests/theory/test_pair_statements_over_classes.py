"""Statements about a pair of classes that hold averages, sums or maxima over all classes."""

from __future__ import annotations

import itertools
from typing import Any

import array_api_strict
import numpy as np
import pytest
import sympy as sp

from simulations.populations.gaussian import GaussianClasses
from theory import ClassGeometry
from theory.assumptions import DistinctMeans
from theory.bound import (
    AverageBound,
    ClassBound,
    ExactFormula,
    LawBound,
    NotApplicable,
    PairBound,
    Value,
    blocks,
    derived,
    subsets,
)
from theory.bound import classes as class_bounds
from theory.bound.concavity import is_concave, is_convex
from theory.bound.soft import SoftMarginBound
from theory.evaluation.optimise import FreeParameter
from theory.expressions import Avg, ForEveryOther, MaxOver, SumOver
from theory.quantities import C_2, NEAREST_MOMENTS, d, k, mean_M, n, v_i, v_j
from theory.setting import Setting

RNG = np.random.default_rng(7)
MEANS = RNG.standard_normal((6, 3)) * np.array([1, 1, 4])
t = sp.Symbol("t", positive=True)
NEAR = sp.sqrt(v_i / d**2)
MIXED = [
    v_i * MaxOver(1 / d**2),
    (v_i + MaxOver(v_j)) / d**2,
    SumOver(v_j / d**2) ** 2 + v_j / d**2,
    Avg(NEAR) ** 2 * v_i / v_j,
    sp.exp(-SumOver(v_j / d**2)) + Avg(v_i / d**2 * MaxOver(v_j / d**2)),
]


def population(chosen: Any = range(6)) -> GaussianClasses:
    return GaussianClasses(MEANS[list(chosen)].tolist(), [0.05 + 0.04 * (c % 4) for c in chosen])


def answer(bound: Any, chosen: Any, ways: int) -> Any:
    classes = population(chosen)
    return bound.evaluate(classes.geometry(), Setting(3, ways), classes.granted())


def named(shape: Any, statement: sp.Expr, **more: Any) -> Any:
    return shape(
        name="own", statement=statement, assumptions=(DistinctMeans(),), provenance=derived("own"), **more
    )


def by_hand(statement: sp.Expr, i: int, j: int, chosen: Any) -> float:
    """The statement for the pair (i, j), with plain loops over the other classes."""
    means, spread = MEANS[list(chosen)], [0.05 + 0.04 * (c % 4) for c in chosen]
    count = len(spread)

    def number(expression: sp.Basic, i: int, j: int) -> Any:
        if isinstance(expression, Avg):
            pairs = itertools.permutations(range(count), 2)
            return np.mean([number(expression.args[0], a, b) for a, b in pairs])
        if isinstance(expression, SumOver | MaxOver):
            values = [number(expression.args[0], i, c) for c in range(count) if c != i]
            return sum(values) if isinstance(expression, SumOver) else max(values)
        if expression == d:
            return float(np.linalg.norm(means[i] - means[j]))
        if expression in (v_i, v_j):
            return 3 * spread[i if expression == v_i else j]
        if not expression.args:
            return float(expression)
        return float(expression.func(*(sp.Float(number(part, i, j), 30) for part in expression.args)))

    return float(number(statement, i, j))


@pytest.mark.parametrize("statement", MIXED)
def test_a_reduction_is_over_the_classes_other_than_the_query_s(statement: sp.Expr) -> None:
    classes = population()
    values, _ = named(PairBound, statement).pair_values(classes.geometry(), Setting(3, 6))
    for i, j in itertools.permutations(range(6), 2):
        assert values[i, j] == pytest.approx(by_hand(statement, i, j, range(6)), rel=1e-12)


@pytest.mark.parametrize("ways", [2, 3, 5])
@pytest.mark.parametrize("statement", MIXED)
def test_of_fewer_ways_it_is_the_mean_over_the_subsets(statement: sp.Expr, ways: int) -> None:
    bound = named(PairBound, statement)
    chosen = list(itertools.combinations(range(6), ways))
    parts = {subset: answer(bound, subset, ways) for subset in chosen}
    whole = answer(bound, range(6), ways)
    assert whole.value == pytest.approx(np.mean([part.value for part in parts.values()]), rel=1e-12)
    for i, value in enumerate(whole.per_class):
        own = [part.per_class[subset.index(i)] for subset, part in parts.items() if i in subset]
        assert value == pytest.approx(np.mean(own), rel=1e-12)


OF_A_CLASS = [
    2 * Avg(NEAR) - SumOver(v_j / d**2) + MaxOver(v_i / d**2),
    Avg(NEAR) ** 2 * MaxOver(v_i / d**2),
    SumOver(v_j / d**2 * MaxOver(v_i / d**2)),
]


@pytest.mark.parametrize("ways", [2, 3, 5])
@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("statement", OF_A_CLASS)
def test_for_the_queries_of_a_class_it_is_the_mean_over_the_subsets_that_hold_it(
    statement: sp.Expr, listed: bool, ways: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound, chosen = named(ClassBound, statement), list(itertools.combinations(range(6), ways))
    parts = {subset: answer(bound, subset, ways) for subset in chosen}
    if not listed:
        monkeypatch.setattr(subsets, "MOST_SUBSETS", 0)
        monkeypatch.setattr(class_bounds, "MOST_SUBSETS", 0)
    whole = answer(bound, range(6), ways)
    if not listed and statement != OF_A_CLASS[0]:
        assert isinstance(whole, NotApplicable)
        return
    for i, value in enumerate(whole.per_class):
        own = [part.per_class[subset.index(i)] for subset, part in parts.items() if i in subset]
        assert value == pytest.approx(np.mean(own), rel=1e-12)


@pytest.mark.parametrize("statement", [MIXED[1], MIXED[0] + SumOver(v_j / d**2), v_i / d**2 * Avg(NEAR)])
@pytest.mark.parametrize("ways", [2, 3, 5])
def test_the_mean_of_an_affine_one_is_known_in_closed_form(
    statement: sp.Expr, ways: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = [
        answer(named(PairBound, statement), s, ways).value for s in itertools.combinations(range(6), ways)
    ]
    monkeypatch.setattr(subsets, "MOST_SUBSETS", 0)
    for size in (blocks.CHUNK, 12):  # query classes all at once, and two at a time
        monkeypatch.setattr(blocks, "CHUNK", size)
        monkeypatch.setattr(PairBound, "_chunks", lambda self, geometry: blocks.slices(6, 6))
        assert answer(named(PairBound, statement), range(6), ways).value == pytest.approx(np.mean(parts))


def test_too_many_subsets_leave_no_answer_but_for_two_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    bound = named(PairBound, Avg(NEAR) ** 2)
    assert isinstance(answer(bound, range(6), 3), Value)
    monkeypatch.setattr(subsets, "MOST_SUBSETS", 0)
    refused = answer(bound, range(6), 3)
    assert isinstance(refused, NotApplicable) and "concave" in refused.reason
    # The one subset of two that holds a pair is the pair.
    parts = [answer(bound, pair, 2).value for pair in itertools.combinations(range(6), 2)]
    assert answer(bound, range(6), 2).value == pytest.approx(np.mean(parts), rel=1e-12)


def test_a_lower_bound_of_pairs_is_the_largest_over_the_other_classes() -> None:
    bound = named(PairBound, v_j / (v_i + v_j + d**2), kind="lower")
    values, _ = bound.pair_values(population().geometry(), Setting(3, 6))
    assert answer(bound, range(6), 6).per_class == pytest.approx(values.max(axis=1))
    parts = [answer(bound, subset, 3).value for subset in itertools.combinations(range(6), 3)]
    assert answer(bound, range(6), 3).value == pytest.approx(np.mean(parts), rel=1e-12)
    # Its sum, which is due to an upper bound, would be above 1 for enough classes.
    assert answer(named(PairBound, bound.statement), range(6), 6).value > answer(bound, range(6), 6).value
    assert "at least" in bound.for_classes and "at most" in named(PairBound, bound.statement).for_classes


@pytest.mark.parametrize("shape", [PairBound, LawBound])
def test_an_equality_for_pairs_is_none_for_more_classes(shape: Any) -> None:
    bound = named(shape, v_j / d**2, kind="equality")
    assert isinstance(answer(bound, range(6), 2), Value)
    assert isinstance(answer(bound, range(6), 3), NotApplicable)


@pytest.mark.parametrize("kind", ["lower", "equality"])
def test_what_is_said_of_the_loss_from_below_is_not_said_of_the_error(kind: str) -> None:
    statement = v_j / (v_j + d**2)
    assert isinstance(answer(named(SoftMarginBound, statement, kind=kind), range(6), 2), NotApplicable)
    assert isinstance(answer(named(SoftMarginBound, statement), range(6), 2), Value)


@pytest.mark.parametrize("shape", [ExactFormula, LawBound])
def test_laws_and_formulas_with_curved_averages_have_no_answer(shape: Any) -> None:
    bound = named(shape, Avg(NEAR) ** 2, kind="equality" if shape is ExactFormula else "lower")
    assert isinstance(answer(bound, range(6), 6), Value)
    ways = 3 if shape is ExactFormula else 4
    convex_from_below = shape is LawBound
    assert isinstance(answer(bound, range(6), ways), Value if convex_from_below else NotApplicable)


def test_a_parameter_of_a_pair_cannot_stand_in_a_reduction() -> None:
    free = FreeParameter(t, 1, sp.oo, "pair", True, "a trade-off")
    refused = answer(named(PairBound, MaxOver(t * v_j / d**2) + 1 / t, free=free), range(6), 6)
    assert isinstance(refused, NotApplicable) and "parameter t" in refused.reason
    bound = named(PairBound, t * Avg(NEAR) ** 2 + 1 / t, free=free)
    for ways in (3, 6):
        parts = [answer(bound, s, ways).value for s in itertools.combinations(range(6), ways)]
        whole = answer(bound, range(6), ways).value
        assert whole >= np.mean(parts) * (1 - 1e-12)
        assert whole == pytest.approx(np.mean(parts), rel=0.2)


def test_a_parameter_in_an_average_is_tried_at_each_value_alone() -> None:
    free = FreeParameter(t, 0, sp.Integer(4), "setting", True, "a trade-off")
    bound = named(AverageBound, Avg((v_i / d**2 - t) ** 2), free=free)
    best = answer(bound, range(6), 6)
    geometry = population().geometry()
    tried = [bound.evaluate(geometry, Setting(3, 6), at={"t": x}).value for x in np.linspace(0, 1, 400)]
    assert best.value <= min(tried) + 1e-12 and best.value == pytest.approx(min(tried), rel=1e-2)


def test_a_domain_that_differs_between_subsets_leaves_no_answer() -> None:
    free = FreeParameter(t, 0, Avg(NEAR), "setting", True, "a trade-off")
    bound = named(AverageBound, Avg(NEAR) + t, free=free)
    assert isinstance(answer(bound, range(6), 6), Value)
    refused = answer(bound, range(6), 3)
    assert isinstance(refused, NotApplicable) and "domain" in refused.reason


@pytest.mark.parametrize("shape", [PairBound, ClassBound, AverageBound])
def test_a_condition_must_hold_in_every_subset(shape: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Met by all classes together, and by no pair of two near ones."""
    largest = max(
        answer(named(AverageBound, Avg(NEAR)), s, 2).value for s in itertools.combinations(range(6), 2)
    )
    bound = named(shape, Avg(NEAR), condition=Avg(NEAR) < 0.9 * largest)
    assert isinstance(answer(bound, range(6), 6), Value)
    assert isinstance(answer(bound, range(6), 2), NotApplicable)
    assert isinstance(answer(named(shape, Avg(NEAR), condition=Avg(NEAR) < 2 * largest), range(6), 2), Value)
    monkeypatch.setattr(subsets, "MOST_SUBSETS", 0)
    assert isinstance(answer(bound, range(6), 2), NotApplicable)


def test_the_nearest_class_of_all_choices_is_not_that_of_each() -> None:
    _, mean, variance = NEAREST_MOMENTS[:3]
    bound = named(ClassBound, SumOver(variance / (variance + mean**2)))
    refused = answer(bound, range(6), 3)
    assert isinstance(refused, NotApplicable) and "nearest" in refused.reason
    assert isinstance(answer(bound, range(6), 2), Value)


def test_margins_of_several_pairs_have_one_unit() -> None:
    """Each in a unit of its own would change which is the largest."""
    bound = named(PairBound, MaxOver(C_2) / mean_M**2)
    geometry, setting = population().geometry(), Setting(3, 6)
    values, _ = bound.pair_values(geometry, setting)
    moments = np.asarray(geometry.margin_moments(3, 2))
    spread = np.where(np.eye(6) > 0, 0, moments[2])
    expected = np.where(np.eye(6) > 0, 0, spread.max(axis=1)[:, None] / (moments[1] ** 2 + np.eye(6)))
    assert np.asarray(values) == pytest.approx(expected, rel=1e-9)


def test_cases_for_every_other_class_need_the_larger_value_elsewhere() -> None:
    every = ForEveryOther(v_j < d**2)
    small = SumOver(v_j / d**2)
    assert is_concave(sp.Piecewise((sp.Min(1, small), every), (sp.S.One, True)))
    assert not is_concave(sp.Piecewise((small, every), (sp.S.One, True)))
    assert not is_concave(sp.Piecewise((sp.Min(1, small), every), (sp.S.Zero, True)))


def test_convexity_for_lower_bounds() -> None:
    low, high = Avg(v_i / d**2), SumOver(v_j / d**2)
    signed = Avg(v_i / d**2 - 1)
    convex = [low**2, high**2 / low, 1 / low, sp.Max(0, signed), sp.Abs(signed), signed**2, sp.exp(-signed)]
    assert all(map(is_convex, [*convex, -sp.sqrt(low), (k - 1) * low**2 + high]))
    assert not any(map(is_concave, convex))
    neither = [sp.sqrt(low), low * high, signed**3, 1 / signed, (n - 5) * low**2, sp.Min(low, high)]
    assert not any(map(is_convex, neither))


@pytest.mark.parametrize("ways", [2, 3, 5, 6])
@pytest.mark.parametrize("statement", MIXED)
def test_other_arrays_give_the_same(statement: sp.Expr, ways: int) -> None:
    rng = np.random.default_rng(2)
    features, labels = rng.normal(size=(60, 3)) + np.repeat(MEANS, 10, axis=0), np.repeat(np.arange(6), 10)
    here = ClassGeometry.from_features(features, labels, estimator="plugin")
    there = ClassGeometry.from_features(array_api_strict.asarray(features), labels, estimator="plugin")
    bound = named(PairBound, statement)
    values = [bound.evaluate(geometry, Setting(3, ways)) for geometry in (here, there)]
    assert isinstance(values[0], Value) and isinstance(values[1], Value)
    assert values[0].value == pytest.approx(values[1].value, rel=1e-12)


@pytest.mark.parametrize("ways", [3, 4])
@pytest.mark.parametrize(
    "shape, reduction",
    [(AverageBound, Avg), *itertools.product((PairBound, ClassBound), (Avg, SumOver, MaxOver))],
)
@pytest.mark.parametrize("listed", [True, False])
def test_no_bound_is_small_because_part_of_it_is_no_number(
    listed: bool, shape: Any, reduction: Any, ways: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quotient of two variances of 0, with a sign that an infinite or a large stand-in would pass."""
    if not listed:
        monkeypatch.setattr(subsets, "MOST_SUBSETS", 0)
        monkeypatch.setattr(class_bounds, "MOST_SUBSETS", 0)
    classes = GaussianClasses(MEANS[:4].tolist(), [0.0, 0.0, 0.1, 0.2])
    bound = named(shape, 2 - reduction(v_j / (v_i + v_j)))
    value = bound.evaluate(classes.geometry(), Setting(3, ways), classes.granted())
    assert isinstance(value, Value) and value.value == np.inf
