"""Bernstein with the kernel's variance, and that variance from below by its own unbiased estimate.

The estimate is a mean of g = (h - h')^2/2 over disjoint pairs; E g^2 <= b^2 E g/2, so its lower tail is of
the order of its root, and a quadratic in sqrt(E g) gives sqrt(E g) <= sqrt(max(S2, 0)) + b sqrt(x/K4).
"""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.kernel.lemmas import variance_of_kernel
from proofs.kernel.terms import disjoint_mean, half_square
from proofs.new_classes.blocks import one_block
from theory.bound import Bound
from theory.expressions import Expect, kernel
from theory.new_classes.u_statistic import S2, blocks_4, x
from theory.quantities import F, b, failure, l

root = sp.Symbol("root_g", real=True)


def proof(bound: Bound) -> Proof:
    p = Argument.about(bound)
    p.assume("range", "the kernel takes values in [0, b]", sp.Le(kernel, b))
    p.assume("classes", "there are at least four classes", sp.Ge(l, 4))
    p.assume("maps", "there is at least one map", sp.Ge(F, 1))
    p.assume("delta", "a failure probability is less than one", failure < 1)
    tails(p)
    variance(p)
    return p.finish()


def tails(p: Argument) -> None:
    """Both tails hold with probability 1 - delta."""
    one_block(p, "K", 2)
    one_block(p, "K4", 4)
    p.cite("log", "log is increasing, log 1 = 0.", lemmas.log_of_less(sp.S.Zero, 2 * F / failure))
    p.inequality("x > 0", "So x > 0.", sp.Gt(x, 0, evaluate=False), "log", "x_c", "maps", "delta")
    of_pairs, of_four = lemmas.u_statistic_bernstein(x), lemmas.variance_lower_tail(x)
    p.cite("bernstein", "Bernstein over blocks of pairs.", of_pairs, "range", "classes", "K", "x > 0")
    p.cite("lower", "Lower tail over blocks of four.", of_four, "classes", "K4", "x > 0")
    share = F * sp.exp(-x)
    near, tail = (instance.gives.args[0].args[0] for instance in (of_pairs, of_four))
    p.cite("both", "Both at once.", lemmas.all_likely((near, share), (tail, share)), "bernstein", "lower")
    p.identity("share", "Each has half of the failures.", sp.Eq(share, failure / 2), "x_c")


def variance(p: Argument) -> None:
    """sqrt(E g) <= sqrt(max(S2, 0)) + b sqrt(x/K4), and the statement."""
    p.cite("bounded", "g is at most b^2/2.", lemmas.half_square_bounded(), "range")
    g, scaled = half_square**2, b**2 / 2 * half_square
    p.inequality("square", "So g^2 <= b^2 g/2.", g <= scaled, "bounded")
    p.cite("mean square", "In the mean.", lemmas.monotone(g, scaled), "square")
    p.expectation(
        "scaled", "A constant factor leaves the mean.", sp.Eq(Expect(scaled), b**2 / 2 * Expect(half_square))
    )
    p.cite("variance", "g has the kernel's variance for its mean.", lemmas.half_square_mean())
    p.cite("count", "The estimate is a mean of g.", lemmas.disjoint_pairs(), "classes")
    p.identity("S2 is", "It is the statement's.", sp.Eq(S2, disjoint_mean), "S2_h", "count")
    both = next(step.claim.args[0].args[0] for step in p.steps if step.name == "both")
    r = sp.sqrt(variance_of_kernel)
    p.cite("E g >= 0", "A variance is not negative.", lemmas.monotone(sp.S.Zero, half_square))
    p.cite("E g^2 >= 0", "A square is not negative.", lemmas.monotone(sp.S.Zero, g))
    p.inequality(
        "lower root",
        "The lower tail.",
        sp.Implies(both, r**2 <= S2 + b * r * sp.sqrt(x / blocks_4)),
        "mean square", "scaled", "variance", "S2 is", "K4", "x > 0", "blocks_4", "E g >= 0", "E g^2 >= 0",
    )  # fmt: skip
    p.inequality(
        "root",
        "Solve the quadratic.",
        sp.Implies(both, r <= sp.sqrt(sp.Max(S2, 0)) + b * sp.sqrt(x / blocks_4)),
        "lower root", "variance", "E g >= 0", "x > 0", "K4", "blocks_4",
    )  # fmt: skip
    wanted = p.goal.args[0].args[0]
    p.inequality(
        "entails",
        "Put it in.",
        sp.Implies(both, wanted),
        "root", "K", "K4", "x > 0", "blocks", "blocks_4", "variance", "E g >= 0",
    )  # fmt: skip
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
        "share",
        "as likely",
    )
