"""What users write into statements: parts that are infinite, whole numbers, sums, conditions."""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy as sp

from simulations.populations.finite_support import FiniteSupport
from simulations.populations.gaussian import GaussianClasses
from theory import Setting
from theory.assumptions import DistinctMeans, FiniteVariance
from theory.assumptions.base import TESTED, Assumption, assumptions_that_hold
from theory.bound import ClassBound, NotApplicable, PairBound, Value, derived
from theory.display import rendered
from theory.evaluation.evaluate import Scalars, evaluate
from theory.evaluation.missing import MissingQuantity
from theory.evaluation.optimise import FreeParameter
from theory.evaluation.reading import normalised
from theory.evaluation.units import MixedUnits, power_of_length
from theory.expressions import Avg, NormalTail, SumOverPairs
from theory.quantities import d, n, v_i, v_j

Q = sp.Symbol("q", integer=True, positive=True)
CHEBYSHEV = 4 * v_i / d**2 * (1 + 1 / n)


def stated(statement: sp.Expr, **fields: Any) -> PairBound:
    assumptions = (FiniteVariance(), DistinctMeans())
    return PairBound(
        name="own", statement=statement, assumptions=assumptions, provenance=derived("x"), **fields
    )


def population() -> FiniteSupport:
    """Three classes, the first a point."""
    points = [[[0, 0]], [[4, 0], [4, 1]], [[0, 3], [4, 4]]]
    return FiniteSupport(points, [[1], [0.25, 0.75], [0.5, 0.5]])


@pytest.mark.parametrize("ways", [2, 3])
def test_a_pair_that_is_minus_infinity_says_nothing_of_others(ways: int) -> None:
    """A variance below the fraction, and a class without one; the others' values count."""
    bound = stated(sp.Rational(1, 2) - d**2 / v_i / 100, kind="lower")
    answer = bound.evaluate(population().geometry(), Setting(5, ways), population().granted())
    assert isinstance(answer, Value) and answer.value == -math.inf and answer.per_class is not None
    first, *others = answer.per_class
    assert first == -math.inf and all(map(math.isfinite, others))


def test_a_whole_number_of_draws_stays_one() -> None:
    for bottom in range(2, 21):
        for top in range(1, 2 * bottom):
            floor = sp.floor(sp.Rational(top, bottom) * n)
            for shots in range(bottom, 201, bottom):
                wanted = math.floor(Fraction(top, bottom) * shots)
                assert float(evaluate(floor, Scalars({n: float(shots)}))) == wanted, (top, bottom, shots)


