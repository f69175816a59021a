"""A U-statistic of order k of independent objects, classes with their samples; or random episodes of them."""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.kernel.terms import all_episodes
from theory.bound.confidence import TransferConfidence
from theory.new_classes.u_statistic import log_maps
from theory.quantities import B_ep, F, U, failure_c, failure_e, k, l

PROVES = ("episode_certificate", "episode_certificate_random")


def proof(bound: TransferConfidence) -> Proof:
    p = Argument.about(bound)
    p.assume("enough", "at least as many source classes as ways", sp.Ge(l, k))
    if bound.name == "episode_certificate":
        tail = lemmas.episodes_kl(U, log_maps)
        p.cite("bound", "Blocks of floor(l/k) disjoint k-tuples.", tail, "enough")
    else:
        random_episodes(p)
    return p.finish()


def random_episodes(p: Argument) -> None:
    """The episodes' mean against the mean over all k-subsets, and that against the transfer error."""
    whole, x_e, x_c = all_episodes, sp.log(F / failure_e), sp.log(F / failure_c)
    p.cite("episodes", "Hoeffding given the classes.", lemmas.random_episodes(x_e))
    p.cite("classes", "Blocks of floor(l/k) disjoint k-tuples.", lemmas.episodes_kl(whole, x_c), "enough")
    near, tail = (step.claim.args[0].args[0] for step in p.steps)
    both = sp.And(near, tail)
    p.cite(
        "both",
        "Unless the draw of the episodes fails, or that of the classes.",
        lemmas.all_likely((near, failure_e), (tail, failure_c)),
        "episodes",
        "classes",
    )
    p.cite("whole <= 1", "A mean of errors is at most one.", lemmas.episodes_at_most_one())
    limit = sp.Min(1, U + sp.sqrt(x_e / (2 * B_ep)))
    radius = x_c / sp.floor(l / k)
    p.cite("limit", "The limit increases.", lemmas.kl_monotone(whole, limit, radius))
    wanted = p.goal.args[0].args[0]
    p.inequality("entails", "In that event the limit holds.", sp.Implies(both, wanted), "limit", "whole <= 1")
    p.cite(
        "as likely",
        "An entailed event is at least as likely.",
        lemmas.more_likely(both, wanted),
        "entails",
    )
    p.inequality(
        "bound",
        "The likely event entails the claim, which therefore is at least as likely.",
        p.goal,
        "both",
        "as likely",
    )
