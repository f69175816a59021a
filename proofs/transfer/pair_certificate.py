"""The pair's own error as a kernel: the union bound over pairs, and the kernel's confidence limit."""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.kernel.terms import OverClasses
from proofs.new_classes.blocks import two_classes
from theory.bound.confidence import TransferConfidence
from theory.expressions import kernel, mean_kernel, pair_error
from theory.new_classes.u_statistic import log_maps, pairs
from theory.quantities import b, k


def proof(bound: TransferConfidence) -> Proof:
    p = Argument.about(bound)
    p.assume("range", "the kernel takes values in [0, b]", sp.Le(kernel, b))
    own = sp.Eq(mean_kernel, OverClasses(pair_error))
    p.assume("unbiased", "its mean is that of the pair's own error", own)
    p.assume("ways", "there are at least two classes", sp.Ge(k, 2))
    tail = lemmas.u_statistic_kl(pairs, log_maps)
    two_classes(p)
    p.cite("tail", "The kernel's mean, from the source classes.", tail, "range", "classes")
    p.cite("union", "Union over pairs of new classes.", lemmas.union_of_new_classes(pair_error))
    small, wanted = tail.gives.args[0].args[0], bound.claim
    p.inequality(
        "entails",
        "In that event the limit holds.",
        sp.Implies(small, wanted),
        "union",
        "unbiased",
        "ways",
    )
    p.cite(
        "as likely",
        "An entailed event is at least as likely.",
        lemmas.more_likely(small, wanted),
        "entails",
    )
    p.inequality(
        "bound",
        "The likely event entails the claim, which therefore is at least as likely.",
        p.goal,
        "tail",
        "as likely",
    )
    return p.finish()
