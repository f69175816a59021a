"""Random statements with fewer ways than classes, beside their plain mean over every subset of the classes.

For each subset the population itself is restricted to it, and the statement read there on all classes, at 60
digits by a walk of its own. What is said of the mean error must never say more than the mean of that.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy as sp
from helpers_random_statements import readable

from simulations.attack.exact_bound import exact_bound
from simulations.populations.finite_support import FiniteSupport
from theory.assumptions import DistinctMeans
from theory.bound import AverageBound, Bound, ClassBound, NotApplicable, PairBound, averages, derived, subsets
from theory.bound import classes as class_bounds
from theory.bound.concavity import is_concave
from theory.evaluation.many_digits import NotExact
from theory.expressions import Avg, ForEveryOther, MaxOver, SumOver, SumOverPairs
from theory.quantities import d, for_class_l, k, lam_i, n, v_i, v_j
from theory.setting import Setting

SHAPES = (AverageBound, ClassBound, PairBound)
KINDS = ("upper", "lower", "equality")
SHOTS, CLASSES = 3, 5
HALF, THIRD = sp.Rational(1, 2), sp.Rational(1, 3)


class Restricted:
    """Random classes on a line, and the same population of fewer of them."""

    def __init__(self, seed: int) -> None:
        choice = random.Random(seed)
        # Some classes lie close together and others far away: means over subsets differ much.
        places = [Fraction(choice.randint(1, 40) * choice.choice([1, 10]), 4) + c for c in range(CLASSES)]
        self.points = [
            [[place - spread], [place], [place + 2 * spread]]
            for place in np.cumsum(places)
            for spread in [Fraction(choice.randint(1, 30), 10)]
        ]
        self.populations: dict[tuple[int, ...], FiniteSupport] = {}

    def of(self, chosen: tuple[int, ...]) -> FiniteSupport:
        """The classes ``chosen``, made once: a population keeps its moments."""
        if chosen not in self.populations:
            weights = [[Fraction(1, 2), Fraction(1, 4), Fraction(1, 4)]] * len(chosen)
            self.populations[chosen] = FiniteSupport([self.points[c] for c in chosen], weights)
        return self.populations[chosen]


class Statements:
    """Random trees of the operations that statements are made of, without a unit of length."""

    def __init__(self, choice: random.Random, shape: type[Bound]) -> None:
        self.choice, self.shape = choice, shape

    def pair(self, depth: int) -> sp.Expr:
        """In the quantities of a pair; of either sign."""
        size = self.choice.choice([sp.S.One, sp.Rational(1, 10), sp.Rational(1, 100)])
        leaf = self.choice.choice(
            [v_i / d**2, v_j / d**2, lam_i / d**2, v_i / d**2 - size, size - v_j / d**2]
        )
        if depth and self.choice.random() < 0.3:
            return leaf * self.reduced(depth - 1, inside=True)
        return self.choice.choice([leaf, leaf, leaf**2, sp.sqrt(v_j) / d, 1 / n + leaf])

    def reduced(self, depth: int, *, inside: bool = False) -> sp.Expr:
        shapes: list[Any] = [Avg]
        if inside or self.shape is not AverageBound:
            shapes += [SumOver, MaxOver]
        if self.shape is ClassBound and not inside and self.choice.random() < 0.3:
            return SumOverPairs(self.choice.choice([v_j / d**2, v_i / d**2 - 1]) * for_class_l(v_j / d**2))
        return self.choice.choice(shapes)(self.pair(depth))

    def leaf(self) -> sp.Expr:
        leaves = [self.reduced(1), self.reduced(1), sp.Integer(2), sp.Integer(-1), 1 / n, k - 1]
        if self.shape is PairBound:
            leaves.append(v_i / d**2)
        return self.choice.choice(leaves)

    def tree(self, depth: int) -> sp.Expr:
        if depth == 0:
            return self.leaf()
        one, other = self.tree(depth - 1), self.tree(depth - 1)
        power = self.choice.choice([HALF, THIRD, sp.Rational(3, 2), 2, -1])
        every = ForEveryOther(v_j < self.choice.choice([d**2, d**2 / 4]))
        operations = [
            lambda: one + other,
            lambda: one - other,
            lambda: one * other,
            lambda: one**power,
            lambda: sp.Min(one, other),
            lambda: sp.Max(one, other),
            lambda: sp.Max(0, one),
            lambda: sp.Abs(one),
            lambda: sp.exp(-one),
            lambda: sp.Piecewise((sp.S.Zero, one < 0), (one, True)),
            lambda: sp.Piecewise((one, n > 2), (other, True)),
        ]
        if self.shape is not AverageBound:
            operations += [
                lambda: sp.Piecewise((one, every), (sp.S.One, True)),
                lambda: sp.Piecewise((sp.Min(1, one), every), (sp.S.One, True)),
            ]
        return self.choice.choice(operations)()


def bounds(seed: int, count: int) -> Iterator[Bound]:
    """Random statements of every shape and kind that hold a reduction over classes."""
    choice = random.Random(seed)
    while count:
        shape, kind = choice.choice(SHAPES), choice.choice(KINDS)
        try:
            statement = Statements(choice, shape).tree(choice.choice([1, 2, 2, 3]))
        except (TypeError, ValueError):  # SymPy finds no order of complex numbers
            continue
        if not readable(statement) or statement.has(sp.ITE, sp.sign):
            continue
        if not statement.has(Avg, SumOver, MaxOver, SumOverPairs):
            continue
        count -= 1
        yield named(shape, statement, kind=kind)


def named(shape: Any, statement: sp.Expr, **more: Any) -> Any:
    return shape(
        name="own", statement=statement, assumptions=(DistinctMeans(),), provenance=derived("own"), **more
    )


def value(bound: Bound, population: FiniteSupport, ways: int) -> Any:
    return bound.evaluate(population.geometry(), Setting(SHOTS, ways), population.granted())


def of_subset(bound: Bound, population: FiniteSupport) -> float:
    """What the statement says of all classes of a population."""
    if isinstance(bound, PairBound) and bound.kind == "lower":
        # The largest over the other classes; no exact walk has it.
        return float(value(bound, population, population.classes).value)
    return float(exact_bound(bound, population, SHOTS, None))


def excess(bound: Bound, restricted: Restricted, ways: int) -> float | None:
    """By how much the value says more than the mean over subsets, relative to what they hold; None where
    there is no answer, or the statement has no real value on some subset."""
    answer = value(bound, restricted.of(tuple(range(CLASSES))), ways)
    if isinstance(answer, NotApplicable):
        return None
    try:
        parts = [of_subset(bound, restricted.of(s)) for s in itertools.combinations(range(CLASSES), ways)]
    except (NotExact, ZeroDivisionError):
        return None
    if not (np.all(np.isfinite(parts)) and math.isfinite(answer.value)):
        return None
    gap = answer.value - float(np.mean(parts))
    scale = float(np.mean(np.abs(parts))) + abs(answer.value) + 1e-9
    signed = {"upper": -gap, "lower": gap, "equality": abs(gap)}[bound.kind]
    return (abs(gap) if is_exact(bound, ways) else signed) / scale


def is_exact(bound: Bound, ways: int) -> bool:
    """Whether the very mean over subsets is due, by the rule for pairs and for others of a class."""
    by_pairs = isinstance(bound, PairBound) and bound.kind == "upper"
    if ways == CLASSES:
        return True
    if subsets.MOST_SUBSETS == 0:
        return by_pairs and subsets.pair_is_exact(bound.closed_form, ways)
    return by_pairs or (isinstance(bound, ClassBound) and not subsets.needs_whole_subsets(bound.closed_form))


def too_much(seed: int, count: int) -> tuple[list[str], int]:
    """The statements that say too much, and how many had an answer."""
    restricted, excesses, answered = [Restricted(1), Restricted(2)], [], 0
    for place, bound in enumerate(bounds(seed, count)):
        ways = 2 + place % (CLASSES - 1)
        over = excess(bound, restricted[place % 2], ways)
        answered += over is not None
        if over is not None and over > 1e-8:
            excesses.append(f"{type(bound).__name__}, {bound.kind}, {ways} ways: {bound.statement}: {over}")
    return excesses, answered


def no_subsets(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where there are too many to be gone through."""
    for module in (subsets, class_bounds):
        monkeypatch.setattr(module, "MOST_SUBSETS", 0)


