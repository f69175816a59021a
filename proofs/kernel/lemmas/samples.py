"""Means and variances from the samples of the source classes."""

from __future__ import annotations

import sympy as sp

from proofs.kernel.lemmas.base import Claims, le, lemma
from proofs.kernel.model import i, j
from proofs.kernel.sorts import fixed_before, same_for
from proofs.kernel.terms import ForAllPairs, Norm, Vector, fixed, mean
from theory.expressions import Prob
from theory.quantities import F, R, Y_i, Y_j, Yvar_i, Yvar_j, l, m, v_hat_i, v_hat_j, v_i, v_j

feature = fixed("feature")
"""Any feature: a bound on its norm is a bound on all."""


def _for_both(claims: list[sp.Basic], x: sp.Expr) -> sp.Basic:
    """P(a claim holds for all of l classes) >= 1 - l F exp(-x), the claim said of both classes of a pair."""
    fixed_before(x)
    same_for("ijlr", x)
    return sp.Ge(Prob(ForAllPairs(sp.And(*claims))), 1 - l * F * sp.exp(-x), evaluate=False)


@lemma("variance of bounded features", "textbook: E|z - mu|^2 = E|z|^2 - |mu|^2")
def variance_of_bounded(v: sp.Symbol) -> Claims:
    """If features have norm at most R, then v_c <= R^2."""
    if v not in (v_i, v_j):
        raise ValueError(f"{v} is not the variance of a class")
    return [sp.Le(Norm(feature), R)], le(v, R**2)


@lemma(
    "McDiarmid's inequality for the length of a mean",
    "Boucheron, Lugosi, Massart (2013), example 6.3",
    theorem=True,
)
def mcdiarmid_means(off_i: sp.Symbol, off_j: sp.Symbol, x: sp.Expr) -> Claims:
    """For means of m centred draws of features of norm at most R: with probability at least 1 - l F exp(-x),
    |off_c| <= E|off_c| + R sqrt(2x/m) for all l classes c and the map in use, one of F."""
    _means_of_samples(off_i, off_j)
    claims = [le(Norm(off), mean(Norm(off)) + R * sp.sqrt(2 * x / m)) for off in (off_i, off_j)]
    return [sp.Le(Norm(feature), R)], _for_both(claims, x)


@lemma(
    "Hoeffding's inequality for sample variances",
    "Hoeffding 1963, section 5, kernel |z - z'|^2/2",
    theorem=True,
)
def hoeffding_variances(x: sp.Expr) -> Claims:
    """For m >= 2 samples of features of norm at most R: with probability at least 1 - l F exp(-x),
    v_c <= m v_hat_c/(m-1) + 2 R^2 sqrt(x/(2 floor(m/2))) for all l classes c and the map in use, one of F."""
    radius = 2 * R**2 * sp.sqrt(x / (2 * sp.floor(m / 2)))
    claims = [le(v, m * v_hat / (m - 1) + radius) for v, v_hat in ((v_i, v_hat_i), (v_j, v_hat_j))]
    return [sp.Le(Norm(feature), R), sp.Ge(m, 2)], _for_both(claims, x)


@lemma(
    "empirical Bernstein for variances",
    "Maurer, Pontil 2009, theorem 4, on |z - z'|^2/2 in [0, 2R^2]",
    theorem=True,
)
def maurer_pontil_variances(x: sp.Expr) -> Claims:
    """For M = floor(m/2) >= 2 disjoint pairs of samples, Y and S^2 the mean and the sample variance of
    |z - z'|^2/2: with probability at least 1 - l F exp(-x),
    v_c <= Y + sqrt(2 S^2 (x + log 2)/M) + 14 R^2 (x + log 2)/(3(M-1)) for all l classes c and the map in
    use, one of F."""
    M, log_term = sp.floor(m / 2), x + sp.log(2)
    claims = [
        le(v, Y + sp.sqrt(2 * S * log_term / M) + 14 * R**2 * log_term / (3 * (M - 1)))
        for v, Y, S in ((v_i, Y_i, Yvar_i), (v_j, Y_j, Yvar_j))
    ]
    return [sp.Le(Norm(feature), R), sp.Ge(m, 4)], _for_both(claims, x)


@lemma("Bousquet's inequality", "Bousquet 2002, theorem 2.3, for a supremum over unit vectors", theorem=True)
def bousquet_means(off_i: sp.Symbol, off_j: sp.Symbol, x: sp.Expr) -> Claims:
    """For means of m centred draws of norm at most 2R: with probability at least 1 - l F exp(-x),
    |off_c| <= E|off_c| + sqrt(2x(v_c + 4R E|off_c|)/m) + 2Rx/(3m) for all l classes c and the map in use, one
    of F."""
    _means_of_samples(off_i, off_j)
    claims = []
    for off, v in ((off_i, v_i), (off_j, v_j)):
        E = mean(Norm(off))
        claims.append(le(Norm(off), E + sp.sqrt(2 * x * (v + 4 * R * E) / m) + 2 * R * x / (3 * m)))
    return [sp.Le(Norm(feature), R)], _for_both(claims, x)


def _means_of_samples(*offs: sp.Symbol) -> None:
    for law, off in zip((i, j), offs, strict=True):
        if not isinstance(off, Vector) or off.kind != "mean" or off.law != law or off.count != m:
            raise ValueError(f"{off} is not a mean of m samples of class {law}")
