"""All margins at once, by their joint second moments.

With u_j = 1 - M_j/s_j a wrong answer means u_j >= 1 for some j. By Samuelson's inequality u_j is at most the
mean of the u's plus their spread; Markov on the square of that, then Minkowski.
"""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.kernel.model import MARGIN, MARGIN_L, margin_l, twin
from proofs.kernel.terms import mean
from theory.bound import Bound
from theory.expressions import ForEveryOther, SumOver, margin
from theory.few_shot.exact_moment import mean_margin, variance_margin
from theory.few_shot.union_moment import P0, S_jj, S_jl, T, m_j, m_l, s_j, s_l
from theory.quantities import k

sc, sc_l = sp.symbols("sc sc_l", real=True)
scale = (variance_margin + mean_margin**2) / mean_margin
u, u_l = (sc - margin) / sc, (sc_l - margin_l) / sc_l
apart = ForEveryOther(m_j > 0)
N = k - 1
spread = (N - 1) / N * (SumOver(u**2) - SumOver(u) ** 2 / N)
Z = sp.Abs(SumOver(u)) / N + sp.sqrt(spread)
own = (S_jj + (m_j - s_j) ** 2) / s_j**2
joint = (S_jl + (m_j - s_j) * (m_l - s_l)) / (s_j * s_l)


def proof(bound: Bound) -> Proof:
    p = Argument.about(bound)
    p.assume("margin", "definition of the margin", MARGIN)
    p.assume("margin l", "definition of the margin against class l", MARGIN_L)
    p.assume("ways", "there are at least two classes", sp.Ge(k, 2))
    wrong_means_large(p)
    p.cite("markov", "Markov on the square.", lemmas.markov_any(Z, apart), "Z >= 0", "any")
    p.inequality("inside", "A spread is not negative.", spread >= 0, "samuelson", "ways")
    p.cite("minkowski", "Minkowski in L2.", lemmas.minkowski(sp.Integer(2), *Z.args), "inside", "ways")
    second_moments(p)
    p.expectation(
        "spread",
        "The spread's mean.",
        sp.Eq(mean(spread), (N - 1) / N * (mean(SumOver(u**2)) - mean(SumOver(u) ** 2) / N)),
    )
    first = (SumOver(u) / N) ** 2
    p.expectation("first", "The mean's square.", sp.Eq(mean(first), mean(SumOver(u) ** 2) / N**2))
    p.cite("first >= 0", "A square is not negative.", lemmas.monotone(sp.S.Zero, SumOver(u) ** 2))
    p.cite("spread >= 0", "Its mean is not negative either.", lemmas.monotone(sp.S.Zero, spread), "inside")
    p.cite("trivial", "A probability is at most one.", lemmas.class_error_at_most_one())
    p.inequality(
        "E sum^2",
        "The second moment of the sum is N P0.",
        sp.Eq(mean(SumOver(u) ** 2), N * P0),
        "square of sum",
        "sum own",
        "sum joint",
        "T",
        "P0",
        "N",
        "ways",
    )
    p.inequality(
        "E spread",
        "What the mean's square leaves of the squares is the spread.",
        sp.Eq(mean(spread), (N - 1) / N * (T - P0)),
        "spread",
        "E sum^2",
        "swap",
        "sum own",
        "T",
        "ways",
    )
    p.inequality(
        "bound",
        "Markov's and Minkowski's inequalities, with both second moments put in, give the statement.",
        p.goal,
        "markov",
        "minkowski",
        "first",
        "first >= 0",
        "spread >= 0",
        "E sum^2",
        "E spread",
        "trivial",
        "N",
        "ways",
    )
    return p.finish()


