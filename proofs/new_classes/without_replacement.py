"""Classes of a finite pool: a martingale that ends in the pool's own mean."""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument
from proofs.new_classes.blocks import two_classes
from theory.new_classes.u_statistic import log_maps
from theory.quantities import l


def limit(p: Argument, h: sp.Expr, top: sp.Expr) -> None:
    """Steps to the goal: the pool's mean of h, which is not negative, and at most ``top`` by ``range``."""
    two_classes(p)
    p.cite("change", "One class is in 2/l of the pairs.", lemmas.change_of_mean(h, top), "range", "classes")
    tail = lemmas.without_replacement(h, 2 * top / l, log_maps)
    p.cite("tail", "Bounded differences without replacement.", tail, "change")
    p.cite("all", "Once all classes are seen, their mean is that of the pool.", lemmas.whole_pool(h))
    likely, wanted = (claim.args[0].args[0] for claim in (tail.gives, p.goal))
    p.inequality(
        "entails",
        "The bound holds where l < L by the tail and where l = L because all classes were seen.",
        sp.Implies(likely, wanted),
        "all",
    )
    p.cite(
        "as likely",
        "An entailed event is at least as likely.",
        lemmas.more_likely(likely, wanted),
        "entails",
    )
    p.inequality(
        "bound",
        "The likely event entails the claim, which therefore is at least as likely.",
        p.goal,
        "tail",
        "as likely",
    )
