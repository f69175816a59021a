"""With fewer ways than classes only a concave statement may be read at averages over all classes."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import sympy as sp

from simulations.populations.gaussian import GaussianClasses
from theory import catalogue
from theory.assumptions import DistinctMeans
from theory.bound import AverageBound, Bound, ClassBound, NotApplicable, Value, derived
from theory.bound.concavity import is_concave, is_convex
from theory.bound.nearest import NearestBound
from theory.evaluation.optimise import FreeParameter
from theory.expressions import Avg, MaxOver, SumOver
from theory.quantities import d, k, n, v_i, v_j
from theory.setting import Setting

x, y = sp.symbols("x y", nonnegative=True)
A, B = Avg(v_i / d**2), SumOver(v_j / d**2)
t = sp.Symbol("t", positive=True)
CONCAVE = [
    A,
    3 - 2 * A + B,
    sp.Min(1, A, sp.sqrt(B)),
    sp.sqrt(A * B),
    (sp.sqrt(A) + 2 * sp.sqrt(B)) ** 2,
    (k - 1) * sp.sqrt(A),
    sp.Piecewise((A, n > 2), (sp.oo, True)),
    A ** sp.Rational(1, 3),
]
OTHERS = [
    A**2,
    A * B,
    sp.exp(-1 / A),
    sp.Max(A, B),
    1 / A,
    -sp.sqrt(A),
    sp.sqrt(A) * B,
    (sp.sqrt(A) + B) ** 2,
    (n - 5) * sp.sqrt(A),
    sp.Piecewise((A, A > 1), (B, True)),
    (1 + A) ** 2,
    sp.log(A),
]
MEANS = np.random.default_rng(4).standard_normal((6, 3)) * 2


def population(chosen: Sequence[int] = range(6)) -> GaussianClasses:
    return GaussianClasses(MEANS[list(chosen)].tolist(), [0.05 + 0.02 * c for c in chosen])


def answer(bound: Any, chosen: Sequence[int], ways: int) -> Any:
    classes = population(chosen)
    return bound.evaluate(classes.geometry(), Setting(3, ways), classes.granted())


def named(shape: Any, statement: sp.Expr, **more: Any) -> Any:
    return shape(
        name="own", statement=statement, assumptions=(DistinctMeans(),), provenance=derived("own"), **more
    )


@pytest.mark.parametrize("statement", CONCAVE)
def test_concave_statements_are_recognised_and_are_concave(statement: sp.Expr) -> None:
    assert is_concave(statement)
    at = statement.xreplace({A: x, B: y})
    evaluated = sp.lambdify((x, y), at.subs({k: 4, n: 3}), "numpy")
    rng = np.random.default_rng(1)
    one, other = rng.exponential(1, (2, 2, 500))
    middle, ends = evaluated(*((one + other) / 2)), (evaluated(*one) + evaluated(*other)) / 2
    assert np.all(middle >= ends - 1e-12)


def random_statement(choice: Any, depth: int) -> sp.Expr:
    """A tree of the operations that statements are made of, over two reductions and numbers of both signs."""
    if depth == 0:
        return choice([A, B, sp.Integer(-1), sp.Integer(2), 1 / n, k - 1, k - 3, n - 5, sp.Rational(1, 2)])
    one, other = random_statement(choice, depth - 1), random_statement(choice, depth - 1)
    power = choice([sp.Rational(1, 2), sp.Rational(1, 3), sp.Rational(3, 2), 2, -1])
    return choice(
        [
            lambda: one + other,
            lambda: one * other,
            lambda: one**power,
            lambda: sp.Min(one, other),
            lambda: sp.Max(one, other),
            lambda: sp.exp(-one),
            lambda: sp.Piecewise((one, n > 3), (other, True)),
        ]
    )()


@pytest.mark.slow
def test_no_random_statement_is_taken_for_concave_that_is_not() -> None:
    choice, rng, recognised = random.Random(1).choice, np.random.default_rng(1), 0
    one, other = rng.exponential(1, (2, 2, 400)) * 10 ** rng.uniform(-2, 2, (2, 1, 400))
    part = rng.uniform(0, 1, 400)
    while recognised < 40:
        try:
            statement = random_statement(choice, choice([2, 3, 4]))
            number = statement.xreplace({A: x, B: y}).subs({k: 4, n: 3})
        except ValueError:  # complex numbers have no minimum
            continue
        if not number.free_symbols or not is_concave(statement):
            continue
        evaluated = sp.lambdify((x, y), number, "numpy")
        with np.errstate(all="ignore"):
            points = (part * one + (1 - part) * other, one, other)
            inside, first, second = (np.array(evaluated(*at), dtype=complex) for at in points)
        real = np.isfinite(inside + first + second) & (np.abs((inside + first + second).imag) < 1e-12)
        scale = np.abs(inside) + np.abs(first) + np.abs(second)
        excess = (inside - part * first - (1 - part) * second).real + 1e-9 * scale
        assert np.all(excess[real] >= 0), statement
        recognised += 1


@pytest.mark.parametrize("statement", OTHERS)
def test_what_is_not_concave_is_not_taken_for_it(statement: sp.Expr) -> None:
    assert not is_concave(statement)


def test_every_statement_of_the_catalogue_on_class_averages_is_concave() -> None:
    bounds = [catalogue.get(name) for name in catalogue.names()]
    # Moments against the nearest class are means over the subsets by themselves.
    over_classes = [
        bound
        for bound in bounds
        if isinstance(bound, AverageBound | ClassBound) and not isinstance(bound, NearestBound)
    ]
    assert len(over_classes) >= 5
    for bound in over_classes:
        assert is_concave(bound.closed_form, bound.declared), bound.name


@pytest.mark.parametrize("ways", [2, 3, 5])
@pytest.mark.parametrize(
    "bound",
    [
        named(AverageBound, sp.exp(-1 / Avg((v_i + v_j) / d**2))),
        named(AverageBound, Avg(v_i / d**2) ** 2 + 1 / (n * k)),
        named(ClassBound, sp.exp(-1 / (v_i * MaxOver(d**-2)))),
    ],
)
def test_any_other_is_the_mean_over_the_subsets(bound: Any, ways: int) -> None:
    parts = [answer(bound, chosen, ways).value for chosen in itertools.combinations(range(6), ways)]
    assert answer(bound, range(6), ways).value == pytest.approx(np.mean(parts), rel=1e-12)
    # The control: at the averages over all classes it would be another number, as these are convex.
    whole = answer(bound, range(6), 6).value
    assert whole != pytest.approx(np.mean(parts), rel=0.02)


def test_a_free_parameter_is_the_same_for_all_subsets() -> None:
    free = FreeParameter(t, 1, sp.oo, "setting", True, "a trade-off")
    bound = named(AverageBound, t * Avg(v_i / d**2) ** 2 + 1 / t, free=free)
    least = answer(bound, range(6), 3)
    parts = [answer(bound, chosen, 3) for chosen in itertools.combinations(range(6), 3)]
    squares = np.mean([part.value**2 / 4 for part in parts])
    assert least.value == pytest.approx(2 * np.sqrt(squares), rel=1e-6)
    assert least.value >= np.mean([part.value for part in parts])


@pytest.mark.parametrize("shape, statement", [(AverageBound, A**2), (ClassBound, B**2)])
def test_too_many_subsets_leave_no_answer(
    shape: Any, statement: sp.Expr, monkeypatch: pytest.MonkeyPatch
) -> None:
    from theory.bound import classes, subsets

    bound = named(shape, statement)
    assert isinstance(answer(bound, range(6), 3), Value)
    for module in (subsets, classes):
        monkeypatch.setattr(module, "MOST_SUBSETS", 0)
    refused = answer(bound, range(6), 3)
    assert isinstance(refused, NotApplicable) and "concave" in refused.reason
    assert isinstance(answer(bound, range(6), 6), Value)


@pytest.mark.parametrize("statement", [2**A, A**A, -(2**A), 3 * (A + 1) ** A])
def test_powers_with_exponents_that_vary_have_no_rule(statement: sp.Expr) -> None:
    assert not is_concave(statement) and not is_convex(statement)
    bound = named(AverageBound, statement)
    assert isinstance(answer(bound, range(6), 3), Value)


@pytest.mark.parametrize("kind", ["lower", "equality"])
def test_only_bounds_from_above_have_a_free_parameter(kind: Any) -> None:
    """A claim from below for every value would be read at its weakest."""
    free = FreeParameter(t, 1, sp.oo, "setting", True, "a trade-off")
    with pytest.raises(ValueError, match="a free parameter is for bounds from above"):
        named(AverageBound, t * Avg(v_i / d**2), free=free, kind=kind)


@pytest.mark.parametrize("statement", [1 - (1 - v_i / d**2 / n) ** n, 6 * n * sp.log(1 + v_i / d**2 / n)])
def test_parts_that_cancel_at_infinitely_many_shots_leave_no_answer(statement: sp.Expr) -> None:
    """1.0 to any power is 1, and the logarithm of 1.0 is 0, though the limits are neither."""
    bound = named(AverageBound, Avg(statement))
    geometry = population().geometry()
    few, many = (bound.evaluate(geometry, Setting(shots, 6)) for shots in (1e6, np.inf))
    assert isinstance(few, Value) and few.value > 0 and isinstance(many, NotApplicable)
    assert not any(each._cancels_at_many_shots for each in catalogue.STATEMENTS if isinstance(each, Bound))
