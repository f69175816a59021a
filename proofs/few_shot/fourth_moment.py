"""Markov on the fourth power of |Q| + |a| + |b|, which is at least d when the margin is not positive."""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.few_shot.shifted_margin import A, Q, c, event, far_query
from proofs.kernel.model import SHOTS, D, a, b, i, w
from proofs.kernel.terms import Dot, Moment, Norm, mean
from theory.bound import Bound
from theory.few_shot.fourth_moment import centre_fourth_moment
from theory.quantities import M4_i, M4_j, d, kap_i, trS2_i, trS2_j, v_i, v_j

B = Norm(b)
size = sp.Abs(Q) + A + B


def reach_of_noise(p: Argument) -> None:
    """|Q| + |a| + |b| >= d when the margin is not positive."""
    far_query(p)
    p.cite("far", "The other centre is at least d - |b| away.", lemmas.triangle(D + b, -b))
    p.inequality("noise", "So the noise spans d.", sp.Implies(event, size >= d), "reach", "Y", "c", "far")


def proof(bound: Bound) -> Proof:
    p = Argument.about(bound)
    reach_of_noise(p)
    p.inequality(
        "power", "The inequality holds for fourth powers, too.", sp.Implies(event, size**4 >= d**4), "noise"
    )
    p.cite("markov", "Markov's inequality.", lemmas.markov(event, size**4, d**4), "power")
    p.cite("minkowski", "Minkowski in L4.", lemmas.minkowski(sp.Integer(4), sp.Abs(Q), A, B))
    p.expectation("integrate", "Given the centres.", sp.Eq(mean(Q**4), mean(c**4 * Moment(i, w, w, w, w))))
    p.cite("kurtosis", "kap_i bounds it along m_j - m_i.", lemmas.directional_fourth(i, w))
    p.inequality(
        "unit", "In units of w.", c**4 * Moment(i, w, w, w, w) <= 16 * kap_i, "c", "Y", "lower", "kurtosis"
    )
    p.cite("query", "In the mean.", lemmas.monotone(c**4 * Moment(i, w, w, w, w), 16 * kap_i), "unit")
    E4 = {
        x: centre_fourth_moment(*moments)
        for x, moments in ((a, (M4_i, v_i, trS2_i)), (b, (M4_j, v_j, trS2_j)))
    }
    p.expectation("fourth a", "Open the mean of draws.", sp.Eq(mean(Dot(a, a) ** 2), E4[a]))
    p.expectation("fourth b", "Open the mean of draws.", sp.Eq(mean(Dot(b, b) ** 2), E4[b]))
    p.cite("positive", "E Q^4 >= 0.", lemmas.monotone(sp.S.Zero, Q**4))
    p.assume("shots", "at least one draw of each class", SHOTS)
    root = sp.Rational(1, 4)
    p.inequality(
        "root q", "Take the fourth root of the query's moment.", mean(Q**4) ** root <= 2 * kap_i**root,
        "integrate", "query", "positive",
    )  # fmt: skip
    p.inequality(
        "root a", "Take the fourth root of the own centre's moment.", mean(A**4) ** root <= E4[a] ** root,
        "fourth a", "shots",
    )  # fmt: skip
    p.inequality(
        "root b", "Take the fourth root of the other centre's moment.", mean(B**4) ** root <= E4[b] ** root,
        "fourth b", "shots",
    )  # fmt: skip
    total = mean(Q**4) ** root + mean(A**4) ** root + mean(B**4) ** root
    known = ("positive", "fourth a", "fourth b", "shots")
    p.inequality("sum >= 0", "Roots are not negative, so their sum is not.", total >= 0, *known)
    whole = 2 * kap_i**root + E4[a] ** root + E4[b] ** root
    p.inequality("sum", "Add up the three roots.", total <= whole, "root q", "root a", "root b")
    p.cite(
        "raised", "To the fourth power.", lemmas.power_monotone(total, whole, sp.Integer(4)),
        "sum >= 0", "sum",
    )  # fmt: skip
    p.inequality(
        "bound",
        "Markov's and Minkowski's inequalities, with the sum raised to its power, give the statement.",
        p.goal,
        "markov",
        "minkowski",
        "raised",
    )
    return p.finish()
