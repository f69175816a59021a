"""Arithmetic of many digits: another route to the value of a bound, and what it puts right."""

from __future__ import annotations

import functools
import math
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp
from mpmath import mp

from simulations.populations.finite_support import FiniteSupport
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.simplex_etf import SimplexETF
from theory import catalogue
from theory.assumptions import Granted
from theory.bound import AverageBound, Bound, ClassBound, PairBound, Value, derived, many_digits
from theory.bound.many_digits import in_many_digits, put_right
from theory.evaluation import evaluate as plain
from theory.evaluation import special
from theory.evaluation.many_digits import PLAIN, At, NotExact, Rules, Walk
from theory.evaluation.optimise import FreeParameter
from theory.expressions import (
    Avg,
    ChiSquareLess,
    ForEveryOther,
    MaxAxes,
    MaxOver,
    NormalTail,
    SumAxes,
    SumOver,
    SumOverPairs,
)
from theory.quantities import D_r, d, for_class_l, k, n, p, v_i, v_j
from theory.setting import Setting

C = v_i / d**2
t, s = sp.symbols("t s", integer=True, nonnegative=True)
x = sp.Symbol("x", positive=True)
SPREAD = GaussianClasses([[0.0, 0.0], [3.0, 1.0], [-2.0, 4.0], [1.0, 6.0]], [1.0, 0.5, 2.0, 0.7])
ATOMS = FiniteSupport(
    [[[0, 1], [1, 0], [3, 0]], [[10, 0], [9, 1]], [[0, 12], [1, 13]]],
    [[0.25, 0.5, 0.25], [0.5] * 2, [0.5] * 2],
)
NEAR = GaussianClasses([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], [1e-9, 1e-4, 0.3])


def stated(statement: sp.Expr, shape: Any = PairBound, **more: Any) -> Any:
    return shape(name="own", statement=statement, assumptions=(), provenance=derived("own"), **more)


def both(bound: Bound, population: Any, setting: Setting) -> tuple[Value, Value] | None:
    geometry, granted = population.geometry(), Granted(population.granted())
    answer = bound.evaluate(geometry, setting, granted)
    if not isinstance(answer, Value):
        return None
    digits = in_many_digits(bound, geometry, setting, granted, answer)
    return None if digits is None else (answer, digits)


@pytest.mark.parametrize("population", [SPREAD, ATOMS, NEAR], ids=["spread", "atoms", "near"])
def test_both_routes_agree_on_the_catalogue(population: Any) -> None:
    compared = 0
    for bound in catalogue.about("few_shot_error"):
        for shots, ways in ((1, 2), (5, 3), (5, population.classes), (math.inf, population.classes)):
            values = both(bound, population, Setting(shots, ways))
            if values is not None:
                compared += 1
                # Margins of classes without spread cancel: their moments keep that much.
                assert values[0].value == pytest.approx(values[1].value, rel=1e-9, abs=1e-30), bound.name
    assert compared >= 40


def test_every_function_of_statements_is_known_to_both_or_listed() -> None:
    of_double = set(plain._KINDS) - {sp.Sum, sp.Piecewise, sp.ITE}
    of_digits = set(PLAIN) | set(many_digits._IN_DOUBLE)
    assert {kind.__name__ for kind in of_double - of_digits} == {"NormalOrthant"}


def test_a_new_shape_says_whether_it_is_plain() -> None:
    """What is not is made of another statement, or of numbers that are no quantities: it has no second
    evaluation. A shape that is in neither set has to be put into one of them."""
    shapes = {type(bound) for bound in catalogue.about("few_shot_error")}
    of_their_own = {
        "ExactFormula",
        "ExistenceStatement",
        "LadderBound",
        "LawBound",
        "MatrixBound",
        "NearestBound",
        "OrthantApproximation",
        "PairApproximation",
        "SoftMarginBound",
    }
    assert {shape for shape in shapes if vars(shape).get("is_plain", False)} == {
        PairBound,
        ClassBound,
        AverageBound,
    }
    assert {shape.__name__ for shape in shapes if not vars(shape).get("is_plain", False)} == of_their_own


