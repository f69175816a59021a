"""Statements whose parts cancel: their values err to the safe side of what double precision leaves."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import pytest
import sympy as sp

from simulations.estimates import Effort, Estimate, Exact
from simulations.populations.finite_support import FiniteSupport
from simulations.populations.gaussian import GaussianClasses
from simulations.verdict import judge
from simulations.verdicts.verdict import ROUNDING
from theory import Setting, catalogue
from theory.bound import AverageBound, Bound, ClassBound, NotApplicable, PairBound, Value, derived, rounded
from theory.evaluation.optimise import FreeParameter
from theory.expressions import Avg, SumOver
from theory.quantities import C_2, d, mean_M, n, v_i

x = sp.Symbol("x", positive=True)
t = sp.Symbol("t", positive=True)
FORMS = {
    "two tries": 1 - (1 - x) ** 2,
    "three tries": 1 - (1 - x) * (1 - 2 * x) * (1 - x / 3),
    "exponential": 1 - sp.exp(-x),
    "logarithm": sp.log(1 + x),
    "root": sp.sqrt(1 + 2 * x) - 1,
    "odds": (1 + x) ** 3 - 1,
    "complement of a share": 1 - 1 / (1 + x),
    "power of many shots": 1 - (1 - x / n) ** n,
    "logarithm of many shots": n * sp.log(1 + x / n),
    "root of many shots": n * (sp.sqrt(1 + 2 * x / n) - 1),
}
SHAPES: dict[str, Any] = {
    "pair": lambda form: (PairBound, form),
    "class": lambda form: (ClassBound, SumOver(form)),
    "average": lambda form: (AverageBound, Avg(form)),
}
STDS = [1e-9, 1e-8, 3e-5, 1e-2, 0.3]
"""Of classes 1 apart: x, a ratio of variances, is from 1e-18 on."""


def named(shape: Any, statement: sp.Expr, **more: Any) -> Any:
    return shape(name="own", statement=statement, assumptions=(), provenance=derived("own"), **more)


def value_of(bound: Bound, std: float, shots: float = 5) -> Any:
    classes = GaussianClasses([[0.0], [1.0]], [std**2, std**2])
    return bound.evaluate(classes.geometry(), Setting(shots, 2), classes.granted())


def right(form: sp.Expr, std: float, shots: float) -> float:
    with mpmath.workdps(80):
        function = sp.lambdify([x, n], form, "mpmath")
        return float(function(mpmath.mpf(std) ** 2, mpmath.mpf(shots)))


@pytest.mark.parametrize("std", STDS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", FORMS)
def test_an_upper_bound_is_never_below_and_hardly_above_its_statement(
    name: str, shape: str, std: float
) -> None:
    form, shots = FORMS[name], 5
    stated = right(form, std, shots)
    for kind, sign in (("upper", 1), ("lower", -1)):
        answer = value_of(named(*SHAPES[shape](form.subs(x, v_i / d**2)), kind=kind), std, shots)
        assert isinstance(answer, Value)
        assert sign * (answer.value - stated) >= -ROUNDING * stated
        assert abs(answer.value - stated) <= ROUNDING * stated + 2e-11


@pytest.mark.parametrize("shots", [1e3, 1e7, 1e8])
def test_many_shots_cancel_too(shots: float) -> None:
    form = FORMS["root of many shots"]
    answer = value_of(named(PairBound, form.subs(x, v_i / d**2)), 0.3, shots)
    stated = right(form, 0.3, shots)
    assert isinstance(answer, Value) and (1 - ROUNDING) * stated <= answer.value <= stated + 1e-14 * shots


@pytest.mark.parametrize("shots", [100, 500, 1000])
@pytest.mark.parametrize("share", [sp.Rational(1, 5), sp.Rational(1, 10), 1 / sp.pi])
def test_numbers_that_double_precision_rounds_are_put_off_with_their_powers(
    share: sp.Expr, shots: float
) -> None:
    """Every term is of the same two numbers: what rounding left of them is multiplied by the shots."""
    s = sp.Symbol("s", integer=True, nonnegative=True)
    rest = 1 - sp.Sum(sp.binomial(n, s) * share**s * (1 - share) ** (n - s), (s, 0, sp.floor(n / 2)))
    answer = value_of(named(PairBound, v_i / d**2 * rest), 0.3, shots)
    with mpmath.workdps(150):
        part = mpmath.mpf(sp.N(share, 150))
        wanted = mpmath.betainc(shots // 2 + 1, shots - shots // 2, 0, part, regularized=True)
    assert isinstance(answer, Value) and answer.value >= float(wanted) * 0.09 * (1 - ROUNDING)
    assert answer.value <= float(wanted) * 0.1 + 1e-8


def test_without_it_the_value_is_too_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    monkeypatch.setattr(rounded, "outward", lambda kind, answer, moved, nothing: answer)
    answer = value_of(named(PairBound, FORMS["two tries"].subs(x, v_i / d**2)), 1e-9)
    assert isinstance(answer, Value) and answer.value == 0.0


@pytest.mark.parametrize("shape", SHAPES)
def test_a_true_bound_is_not_called_violated_by_an_error_that_rounding_hides(shape: str) -> None:
    bound = named(*SHAPES[shape](FORMS["two tries"].subs(x, v_i / d**2)))
    error = Estimate.of(1e-18, Exact(1e-18), "exact", Effort(0.0, None), per_class=(1e-18, 1e-18))
    assert judge(bound, value_of(bound, 1e-9), error).outcome == "holds"
    large = Estimate.of(1e-9, Exact(1e-9), "exact", Effort(0.0, None), per_class=(1e-9, 1e-9))
    assert judge(bound, value_of(bound, 1e-9), large).outcome == "violated"


@pytest.mark.parametrize("square", [(1 - (1 - x) ** 2) ** 2, sp.log(1 + x) ** 2, (1 - sp.sqrt(1 - x)) * x])
def test_what_cancels_to_0_is_not_0_where_classes_are_spread(square: sp.Expr) -> None:
    for std in (1e-9, 1e-11, 1e-14):
        answer = value_of(named(PairBound, square.subs(x, v_i / d**2)), std)
        assert isinstance(answer, Value) and answer.value >= right(square, std, 5)


def test_a_claim_of_equality_needs_digits() -> None:
    bound = named(PairBound, FORMS["exponential"].subs(x, v_i / d**2), kind="equality")
    few, many = value_of(bound, 1e-9), value_of(bound, 0.3)
    assert isinstance(few, NotApplicable) and "too few digits" in few.reason
    assert isinstance(many, Value) and many.value == pytest.approx(right(FORMS["exponential"], 0.3, 5))


def test_moments_of_the_margin_cancel_as_any_other_quantity() -> None:
    """Cantelli by the complement of a share, on a class that is hardly ever off."""
    statement = SumOver(1 - mean_M**2 / (mean_M**2 + C_2))
    classes = FiniteSupport([[[0.0], [2.0]], [[1.0], [1.0]]], [[1 - 1e-17, 1e-17], [0.5, 0.5]])
    geometry, setting = classes.geometry(), Setting(float("inf"), 2)
    plain = named(ClassBound, SumOver(C_2 / (mean_M**2 + C_2)))
    sure, cancelling = (
        each.evaluate(geometry, setting, classes.granted()) for each in (plain, named(ClassBound, statement))
    )
    assert isinstance(sure, Value) and isinstance(cancelling, Value)
    assert sure.value <= cancelling.value <= sure.value + 2e-11


@pytest.mark.parametrize("std", [1e-9, 1e-8, 3e-5, 1e-3, 1e-2])
def test_a_quotient_by_what_cancels_is_not_below_its_statement(std: float) -> None:
    """By Bennett's function, of which few digits or none are left: about 1, whatever they are."""
    form = x**2 / (2 * ((1 + x) * sp.log(1 + x) - x))
    answer = value_of(named(PairBound, form.subs(x, v_i / d**2)), std)
    assert isinstance(answer, Value) and answer.value >= right(form, std, 5) * (1 - ROUNDING)


