"""Moments of margins in statements of a user: for pairs of other classes, and the probability alone."""

from __future__ import annotations

import pytest
import sympy as sp

from simulations.populations.finite_support import FiniteSupport
from theory import Setting
from theory.bound import ClassBound, NotApplicable, Value, derived
from theory.expressions import SumOver, SumOverPairs
from theory.quantities import MARGIN_MOMENTS, NEAREST_MOMENTS, for_class_l

POINTS = [
    [[0.0, 0.0], [1.0, 0.5]],
    [[4.0, 0.5], [4.0, 1.5]],
    [[0.0, 5.0], [0.5, 4.0]],
    [[3.0, 6.0], [5.0, 6.0]],
]


def classes() -> FiniteSupport:
    return FiniteSupport(POINTS, [[0.5, 0.5], [0.25, 0.75], [0.75, 0.25], [0.5, 0.5]])


def per_class(statement: sp.Expr, shots: int = 3) -> tuple[float, ...]:
    bound = ClassBound(name="own", statement=statement, assumptions=(), provenance=derived("own"))
    answer = bound.evaluate(classes().geometry(), Setting(shots, 4), classes().granted())
    assert isinstance(answer, Value) and answer.per_class is not None, answer
    return answer.per_class


@pytest.mark.parametrize("moment", MARGIN_MOMENTS, ids=str)
def test_a_sum_over_pairs_of_classes_is_the_square_of_a_sum_less_the_squares(moment: sp.Symbol) -> None:
    # Of no unit, and between 0 and 1.
    share = 1 / (1 + sp.Abs(moment))
    pairs = per_class(SumOverPairs(share * for_class_l(share)))
    whole, squares = per_class(SumOver(share)), per_class(SumOver(share**2))
    expected = [total**2 - less for total, less in zip(whole, squares, strict=True)]
    assert pairs == pytest.approx(expected, rel=1e-12)
    assert len(set(pairs)) == 4 and min(pairs) > 0


@pytest.mark.parametrize("moment", NEAREST_MOMENTS, ids=str)
def test_two_classes_are_never_both_the_nearest(moment: sp.Symbol) -> None:
    bound = ClassBound(
        name="own",
        statement=SumOverPairs(moment * for_class_l(moment)),
        assumptions=(),
        provenance=derived("own"),
    )
    answer = bound.evaluate(classes().geometry(), Setting(3, 4), classes().granted())
    assert isinstance(answer, NotApplicable) and "never both the nearest" in answer.reason


@pytest.mark.parametrize("ways", [2, 4])
def test_one_of_the_other_classes_is_the_nearest(ways: int) -> None:
    """A statement that reads the probability alone: over the others it sums to one."""
    bound = ClassBound(
        name="own", statement=SumOver(NEAREST_MOMENTS[0]), assumptions=(), provenance=derived("own")
    )
    answer = bound.evaluate(classes().geometry(), Setting(3, ways), classes().granted())
    assert isinstance(answer, Value) and answer.value == pytest.approx(1.0, rel=1e-12)
