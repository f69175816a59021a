"""Before a bound is called violated a second engine is asked: a wrong engine refutes no true bound."""

from __future__ import annotations

import dataclasses
import math
import sys
from typing import Any

import numpy as np
import pytest

from simulations.engines import Budget, Context, Engine, Question
from simulations.engines.direct import Direct
from simulations.engines.enumeration import Enumeration
from simulations.engines.tilted import Tilted
from simulations.estimates import Disagreement, Effort, Episodes, Estimate, Exact, from_plain, to_plain
from simulations.populations.base import Population
from simulations.populations.finite_support import FiniteSupport
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.laplace import LaplaceClasses
from simulations.verdicts import settings
from simulations.verdicts.evaluate import Row, evaluate_population
from simulations.verdicts.second_engine import disagree
from theory import catalogue
from theory.bound import Bound
from theory.inheritance import override
from theory.quantities import d, lam_i, n, v_i, v_j

SHARP = catalogue.get("cdnv_sharp")
FALSE = dataclasses.replace(SHARP, name="too_small", statement=(lam_i + (v_i + v_j) / n) / (3e4 * d**2))
LAPLACE = LaplaceClasses([[0, 0, 0], [4, 0, 0], [0, 5, 0]], [[0.5, 0.6, 0.2], [0.4] * 3, [0.6] * 3])
GAUSSIAN = GaussianClasses([[0, 0, 0], [4, 0, 0], [0, 5, 0]], [0.5, 0.4, 0.6])
CONTEXT = Context(Budget(draws=1e5), 3)


class Wrong(Engine):
    """Says .9 of everything, as an engine would whose arithmetic has failed."""

    name, rank = "wrong", -1
    rule: Any = Exact(0.9)

    @override
    def refusal(self, population: Population, question: Question, budget: Budget) -> str | None:
        return None

    @override
    def expected_width(self, population: Population, question: Question, budget: Budget) -> float | None:
        return 0.0

    @override
    def run(self, population: Population, question: Question, context: Context) -> list[Estimate]:
        return [Estimate.of(0.9, self.rule, self.name, Effort(0.0)) for _ in question.ways]


@pytest.fixture
def with_wrong(monkeypatch: pytest.MonkeyPatch) -> Wrong:
    choose = sys.modules["simulations.engines.choose"]
    wrong = Wrong()
    monkeypatch.setattr(choose, "ENGINES", (wrong, *choose.ENGINES))
    return wrong


def row_of(population: Population, shots: float, *bounds: Bound) -> Row:
    (row,) = evaluate_population(population, [shots], [2], bounds=bounds or None, context=CONTEXT)
    return row


@pytest.mark.parametrize("shots", [1, 5, math.inf])
@pytest.mark.parametrize("rule", [Exact(0.9), Episodes(10_000, 0.9, 1e-3, 96)])
def test_a_wrong_engine_refutes_no_true_bound(shots: float, rule: Any, with_wrong: Wrong) -> None:
    with_wrong.rule = rule
    row = row_of(LAPLACE, shots)
    truth = Direct().run(LAPLACE, Question(shots, (2,)), CONTEXT)[0]
    assert row.estimate.method.startswith("wrong and ") and "disagree" in row.estimate.method
    assert row.estimate.low <= truth.high and row.estimate.high >= 0.9 - 0.01
    outcomes = {verdict.outcome for verdict in row.verdicts}
    assert "violated" not in outcomes and "undecided" in outcomes
    for verdict in row.verdicts:
        if verdict.outcome == "undecided":
            assert verdict.reason is not None and "at fault" in verdict.reason


def test_without_the_second_engine_true_bounds_are_called_violated(
    with_wrong: Wrong, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "confirmed", lambda population, setting, estimate, *more, **names: estimate)
    assert any(verdict.outcome == "violated" for verdict in row_of(LAPLACE, 5).verdicts)


@pytest.mark.parametrize(
    "population",
    [GAUSSIAN, LAPLACE, FiniteSupport([[[0.0], [3.0]], [[2.0], [9.0]]], [[0.8, 0.2], [0.5, 0.5]])],
)
def test_a_false_bound_stays_violated_and_the_estimate_stays_what_it_was(population: Population) -> None:
    (verdict,) = row_of(population, 5, FALSE).verdicts
    assert verdict.outcome == "violated" and verdict.reason is None
    assert row_of(population, 5, FALSE).estimate.value == row_of(population, 5, SHARP).estimate.value


