"""Linear maps learned from the classes that they are tested on: what holds for all maps at once."""

from __future__ import annotations

import sympy as sp

from proofs.lemmas.base import le, lemma
from proofs.lemmas.pairs import swapped
from proofs.terms import Dot, Norm, OverClasses, fixed
from theory.expressions import Avg, Prob
from theory.quantities import Lam, R_x, d, l, lookup, v_i, v_j

input_ = fixed("input")
"""Any input: a bound on its norm is a bound on all."""
input_gap = fixed("input_gap")
"""Difference of the means of two classes of inputs."""
input_variance = sp.Symbol("V_x", nonnegative=True)
"""Sum of the variances of two classes of inputs."""


class Deviation(sp.Function):  # type: ignore[misc]
    """E sup over all maps of (mean over new pairs - mean over floor(l/2) independent pairs); opaque."""

    is_real = True
    is_extended_real = True


class Rademacher(sp.Function):  # type: ignore[misc]
    """E sup over all maps of the mean, over floor(l/2) independent pairs of classes, of the arguments with
    independent random signs; opaque."""

    is_real = True
    is_extended_real = True


@lemma("a mean over new pairs is monotone", "textbook")
def new_pairs_monotone(X: sp.Expr, Y: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If X_ij <= Y_ij for every pair of classes, then their means over new pairs are in that order."""
    return [sp.Le(X, Y)], le(OverClasses(X), OverClasses(Y))


@lemma("new classes in either order", "two independent classes may change places; linearity")
def new_pairs_symmetric(X: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """The mean of X_ij over new pairs is that of (X_ij + X_ji)/2."""
    return [], sp.Eq(OverClasses(X), OverClasses((X + swapped(X)) / 2), evaluate=False)


@lemma(
    "uniform deviation of a U-statistic",
    "Hoeffding 1963, section 5 (Jensen over blocks of pairs), with McDiarmid's inequality for the supremum",
)
def uniform_deviation(X: sp.Expr, x: sp.Expr, K: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If X_ij is in [0, 1] and K = floor(l/2), then with probability at least 1 - exp(-x), for all maps at
    once: mean over new pairs <= Avg X + E sup of the deviation over blocks + sqrt(x/(2K))."""
    claim = le(OverClasses(X), Avg(X) + Deviation(X) + sp.sqrt(x / (2 * K)))
    needs = [sp.Ge(X, 0), sp.Le(X, 1), sp.Eq(K, sp.floor(l / 2), evaluate=False)]
    return needs, sp.Ge(Prob(claim), 1 - sp.exp(-x), evaluate=False)


@lemma("symmetrization", "Boucheron, Lugosi, Massart (2013), lemma 11.4")
def symmetrization(X: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """E sup of the deviation <= 2 E sup of the mean with random signs."""
    return [], le(Deviation(X), 2 * Rademacher(X))


@lemma("vector contraction", "Maurer 2016, corollary 1: functions of two numbers, Lipschitz in length")
def vector_contraction(
    X: sp.Expr, slope: sp.Expr, *parts: tuple[sp.Expr, sp.Expr]
) -> tuple[list[sp.Basic], sp.Basic]:
    """If X is a function of the numbers A_r alone and (X - X')^2 <= L^2 sum of (A_r - A_r')^2 for L >= 0,
    then E sup of the mean of X with random signs is at most sqrt(2) L times that of the A_r. ``parts``: A_r
    and A_r'."""
    rename: dict[sp.Symbol, sp.Symbol] = {}
    for here, there in parts:
        (symbol,), (other,) = here.free_symbols, there.free_symbols
        if here.xreplace({symbol: other}) != there or symbol._assumptions_orig != other._assumptions_orig:
            raise ValueError(f"{there} is not {here} at another pair of classes")
        rename[symbol] = other
    if any((entry := lookup(s)) is None or entry.index for s in X.free_symbols - set(rename)):
        raise ValueError(f"{X} is no function of {[here for here, _ in parts]}")
    squares = sp.Add(*((here - there) ** 2 for here, there in parts))
    needs = [le((X - X.xreplace(rename)) ** 2, slope**2 * squares), sp.Ge(slope, 0)]
    return needs, le(Rademacher(X), sp.sqrt(2) * slope * Rademacher(*(here for here, _ in parts)))


@lemma("inputs of bounded norm", "textbook: a mean is no longer than the longest; E|x - m|^2 <= E|x|^2")
def bounded_inputs() -> tuple[list[sp.Basic], sp.Basic]:
    """If inputs have norm at most R, the means of two classes are at most 2 R apart and their variances add
    up to at most 2 R^2."""
    means, variances = le(Norm(input_gap), 2 * R_x), le(input_variance, 2 * R_x**2)
    return [sp.Le(Norm(input_), R_x)], sp.And(means, variances, evaluate=False)


@lemma(
    "largest linear form of a bounded map",
    "Cauchy-Schwarz for <W'W, A>, |W'W| <= |W|^2 in the Frobenius norm; Jensen over the signs",
)
def largest_form(
    N: sp.Symbol, scale: sp.Expr, K: sp.Expr, a: sp.Expr, c: sp.Expr
) -> tuple[list[sp.Basic], sp.Basic]:
    """For maps W with |W| <= Lambda, d^2 = |W gap|^2 and N = s (v_i + v_j): if |gap|^2 <= a and s times the
    variances of the inputs is at most c, then E sup of the means of d^2 and N with random signs is at most
    Lambda^2 sqrt((a^2 + c^2)/K), K = floor(l/2)."""
    needs = [
        sp.Eq(N, scale * (v_i + v_j), evaluate=False),
        sp.Eq(K, sp.floor(l / 2), evaluate=False),
        le(Dot(input_gap, input_gap), a),
        le(scale * input_variance, c),
    ]
    return needs, le(Rademacher(d**2, N), Lam**2 * sp.sqrt((a**2 + c**2) / K))