FORMS = {
    "sum of a sum": sp.Sum(sp.Sum(s * x**t, (s, 1, t)), (t, 1, 5)),
    "two indices": sp.Sum(x**t / (s + 1), (s, 0, t), (t, 1, 4)),
    "tail": sp.Sum(sp.binomial(n, t) * x**t * (1 - x) ** (n - t), (t, sp.floor(n / 2), n)),
    "logarithm of a power": sp.floor(sp.log(n) / sp.log(10)) + x,
    "cases": sp.Piecewise((x, sp.And(x > 2, n < 5)), (x**2, sp.Or(x < 1, n > 10**6)), (3, True)),
    "constants": sp.pi * sp.sqrt(2) + sp.E * x,
    "normal tail": NormalTail(3 * x) + sp.loggamma(n + x) + sp.factorial(n) / 10**9,
    "below 0": sp.binomial(-n, 3) + sp.Abs(-x),
    "an index twice": sp.Sum(sp.Sum(x**t, (t, 0, 2)) * t + t**2 * sp.Sum(x**t, (t, 1, 3)), (t, 0, 3)) + x,
    "an index within its own limit": sp.Sum(sp.Sum(x**s, (s, 0, t)), (t, 0, s)).subs(s, 3) + x,
    "one term": sp.Sum(sp.Piecewise((1, sp.Eq(t, 0)), (x**t / t, sp.Ne(t, 2)), (x, True)), (t, 0, 4)),
}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(("value", "shots"), [(0.25, 10), (0.7, 100), (3.0, 4)])
def test_forms_of_statements(name: str, value: float, shots: int) -> None:
    given = {"x": mpmath.mpf(value), "n": mpmath.mpf(shots)}
    walk = Walk(lambda name, at: given[name], [0, 1], [0], Rules(lambda name, at: given[name]))
    wanted = float(plain.evaluate(FORMS[name], plain.Scalars({x: value, n: shots})))
    assert float(walk(FORMS[name], (0, 0, 0, 0))) == pytest.approx(wanted, rel=1e-11)


def constant(value: mpmath.mpf, name: str, at: At) -> mpmath.mpf:
    return value


def test_sums_have_digits_of_their_own() -> None:
    whole = sp.Sum(sp.binomial(n, t) * x**t * (1 - x) ** (n - t), (t, 0, n))
    for digits in (60, 200):
        with mp.workdps(digits):
            third = mpmath.mpf(1) / 3
            walk = Walk(
                lambda name, at: mpmath.mpf(40), [0, 1], [0], Rules(functools.partial(constant, third))
            )
            assert abs(walk(whole, (0, 0, 0, 0)) - 1) < mpmath.mpf(10) ** (3 - digits)


def test_what_takes_long_has_no_value() -> None:
    walk = Walk(lambda symbol, at: mpmath.mpf(10**6), [0, 1], [0], Rules(most=100))
    many = sp.Add(*(sp.exp(n / each) for each in range(1, 99)))
    for long in (sp.Sum(1 / (t + n), (t, 1, n)), many, NormalTail(1 / n)):
        with pytest.raises(NotExact, match="long"):
            walk(long, (0, 0, 0, 0))


@pytest.mark.parametrize(
    ("shape", "statement"),
    [
        (PairBound, C * Avg(C) + MaxOver(C) / n),
        (ClassBound, SumOver(C) + sp.Piecewise((1, ForEveryOther(C < 1)), (2, True))),
        (ClassBound, SumOver(C * MaxOver(v_j / d**2)) + SumOverPairs(C * for_class_l(C))),
        (AverageBound, sp.exp(-Avg(C)) / k),
    ],
)
@pytest.mark.parametrize("ways", [2, 3, 4])
def test_fewer_ways_are_means_over_subsets(shape: Any, statement: sp.Expr, ways: int) -> None:
    compared = 0
    for kind in ("upper", "lower"):
        values = both(stated(statement, shape, kind=kind), SPREAD, Setting(5, ways))
        if values is None:
            continue
        compared += 1
        answer, digits = values
        # At the means of its reductions double precision may claim less, never more.
        sign = 1 if kind == "upper" else -1
        assert sign * (answer.value - digits.value) >= -1e-12 * abs(digits.value)
    assert compared == 2


def test_a_free_parameter_is_where_the_search_left_it() -> None:
    a = sp.Symbol("a", positive=True)
    parts: dict[Any, sp.Expr] = {PairBound: C, ClassBound: SumOver(C), AverageBound: Avg(C)}
    for shape, part in parts.items():
        free = FreeParameter(a, 0, sp.oo, "pair" if shape is PairBound else "setting")
        values = both(stated(part * (a + 1 / a), shape, free=free), SPREAD, Setting(5, 4))
        assert values is not None and values[1].value == pytest.approx(values[0].value, rel=1e-12)


def test_a_parameter_may_be_called_as_a_quantity_is() -> None:
    """Its symbol is another one: positive."""
    alike = sp.Symbol("v_i", positive=True)
    free = FreeParameter(alike, 0, sp.oo, "pair")
    values = both(stated(C * (alike + 9 / alike), free=free), SPREAD, Setting(5, 4))
    alone = both(stated(6 * C), SPREAD, Setting(5, 4))
    assert values is not None and alone is not None
    assert values[0].value == pytest.approx(values[1].value, rel=1e-12) == pytest.approx(alone[1].value)


