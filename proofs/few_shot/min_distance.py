"""All other classes at once: for the class j that wins, |Q_j|/d_j + |b_j|/d_j + |a|/d_j >= 1.

The three terms are bounded over j before the expectation is taken: the first by the k-1 directions that the
query meets (Ky Fan) or by a sum, the second by a sum, the third by the nearest class; then Minkowski in L2.
"""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.few_shot.fourth_moment import B, reach_of_noise
from proofs.few_shot.shifted_margin import A, Q, c, event
from proofs.kernel.model import i, w, xi
from proofs.kernel.terms import Dot, Moment, mean
from theory.bound import Bound
from theory.expressions import MaxOver, SumOver
from theory.few_shot.min_distance import inverse_square, query_term
from theory.quantities import T_i, d, lam_i, n, v_i, v_j

near = MaxOver(inverse_square)
own, others = (sp.Abs(Q) / d) ** 2, (B / d) ** 2
parts = (sp.sqrt(MaxOver(own)), sp.sqrt(SumOver(others)), A * sp.sqrt(near))
Z = sp.Add(*parts)


def proof(bound: Bound) -> Proof:
    p = Argument.about(bound)
    reach_of_noise(p)
    for name, lemma in (
        ("own", lemmas.at_most_max(own)),
        ("near", lemmas.at_most_max(inverse_square)),
        ("others", lemmas.at_most_sum(others)),
    ):
        p.cite(name, "One class counts among all.", lemma)
    p.cite(
        "near >= 0", "An inverse squared distance is not negative.", lemmas.max_nonnegative(inverse_square)
    )
    p.cite("own >= 0", "The largest of squares is not negative.", lemmas.max_nonnegative(own))
    p.cite("others >= 0", "A sum of squares is not negative.", lemmas.sum_nonnegative(others))
    p.inequality(
        "any", "Whichever class wins, the terms add up to 1.", sp.Implies(event, Z >= 1),
        "noise", "own", "near", "others", "near >= 0",
    )  # fmt: skip
    p.inequality("Z >= 0", "No part of Z is negative.", Z >= 0, "own >= 0", "others >= 0", "near >= 0")
    p.cite("markov", "Markov on the square.", lemmas.markov_any(Z), "any", "Z >= 0")
    p.cite(
        "minkowski", "Minkowski in L2.", lemmas.minkowski(sp.Integer(2), *parts),
        "own >= 0", "others >= 0", "near >= 0",
    )  # fmt: skip
    query(p)
    noise_of_centres(p)
    roots = [sp.sqrt(mean(part**2)) for part in parts]
    second, third = sp.sqrt(SumOver(v_j * inverse_square) / n), sp.sqrt(v_i / n * near)
    whole = sp.sqrt(query_term) + second + third
    signs = ("positive 1", "positive 2", "near >= 0")
    p.cite(
        "positive 1", "The mean of what is not negative is not negative.",
        lemmas.monotone(sp.S.Zero, MaxOver(own)), "own >= 0",
    )  # fmt: skip
    p.cite(
        "positive 2", "The mean of what is not negative is not negative.",
        lemmas.monotone(sp.S.Zero, SumOver(others)), "others >= 0",
    )  # fmt: skip
    p.inequality(
        "root q", "Root of the query's part.", roots[0] <= sp.sqrt(query_term), "sum", "Ky Fan", "positive 1"
    )
    p.inequality(
        "root b", "Root of the others' part.", roots[1] <= second, "swap", "sum b", "1/n", "positive 2"
    )
    p.inequality("root a", "Root of the own part.", roots[2] <= third, "a", "near >= 0")
    p.inequality("total", "Add up the three roots.", sp.Add(*roots) <= whole, "root q", "root b", "root a")
    p.inequality(
        "total >= 0", "Roots are not negative, so their sum is not.", sp.Add(*roots) >= 0, "a", *signs
    )
    p.cite(
        "raised", "Square both sides.", lemmas.power_monotone(sp.Add(*roots), whole, sp.Integer(2)),
        "total >= 0", "total",
    )  # fmt: skip
    p.inequality(
        "bound", "Markov's and Minkowski's inequalities, with the sum squared, give the statement.", p.goal,
        "markov", "minkowski", "raised",
    )  # fmt: skip
    return p.finish()


