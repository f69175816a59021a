"""The exact recheck of statements that divide by the spread of a class, where the class is a point."""

from __future__ import annotations

import math

import pytest
import sympy as sp

from simulations.attack.exact_bound import exact_bound
from simulations.populations.finite_support import FiniteSupport
from theory import Setting
from theory.bound import PairBound, Value, derived
from theory.evaluation.many_digits import NotExact
from theory.quantities import d, lam_i, n, v_i, v_j


def named(statement: sp.Expr) -> PairBound:
    return PairBound(name="own", statement=statement, assumptions=(), provenance=derived("own"))


def beside_a_point() -> FiniteSupport:
    """A class that is a point, and one of variance 1/4 about as far."""
    return FiniteSupport([[[0], [0]], [[1], [2]]], [[0.5, 0.5], [0.5, 0.5]])


@pytest.mark.parametrize(
    "statement", [sp.exp(-(d**2) / (8 * lam_i)), 1 / (1 + d**2 / v_i), v_j / (v_i + v_j)]
)
def test_an_infinite_quotient_is_what_floating_point_makes_of_it(statement: sp.Expr) -> None:
    bound, classes = named(statement), beside_a_point()
    answer = bound.evaluate(classes.geometry(), Setting(1, 2), classes.granted())
    assert isinstance(answer, Value) and answer.per_class is not None
    for query in range(2):
        exact = float(exact_bound(bound, classes, 1, query))
        assert math.isfinite(exact) and exact == pytest.approx(answer.per_class[query], rel=1e-12)


@pytest.mark.parametrize("statement", [sp.exp(-1 / v_i) / v_i, d**2 / v_i - 1 / v_i, sp.log(v_i - v_j)])
def test_what_has_no_value_is_not_exact(statement: sp.Expr) -> None:
    with pytest.raises(NotExact):
        exact_bound(named(statement), beside_a_point(), 1, None)


@pytest.mark.parametrize("tiny", [1e-18, 1e-100, 1e-290])
def test_what_is_tiny_beside_1_is_exact(tiny: float) -> None:
    """Sixty digits made 0 of it, which would refute what is true."""
    rare = FiniteSupport([[[0], [1]], [[3], [3]]], [[1 - tiny, tiny], [0.5, 0.5]])
    share = v_i / d**2
    for statement in (1 - (1 - share) ** 2, 2 * sp.log(1 + share), 2 - 2 * sp.exp(-share)):
        ratio = exact_bound(named(statement), rare, 1, 0) / exact_bound(named(2 * share), rare, 1, 0)
        assert float(ratio) == pytest.approx(1, rel=1e-15)


@pytest.mark.parametrize("shots", [2, 50, math.inf])
def test_factorials_of_endless_shots_keep_their_quotients(shots: float) -> None:
    """As many ordered pairs of shots as there are, over their number with repetition: 1 - 1/n."""
    classes = beside_a_point()
    pairs = sp.factorial(n) / sp.factorial(n - 2) / n**2
    exact = float(exact_bound(named(v_i / d**2 * pairs), classes, shots, 1))
    assert exact == pytest.approx(0.25 / 2.25 * (1 - 1 / shots), rel=1e-12)
    for growing in ((1 + 1 / n) ** n, n * sp.log(1 + 1 / n) * sp.E):
        assert shots < math.inf or float(exact_bound(named(growing), classes, shots, 1)) == pytest.approx(
            math.e
        )
