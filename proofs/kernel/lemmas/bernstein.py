"""Empirical Bernstein limits over new classes."""

from __future__ import annotations

import sympy as sp

from proofs.kernel.lemmas.base import Claims, le, lemma
from proofs.kernel.lemmas.new_classes import MEAN_KERNEL, independent_classes
from proofs.kernel.sorts import fixed_before, role, same_for
from proofs.kernel.terms import disjoint_mean, half_square
from theory.expressions import Expect, Prob, kernel, mean_kernel
from theory.quantities import F, U, b, h_rows, h_squares, h_sum, l

variance_of_kernel = Expect((kernel - mean_kernel) ** 2)


@lemma(
    "Bernstein's inequality for U-statistics",
    "Hoeffding 1963, section 5, with Bernstein's moments",
    theorem=True,
)
def u_statistic_bernstein(x: sp.Expr) -> Claims:
    """For a kernel in [0, b], one of F, with variance s over pairs of independent classes, and its mean U
    over l >= 2 of them, K = floor(l/2): P(E h <= U + sqrt(2 s x/K) + b x/(3 K)) >= 1 - F exp(-x)."""
    role(U, MEAN_KERNEL)
    independent_classes()
    fixed_before(x)
    same_for("ijlr", x)
    K = sp.floor(l / 2)
    claim = le(mean_kernel, U + sp.sqrt(2 * variance_of_kernel * x / K) + b * x / (3 * K))
    return [sp.Le(kernel, b), sp.Ge(l, 2)], sp.Ge(Prob(claim), 1 - F * sp.exp(-x), evaluate=False)


@lemma(
    "lower tail of a nonnegative U-statistic",
    "Maurer 2003, theorem 1, by blocks of four classes",
    theorem=True,
)
def variance_lower_tail(x: sp.Expr) -> Claims:
    """For g half the squared difference of one of F kernels at disjoint pairs, its mean over quadruples of l
    classes, and K4 = floor(l/4): P(E g <= mean + sqrt(2 E g^2 x/K4)) >= 1 - F exp(-x)."""
    independent_classes()
    fixed_before(x)
    same_for("ijlr", x)
    spread = sp.sqrt(2 * Expect(half_square**2) * x / sp.floor(l / 4))
    claim = le(Expect(half_square), disjoint_mean + spread)
    return [sp.Ge(l, 4)], sp.Ge(Prob(claim), 1 - F * sp.exp(-x), evaluate=False)


@lemma("half a squared difference", "textbook: the variance as a mean of two independent copies")
def half_square_mean() -> Claims:
    """E g = E (h - E h)^2."""
    return [], sp.Eq(Expect(half_square), variance_of_kernel, evaluate=False)


@lemma("half a squared difference of bounded numbers", "textbook")
def half_square_bounded() -> Claims:
    """If the kernel is in [0, b], then g <= b^2/2."""
    return [sp.Le(kernel, b)], le(half_square, b**2 / 2)


@lemma("sums over disjoint pairs", "inclusion and exclusion of shared classes")
def disjoint_pairs() -> Claims:
    """With l >= 4: mean of g over quadruples = Q/(l(l-1)) - (S^2 - 4 r + 2 Q)/(l(l-1)(l-2)(l-3)), for S
    the sum of the kernel over ordered pairs, Q that of its squares and r that of its squared row sums.

    Derived here. The mean of (h_ab - h_cd)^2/2 is that of h^2 less that of h_ab h_cd over disjoint pairs. Of
    S^2, all products of two ordered pairs, four ways to share a class make 4 r; those that share both, h_ab
    h_ab and h_ab h_ba, are in two of the four, so that 4 r - 2 Q is the sum of all that are not disjoint."""
    products = h_sum**2 - 4 * h_rows + 2 * h_squares
    right = h_squares / (l * (l - 1)) - products / (l * (l - 1) * (l - 2) * (l - 3))
    return [sp.Ge(l, 4)], sp.Eq(disjoint_mean, right, evaluate=False)