def test_a_formula_does_not_confirm_itself(with_wrong: Wrong) -> None:
    """The two-class formula is judged by another engine, and that one is not confirmed by the formula."""
    isotropic = GaussianClasses([[0.0, 0.0], [3.0, 0.0]], [1.0, 1.0])
    formula = catalogue.get("gaussian_two_class")
    (verdict,) = row_of(isotropic, 5, formula).verdicts
    assert verdict.outcome == "undecided"
    assert verdict.reason is not None and "two_class_formula" not in verdict.reason


def test_the_interval_of_two_that_disagree_holds_both_and_can_be_stored() -> None:
    one, other = Episodes(1000, 0.1, 1e-3, 96), Exact(0.4)
    rule = Disagreement(one, other)
    for confidence in (0.9, 0.999):
        low, high = rule.interval(confidence)
        assert low == one.interval(confidence)[0] and high == 0.4
    assert from_plain(to_plain(rule)) == rule


class Exchanged(Wrong):
    """The right error, with the errors of the classes in another order."""

    name = "exchanged"

    @override
    def refusal(self, population: Population, question: Question, budget: Budget) -> str | None:
        return None if isinstance(population, FiniteSupport) else "for a finite support"

    @override
    def run(self, population: Population, question: Question, context: Context) -> list[Estimate]:
        right = Enumeration().run(population, question, context)
        return [dataclasses.replace(each, method=self.name, per_class=each.per_class[::-1]) for each in right]


ATOMS = FiniteSupport([[[0.0], [1.2]], [[2.0]]], [[0.97, 0.03], [1.0]])


@pytest.mark.parametrize("alone_with", [Enumeration.name, Direct.name])
def test_errors_of_classes_are_compared_too(alone_with: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the enumeration, and by direct simulation where nothing else answers."""
    choose = sys.modules["simulations.engines.choose"]
    others = [engine for engine in choose.ENGINES if engine.name == alone_with]
    monkeypatch.setattr(choose, "ENGINES", (Exchanged(), *others))
    row = row_of(ATOMS, 5)
    assert row.estimate.method == f"exchanged and {alone_with}, which disagree"
    outcomes = {verdict.outcome for verdict in row.verdicts}
    assert "violated" not in outcomes and "undecided" in outcomes
    for verdict in row.verdicts:
        if verdict.outcome == "undecided":
            assert verdict.reason is not None and "at fault" in verdict.reason
    monkeypatch.setattr(settings, "confirmed", lambda population, setting, estimate, *more, **names: estimate)
    assert any(verdict.queries is not None for verdict in row_of(ATOMS, 5).verdicts)


class OneClassAlone(Wrong):
    """The right error, all of it given to the class that makes none of it."""

    name = "one class alone"

    @override
    def run(self, population: Population, question: Question, context: Context) -> list[Estimate]:
        (right,) = Tilted().run(population, question, context)
        classes = np.zeros(population.classes)
        classes[int(np.argmin(right.per_class))] = right.value * population.classes
        return [
            Estimate.of(right.value, Exact(right.value), self.name, Effort(0.0), per_class=tuple(classes))
        ]


def test_sampled_errors_of_classes_confirm_or_contradict_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where they are too rare for direct simulation."""
    wide_and_narrow = LaplaceClasses([[0.0, 0.0], [1.0, 0.0]], [[0.06, 0.06], [0.03, 0.03]])
    choose = sys.modules["simulations.engines.choose"]
    monkeypatch.setattr(choose, "ENGINES", (OneClassAlone(), Tilted(), Direct()))
    (row,) = evaluate_population(wide_and_narrow, [20], [2], context=Context(Budget(draws=2e6), 3))
    assert row.estimate.method == "one class alone and tilted, which disagree"
    assert "violated" not in {verdict.outcome for verdict in row.verdicts}
    monkeypatch.setattr(settings, "confirmed", lambda population, setting, estimate, *more, **names: estimate)
    (row,) = evaluate_population(wide_and_narrow, [20], [2], context=Context(Budget(draws=2e6), 3))
    assert any(verdict.queries is not None for verdict in row.verdicts)


def test_engines_that_agree_by_class_are_not_said_to_disagree() -> None:
    for seed in range(20):
        context = Context(Budget(draws=1e5), seed)
        exact, sampled = (
            engine.run(ATOMS, Question(5, (2,)), context)[0] for engine in (Enumeration(), Direct())
        )
        assert not disagree(exact, sampled, 0.999) and not disagree(sampled, exact, 0.999)
        swapped = dataclasses.replace(exact, per_class=exact.per_class[::-1])
        assert disagree(swapped, sampled)
