"""Linear maps learned from the classes that they are tested on: what holds for all maps at once."""

from __future__ import annotations

import sympy as sp

from proofs.kernel.lemmas.base import Claims, le, lemma
from proofs.kernel.lemmas.new_classes import independent_classes
from proofs.kernel.lemmas.pairs import swapped
from proofs.kernel.reading import opaque
from proofs.kernel.sorts import fixed_before, of_classes, same_for, unconstrained
from proofs.kernel.terms import Dot, Norm, OverClasses, fixed, input_variance
from theory.expressions import Avg, Prob
from theory.quantities import Lam, R_x, d, l, v_i, v_j

input_ = fixed("input")
"""Any input: a bound on its norm is a bound on all."""
input_gap = fixed("input_gap")
"""Difference of the means of two classes of inputs."""


@opaque
class Deviation(sp.Function):
    """E sup over all maps of (mean over new pairs - mean over floor(l/2) independent pairs); opaque."""

    is_real = True
    is_extended_real = True


@opaque
class Rademacher(sp.Function):
    """E sup over all maps of the mean, over floor(l/2) independent pairs of classes, of the arguments with
    independent random signs; opaque."""

    is_real = True
    is_extended_real = True


@lemma("a mean over new pairs is monotone", "textbook")
def new_pairs_monotone(X: sp.Expr, Y: sp.Expr) -> Claims:
    """If X_ij <= Y_ij for every pair of classes, then their means over new pairs are in that order."""
    of_classes(X, Y)
    return [sp.Le(X, Y)], le(OverClasses(X), OverClasses(Y))


@lemma("new classes in either order", "two independent classes may change places; linearity")
def new_pairs_symmetric(X: sp.Expr) -> Claims:
    """The mean of X_ij over new pairs is that of (X_ij + X_ji)/2."""
    of_classes(X)
    return [], sp.Eq(OverClasses(X), OverClasses((X + swapped(X)) / 2), evaluate=False)


@lemma(
    "uniform deviation of a U-statistic",
    "Hoeffding 1963, section 5 (Jensen over blocks of pairs), with McDiarmid's inequality for the supremum",
    theorem=True,
)
def uniform_deviation(X: sp.Expr, x: sp.Expr, K: sp.Expr) -> Claims:
    """If X_ij is in [0, 1] and K = floor(l/2), then with probability at least 1 - exp(-x), for all maps at
    once: mean over new pairs <= Avg X + E sup of the deviation over blocks + sqrt(x/(2K))."""
    of_classes(X)
    independent_classes()
    fixed_before(x)
    same_for("ijlr", x)
    claim = le(OverClasses(X), Avg(X) + Deviation(X) + sp.sqrt(x / (2 * K)))
    needs = [sp.Ge(X, 0), sp.Le(X, 1), sp.Eq(K, sp.floor(l / 2), evaluate=False), sp.Ge(l, 2)]
    return needs, sp.Ge(Prob(claim), 1 - sp.exp(-x), evaluate=False)


@lemma("symmetrization", "Boucheron, Lugosi, Massart (2013), lemma 11.4", theorem=True)
def symmetrization(X: sp.Expr) -> Claims:
    """E sup of the deviation <= 2 E sup of the mean with random signs."""
    of_classes(X)
    return [], le(Deviation(X), 2 * Rademacher(X))


@lemma(
    "vector contraction",
    "Maurer 2016, corollary 1: functions of two numbers, Lipschitz in length",
    theorem=True,
)
def vector_contraction(X: sp.Expr, slope: sp.Expr, *parts: tuple[sp.Expr, sp.Expr]) -> Claims:
    """If X is a function of the numbers A_r alone, which are made of numbers that are at least zero, and
    (X - X')^2 <= L^2 sum of (A_r - A_r')^2 for L >= 0, then E sup of the mean of X with random signs is at
    most sqrt(2) L times that of the A_r. ``parts``: A_r and A_r'."""
    rename: dict[sp.Symbol, sp.Symbol] = {}
    for here, there in parts:
        (symbol,), (other,) = here.free_symbols, there.free_symbols
        if here.xreplace({symbol: other}) != there:
            raise ValueError(f"{there} is not {here} at another pair of classes")
        rename[symbol] = other
    of_classes(X)
    unconstrained(*rename.values())
    for symbol in X.free_symbols - set(rename):
        same_for("ijlr", symbol)
        fixed_before(symbol)
    fixed_before(slope)
    same_for("ijlr", slope)
    squares = sp.Add(*((here - there) ** 2 for here, there in parts))
    signs = [sp.Ge(symbol, 0, evaluate=False) for symbol in rename]
    both = sp.And(*signs, *(sp.Ge(symbol, 0, evaluate=False) for symbol in rename.values()))
    lipschitz = le((X - X.xreplace(rename)) ** 2, slope**2 * squares)
    needs = [sp.Implies(both, lipschitz), sp.Ge(slope, 0), *signs]
    return needs, le(Rademacher(X), sp.sqrt(2) * slope * Rademacher(*(here for here, _ in parts)))


@lemma("inputs of bounded norm", "textbook: a mean is no longer than the longest; E|x - m|^2 <= E|x|^2")
def bounded_inputs() -> Claims:
    """If inputs have norm at most R, the means of two classes are at most 2 R apart and their variances add
    up to at most 2 R^2."""
    means, variances = le(Norm(input_gap), 2 * R_x), le(input_variance, 2 * R_x**2)
    return [sp.Le(Norm(input_), R_x)], sp.And(means, variances, evaluate=False)


@lemma(
    "largest linear form of a bounded map",
    "Cauchy-Schwarz for <W'W, A>, |W'W| <= |W|^2 in the Frobenius norm; Jensen over the signs",
)
def largest_form(N: sp.Symbol, scale: sp.Expr, K: sp.Expr, a: sp.Expr, c: sp.Expr) -> Claims:
    """For maps W with |W| <= Lambda, d^2 = |W gap|^2 and N = s (v_i + v_j): if |gap|^2 <= a and s times the
    variances of the inputs is at most c, then E sup of the means of d^2 and N with random signs is at most
    Lambda^2 sqrt((a^2 + c^2)/K), K = floor(l/2), for s >= 0."""
    fixed_before(scale, a, c)
    same_for("ijlr", scale, a, c)
    needs = [
        sp.Ge(l, 2),
        sp.Ge(scale, 0),
        sp.Eq(N, scale * (v_i + v_j), evaluate=False),
        sp.Eq(K, sp.floor(l / 2), evaluate=False),
        le(Dot(input_gap, input_gap), a),
        le(scale * input_variance, c),
    ]
    return needs, le(Rademacher(d**2, N), Lam**2 * sp.sqrt((a**2 + c**2) / K))