def test_a_quotient_of_a_whole_number_and_another_stays_one() -> None:
    """SymPy writes (n - 1)/3 as n/3 - 1/3, and 13/3 - 1/3 of rounded quotients is less than 4."""
    shots = np.arange(1, 401, dtype=float)
    for bottom in range(2, 21):
        for top in range(1, bottom):
            for more in (-bottom + 1, -2, -1, 1, 2):
                floor = sp.floor((top * n + more) / sp.Integer(bottom))
                wanted = [(top * int(each) + more) // bottom for each in shots]
                assert evaluate(floor, Scalars({n: shots})).tolist() == wanted, floor


@pytest.mark.parametrize("at", ["statement", "where", "condition", "upper end"])
def test_decimals_are_what_is_written(at: str) -> None:
    """0.1 is 1/10, wherever it stands: it is evaluated, printed and compared as that."""
    local_name, chosen = sp.Symbol("K"), sp.Symbol("lam", positive=True)
    pair = []
    for tenth in (0.1, sp.Rational(1, 10)):
        statement, fields = CHEBYSHEV, {}
        if at == "statement":
            statement = tenth * CHEBYSHEV + tenth * sp.exp(-tenth * n) / sp.sqrt(n)
        elif at == "where":
            statement, fields = local_name / d**2, {"where": ((local_name, (4 + tenth) * v_i),)}
        elif at == "condition":
            fields = {"condition": v_i <= tenth * d**2}
        else:
            statement = CHEBYSHEV * (1 + chosen + 1 / chosen)
            fields = {"free": FreeParameter(chosen, 0, tenth + tenth * n, "pair")}
        pair.append(stated(statement, **fields))
    written, exact = pair
    assert written == exact
    assert rendered("html", written) == rendered("html", exact)
    values = [each.evaluate(population().geometry(), Setting(5, 3), population().granted()) for each in pair]
    assert values[0] == values[1]


def test_sums_of_sums() -> None:
    """SymPy makes one sum with several indices of them."""
    r = sp.Symbol("r", integer=True, positive=True)
    for inner in (3, r, n):
        double = sp.Sum(sp.Sum(n / (Q + r), (Q, 1, inner)), (r, 1, n - 1))
        last = {3: lambda b: 3, r: lambda b: b, n: lambda b: 5}[inner]
        wanted = sum(Fraction(5, a + b) for b in range(1, 5) for a in range(1, last(b) + 1))
        assert float(evaluate(double, Scalars({n: 5.0}))) == pytest.approx(float(wanted), rel=1e-12)
    bound = stated(sp.Sum(sp.Sum(v_i / (Q + r), (Q, 1, r)), (r, 1, n)) / d**2)
    geometry, granted = population().geometry(), population().granted()
    wanted = sum(Fraction(1, a + b) for b in range(1, 5) for a in range(1, b + 1))
    answer = bound.evaluate(geometry, Setting(4, 2), granted)
    single = stated(v_i / d**2).evaluate(geometry, Setting(4, 2), granted)
    assert isinstance(answer, Value) and isinstance(single, Value)
    assert answer.value == pytest.approx(float(wanted) * single.value, rel=1e-12)
    assert power_of_length(bound.statement) == 0
    assert rendered("html", bound).count("∑") == 2
    many = bound.evaluate(geometry, Setting(2000, 2), granted)
    assert isinstance(many, NotApplicable) and "has 2000 terms that" in many.reason


def test_a_sum_of_terms_that_differ_between_classes() -> None:
    geometry, granted = population().geometry(), population().granted()
    one, other = (
        stated(statement).evaluate(geometry, Setting(4, 3), granted)
        for statement in (sp.Sum(CHEBYSHEV / Q, (Q, 1, n)), CHEBYSHEV * sp.Sum(1 / Q, (Q, 1, n)))
    )
    assert isinstance(one, Value) and isinstance(other, Value)
    assert one.value == pytest.approx(other.value, rel=1e-12)
    most = stated(sp.Sum(CHEBYSHEV / Q, (Q, 1, n))).evaluate(geometry, Setting(2000, 3), granted)
    assert isinstance(most, NotApplicable) and "move what does not depend on q out of it" in most.reason


def test_quotients_of_python_are_those_of_whole_numbers() -> None:
    """SymPy splits (v/d^2)^(2/3) into two powers whose exponents are rounded apart."""
    third = (v_i / d**2) ** (2 / 3) + 1 / 3 * n / 0.3
    assert normalised(third) == (v_i / d**2) ** sp.Rational(2, 3) + sp.Rational(10, 9) * n
    for share in (1 / 3, 1 - 1 / 3, 5 / 7, 1 - 5 / 7):
        assert power_of_length(normalised(v_i**share * v_j ** (1 - share) / d**2)) == 0
    assert normalised(sp.floor(n * (1 - 2 / 3))) == sp.floor(n / 3)
    assert normalised(sp.floor(1 / 3 * n)) == sp.floor(n / 3)
    long = sp.Rational(314159265358979, 10**14)
    assert normalised(math.pi * n) == long * n and normalised(1e-3 * n) == n / 1000
    assert normalised([(Q, 0.5 * n)]) == [(Q, n / 2)]
    listed = stated(Q / d**2, where=[(Q, 4.0 * v_i)])  # as a user may write it
    assert rendered("html", listed) == rendered("html", stated(Q / d**2, where=[(Q, 4 * v_i)]))


def test_factors_beyond_double_precision() -> None:
    """Their denominators are no numbers to divide by."""
    for exponent, wanted in ((-400, 0.0), (-300, 3e-300), (300, 3e300), (400, math.inf)):
        assert float(evaluate(sp.Integer(10) ** exponent * n, Scalars({n: 3.0}))) == pytest.approx(wanted)


def test_negations_and_implications_are_written_out() -> None:
    a, b = v_i > d**2, n > 2
    for condition in (~(a & b), sp.Xor(a, b), sp.Implies(a, b), sp.Not(sp.Equivalent(a, b))):
        statement = normalised(sp.Piecewise((n, condition), (0, True)))
        for spread in (1.0, 4.0):
            for shots in (1.0, 4.0):
                values = {v_i: spread, d: 1.5, n: shots}
                wanted = shots if condition.subs(values) == sp.true else 0
                assert float(evaluate(statement, Scalars(values))) == wanted, (condition, values)


def test_terms_of_a_sum_keep_what_they_are_read_from() -> None:
    """A column of values as long as the sum was taken for its index, and another one was an error."""
    statement = sp.Sum(v_i / Q**2, (Q, 1, n)) + v_i
    for count in (2, 3):
        column = np.arange(1.0, count + 1)
        value = evaluate(statement, Scalars({v_i: column, n: 3.0}))
        assert value == pytest.approx(column * (2 + 1 / 4 + 1 / 9), rel=1e-12)
    with np.errstate(divide="ignore"), pytest.raises(MissingQuantity, match="a limit that is no finite"):
        evaluate(sp.Sum(1 / Q, (Q, 1, sp.log(n - 1))), Scalars({n: 1.0}))
    with pytest.raises(MissingQuantity, match="no whole number; write floor"):
        evaluate(sp.Sum(1 / Q, (Q, 1, n / 2)), Scalars({n: 5.0}))
    with pytest.raises(MissingQuantity, match="limits that are not the same everywhere"):
        evaluate(sp.Sum(1 / Q, (Q, 1, n)), Scalars({n: np.array([2.0, 3.0])}))
    assert power_of_length((v_i + sp.Sum(v_i / Q**2, (Q, 1, n))) / d**2) == 0


@pytest.mark.parametrize("classes", [5, 34])
def test_a_sum_of_reductions_over_many_classes(classes: int) -> None:
    """From 32 classes on a sum over pairs is one over products of matrices, which knew of no index."""
    rng = np.random.default_rng(1)
    spec = GaussianClasses(3 * rng.standard_normal((classes, 4)), list(rng.uniform(0.5, 1.5, classes)))
    inside = SumOverPairs(v_j / d**2) + Avg(v_i / d**2)
    one, other = (
        ClassBound(
            name="own",
            statement=statement,
            assumptions=(FiniteVariance(), DistinctMeans()),
            provenance=derived("x"),
        ).evaluate(spec.geometry(), Setting(4, classes), spec.granted())
        for statement in (
            sp.Sum(inside.xreplace({v_j: v_j / Q, v_i: v_i / Q}), (Q, 1, 3)),
            inside * sp.Rational(11, 6),
        )
    )
    assert isinstance(one, Value) and isinstance(other, Value)
    assert one.value == pytest.approx(other.value, rel=1e-10)


def test_what_cancels_within_a_sum_is_on_the_safe_side() -> None:
    tiny = CHEBYSHEV / 10**17
    written, cancelling = stated(tiny), stated(sp.Sum((-1) ** Q * (1 - tiny * (Q - 1)), (Q, 1, 2)))
    geometry, granted = population().geometry(), population().granted()
    right, answer = (each.evaluate(geometry, Setting(4, 2), granted) for each in (written, cancelling))
    assert isinstance(right, Value) and isinstance(answer, Value)
    assert answer.value >= right.value + 1e-16


def test_relations_of_different_units_may_be_joined() -> None:
    joined = sp.Or(sp.And(n > 1, v_i > d**2), sp.Not(v_i > v_j))
    assert power_of_length(sp.Piecewise((CHEBYSHEV, joined), (1, True))) == 0
    with pytest.raises(MixedUnits, match="adds or compares"):
        power_of_length(sp.Piecewise((CHEBYSHEV, sp.And(n > 1, v_i > d)), (1, True)))


def test_a_sum_over_the_draws_needs_a_number_of_them() -> None:
    bound = stated(CHEBYSHEV + sp.Sum(1 / Q**2, (Q, 1, n)))
    geometry, granted = population().geometry(), population().granted()
    answer = bound.evaluate(geometry, Setting(4, 2), granted)
    plain = stated(CHEBYSHEV).evaluate(geometry, Setting(4, 2), granted)
    assert isinstance(answer, Value) and isinstance(plain, Value)
    assert answer.value - plain.value == pytest.approx(1 + 1 / 4 + 1 / 9 + 1 / 16, rel=1e-12)
    many = bound.evaluate(geometry, Setting(math.inf, 2), granted)
    assert isinstance(many, NotApplicable) and "1e+100 terms; state its limit" in many.reason


def test_own_functions_of_plain_numbers_and_cases_within_conditions() -> None:
    assert float(evaluate(NormalTail(sp.Integer(1)), Scalars({}))) == pytest.approx(
        0.15865525393145707, rel=1e-12
    )
    inner = sp.Piecewise((n, n > 3), (2 * n, True))
    outer = sp.Piecewise((1, inner > 5), (0, True))
    for shots, expected in ((2, 0), (3, 1), (4, 0), (6, 1)):
        assert float(evaluate(outer, Scalars({n: float(shots)}))) == expected


@pytest.mark.parametrize("answer", ["no", math.nan, None, 1])
def test_holds_is_true_or_false(answer: object) -> None:
    before = dict(TESTED)

    @dataclasses.dataclass(frozen=True)
    class AnswersOddly(Assumption):
        sentence = "a test"

        @staticmethod
        def holds(population: object) -> Any:
            return answer

    try:
        with pytest.raises(ValueError, match=f"it returns {answer!r}; return True or False"):
            list(assumptions_that_hold(population()))
    finally:
        TESTED.clear()
        TESTED.update(before)
