"""The pair bound at confidence limits of its quantities, as a kernel of classes.

It increases in the variances and falls in the distance, so it is larger at the limits that the samples give;
the true one's mean over the source classes, and so its limit for new classes, is smaller.
"""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.few_shot import cdnv_optimal as optimal
from proofs.few_shot.shifted_margin import query_by_eigenvalue
from proofs.new_classes.blocks import two_classes
from proofs.new_samples import radii
from theory.bound.confidence import TransferConfidence
from theory.expressions import Avg, Prob, pair_error
from theory.few_shot.cdnv_optimal import cdnv_optimal
from theory.new_samples.cdnv_new_samples_bernstein import v_up_i, v_up_j
from theory.quantities import F, d, failure_c, failure_s, k, l, lam_i, n, v_i, v_j
from theory.transfer.transfer_end_to_end import B_up, d_low

K0, K1, a0, a1 = sp.symbols("K_0 K_1 a_0 a_1", real=True)
g0, g1, g2, g3 = sp.symbols("g_0 g_1 g_2 g_3", real=True)
cut = sp.Min(1, cdnv_optimal.closed_form)
worst = sp.Piecewise((sp.Min(1, B_up), d_low > 0), (sp.S.One, True))
x_c = sp.log(F / failure_c)


def proof(bound: TransferConfidence) -> Proof:
    p = Argument.about(bound)
    true_pair(p)
    event, known = radii.shrinking(p, failure_s)
    larger(p, event, known)
    p.inequality("samples fail", "Means and variances.", sp.Ge(Prob(event), 1 - failure_s), "both", "share")
    small = lemmas.new_classes_kl(cut, x_c).gives.args[0].args[0]
    likely = lemmas.all_likely((event, failure_s), (small, failure_c))
    p.cite("all", "Samples and classes at once.", likely, "samples fail", "tail")
    wanted, everything = bound.claim, sp.And(event, small)
    uses = ("union", "ways", "worse mean", "worst mean <= 1", "limit")
    p.inequality("entails", "In that event the limit holds.", sp.Implies(everything, wanted), *uses)
    p.cite(
        "as likely",
        "An entailed event is at least as likely.",
        lemmas.more_likely(everything, wanted),
        "entails",
    )
    p.inequality(
        "end",
        "The likely event entails the claim, which therefore is at least as likely.",
        p.goal,
        "all",
        "as likely",
    )
    return p.finish()


def true_pair(p: Argument) -> None:
    """The pair bound at the true quantities, cut off at 1, and its mean over new classes."""
    for symbol, meaning in cdnv_optimal.where:
        p.define(str(symbol.name), symbol, meaning)
    optimal.best_shift(p, lam_i)
    query_by_eigenvalue(p)
    optimal.worst_case(p, claim=cdnv_optimal.relation)
    p.inequality("cut", "Cut off at 1.", pair_error <= cut, "bound", "trivial", "al", "C", "K")
    p.cite("union", "Union over pairs of new classes.", lemmas.union_of_new_classes(cut), "cut")
    p.assume("ways", "there are at least two classes", sp.Ge(k, 2))
    p.inequality("low", "The kernel is not negative,", cut >= 0, "cut")
    p.inequality("high", "nor above 1.", cut <= 1)
    two_classes(p)
    p.cite(
        "tail",
        "Its mean, from the source classes.",
        lemmas.new_classes_kl(cut, x_c),
        "low",
        "high",
        "classes",
    )


