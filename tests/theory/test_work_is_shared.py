"""What is worked out once in a process is not worked out again for a copy, nor for another geometry."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest
import sympy as sp
from helpers_slow import rest_slow

from theory import catalogue
from theory.evaluation.evaluate import Scalars, evaluate

WITH_ABBREVIATIONS = [bound.name for bound in catalogue.STATEMENTS if bound.where]
QUICK = [name for name in WITH_ABBREVIATIONS if name not in ("union_moment", "transfer_end_to_end")]


@pytest.mark.parametrize("name", WITH_ABBREVIATIONS)
def test_a_copy_that_a_worker_gets_shares_the_written_out_statement(name: str) -> None:
    """Each of the hundred tasks of the main job gets copies of all bounds."""
    bound = replace(catalogue.get(name))  # as it is before its closed form is first needed
    first, second = (pickle.loads(pickle.dumps(bound)) for _ in range(2))
    assert first.closed_form is second.closed_form


@pytest.mark.parametrize("name", rest_slow(WITH_ABBREVIATIONS, QUICK))
def test_abbreviations_are_written_out_as_sympy_would(name: str) -> None:
    """Which also tries to order the arguments of maxima: that changes none."""
    bound = catalogue.get(name)
    expected = bound.statement
    for symbol, meaning in reversed(bound.where):
        expected = expected.subs(symbol, meaning)
    assert bound.closed_form == expected


def test_abbreviations_in_a_list_are_taken() -> None:
    bound = next(bound for bound in catalogue.STATEMENTS if bound.where)
    listed = type(bound)(
        name="listed",
        statement=bound.statement,
        where=[list(pair) for pair in bound.where],  # type: ignore[arg-type]
        assumptions=bound.assumptions,
        provenance=bound.provenance,
    )
    assert listed.closed_form == bound.closed_form


def test_equal_numbers_of_different_types_are_distinguished() -> None:
    """The control: what is kept by statement is not mixed up with what only compares equal."""
    x, y = sp.symbols("x y", positive=True)
    for value, expected in ((2.0, 6.0), (3.0, 11.0)):
        assert float(evaluate(x**2 + y, Scalars({x: value, y: 2.0}))) == expected
    halves = [sp.Rational(1, 2) * x, 0.5 * x, x / 3]
    assert [float(evaluate(each, Scalars({x: 3.0}))) for each in halves] == [1.5, 1.5, 1.0]
