"""The few-shot model: what is drawn, and what the statements' symbols mean.

Query z = mu_i + xi, centres m_i = mu_i + a and m_j = mu_j + b = mu_i + D + b, with xi one draw of class i and
a, b the means of the support draws, all independent and centred. The margin is |z - m_j|^2 - |z - m_i|^2.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import sympy as sp

from proofs.kernel.terms import Coordinate, Dot, Norm, draw, mean_of_draws
from proofs.kernel.terms import D as D
from proofs.kernel.terms import D_l as D_l
from proofs.kernel.terms import margin_l as margin_l
from proofs.kernel.terms import nearest as nearest
from proofs.kernel.terms import width as width
from theory.expressions import Expect, SumAxes, margin, margin_loss
from theory.quantities import (
    NEAREST_MOMENTS,
    D_r,
    DSD_jl,
    Dt_j,
    M4_i,
    M4_j,
    d,
    d_hat,
    dir_i,
    dir_j,
    for_class_l,
    m,
    n,
    n_i,
    n_j,
    near_0,
    near_mean,
    trS2_i,
    trS2_j,
    trSS,
    v_i,
    v_j,
)

Graph = tuple[tuple[Any, ...], ...]
"""Edges; an end is a draw (class, number) or a vector symbol."""

i, j, l = sp.symbols("i j l")

xi = draw("xi", i)
a = mean_of_draws("a", i, n)
b = mean_of_draws("b", j, n)
b_l = mean_of_draws("b_l", l, n)

to_j, to_i = xi - D - b, xi - a
"""z - m_j and z - m_i."""

w = D + b - a
"""m_j - m_i."""

MARGIN = sp.Eq(margin, Dot(to_j, to_j) - Dot(to_i, to_i))
MARGIN_L = sp.Eq(margin_l, Dot(xi - D_l - b_l, xi - D_l - b_l) - Dot(to_i, to_i))
SOFT_MARGIN = sp.Eq(margin_loss, sp.Max(0, sp.Min(1, 1 + (Norm(to_i) - Norm(to_j)) / width)), evaluate=False)
WIDTH = sp.Le(width, d / 2, evaluate=False)
"""The meaning of the soft-margin loss: its width is at most half the distance of the means."""
SHOTS = sp.Ge(n, 1)
NEAREST_MEANINGS = (
    sp.Eq(Expect(nearest), near_0, evaluate=False),
    sp.Eq(Expect(nearest * (margin - near_mean)), 0, evaluate=False),
    *(
        sp.Eq(Expect(nearest * (margin - near_mean) ** q), near_0 * symbol, evaluate=False)
        for q, symbol in enumerate(NEAREST_MOMENTS[2:], 2)
    ),
)
"""Means of what is 0 where j is not the nearest: its probability times the mean given that it is. Where it
never is, both are 0 whatever the moments are."""

own_axes, other_axes = mean_of_draws("a_n", i, n_i), mean_of_draws("b_n", j, n_j)
"""The centres' noise with unequal shots, for statements along coordinate axes."""
_x, _a, _b = map(Coordinate, (xi, own_axes, other_axes))
MARGIN_ALONG_AXES = sp.Eq(margin, SumAxes((D_r + _b) ** 2 - _a**2 - 2 * _x * (D_r + _b - _a)), evaluate=False)

off_i, off_j = mean_of_draws("e_i", i, m), mean_of_draws("e_j", j, m)
"""How far the means of m samples of the two classes are off."""
SAMPLE_DISTANCE = sp.Eq(d_hat, Norm(D + off_j - off_i))

TWINS: Mapping[sp.Symbol, sp.Symbol] = MappingProxyType({margin: margin_l, D: D_l, b: b_l})
"""Random symbols and vectors of class j, and those that stand for the same of another class l."""


def twin(expression: sp.Expr) -> sp.Expr:
    """The same expression about class l in place of j."""
    return for_class_l(expression).xreplace(dict(TWINS))


_u, _v = ("i", 0), ("j", 0)
NAMES: Mapping[Graph, sp.Expr] = MappingProxyType(
    {
        ((_u, _u),): v_i,
        ((_v, _v),): v_j,
        ((("l", 0), ("l", 0)),): for_class_l(v_j),
        ((_u, _u), (_u, _u)): M4_i,
        ((_v, _v), (_v, _v)): M4_j,
        ((_u, ("i", 1)), (_u, ("i", 1))): trS2_i,
        ((_v, ("j", 1)), (_v, ("j", 1))): trS2_j,
        ((_u, _v), (_u, _v)): trSS,
        ((_u, D), (_u, D)): d**2 * dir_i,
        ((_v, D), (_v, D)): d**2 * dir_j,
        ((_v, _v), (_v, D)): Dt_j,
        ((_u, D), (_u, D_l)): DSD_jl,
    }
)
"""What the moments of the draws are called."""
