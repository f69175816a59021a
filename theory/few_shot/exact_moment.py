"""Few-shot error from the exact mean and variance of the margin.

Assumes     independent draws, finite fourth moments, distinct class means
Claims      P(M_ij <= 0) <= Var M / (Var M + (E M)^2) when E M > 0, else 1, with
            E M = d^2 + (v_j - v_i)/n and Var M in closed form
Kind        upper, one ordered pair; any n >= 1
Sharp       attained: p = 1, class i a point mass at 0, class j on {-(n-1), 1} (n = 1, 2)
Source      derived here; proof in proofs/few_shot/exact_moment.py
"""

import sympy as sp

from theory.assumptions import DistinctMeans, FiniteFourthMoment
from theory.bound import PairBound, derived
from theory.quantities import (
    Dt_j,
    M4_i,
    M4_j,
    Mark,
    d,
    dir_i,
    dir_j,
    local,
    n,
    trS2_i,
    trS2_j,
    trSS,
    v_i,
    v_j,
)

EM = local("EM", "mean of the margin", Mark("E"), Mark("M"))
VarM = local("VarM", "variance of the margin", Mark("Var"), Mark("M"), nonnegative=True)


def centre_term(M4: sp.Expr, v: sp.Expr, trS2: sp.Expr) -> sp.Expr:
    """Var |a|^2 for the mean a of n centred draws with these moments."""
    return (M4 - v**2 + 2 * (n - 1) * trS2) / n**3


mean_margin = d**2 + (v_j - v_i) / n
variance_margin = (
    4 * d**2 * dir_i  # D'S_i D, written along u = D/d
    + 4 * d**2 * dir_j / n
    + 4 * (trS2_i + trSS) / n
    + 4 * Dt_j / n**2
    + centre_term(M4_i, v_i, trS2_i)
    + centre_term(M4_j, v_j, trS2_j)
)

exact_moment = PairBound(
    name="exact_moment",
    title="Cantelli bound from the margin's exact moments",
    statement=sp.Piecewise((VarM / (VarM + EM**2), EM > 0), (sp.S.One, True)),
    where=((EM, mean_margin), (VarM, variance_margin)),
    assumptions=(FiniteFourthMoment(), DistinctMeans()),
    provenance=derived("E M and Var M by expansion over independent centred vectors, then Cantelli"),
)
