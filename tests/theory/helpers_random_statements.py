"""Random statements of what bounds are made of: powers, exponentials, tails, binomials and factorials of
shots, classes and moments, in sums, products, quotients, logarithms and cases."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import sympy as sp

from theory.assumptions import DistinctMeans
from theory.bound import AverageBound, Bound, ClassBound, PairBound, derived
from theory.expressions import Avg, MaxOver, NormalTail, SumOver
from theory.quantities import d, k, lam_i, n, p, v_i, v_j

SHAPES = (PairBound, ClassBound, AverageBound)
KINDS = ("upper", "upper", "lower")
HALF, THIRD = sp.Rational(1, 2), sp.Rational(1, 3)
RATIO = (4 * lam_i + (v_i + v_j) / n) / d**2
SHARE = sp.Min(HALF, RATIO)
DISTANCE = d / (2 * sp.sqrt(lam_i))
t = sp.Symbol("t", integer=True, nonnegative=True)
OF_PAIRS = (
    RATIO,
    sp.exp(-n * d**2 / (8 * (v_i + v_j))),
    SHARE,
    NormalTail(sp.sqrt(n) * DISTANCE),
    NormalTail(DISTANCE),
    v_i / (n * d**2),
    sp.sqrt(v_i) / d,
    (1 - SHARE) ** n,
    1 - (1 - SHARE) ** k,
    sp.exp(-RATIO),
    sp.log(1 + RATIO),
    lam_i / d**2,
    1 - sp.exp(-RATIO / n),
    sp.exp(-n * (HALF - SHARE) ** 2),
    RATIO**n,
    d**2 / (v_i + v_j),
    (RATIO * n) ** 3 / sp.factorial(n),
    v_i / d**2 - v_j / d**2,
)
OF_COUNTS = (
    sp.exp(-n),
    sp.exp(n / 3),
    1 / n,
    THIRD,
    sp.Integer(1),
    k,
    n,
    2**n,
    9**p,
    sp.Integer(2) ** (-n),
    sp.binomial(n, sp.floor(n / 2)),
    sp.binomial(2 * n, n),
    sp.factorial(n),
    n**p,
    (1 - THIRD) ** n,
    (1 + 1 / n) ** n,
    sp.sqrt(n),
    sp.Sum(sp.binomial(n, t) * THIRD**t * (1 - THIRD) ** (n - t), (t, sp.floor(n / 2), n)),
    1 - sp.Sum(sp.exp(-2) * 2**t / sp.factorial(t), (t, 0, n)),
)


class Trees:
    """Statements of one shape; what differs between pairs is reduced where the shape asks for it."""

    def __init__(self, choice: random.Random, shape: type[Bound]) -> None:
        self.choice, self.shape = choice, shape

    def leaf(self) -> sp.Expr:
        if self.choice.random() < 0.4:
            return self.choice.choice(OF_COUNTS)
        part = self.choice.choice(OF_PAIRS)
        if self.shape is PairBound:
            return part
        return Avg(part) if self.shape is AverageBound else self.choice.choice([SumOver, MaxOver])(part)

    def tree(self, depth: int) -> sp.Expr:
        if depth == 0:
            return self.leaf()

        def part() -> sp.Expr:
            return self.tree(depth - 1)

        operations: list[Any] = [
            *[lambda: part() * part()] * 6,
            *[lambda: part() + part()] * 5,
            *[lambda: part() / part()] * 3,
            lambda: sp.log(1 + part()),
            lambda: sp.sqrt(part()),
            lambda: sp.Min(1, part()),
            lambda: sp.Max(part(), part()),
            lambda: 1 - sp.exp(-part()),
            lambda: 1 - 1 / (1 + part()),
            lambda: part() ** (1 / n),
            lambda: sp.Piecewise((part(), part() < part()), (part(), True)),
            lambda: part() ** 2,
        ]
        return self.choice.choice(operations)()


def readable(statement: sp.Expr) -> bool:
    """Whether it has neither numbers that are not real nor what statements may not contain."""
    if statement.has(sp.I, sp.zoo, sp.nan, sp.oo, sp.Not, sp.Ne, sp.Eq):
        return False
    return not any(part.is_number and not part.is_real for part in sp.preorder_traversal(statement))


def bounds(seed: int, count: int) -> Iterator[Bound]:
    """Random statements of every shape, from above and from below."""
    choice = random.Random(seed)
    while count:
        shape, kind = choice.choice(SHAPES), choice.choice(KINDS)
        try:
            statement = Trees(choice, shape).tree(choice.choice([1, 2, 2, 3]))
            if not (statement.free_symbols and readable(statement)):
                continue
            bound: Any = shape(
                name="own",
                statement=statement,
                kind=kind,
                assumptions=(DistinctMeans(),),
                provenance=derived("own"),
            )
        except (TypeError, ValueError):  # SymPy finds no order of complex numbers, or no meaning
            continue
        count -= 1
        yield bound
