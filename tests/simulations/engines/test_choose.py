"""Which engine serves which number of ways, how an unresolved estimate is shown, and classes without
spread."""

from __future__ import annotations

import math

import pytest

from simulations.engines import Budget, Context, Question, estimate_ways
from simulations.engines.base import Engine
from simulations.engines.choose import ENGINES
from simulations.engines.direct import Direct
from simulations.estimates import Binomial, Effort, Estimate, IntervalRule
from simulations.populations.gaussian import GaussianClasses
from simulations.verdicts.evaluate import evaluate_population
from simulations.verdicts.verdict import judge
from theory import NotApplicable, Setting, Value, catalogue

TWO = GaussianClasses([[0.0, 0.0], [3.0, 0.0]], [1.0, 1.0])
FIVE = GaussianClasses([[12.0 * (i == j) for j in range(5)] for i in range(5)], [1.0] * 5)
BUDGET = Budget(draws=2e5)


@pytest.mark.parametrize("ways", [(2, 5), (5, 2), (3, 2, 5)])
def test_every_number_of_ways_gets_its_sharpest_engine(ways: tuple[int, ...]) -> None:
    """Whichever other numbers of ways are requested with it."""
    together = estimate_ways(FIVE, Question(1, ways), budget=BUDGET)
    for k, estimate in zip(ways, together, strict=True):
        (alone,) = estimate_ways(FIVE, Question(1, (k,)), budget=BUDGET)
        assert estimate.method == alone.method
        if k == 2:
            assert estimate.exact and estimate.value == alone.value


@pytest.mark.parametrize("shots", [math.inf, 1e9, 1e16, 1e30])
def test_the_two_class_formula_says_where_rounding_ends_it(shots: float) -> None:
    """Cancellation there gave 0.0673 for 0.0668 at 1e16 shots and a traceback at infinitely many."""
    formula = catalogue.get("gaussian_two_class")
    answer = formula.evaluate(TWO.geometry(), Setting(shots, 2), TWO.granted())
    assert isinstance(answer, NotApplicable) and "1e+08 shots" in answer.reason
    (row,) = evaluate_population(TWO, [shots], [2], context=Context(BUDGET))
    limit = 0.5 * math.erfc(1.5 / math.sqrt(2))
    slack = 1e-9 + 10 / shots  # the error at that many shots is not yet its limit
    assert row.estimate.low * (1 - slack) <= limit <= row.estimate.high * (1 + slack)


@pytest.mark.parametrize("exponent", range(9))
def test_the_two_class_formula_tends_to_its_limit(exponent: int) -> None:
    """error(n) - error(inf) falls like 1/n, down to the relative 1e-9 that is promised."""
    answer = catalogue.get("gaussian_two_class").evaluate(
        TWO.geometry(), Setting(10.0**exponent, 2), TWO.granted()
    )
    assert isinstance(answer, Value)
    limit = 0.5 * math.erfc(1.5 / math.sqrt(2))
    assert 0 < answer.value - limit + 1e-9 * limit < 2 * limit * 10.0**-exponent + 2e-9 * limit


def unresolved(value: float) -> Estimate:
    class Rule(IntervalRule):
        def interval(self, confidence: float) -> tuple[float, float]:
            return 0.0, 1e-5

    return Estimate.of(value, Rule(), "radial", Effort(1.0, 10))


def test_a_value_that_few_draws_carry_is_not_shown_as_a_number() -> None:
    estimate = unresolved(1e-70)
    assert not estimate.resolved and estimate.formatted(3) == "below 1e-05"
    bound = catalogue.get("cdnv_sharp")
    verdict = judge(bound, Value(0.5), estimate)
    assert verdict.outcome == "holds" and verdict.ratio is None
    counted = Estimate.of(0.01, Binomial(10, 1000), "direct", Effort(1.0, 1000))
    assert counted.resolved and judge(bound, Value(0.5), counted).ratio == 0.02


def test_an_equality_is_not_confirmed_by_a_very_wide_interval() -> None:
    formula = catalogue.get("gaussian_two_class")
    assert judge(formula, Value(6e-59), unresolved(1e-70)).outcome == "undecided"
    good = Estimate.of(0.01, Binomial(10_000, 1_000_000), "direct", Effort(1.0, 1000))
    assert judge(formula, Value(0.01), good).outcome == "holds"
    assert judge(formula, Value(0.02), good).outcome == "violated"


def test_classes_without_spread_err_never_and_exactly() -> None:
    collapsed = GaussianClasses([[0.0, 0.0], [3.0, 0.0], [0.0, 4.0]], [0.0] * 3)
    for row in evaluate_population(collapsed, [1, math.inf], [2, 3], context=Context(BUDGET)):
        assert row.estimate.exact and row.estimate.value == 0
        outcomes = {verdict.bound: verdict.outcome for verdict in row.verdicts}
        assert outcomes["cdnv_2022"] == outcomes["exact_moment"] == "holds"


def test_coincident_point_masses_tie_and_ties_are_errors() -> None:
    engine = next(each for each in ENGINES if each.name == "point_masses")
    twins = GaussianClasses([[0.0], [0.0], [1.0]], [0.0] * 3)
    two, three = engine.run(twins, Question(1, (2, 3)), Context(BUDGET, 0, 0.95, ()))
    assert two.per_class == (0.5, 0.5, 0.0) and three.per_class == (1.0, 1.0, 0.0)
    spread = GaussianClasses([[0.0], [1.0]], [0.0, 1.0])
    assert engine.refusal(spread, Question(1, (2,)), BUDGET) is not None


def test_an_engine_with_the_old_name_of_rank_gets_an_error_with_the_new_one() -> None:
    with pytest.raises(TypeError, match="sharpness is the engine's rank; rename it"):
        type("Old", (Engine,), {"name": "old", "sharpness": 3, "run": Direct.run})
    assert issubclass(type("New", (Engine,), {"name": "new", "rank": 3, "run": Direct.run}), Engine)
