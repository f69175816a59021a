"""Empirical Bernstein limits over new classes."""

from __future__ import annotations

import sympy as sp

from proofs.lemmas.base import le, lemma
from proofs.terms import RANDOM_SCALARS
from theory.expressions import Expect, Prob, kernel, mean_kernel
from theory.quantities import F, U, b, h_rows, h_squares, h_sum, l

half_square = sp.Symbol("g", nonnegative=True)
"""Half the squared difference of the kernel at two disjoint pairs of classes."""
disjoint_mean = sp.Symbol("g_mean", nonnegative=True)
"""Its mean over all ordered quadruples of distinct source classes."""
RANDOM_SCALARS |= {half_square, disjoint_mean}
variance_of_kernel = Expect((kernel - mean_kernel) ** 2)


@lemma("Bernstein's inequality for U-statistics", "Hoeffding 1963, section 5, with Bernstein's moments")
def u_statistic_bernstein(x: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """For a kernel in [0, b], one of F, with variance s over pairs of independent classes, and its mean U
    over l of them, K = floor(l/2): P(E h <= U + sqrt(2 s x/K) + b x/(3 K)) >= 1 - F exp(-x)."""
    K = sp.floor(l / 2)
    claim = le(mean_kernel, U + sp.sqrt(2 * variance_of_kernel * x / K) + b * x / (3 * K))
    return [sp.Le(kernel, b)], sp.Ge(Prob(claim), 1 - F * sp.exp(-x), evaluate=False)


@lemma("lower tail of a nonnegative U-statistic", "Maurer 2003, theorem 1, by blocks of four classes")
def variance_lower_tail(x: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """For g half the squared difference of one of F kernels at disjoint pairs, its mean over quadruples of l
    classes, and K4 = floor(l/4): P(E g <= mean + sqrt(2 E g^2 x/K4)) >= 1 - F exp(-x)."""
    spread = sp.sqrt(2 * Expect(half_square**2) * x / sp.floor(l / 4))
    claim = le(Expect(half_square), disjoint_mean + spread)
    return [], sp.Ge(Prob(claim), 1 - F * sp.exp(-x), evaluate=False)


@lemma("half a squared difference", "textbook: the variance as a mean of two independent copies")
def half_square_mean() -> tuple[list[sp.Basic], sp.Basic]:
    """E g = E (h - E h)^2."""
    return [], sp.Eq(Expect(half_square), variance_of_kernel, evaluate=False)


@lemma("half a squared difference of bounded numbers", "textbook")
def half_square_bounded() -> tuple[list[sp.Basic], sp.Basic]:
    """If the kernel is in [0, b], then g <= b^2/2."""
    return [sp.Le(kernel, b)], le(half_square, b**2 / 2)


@lemma("sums over disjoint pairs", "inclusion and exclusion of shared classes")
def disjoint_pairs() -> tuple[list[sp.Basic], sp.Basic]:
    """With l >= 4: mean of g over quadruples = Q/(l(l-1)) - (S^2 - 4 r + 2 Q)/(l(l-1)(l-2)(l-3)), for S
    the sum of the kernel over ordered pairs, Q that of its squares and r that of its squared row sums."""
    products = h_sum**2 - 4 * h_rows + 2 * h_squares
    right = h_squares / (l * (l - 1)) - products / (l * (l - 1) * (l - 2) * (l - 3))
    return [sp.Ge(l, 4)], sp.Eq(disjoint_mean, right, evaluate=False)
