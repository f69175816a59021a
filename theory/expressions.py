"""Opaque atoms and operators that statements are made of, beyond ordinary algebra.

``Prob`` and ``Expect`` have no value of their own: they name what a bound bounds, and only a cited lemma
of a proof may open them. ``Avg``, ``SumOver``, ``MaxOver``, ``SumOverPairs`` and ``SumAxes`` reduce an
expression over classes or axes. With ways < classes each stands for its mean over the subsets of that
size, never enumerated; with ways = classes it is the plain reduction.
"""

from __future__ import annotations

import sympy as sp


class _RealFunction(sp.Function):
    is_extended_real = True
    is_real = True


class Prob(_RealFunction):
    """Probability of an event; opaque."""

    is_nonnegative = True


class Expect(_RealFunction):
    """Expectation of a random variable; opaque."""


class _Typical(_RealFunction):
    """Of a number it is that number."""

    @classmethod
    def eval(cls, reduced: sp.Expr) -> sp.Expr | None:
        """The number, where it is one."""
        return reduced if reduced.is_Number else None


class Avg(_Typical):
    """Mean over ordered pairs of distinct classes."""


class SumOver(_RealFunction):
    """Sum over the classes j other than i."""


class MaxOver(_Typical):
    """Largest over the classes j other than i."""


class SumOverPairs(_RealFunction):
    """Sum over ordered pairs (j, l) of distinct classes, both other than i."""


class SumAxes(_RealFunction):
    """Sum over coordinate axes r."""


class MaxAxes(_Typical):
    """Largest over coordinate axes r."""


class ForEveryOther(sp.logic.boolalg.BooleanFunction):
    """True when a relation holds for every class j other than i (of all classes, whatever the ways)."""


class Near(sp.logic.boolalg.BooleanFunction):
    """The first number is about the second: what an approximation says. No proof can use it."""


class ChiSquareLess(_RealFunction):
    """P(chi2_p(la) <= chi2_p(lb)) for independent noncentral chi-squares; arguments (p, la, lb)."""

    is_nonnegative = True


class NormalOrthant(_RealFunction):
    """P(N(0, C) < h componentwise); arguments (h, C) are matrices."""

    is_nonnegative = True


class NormalTail(_RealFunction):
    """P(Z > x) for a standard normal Z."""

    is_nonnegative = True


class KlUpper(_RealFunction):
    """sup{q : kl(u, q) <= r} for Bernoulli relative entropy; arguments (u, r). At least u, at most 1."""

    is_nonnegative = True


class MixtureUpper(_RealFunction):
    """sup{q : (1/J) sum_j exp(N (-t_j u - log(1 - q + q e^{-t_j}))) <= 1/delta}.

    Arguments (u, N, delta, t_1, ..., t_J). At least u, at most 1.
    """

    is_nonnegative = True


REDUCTIONS = (Avg, SumOver, MaxOver, SumOverPairs, SumAxes, MaxAxes, ForEveryOther)

margin = sp.Symbol("M", real=True)
"""The pair margin M_ij = |z - m_j|^2 - |z - m_i|^2 of a query z of class i."""

pair_error = Prob(sp.Le(margin, 0))
"""P(M_ij <= 0): the query falls at least as near the wrong centre."""

margin_loss = sp.Symbol("loss", real=True)
"""The soft-margin loss of a query z of class i against class j: with r = |z - m_i| - |z - m_j| and a width
Delta, fixed in advance, 0 for r <= -Delta, 1 for r >= 0 and 1 + r/Delta between. Where M_ij <= 0 it is 1."""

class_error = sp.Symbol("err_i", nonnegative=True)
"""P(wrong | query of class i)."""

soft_error = Expect(margin_loss)
"""Its mean: at least P(M_ij <= 0)."""

few_shot_error = sp.Symbol("err", nonnegative=True)
"""Mean over classes of P(wrong | class i): k-way n-shot error of the nearest-class-mean rule."""

limiting_ratio = sp.Symbol("rho", nonnegative=True)
"""Limit of error / bound along a family of laws."""

kernel = sp.Symbol("h", nonnegative=True)
"""A kernel of two classes."""

mean_kernel = Expect(kernel)
"""E h: mean of a kernel of two classes over two independent classes of the population."""

transfer_error = Expect(few_shot_error)
"""E err: k-way n-shot error averaged over k new classes of the population."""

axes_cosine = sp.Symbol("cos_12", real=True)
"""u_1.u_2: cosine of the angle between an axis of one labeling and an axis of another."""

mean_map_error = sp.Symbol("errbar", nonnegative=True)
"""Weighted mean of the transfer errors of the maps f_r: the transfer error of a map drawn by its weight."""

vote_error = sp.Symbol("err_vote", nonnegative=True)
"""Transfer error of the weighted plurality vote of the maps f_r."""