def wrong_means_large(p: Argument) -> None:
    """A wrong answer makes Z at least 1."""
    p.define("sc", sc, scale, "s_j in quantities")
    p.define("sc l", sc_l, twin(scale), "the same for class l")
    p.identity("s_j = sc", "The statement's scale.", sp.Eq(s_j, sc), "s_j", "Sigma_jj", "m_j", "sc")
    p.expectation("mean", "The margin's mean.", sp.Eq(mean(margin), m_j), "margin", "m_j")
    variance = (margin - m_j) ** 2
    p.expectation(
        "variance",
        "The margin's variance is Sigma_jj.",
        sp.Eq(mean(variance), S_jj),
        "margin",
        "m_j",
        "Sigma_jj",
    )
    p.cite("square", "It is not negative.", lemmas.monotone(sp.S.Zero, variance))
    p.cite("largest", "All means are positive, so this one is.", lemmas.every(m_j > 0))
    p.inequality(
        "scale",
        "So the scale is positive.",
        sp.Implies(apart, sc > 0),
        "variance", "square", "largest", "s_j = sc", "s_j",
    )  # fmt: skip
    wrong = sp.Le(margin, 0)
    p.inequality("some", "Then u >= 1.", sp.Implies(apart, sp.Implies(wrong, u >= 1)), "scale")
    p.cite("samuelson", "Mean and spread bound each of the numbers.", lemmas.samuelson(u))
    p.inequality(
        "any", "So Z >= 1.", sp.Implies(apart, sp.Implies(wrong, Z >= 1)), "some", "samuelson", "ways"
    )
    p.inequality("Z >= 0", "Z is a sum of sizes.", Z >= 0, "samuelson", "ways")


def second_moments(p: Argument) -> None:
    """E sum u^2 = T and E(sum u)^2 = N P0."""
    p.expectation(
        "opened",
        "Expand the variance.",
        sp.Eq(mean((margin - m_j) ** 2), mean(margin**2) - 2 * m_j * mean(margin) + m_j**2),
    )
    p.expectation(
        "square u",
        "Expand the square and take the mean of each term.",
        sp.Eq(mean(u**2), (mean(margin**2) - 2 * sc * mean(margin) + sc**2) / sc**2),
    )
    p.inequality(
        "second",
        "The second moment is the variance plus the squared mean.",
        sp.Eq(mean(margin**2), S_jj + m_j**2),
        "opened",
        "variance",
        "mean",
    )
    p.identity(
        "own", "The scaled second moment.", sp.Eq(mean(u**2), own), "square u", "second", "mean", "s_j = sc"
    )
    product = S_jl + m_j * m_l
    p.expectation(
        "product",
        "Query and own centre are shared.",
        sp.Eq(mean(margin * margin_l), product),
        "margin", "margin l", "m_j", "m_l", "Sigma_jl",
    )  # fmt: skip
    p.expectation("mean l", "The other margin's mean.", sp.Eq(mean(margin_l), m_l), "margin l", "m_l")
    p.identity("s_l = sc l", "The statement's scale.", sp.Eq(s_l, sc_l), "s_l", "Sigma_ll", "m_l", "sc l")
    p.expectation(
        "u u_l",
        "Expand the product and take the mean of each term.",
        sp.Eq(
            mean(u * u_l),
            (mean(margin * margin_l) - sc * mean(margin_l) - sc_l * mean(margin) + sc * sc_l) / (sc * sc_l),
        ),
    )
    p.identity(
        "joint",
        "The scaled joint moment.",
        sp.Eq(mean(u * u_l), joint),
        "u u_l", "product", "mean", "mean l", "s_j = sc", "s_l = sc l",
    )  # fmt: skip
    p.cite("swap", "Sum and mean change places.", lemmas.sum_of_means(u**2))
    p.cite("sum own", "Add up over the other classes.", lemmas.sum_equal(mean(u**2), own), "own")
    p.cite(
        "square of sum", "The sum's second moment.", lemmas.square_of_sum(u, (sc, sc_l, scale)), "sc", "sc l"
    )
    p.cite(
        "sum joint",
        "Add up over the pairs of other classes.",
        lemmas.pairs_equal(mean(u * u_l), joint),
        "joint",
    )
