"""The condition of a statement is asked by every shape that is read on moments of classes, and refused by the
others."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
import sympy as sp

from simulations.populations.gaussian import GaussianClasses
from theory import Setting, catalogue
from theory.bound import Bound, NotApplicable, Value
from theory.expressions import NormalOrthant
from theory.quantities import d


def of_every_shape() -> Iterator[Bound]:
    """One statement of the catalogue of each class of statements, none given drawn centres."""
    about_moments = [
        bound for bound in map(catalogue.get, catalogue.names()) if not bound.closed_form.has(NormalOrthant)
    ]
    yield from {type(bound): bound for bound in about_moments}.values()


CONDITIONAL = [bound for bound in of_every_shape() if type(bound).evaluate is Bound.evaluate]
OTHERS = [bound for bound in of_every_shape() if type(bound).evaluate is not Bound.evaluate]


def populations() -> Iterator[GaussianClasses]:
    for classes in (2, 4):
        for spread in (1.0, 0.0):
            means = [[0.0, 0.0], [4.0, 0.0], [0.0, 5.0], [3.0, 6.0]]
            yield GaussianClasses(means[:classes], [spread] * classes)


@pytest.mark.parametrize("bound", CONDITIONAL, ids=lambda bound: type(bound).__name__)
def test_a_condition_that_fails_leaves_no_value(bound: Bound) -> None:
    answered = 0
    for population in populations():
        given = population.geometry(), Setting(5, population.classes), population.granted()
        free = dataclasses.replace(bound, assumptions=(), condition=sp.true)
        if isinstance(free.evaluate(*given), NotApplicable):
            continue
        answered += 1
        # Distances are measured in a unit of their own order.
        relations = d < sp.Rational(1, 100), d > sp.Rational(1, 100)
        near, far = (dataclasses.replace(free, condition=relation) for relation in relations)
        refused = near.evaluate(*given)
        assert isinstance(refused, NotApplicable) and "condition fails" in refused.reason
        assert isinstance(far.evaluate(*given), Value)
    assert answered


@pytest.mark.parametrize("bound", OTHERS, ids=lambda bound: type(bound).__name__)
def test_other_shapes_refuse_a_condition(bound: Bound) -> None:
    with pytest.raises(ValueError, match="a condition is for statements about the moments of classes"):
        dataclasses.replace(bound, condition=d > 1)


def test_shapes_of_both_kinds_were_tried() -> None:
    assert len(CONDITIONAL) >= 6 and len(OTHERS) >= 4
