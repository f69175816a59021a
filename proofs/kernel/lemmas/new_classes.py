"""Limits of U-statistics over new classes, and of episodes made of them."""

from __future__ import annotations

import sympy as sp

from proofs.kernel.lemmas.base import Claims, le, lemma
from proofs.kernel.sorts import fixed_before, of_classes, role, same_for
from proofs.kernel.terms import OverClasses, all_episodes
from theory.expressions import Avg, KlUpper, Prob, kernel, mean_kernel, pair_error, transfer_error
from theory.quantities import B_ep, F, U, b, k, l

MEAN_KERNEL = "the mean of the kernel over pairs of source classes"


def independent_classes() -> None:
    """The classes are independent: no proof may draw them from a finite pool as well."""
    role(l, "the number of independent classes")


def _chosen(x: sp.Expr) -> None:
    """A number chosen before anything is drawn, of independent classes."""
    independent_classes()
    fixed_before(x)
    same_for("ijlr", x)


@lemma("Hoeffding's inequality for U-statistics", "Hoeffding 1963, section 5", theorem=True)
def u_statistic_hoeffding(K: sp.Expr, x: sp.Expr) -> Claims:
    """For a kernel in [0, b], one of F, its mean U over l independent classes, and K = floor(l/2):
    P(E h <= U + b sqrt(x/(2K))) >= 1 - F exp(-x)."""
    _chosen(x)
    role(U, MEAN_KERNEL)
    needs = [sp.Le(kernel, b), sp.Eq(K, sp.floor(l / 2), evaluate=False), sp.Ge(l, 2)]
    claim = le(mean_kernel, U + b * sp.sqrt(x / (2 * K)))
    return needs, sp.Ge(Prob(claim), 1 - F * sp.exp(-x), evaluate=False)


@lemma(
    "Hoeffding's inequality for U-statistics, relative entropy",
    "Hoeffding 1963, theorem 1 and section 5",
    theorem=True,
)
def u_statistic_kl(K: sp.Expr, x: sp.Expr) -> Claims:
    """As `u_statistic_hoeffding`, with b sup{q : kl(U/b, q) <= x/K} as the limit."""
    _chosen(x)
    role(U, MEAN_KERNEL)
    needs = [sp.Le(kernel, b), sp.Eq(K, sp.floor(l / 2), evaluate=False), sp.Ge(l, 2)]
    claim = le(mean_kernel, b * KlUpper(U / b, x / K))
    return needs, sp.Ge(Prob(claim), 1 - F * sp.exp(-x), evaluate=False)


@lemma(
    "relative entropy limit of a mean over new classes",
    "Hoeffding 1963, for a symmetrized kernel",
    theorem=True,
)
def new_classes_kl(X: sp.Expr, x: sp.Expr) -> Claims:
    """If X_ij is in [0, 1], one of F, then with probability at least 1 - F exp(-x) its mean over new pairs
    of classes is at most sup{q : kl(Avg X, q) <= x/floor(l/2)}, Avg over l independent classes."""
    _chosen(x)
    of_classes(X)
    claim = le(OverClasses(X), KlUpper(Avg(X), x / sp.floor(l / 2)))
    return [sp.Ge(X, 0), sp.Le(X, 1), sp.Ge(l, 2)], sp.Ge(Prob(claim), 1 - F * sp.exp(-x), evaluate=False)


@lemma("union bound over new classes", "the union bound, averaged over k independent classes")
def union_of_new_classes(X: sp.Expr) -> Claims:
    """If P(M_ij <= 0) <= X_ij for every pair, then E err <= (k-1) times the mean of X over new pairs."""
    of_classes(X)
    return [le(pair_error, X)], le(transfer_error, (k - 1) * OverClasses(X))


@lemma(
    "relative entropy limit of a U-statistic of order k",
    "Hoeffding 1963, theorem 1 and section 5",
    theorem=True,
)
def episodes_kl(mean: sp.Expr, x: sp.Expr) -> Claims:
    """For the mean, over k-subsets of l independent classes with their samples or over chopped permutations,
    of an unbiased error of k classes in [0, 1], one of F:
    P(E err <= sup{q : kl(mean, q) <= x/floor(l/k)}) >= 1 - F exp(-x)."""
    if mean not in (U, all_episodes):
        raise ValueError(f"{mean} is not a mean over episodes")
    _chosen(x)
    if mean == U:
        role(U, "the mean error over all episodes, or chopped permutations, of the source classes")
    claim = le(transfer_error, KlUpper(mean, x / sp.floor(l / k)))
    return [sp.Ge(l, k)], sp.Ge(Prob(claim), 1 - F * sp.exp(-x), evaluate=False)


@lemma("Hoeffding's inequality for random episodes", "Hoeffding 1963, theorem 1, given classes and samples")
def random_episodes(x: sp.Expr) -> Claims:
    """For U the mean error over B_ep independent random episodes of the classes, one of F maps:
    P(mean over all episodes <= U + sqrt(x/(2 B_ep))) >= 1 - F exp(-x)."""
    _chosen(x)
    role(U, "the mean error over episodes drawn at random")
    claim = le(all_episodes, U + sp.sqrt(x / (2 * B_ep)))
    return [], sp.Ge(Prob(claim), 1 - F * sp.exp(-x), evaluate=False)


@lemma("an episode's error is at most one", "axiom of probability")
def episodes_at_most_one() -> Claims:
    """The mean error over all episodes is at most 1."""
    return [], le(all_episodes, sp.S.One)


@lemma("the relative entropy limit increases", "textbook: kl(u, q) falls in u <= q")
def kl_monotone(u: sp.Expr, u_more: sp.Expr, r: sp.Expr) -> Claims:
    """If u <= u', then sup{q : kl(u, q) <= r} <= sup{q : kl(u', q) <= r}, both u in [0, 1]."""
    return [sp.Ge(u, 0)], sp.Implies(
        sp.And(sp.Le(u, u_more), sp.Le(u_more, 1)), le(KlUpper(u, r), KlUpper(u_more, r))
    )
