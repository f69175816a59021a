"""Statements about a class with a free parameter: one value serves the setting, any other is as true."""

from __future__ import annotations

import dataclasses
import itertools
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy as sp

from simulations.attack.exact_bound import exact_bound
from simulations.populations.finite_support import FiniteSupport
from simulations.populations.gaussian import GaussianClasses
from theory import ClassGeometry, catalogue
from theory.assumptions import DistinctMeans
from theory.bound import AverageBound, Bound, ClassBound, NotApplicable, Value, derived
from theory.bound.ladder import LadderBound
from theory.bound.matrix import MatrixBound
from theory.bound.nearest import NearestBound
from theory.evaluation.optimise import FreeParameter
from theory.expressions import MaxOver, SumOver, SumOverPairs
from theory.quantities import d, n, v_i, v_j
from theory.setting import Setting

t = sp.Symbol("t", positive=True)
FREE = FreeParameter(t, 0, sp.oo, "setting", meaning="a trade-off")
SHOTS = 4
PARTS = [
    (SumOver(v_i / d**2), SumOver(v_j / d**2) / n),
    (MaxOver(v_i / d**2), SumOverPairs(v_j / d**2)),
]


def traded(gain: sp.Expr, loss: sp.Expr) -> ClassBound:
    return ClassBound(
        name="own",
        statement=t * gain + loss / t,
        assumptions=(DistinctMeans(),),
        provenance=derived("a test"),
        free=FREE,
    )


def geometry(classes: int, seed: int) -> tuple[ClassGeometry, np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Classes at random; v_i / d^2 and v_j / d^2 of their pairs, with zeros on the diagonal."""
    rng = np.random.default_rng(seed)
    means, variances = rng.normal(size=(classes, 3)), rng.uniform(0.1, 1.0, classes)
    squares = np.sum((means[:, None] - means) ** 2, axis=2) + np.diag(np.full(classes, np.inf))
    own = 3 * variances[:, None] / squares
    return GaussianClasses(means.tolist(), variances.tolist()).geometry(), own, own.T


def parts_of(own: Any, other: Any, chosen: Any) -> tuple[float, float, float, float]:
    """Means over the ``chosen`` classes: of the two parts of both statements."""
    own, other = own[np.ix_(chosen, chosen)], other[np.ix_(chosen, chosen)]
    sums = other.sum(axis=1)
    return own.sum(1).mean(), sums.mean() / SHOTS, own.max(1).mean(), sums.mean() * (len(chosen) - 2)


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize(("classes", "ways"), [(5, 5), (5, 3), (33, 33)])
def test_the_least_over_the_parameter_is_known(place: int, classes: int, ways: int) -> None:
    """Of t a + b / t it is 2 sqrt(a b), with the means a and b over classes and subsets of them."""
    spread_out, own, other = geometry(classes, 10 * classes + ways)
    subsets = itertools.combinations(range(classes), ways)
    means = np.mean([parts_of(own, other, list(chosen)) for chosen in subsets], axis=0)
    a, b = means[2 * place : 2 * place + 2]
    bound = traded(*PARTS[place])
    best = bound.evaluate(spread_out, Setting(SHOTS, ways))
    assert isinstance(best, Value) and best.per_class is not None
    assert best.value == pytest.approx(2 * math.sqrt(a * b), rel=1e-11)
    assert best.parameters["t"] == pytest.approx(math.sqrt(b / a), rel=1e-4)
    assert np.mean(best.per_class) == pytest.approx(best.value, rel=1e-13)
    given = bound.evaluate(spread_out, Setting(SHOTS, ways), at={"t": 0.7})
    assert isinstance(given, Value) and given.value == pytest.approx(0.7 * a + b / 0.7, rel=1e-11)


def test_exact_numbers_agree() -> None:
    points = [[[0, 0], [1, 0], [0, 1]], [[5, 1], [5, 3]], [[1, 7], [2, 7], [1, 9]], [[-6, -6], [-6, -4]]]
    classes = FiniteSupport(points, [[Fraction(1, len(each))] * len(each) for each in points])
    bound = traded(*PARTS[0])
    best = bound.evaluate(classes.geometry(), Setting(SHOTS, 4), classes.granted())
    assert isinstance(best, Value) and best.per_class is not None
    for query in (None, 0, 3):
        value = best.value if query is None else best.per_class[query]
        assert float(exact_bound(bound, classes, SHOTS, query)) == pytest.approx(value, rel=1e-12)


def test_the_domain_counts() -> None:
    spread_out, _, _ = geometry(4, 1)
    setting = Setting(SHOTS, 4)
    bound = traded(*PARTS[0])
    for outside in (-1.0, math.nan):
        with pytest.raises(ValueError, match="outside its domain"):
            bound.evaluate(spread_out, setting, at={"t": outside})
    below = dataclasses.replace(bound, free=FreeParameter(t, 0, 2, "setting"))
    with pytest.raises(ValueError, match="it ends below 2"):
        below.evaluate(spread_out, setting, at={"t": 2.0})
    with pytest.raises(ValueError, match="declared to be at least 0"):
        FreeParameter(t, -1, 2, "setting")
    narrow = FreeParameter(t, 0, v_i / d**2, "setting")
    per_class = ClassBound(name="own", statement=t, assumptions=(), provenance=derived("a test"), free=narrow)
    answer = per_class.evaluate(spread_out, setting)
    assert (
        isinstance(answer, NotApplicable)
        and "the upper end of its parameter t: a quantity varies over" in answer.reason
    )
    empty = ClassBound(
        name="own",
        statement=SumOver(v_i / d**2) + t,
        assumptions=(),
        provenance=derived("a test"),
        free=FreeParameter(t, 2, n / 4, "setting"),
    )
    assert empty.evaluate(spread_out, setting) == Value(math.inf, (math.inf,) * 4)


@pytest.mark.parametrize("shape", [ClassBound, AverageBound])
def test_one_value_for_every_pair_is_for_pair_bounds(shape: type[Bound]) -> None:
    pair = FreeParameter(t, 0, sp.oo, "pair")
    with pytest.raises(
        ValueError, match=f"{shape.__name__} takes one for every setting; write scope 'setting'"
    ):
        shape(name="own", statement=t, assumptions=(), provenance=derived("a test"), free=pair)


@pytest.mark.parametrize("shape", [MatrixBound, NearestBound, LadderBound])
def test_shapes_that_choose_for_themselves_take_no_parameter(shape: type[Bound]) -> None:
    known = next(each for each in catalogue.STATEMENTS if isinstance(each, shape))
    with pytest.raises(ValueError, match=f"{type(known).__name__} takes no free parameter; .*PairBound"):
        dataclasses.replace(known, free=FREE)
