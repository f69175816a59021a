"""Any pair bound, cut off at 1, is a kernel of two classes; its mean over new classes bounds their error."""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.few_shot import cdnv_optimal as optimal
from proofs.few_shot import exact_moment as exact
from proofs.few_shot import margin_order_4 as order_4
from proofs.few_shot.shifted_margin import query_by_eigenvalue
from proofs.kernel.terms import OverClasses
from proofs.new_classes.blocks import two_classes
from theory.bound.confidence import TransferConfidence
from theory.expressions import Avg, KlUpper, margin, pair_error
from theory.few_shot.cdnv_optimal import cdnv_optimal
from theory.few_shot.exact_moment import EM, VarM, exact_moment
from theory.few_shot.margin_order_4 import margin_order_4
from theory.new_classes.u_statistic import log_maps, pairs
from theory.quantities import k, lam_i

PAIRS = {
    "pair_bound_new_classes": cdnv_optimal,
    "exact_moment_new_classes": exact_moment,
    "margin_order_4_new_classes": margin_order_4,
}
PROVES = tuple(PAIRS)


def proof(bound: TransferConfidence) -> Proof:
    p = Argument.about(bound)
    signs: tuple[str, ...] = ()
    pair = PAIRS[bound.name]
    for symbol, meaning in pair.where:
        p.define(str(symbol.name), symbol, meaning)
    if pair is cdnv_optimal:
        optimal.best_shift(p, lam_i)
        query_by_eigenvalue(p)
        optimal.worst_case(p, claim=pair.relation)
    elif pair is margin_order_4:
        order_4.pair(p)
        p.inequality(
            "bound",
            "The quadratic bound, Cantelli's and the trivial one are the pair bound's three cases.",
            pair.relation,
            "quadratic",
            "cantelli",
            "trivial",
            "signs",
            "ahead",
        )
        signs = ("signs",)
    else:
        exact.moments(p, EM, VarM, "EM", "VarM")
        p.cite("trivial", "A probability is at most one.", lemmas.at_most_one(pair_error.args[0]))
        p.inequality("bound", "The two cases.", pair.relation, "cantelli", "trivial")
        p.cite("square", "A variance is not negative.", lemmas.monotone(sp.S.Zero, (margin - EM) ** 2))
        signs = ("square", "variance")
    cut = sp.Min(1, pair.closed_form)
    names = tuple(str(symbol.name) for symbol, _ in pair.where)
    p.inequality("cut", "Cut off at 1.", pair_error <= cut, "bound", "trivial", *signs, *names)
    p.cite("union", "Union over pairs of new classes.", lemmas.union_of_new_classes(cut), "cut")
    p.assume("ways", "there are at least two classes", sp.Ge(k, 2))
    p.inequality("low", "The kernel is not negative,", cut >= 0, "cut")
    p.inequality("high", "nor above 1.", cut <= 1)
    limit = KlUpper(Avg(cut), log_maps / pairs)
    two_classes(p)
    tail = lemmas.new_classes_kl(cut, log_maps)
    p.cite("tail", "Its mean, from the source classes.", tail, "low", "high", "classes")
    small, wanted = sp.Le(OverClasses(cut), limit, evaluate=False), bound.claim
    p.inequality("entails", "In that event the limit holds.", sp.Implies(small, wanted), "union", "ways")
    p.cite(
        "as likely",
        "An entailed event is at least as likely.",
        lemmas.more_likely(small, wanted),
        "entails",
    )
    p.inequality(
        "limit",
        "The likely event entails the claim, which therefore is at least as likely.",
        p.goal,
        "tail",
        "as likely",
    )
    return p.finish()
