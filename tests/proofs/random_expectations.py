"""Random equations of expectations: about half of them true, the others off by a little."""

from __future__ import annotations

import random

import sympy as sp

from proofs.kernel.model import a, b, b_l, xi
from proofs.kernel.terms import D, D_l, Dot, Moment, Norm
from theory.expressions import Expect, SumOver, margin
from theory.quantities import (
    DSD_jl,
    Dt_j,
    M4_i,
    M4_j,
    d,
    dir_i,
    dir_j,
    for_class_l,
    n,
    trS2_i,
    trS2_j,
    trSS,
    v_i,
    v_j,
)

i, j = sp.symbols("i j")
_X, _A, _B = Dot(xi, xi), Dot(a, a), Dot(b, b)
FOURTH_A = M4_i / n**3 + (n - 1) * (v_i**2 + 2 * trS2_i) / n**3
TRUE = (
    (_X, v_i), (_A, v_i / n), (_B, v_j / n), (Dot(b_l, b_l), for_class_l(v_j) / n),
    (Dot(xi, a), 0), (Dot(xi, D), 0), (Dot(a, b) * Dot(D, b), 0), (Dot(b, D) ** 2, d**2 * dir_j / n),
    (Dot(xi, D) ** 2, d**2 * dir_i), (Dot(xi, D) * Dot(xi, D_l), DSD_jl), (_X**2, M4_i),
    (_A**2, FOURTH_A), (Dot(xi, a) ** 2, trS2_i / n), (Dot(xi, b) ** 2, trSS / n),
    (Dot(a, b) ** 2, trSS / n**2), (_A * _B, v_i * v_j / n**2), (_X * Dot(xi, b), 0),
    (_B * Dot(b, D), Dt_j / n**2), (Dot(xi, a) * Dot(xi, b), 0), (_X * _A, v_i**2 / n),
    (Dot(xi, a) * Dot(a, b) * Dot(b, xi), Expect(Moment(i, a, b) * Dot(a, b))),
    (Norm(a) * _X, v_i * Expect(Norm(a))), (Norm(a) * Dot(xi, a) ** 2, Expect(Norm(a) * Moment(i, a, a))),
    (Norm(a) * Dot(xi, D), 0), (Norm(a) * _B, Expect(Norm(a)) * v_j / n),
    (Norm(a) * _A, Expect(Norm(a) * _A)),
    (margin * _A, Expect(margin * _A)), (sp.Max(_A, 1) * _B, v_j / n * Expect(sp.Max(_A, 1))),
    (Moment(i, a, a), trS2_i / n), (Moment(j, D, D), d**2 * dir_j), (Moment(j, b, D), 0),
    (SumOver(_B) * _X, v_i * Expect(SumOver(_B))), (_B * Dot(b_l, b_l), v_j * for_class_l(v_j) / n**2),
)  # fmt: skip
"""Expressions, and what their expectations are."""


def equation(rng: random.Random, names: list[sp.Symbol]) -> sp.Basic:
    """A linear combination of some, and what it should be worth; or a product, as if all were independent."""
    kind = rng.random()
    if kind < 0.6:
        parts = [
            (rng.choice((1, 1, -2, n, d, v_i, *names)), *rng.choice(TRUE)) for _ in range(rng.randint(1, 2))
        ]
        inside = sp.Add(*(scale * term for scale, term, _ in parts))
        worth = sp.Add(*(scale * value for scale, _, value in parts))
        worth += rng.choice((0, 0, 0, 0, v_i, dir_j, trS2_j, M4_j))
        return sp.Eq(Expect(inside), worth, evaluate=False)
    (first, worth), (second, other) = rng.choice(TRUE), rng.choice(TRUE)
    if kind < 0.8:
        return sp.Eq(
            Expect(first * second),
            rng.choice((worth * other, Expect(first) * Expect(second))),
            evaluate=False,
        )
    third = rng.choice((first, second, *names, Norm(a), SumOver(_B)))
    return sp.Eq(Expect(second * third), rng.choice((other * third, other * Expect(third))), evaluate=False)
