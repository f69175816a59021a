"""The few-shot model: what is drawn, and what the statements' symbols mean.

Query z = mu_i + xi, centres m_i = mu_i + a and m_j = mu_j + b = mu_i + D + b, with xi one draw of class i and
a, b the means of the support draws, all independent and centred. The margin is |z - m_j|^2 - |z - m_i|^2.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import sympy as sp

from proofs.kernel.terms import D, D_l, Dot, draw, margin_l, mean_of_draws
from theory.expressions import margin
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
SHOTS = sp.Ge(n, 1)

TWINS: Mapping[sp.Symbol, sp.Symbol] = MappingProxyType({margin: margin_l, D: D_l, b: b_l})
"""Random symbols and vectors of class j, and those that stand for the same of another class l."""

_x, _y = ("i", 0), ("j", 0)
NAMES: Mapping[Graph, sp.Expr] = MappingProxyType(
    {
        ((_x, _x),): v_i,
        ((_y, _y),): v_j,
        ((("l", 0), ("l", 0)),): for_class_l(v_j),
        ((_x, _x), (_x, _x)): M4_i,
        ((_y, _y), (_y, _y)): M4_j,
        ((_x, ("i", 1)), (_x, ("i", 1))): trS2_i,
        ((_y, ("j", 1)), (_y, ("j", 1))): trS2_j,
        ((_x, _y), (_x, _y)): trSS,
        ((_x, D), (_x, D)): d**2 * dir_i,
        ((_y, D), (_y, D)): d**2 * dir_j,
        ((_y, _y), (_y, D)): Dt_j,
        ((_x, D), (_x, D_l)): DSD_jl,
    }
)
"""What the moments of the draws are called."""
