"""Any pair bound averaged over new classes, and its mean over the source classes for all maps at once.

The kernel phi is a Lipschitz function of D = d^2 and N with slope sqrt 2/Delta^2; both are linear in W'W,
whose norm is at most Lambda^2.
"""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.few_shot import cdnv_sharp as sharp
from proofs.kernel.lemmas import Deviation, input_, input_gap
from proofs.kernel.terms import Dot, Norm, input_variance
from proofs.new_classes.blocks import one_block, two_classes
from theory.bound.confidence import TransferConfidence
from theory.expressions import pair_error
from theory.few_shot.cdnv_sharp import cdnv_sharp
from theory.new_classes.linear_maps import N, majorant, phi
from theory.new_classes.u_statistic import blocks
from theory.quantities import Lam, R_x, d, failure, floor_d, k, lam_i, n, v_i

x = sp.log(1 / failure)
scale = 2 + 1 / n
cut = sp.Min(1, cdnv_sharp.statement.subs(lam_i, v_i))
other_d, other_N = sp.symbols("d' N'", real=True)


def proof(bound: TransferConfidence) -> Proof:
    p = Argument.about(bound)
    p.assume("inputs", "every input has norm at most R_x", sp.Le(Norm(input_), R_x))
    p.assume("ways", "there are at least two classes to tell apart", sp.Ge(k, 2))
    new_pairs(p)
    complexity(p)
    return p.finish()


def new_pairs(p: Argument) -> None:
    """E err <= (k-1) times the mean of phi over new pairs."""
    sharp.pair_bound(p, cdnv_sharp.relation)
    p.cite("trace", "lam_i <= v_i.", lemmas.largest_at_most_trace())
    p.cite("trivial", "A probability is at most one.", lemmas.at_most_one(pair_error.args[0]))
    p.inequality("cut", "Cut off at 1.", pair_error <= cut, "pair", "trace", "trivial")
    p.cite("union", "Union over pairs of new classes.", lemmas.union_of_new_classes(cut), "cut")
    symmetric = lemmas.new_pairs_symmetric(cut)
    both = symmetric.gives.args[1].args[0]
    p.cite("both orders", "Two classes in either order.", symmetric)
    p.inequality("majorant", "phi is at least as large.", both <= majorant, "N_v")
    p.cite("mean", "In the mean.", lemmas.new_pairs_monotone(both, majorant), "majorant")


def complexity(p: Argument) -> None:
    """The mean of phi over new pairs, from that over the source classes."""
    p.inequality("low", "phi is not negative,", majorant >= 0, "N_v")
    p.inequality("high", "nor above 1.", majorant <= 1)
    tail = lemmas.uniform_deviation(majorant, x, blocks)
    two_classes(p)
    one_block(p)
    p.inequality("some", "At least one block.", blocks >= 1, "blocks", "one block")
    p.cite("tail", "For all maps at once.", tail, "low", "high", "blocks", "classes", "some")
    p.cite(
        "signs",
        "Symmetrization: replace the deviation by a sum with random signs.",
        lemmas.symmetrization(majorant),
    )
    slope = sp.sqrt(2) / floor_d**2
    parts = ((d**2, other_d**2), (N, other_N))
    contraction = lemmas.vector_contraction(majorant, slope, *parts)
    p.inequality("N >= 0", "N is not negative.", sp.Ge(N, 0, evaluate=False), "N_v")
    p.inequality("Lipschitz", "Its slope in D and N is at most sqrt 2/Delta^2.", contraction.needs[0])
    p.cite("contraction", "Only D and N count.", contraction, "Lipschitz", "N >= 0")
    p.cite("bounded", "Means and variances of inputs.", lemmas.bounded_inputs(), "inputs")
    far, wide = 4 * R_x**2, (4 + 2 / n) * R_x**2
    p.inequality(
        "gap",
        "Points in a ball of radius R_x are at most 2 R_x apart; square that.",
        Dot(input_gap, input_gap) <= far,
        "bounded",
    )
    p.inequality("spread", "With its factor.", scale * input_variance <= wide, "bounded")
    form = lemmas.largest_form(N, scale, blocks, far, wide)
    p.cite("form", "Linear in W'W.", form, "N_v", "blocks", "gap", "spread", "classes", "some")
    root = sp.sqrt(((4 + 2 / n) ** 2 + 16) / blocks)
    largest = 4 * Lam**2 * R_x**2 / floor_d**2 * root
    p.inequality(
        "deviation",
        "Symmetrization, contraction and the largest form bound the deviation.",
        Deviation(majorant) <= largest,
        "signs",
        "contraction",
        "form",
    )
    p.inequality(
        "phi is", "The majorant is at most the statement's phi, its definition.", majorant <= phi, "phi"
    )
    p.cite("average", "In the mean.", lemmas.average_monotone(majorant, phi), "phi is")
    likely, wanted = (claim.args[0].args[0] for claim in (tail.gives, p.goal))
    known = ("union", "both orders", "mean", "average", "deviation", "ways")
    p.inequality("entails", "Put it in.", sp.Implies(likely, wanted), *known)
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