@pytest.mark.parametrize("listed", [True, False])
def test_no_statement_says_more_than_its_mean_over_subsets(
    listed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not listed:
        no_subsets(monkeypatch)
    excesses, answered = too_much(1, 40)
    assert excesses == []
    assert answered >= (30 if listed else 6)


@pytest.mark.slow
@pytest.mark.parametrize("listed", [True, False])
def test_nor_do_more_of_them(listed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not listed:
        no_subsets(monkeypatch)
    excesses, answered = too_much(2, 200)
    assert excesses == []
    assert answered >= (150 if listed else 40)


def test_it_fails_where_every_statement_is_read_at_means(monkeypatch: pytest.MonkeyPatch) -> None:
    no_subsets(monkeypatch)
    for module in (averages, class_bounds, subsets):
        monkeypatch.setattr(module, "at_means", lambda *statement: True)
    assert len(too_much(1, 40)[0]) >= 3


SIGNED = Avg(v_i / d**2 - sp.Rational(1, 50))
"""Below 0 of some choices of three classes of the population, above 0 of others."""
BROKEN_AT_0 = [
    sp.Max(0, SIGNED),
    sp.Abs(SIGNED),
    sp.sqrt(SIGNED),
    sp.Piecewise((0, SIGNED < 0), (SIGNED, True)),
    sp.sqrt(SIGNED) * sp.sqrt(Avg(v_j / d**2)),
]


@pytest.mark.parametrize("statement", BROKEN_AT_0)
@pytest.mark.parametrize("shape", SHAPES)
def test_what_an_average_below_0_breaks_is_not_read_at_means(
    statement: sp.Expr, shape: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound, restricted = named(shape, statement), Restricted(1)
    listed = excess(bound, restricted, 3)
    assert listed is not None and listed <= 1e-8
    no_subsets(monkeypatch)
    assert excess(bound, restricted, 3) is None
    # The control: the same statement read at the mean says more.
    for module in (averages, class_bounds, subsets):
        monkeypatch.setattr(module, "at_means", lambda *read: True)
    over = excess(bound, restricted, 3)
    assert over is not None and over > 0.01


@pytest.mark.parametrize("statement", BROKEN_AT_0)
def test_the_sign_of_an_average_is_that_of_what_is_averaged(statement: sp.Expr) -> None:
    assert not is_concave(statement)
    positive = statement.xreplace({SIGNED: Avg(v_i / d**2)})
    assert is_concave(positive) or statement.has(sp.Abs, sp.Piecewise, sp.Max)