def query(p: Argument) -> None:
    """E max_j Q_j^2/d_j^2 <= 4 lam_i sum_j 1/d_j^2, and <= 4 T_i max_j 1/d_j^2."""
    p.cite("eigenvalue", "lam_i bounds the variance along m_j - m_i.", lemmas.largest_eigenvalue(i, w))
    p.expectation("integrate", "Given the centres.", sp.Eq(mean(own), mean(c**2 * Moment(i, w, w)) / d**2))
    p.inequality(
        "unit", "In units of w.", c**2 * Moment(i, w, w) <= 4 * lam_i, "c", "Y", "lower", "eigenvalue"
    )
    p.cite("in mean", "In the mean.", lemmas.monotone(c**2 * Moment(i, w, w), 4 * lam_i), "unit")
    p.inequality("each", "For each class.", mean(own) <= 4 * lam_i * inverse_square, "integrate", "in mean")
    p.cite("max <= sum", "A largest term is at most the sum.", lemmas.max_at_most_sum(own))
    p.cite("mean max", "In the mean.", lemmas.monotone(MaxOver(own), SumOver(own)), "max <= sum")
    p.cite("swap own", "Sum and mean change places.", lemmas.sum_of_means(own))
    p.cite(
        "sum own", "Add up over the other classes.",
        lemmas.sum_monotone(mean(own), 4 * lam_i * inverse_square), "each",
    )  # fmt: skip
    p.cite("4 lam", "The factor is common.", lemmas.sum_scaled(4 * lam_i, inverse_square))
    p.inequality(
        "sum",
        "The first bound.",
        mean(MaxOver(own)) <= 4 * lam_i * SumOver(inverse_square),
        "mean max", "swap own", "sum own", "4 lam",
    )  # fmt: skip
    p.cite("apart", "Largest of products.", lemmas.max_of_products(Q**2, inverse_square))
    p.cite("mean apart", "In the mean.", lemmas.monotone(MaxOver(own), MaxOver(Q**2) * near), "apart")
    p.expectation(
        "factor", "The distance is not random, so it is a constant factor of the mean.",
        sp.Eq(mean(MaxOver(Q**2) * near), near * mean(MaxOver(Q**2))),
    )  # fmt: skip
    p.inequality("short", "At most twice a unit vector.", c**2 * Dot(w, w) <= 4, "c", "Y", "lower")
    p.cite("directions", "At most k-1 directions.", lemmas.ky_fan(xi, c, w, sp.Integer(4)), "short")
    p.inequality(
        "Ky Fan",
        "The second bound.",
        mean(MaxOver(own)) <= 4 * T_i * near,
        "mean apart", "factor", "directions", "near >= 0",
    )  # fmt: skip


def noise_of_centres(p: Argument) -> None:
    """E sum_j |b_j|^2/d_j^2 = sum_j v_j/(n d_j^2), and E|a|^2 max_j 1/d_j^2 = (v_i/n) max_j 1/d_j^2."""
    p.cite("swap", "Sum and mean change places.", lemmas.sum_of_means(others))
    p.expectation("b", "E|b_j|^2 = v_j/n.", sp.Eq(mean(others), v_j / n * inverse_square))
    p.cite("sum b", "For every class.", lemmas.sum_equal(mean(others), v_j / n * inverse_square), "b")
    p.cite("1/n", "The factor is common.", lemmas.sum_scaled(1 / n, v_j * inverse_square))
    p.expectation("a", "E|a|^2 = v_i/n.", sp.Eq(mean(parts[2] ** 2), v_i / n * near))
