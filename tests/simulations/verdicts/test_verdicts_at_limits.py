"""Two true bounds that were once called violated: laws that would have found both."""

from __future__ import annotations

import math

import pytest

from simulations.populations import Population, from_spec
from simulations.verdicts.verdict import ROUNDING, outcome_of_ratio
from theory import catalogue
from theory.bound import Value
from theory.setting import Setting

LADDER = ("margin_order_4", "margin_order_6", "margin_order_8")


def student(df: float) -> Population:
    classes = [{"mean": [3.0 * c, 0.0], "std": 1.0, "df": df} for c in (0, 1)]
    return from_spec({"family": "student", "classes": classes})


def value(name: str, population: Population, shots: float, ways: int) -> Value:
    answer = catalogue.get(name).evaluate(population.geometry(), Setting(shots, ways), population.granted())
    assert isinstance(answer, Value), answer
    return answer


@pytest.mark.parametrize("name", LADDER)
@pytest.mark.parametrize("shots", [1, 5])
def test_the_ladder_goes_over_into_that_of_the_gaussian(name: str, shots: int) -> None:
    classes = [{"mean": [3.0 * c, 0.0], "std": 1.0} for c in (0, 1)]
    limit = value(name, from_spec({"family": "gaussian", "classes": classes}), shots, 2).value
    assert value(name, student(math.inf), shots, 2).value == pytest.approx(limit, rel=1e-12)
    assert value(name, student(1e6), shots, 2).value == pytest.approx(limit, rel=1e-4)


@pytest.mark.parametrize("name", LADDER)
def test_beyond_what_rounding_allows_it_is_not_applicable(name: str) -> None:
    law = student(1e17)
    answer = catalogue.get(name).evaluate(law.geometry(), Setting(1, 2), law.granted())
    assert not isinstance(answer, Value)


def test_two_ways_are_the_mean_over_pairs_also_beside_a_margin_of_mean_zero() -> None:
    """With two ways there is one other class: the joint bounds are the mean of the pair bounds."""
    atoms = ([0.0], [0.0, 0.5], [0.0, 1.0])
    classes = [{"points": [[x] for x in xs], "weights": [1 / len(xs)] * len(xs)} for xs in atoms]
    law = from_spec({"family": "finite_support", "classes": classes})
    pairs = value("exact_moment", law, 1, 2).per_class
    for name in ("union_moment", "union_moment_optimal"):
        assert value(name, law, 1, 2).per_class == pytest.approx(pairs, rel=1e-9)


def test_exact_sides_may_differ_by_rounding_and_by_no_more() -> None:
    assert outcome_of_ratio(1 + ROUNDING / 2) == "holds"
    assert outcome_of_ratio(1 + 2 * ROUNDING) == outcome_of_ratio(math.inf) == "violated"
