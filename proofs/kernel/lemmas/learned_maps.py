"""Maps learned from some source classes and tested on others."""

from __future__ import annotations

import sympy as sp

from proofs.kernel.lemmas.base import Claims, le, lemma
from proofs.kernel.sorts import fixed_before, role, same_for
from theory.expressions import Expect, MixtureUpper, mean_map_error, vote_error
from theory.quantities import N_blocks, N_fold, U


def tilted(t: sp.Expr, count: sp.Expr) -> sp.Expr:
    """exp(count (-t U - log(1 - q + q e^-t))) at the mean error q of the maps."""
    q = mean_map_error
    return sp.exp(count * (-t * U - sp.log(1 - q + q * sp.exp(-t))))


@lemma(
    "exponential supermartingale of tested maps",
    "Hoeffding 1963, (4.1), block by block; Jensen for log",
    theorem=True,
)
def blocks_exponential(t: sp.Expr) -> Claims:
    """If each map is learned from blocks before the one it is tested on, by N_r disjoint tuples of new
    classes with errors in [0, 1], then E exp(N (-t U - log(1 - q + q e^-t))) <= 1 for every fixed t, with U
    and q the N_r-weighted means of measured and true errors.

    Derived here. Given all before block r its map is fixed and its N_r errors e are independent with mean
    q_r; e^(-t e) lies below its chord on [0, 1], so E exp(N_r (-t U_r - log(1 - q_r + q_r e^-t))) <= 1. The
    product over the blocks has expectation at most 1, block by block from the last. log(1 - q + q e^-t) is
    concave in q, so that the weighted mean of its values at q_r is at most its value at q."""
    _fixed(t)
    role(U, "the measured error of maps, each tested on later blocks of classes")
    return [], le(Expect(tilted(t, N_blocks)), sp.S.One)


@lemma(
    "exponential moment of cross-validated maps",
    "Hoeffding 1963, (4.1), fold by fold; Jensen over folds",
    theorem=True,
)
def folds_exponential(t: sp.Expr) -> Claims:
    """If each of K maps is learned without the fold it is tested on, by N_r >= N_0 disjoint tuples of
    classes, then E exp(N_0 (-t U - log(1 - q + q e^-t))) <= 1 for every fixed t, with U and q the means of
    measured and true errors over the folds, under any fixed weights.

    Given the other folds E exp(N_r (-t U_r - log(1 - q_r + q_r e^-t))) <= 1, as `blocks_exponential` of one
    block; x -> x^(N_0/N_r) is concave, so that the same holds with N_0. log is concave and exp convex in the
    mean over the folds, however they depend on each other."""
    _fixed(t)
    role(U, "the measured error of maps, each tested on the fold it has not seen")
    return [], le(Expect(tilted(t, N_fold)), sp.S.One)


def _fixed(expression: sp.Expr) -> None:
    fixed_before(expression)
    same_for("ijlr", expression)


@lemma("a mean of errors is at most one", "axiom of probability")
def map_error_at_most_one() -> Claims:
    """The mean transfer error of the maps is at most 1."""
    return [], le(mean_map_error, sp.S.One)


@lemma("plurality vote", "Markov: where the vote errs, at least half of the weight errs")
def vote() -> Claims:
    """The vote's transfer error is at most twice the weighted mean transfer error of the voters.

    Derived here. Where the vote errs, its winner has at least the weight of the true class, so that those
    who err there have at least half of the weight: the indicator of the one is at most twice the other."""
    return [], le(vote_error, 2 * mean_map_error)


@lemma("Hoeffding's lemma", "Hoeffding 1963, (4.16): second derivative of a cumulant of values in [0, 1]")
def hoeffding_lemma(q: sp.Expr, t: sp.Expr) -> Claims:
    """If 0 <= q <= 1, then log(1 - q + q e^-t) <= -t q + t^2/8."""
    return [sp.Ge(q, 0), sp.Le(q, 1)], le(sp.log(1 - q + q * sp.exp(-t)), -t * q + t**2 / 8)


@lemma("mixture limit", "meaning of a supremum")
def mixture_limit(q: sp.Expr, u: sp.Expr, N: sp.Expr, failure: sp.Expr, *tilts: sp.Expr) -> Claims:
    """If 0 <= q <= 1 and the mean over tilts t of exp(N (-t u - log(1 - q + q e^-t))) is at most 1/delta,
    then q is at most the largest number of that kind."""
    terms = [sp.exp(N * (-t * u - sp.log(1 - q + q * sp.exp(-t)))) for t in tilts]
    small = le(sp.Add(*terms) / len(tilts), 1 / failure)
    return [sp.Ge(q, 0), sp.Le(q, 1)], sp.Implies(small, le(q, MixtureUpper(u, N, failure, *tilts)))
