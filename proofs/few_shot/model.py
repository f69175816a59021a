"""The few-shot model of all proofs in this folder: what is drawn, and what the statements' symbols mean.

Query z = mu_i + xi, centres m_i = mu_i + a and m_j = mu_j + b = mu_i + D + b, with xi one draw of class i and
a, b the means of the support draws, all independent and centred. The margin is |z - m_j|^2 - |z - m_i|^2.
"""

import sympy as sp

from proofs.expectation import NAMES
from proofs.terms import RANDOM_SCALARS, TWINS, Dot, draw, fixed, mean_of_draws
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

i, j = sp.symbols("i j")

D = fixed("D", square=d**2)
xi = draw("xi", i)
a = mean_of_draws("a", i, n)
b = mean_of_draws("b", j, n)

to_j, to_i = xi - D - b, xi - a
"""z - m_j and z - m_i."""

w = D + b - a
"""m_j - m_i."""

MARGIN = sp.Eq(margin, Dot(to_j, to_j) - Dot(to_i, to_i))
SHOTS = sp.Ge(n, 1)

NAMES.update(
    {
        ("i0.i0",): v_i,
        ("j0.j0",): v_j,
        ("i0.i0", "i0.i0"): M4_i,
        ("j0.j0", "j0.j0"): M4_j,
        ("i0.i1", "i0.i1"): trS2_i,
        ("j0.j1", "j0.j1"): trS2_j,
        ("i0.j0", "i0.j0"): trSS,
        ("D.i0", "D.i0"): d**2 * dir_i,
        ("D.j0", "D.j0"): d**2 * dir_j,
        ("D.j0", "j0.j0"): Dt_j,
        ("D.i0", "D_l.i0"): DSD_jl,
    }
)

# -- a third class l, for joint statements about two other classes ---------------------------------------
l = sp.Symbol("l")
D_l = fixed("D_l", square=for_class_l(d) ** 2)
b_l = mean_of_draws("b_l", l, n)
margin_l = sp.Symbol("M_l", real=True)
RANDOM_SCALARS.add(margin_l)
TWINS.update({margin: margin_l, D: D_l, b: b_l})
NAMES.update({("l0.l0",): for_class_l(v_j)})

MARGIN_L = sp.Eq(margin_l, Dot(xi - D_l - b_l, xi - D_l - b_l) - Dot(to_i, to_i))