def test_an_empty_domain_of_a_parameter_holds_no_bound() -> None:
    free = FreeParameter(t, 1, 10 * v_i / d**2, "pair", False, "a trade-off")
    bound = named(PairBound, v_i / d**2 / t, free=free)
    few, many = value_of(bound, 0.1), value_of(bound, 1.0)
    assert isinstance(few, Value) and math.isinf(few.value)
    assert isinstance(many, Value) and many.value < 1


@pytest.mark.parametrize("name", ["union_moment", "exact_moment", "cdnv_sharp"])
def test_bounds_of_classes_without_spread_are_0(name: str) -> None:
    classes = GaussianClasses([[0.0, 0.0], [3.0, 1.0], [-1.0, 4.0]], [0.0, 0.0, 0.0])
    answer = catalogue.get(name).evaluate(classes.geometry(), Setting(5, 3), classes.granted())
    assert isinstance(answer, Value) and answer.value == 0.0


def test_a_parameter_is_searched_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts that cancel at values of the parameter that are not chosen cost and change nothing."""
    free = FreeParameter(t, 0, sp.Integer(1), "setting", False, "a trade-off")
    bound = named(AverageBound, Avg(v_i / d**2) / (1 - t) / t, free=free)
    calls: list[int] = []
    monkeypatch.setattr(rounded, "outward", lambda *given: calls.append(1))
    answer = value_of(bound, 0.3)
    assert isinstance(answer, Value) and answer.value == pytest.approx(4 * 0.09, rel=1e-12) and not calls


def test_the_catalogue_loses_no_digits_where_nothing_cancels() -> None:
    """Values are those of one evaluation, bit for bit."""
    classes = GaussianClasses([[0.0, 0.0], [3.0, 1.0], [-1.0, 4.0]], [1.0, 0.7, 0.9])
    geometry, setting = classes.geometry(), Setting(5, 3)
    compared = 0
    for bound in catalogue.about("few_shot_error"):
        answer = bound.evaluate(geometry, setting, classes.granted())
        if isinstance(answer, Value):
            with geometry.quiet():
                once = bound._evaluate(geometry, setting, classes.granted(), {})
            assert answer == once
            compared += 1
    assert compared >= 15