@pytest.mark.parametrize(("kind", "sign"), [("upper", 1), ("lower", -1), ("equality", 1), ("equality", -1)])
def test_an_answer_on_the_unsafe_side_is_put_right(kind: Any, sign: int) -> None:
    geometry, granted, setting = SPREAD.geometry(), Granted(SPREAD.granted()), Setting(5, 2)
    bound = stated(C / 9, kind=kind)
    answer = bound.evaluate(geometry, setting, granted)
    assert isinstance(answer, Value) and answer.per_class is not None
    for factor, is_kept in ((1 - 1e-6 * sign, False), (1 + 1e-6 * sign, kind != "equality"), (1.0, True)):
        off = Value(answer.value * factor, tuple(each * factor for each in answer.per_class))
        right = put_right(bound, geometry, setting, granted, off)
        assert right.value == pytest.approx(off.value if is_kept else answer.value, rel=1e-12)
    # One class alone.
    first, *others = answer.per_class
    off = Value(answer.value, (first * (1 - 0.1 * sign), *others))
    assert put_right(bound, geometry, setting, granted, off).per_class == pytest.approx(answer.per_class)


def test_what_has_no_value_of_many_digits_stays() -> None:
    geometry, granted, setting = SPREAD.geometry(), Granted(SPREAD.granted()), Setting(10**5, 4)
    for statement in (sp.Sum(C / (t + 1), (t, 0, n)), sp.log(C - 10), (C - 10) ** sp.Rational(1, 3)):
        off = Value(-1.0, (-1.0,) * 4)
        assert put_right(stated(statement), geometry, setting, granted, off) is off


@pytest.mark.parametrize(
    "statement",
    [(1 - C / 9) ** (2**n), sp.exp(-sp.exp(n)), C ** sp.exp(n), 1 - sp.exp(-n * sp.exp(n / 10 - C))],
)
def test_double_exponentials_have_no_digits(statement: sp.Expr) -> None:
    for shots in (10**6, math.inf):
        assert both(stated(statement), SPREAD, Setting(shots, 4)) is None


def test_nor_have_poles_and_very_many_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    for statement in (
        sp.factorial(n) / sp.factorial(n - 2),
        sp.exp(-sp.loggamma(n - 1)),
        C / sp.factorial(n - 2),
    ):
        assert both(stated(C + statement), SPREAD, Setting(1, 4)) is None
    monkeypatch.setattr(many_digits, "_places", None)
    geometry, granted = SPREAD.geometry(), Granted(SPREAD.granted())
    assert in_many_digits(stated(C), geometry, Setting(1, 4), granted, Value(0.0), most=15) is None


def test_ties_of_quantities_are_not_told_by_many_digits() -> None:
    """Distances of a simplex differ by rounding, and so do quotients next to a whole number."""
    thirds = GaussianClasses([[0.0], [1.0]], [0.1, float(np.nextafter(0.1, 1))])
    for tied in (sp.Piecewise((1, v_i >= v_j), (C, True)), sp.floor(v_i / v_j) + C):
        assert both(stated(tied), thirds, Setting(5, 2)) is None
    clear = both(stated(sp.Piecewise((1, v_i > 2 * v_j), (C, True))), thirds, Setting(5, 2))
    assert clear is not None and clear[0].value == pytest.approx(clear[1].value, rel=1e-12)


def test_integrals_are_computed_once_for_the_same_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a simplex all pairs are alike, in every subset and at every precision."""
    simplex = SimplexETF(6, 6, cdnv=0.1)
    of_a_pair = ChiSquareLess(p, n * d**2 / v_i, 0)
    statement, calls = SumOver(1 - (1 - of_a_pair) ** 2), []
    counted = special.chi_square_less
    wrapped = many_digits._in_double(lambda *given: calls.append(1) or counted(*given))
    monkeypatch.setitem(many_digits._IN_DOUBLE, ChiSquareLess, wrapped)
    values = both(stated(statement, ClassBound), simplex, Setting(1, 3))
    assert values is not None and values[0].value == pytest.approx(values[1].value, rel=1e-9)
    # Distances of a simplex differ by rounding.
    assert 1 <= len(calls) <= 30


@pytest.mark.parametrize("shape", [PairBound, ClassBound])
@pytest.mark.parametrize("inner", [SumAxes, MaxAxes])
def test_a_reduction_over_axes_within_another_is_the_same_for_every_axis(shape: Any, inner: Any) -> None:
    within = SumAxes(D_r**2 * inner(D_r**4)) / d**6
    outside = SumAxes(D_r**2) * inner(D_r**4) / d**6
    for ways in (2, 3):
        one, other = (
            both(stated(each if shape is PairBound else SumOver(each), shape), ATOMS, Setting(2, ways))
            for each in (within, outside)
        )
        assert one is not None and other is not None
        assert one[0].value == pytest.approx(one[1].value, rel=1e-12)
        assert one[0].value == pytest.approx(other[0].value, rel=1e-12)