def larger(p: Argument, event: sp.Basic, known: sp.Basic) -> None:
    """It is larger at the limits, pair by pair, hence in the mean, and so is the limit for new classes."""
    radii.distances(p)
    p.cite("trace", "An eigenvalue is at most the trace.", lemmas.largest_at_most_trace())
    uses = ("first", "second", "sample", "d_low")
    p.inequality("distance", "The means are that far apart.", sp.Implies(known, d >= d_low), *uses)
    monotone(p, known)
    p.inequality("worse", "So it is.", sp.Implies(event, cut <= worst), "radii", "larger")
    p.cite(
        "worse mean",
        "The inequality holds in the mean, too.",
        lemmas.average_monotone_given(event, cut, worst),
        "worse",
    )
    p.inequality("worst <= 1", "It is cut off at 1.", worst <= 1)
    p.cite(
        "worst mean <= 1",
        "The inequality holds in the mean, too.",
        lemmas.average_at_most(worst, sp.S.One),
        "worst <= 1",
    )
    p.cite("mean >= 0", "The true mean is not negative.", lemmas.average_nonnegative(cut), "low")
    step = lemmas.kl_monotone(Avg(cut), Avg(worst), x_c / sp.floor(l / 2))
    p.cite("limit", "The limit increases.", step, "mean >= 0")


def pair(K: sp.Expr, a: sp.Expr, distance: sp.Expr) -> sp.Expr:
    """The pair bound as a function of K, al and the distance (C is K + al^2)."""
    C = K + a**2
    cases = (C / distance**2, distance * a >= C), (sp.S.One, a >= distance)
    return sp.Min(1, sp.Piecewise(*cases, (K / (K + (distance - a) ** 2), True)))


def monotone(p: Argument, known: sp.Basic) -> None:
    """The pair bound increases in K and al and falls in the distance: one after the other."""
    p.define("K_0", K0, 4 * lam_i + v_j / n, "K at the true quantities")
    p.define("K_1", K1, 4 * v_up_i + v_up_j / n, "K at the limits")
    p.define("a_0", a0, sp.sqrt(v_i / n), "al at the true quantities")
    p.define("a_1", a1, sp.sqrt(v_up_i / n), "al at the limits")
    p.define("g_0", g0, pair(K0, a0, d), "the true pair bound")
    p.define("g_1", g1, pair(K1, a0, d), "with K at its limit")
    p.define("g_2", g2, pair(K1, a1, d), "with al at its limit too")
    p.define("g_3", g3, pair(K1, a1, d_low), "with all at their limits")
    in_K, in_a = (K0 >= 0) & (K0 <= K1), (a0 >= 0) & (a0 <= a1)
    p.inequality("K grows", "K is larger.", sp.Implies(known, in_K), "K_0", "K_1", "trace")
    p.inequality("al grows", "So is al.", sp.Implies(known, in_a), "a_0", "a_1")
    p.inequality("own", "The true pair bound,", cut <= g0, "K_0", "a_0", "g_0")
    p.inequality("in K", "increasing in K,", sp.Implies(in_K & (a0 >= 0), g0 <= g1), "g_0", "g_1")
    p.inequality("in a", "and in al,", sp.Implies((K1 >= 0) & in_a, g1 <= g2), "g_1", "g_2")
    near = (d_low > 0) & (d_low <= d)
    p.inequality("in d", "falling in d,", sp.Implies((K1 >= 0) & (a1 >= 0) & near, g2 <= g3), "g_2", "g_3")
    limits = sp.Implies(known & (d_low > 0), g3 <= sp.Min(1, B_up))
    p.inequality("stated", "is the statement's at the limits.", limits, "g_3", "B_up", "K_1", "a_1")
    chain = ("own", "in K", "in a", "in d", "stated", "K grows", "al grows", "distance", "high")
    g = sp.Symbol("g", real=True)
    p.define("g", g, cut, "the kernel")
    p.inequality("g <= g_0", "The kernel is at most the true pair bound.", g <= g0, "g", "own")
    p.inequality("g <= 1", "The kernel is at most one.", g <= 1, "g", "high")
    links = ("g <= g_0", "g <= 1", *chain[1:-1])
    p.inequality(
        "linked",
        "The chain of inequalities bounds the kernel by its value at the limits.",
        sp.Implies(known, g <= worst),
        *links,
    )
    p.inequality("larger", "Larger at the limits.", sp.Implies(known, cut <= worst), "linked", "g")
