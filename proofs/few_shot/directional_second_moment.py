"""`cdnv_optimal` with the query's variance along the line of the drawn centres.

Split m_j - m_i = w into its part along D and the rest: the rest is at most |w| |e|/d, e = b - a, so the
seminorm of S_i of w/|w| is at most sqrt(u'S_i u) + sqrt(lam_i) |e|/d.
"""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.few_shot.cdnv_optimal import best_shift, worst_case
from proofs.few_shot.shifted_margin import W, c
from proofs.kernel.model import D, a, b, i, w
from proofs.kernel.terms import Dot, Moment, Norm, mean
from theory.bound import Bound
from theory.few_shot.directional_second_moment import ell
from theory.quantities import d, dir_i, lam_i, n, v_i, v_j

along = Dot(w, D) / d**2 * D
rest = w - along
E = Norm(b - a)


def proof(bound: Bound) -> Proof:
    p = Argument.about(bound)
    p.inequality("ell >= 0", "It is the lesser of two numbers >= 0.", sp.Ge(ell, 0, evaluate=False), "ell")
    best_shift(p, ell, "ell >= 0")
    query_along_line(p)
    worst_case(p, "ell >= 0")
    return p.finish()


def query_along_line(p: Argument) -> None:
    """E Q^2 <= 4 ell."""
    form = Moment(i, w, w)
    p.cite("split", "The seminorm of the two parts of w.", lemmas.seminorm(i, along, rest))
    p.expectation("line", "Along D it is d^2 u'S_i u.", sp.Eq(Moment(i, D, D), d**2 * dir_i))
    p.cite("rest", "Off D it is at most lam_i.", lemmas.largest_eigenvalue(i, rest))
    p.cite("seminorm", "And never negative.", lemmas.form_nonnegative(i, rest))
    p.cite("cosine", "The part along D is at most |w|.", lemmas.cauchy_schwarz(w, D))
    p.cite("eigenvalue", "lam_i bounds it in any direction.", lemmas.largest_eigenvalue(i, w))
    mixed = 2 * sp.sqrt(dir_i * lam_i)
    bound = 4 * (sp.sqrt(dir_i) + sp.sqrt(lam_i) * E / d) ** 2
    first, second = sp.sqrt(Moment(i, along, along)), sp.sqrt(Moment(i, rest, rest))
    p.inequality("first", "The part along D.", first <= W * sp.sqrt(dir_i), "line", "cosine")
    p.inequality(
        "second",
        "The rest is at most |w| |b - a|/d long.",
        second * d <= W * E * sp.sqrt(lam_i),
        "rest",
        "seminorm",
    )
    p.inequality(
        "whole",
        "The two parts add up to the whole form.",
        form <= W**2 * bound / 4,
        "split",
        "first",
        "second",
        "seminorm",
    )
    p.inequality("unit", "In units of w.", c**2 * form <= bound, "c", "Y", "lower", "whole")
    p.inequality("cap", "In units of w.", c**2 * form <= 4 * lam_i, "c", "Y", "lower", "eigenvalue")
    p.cite("mean unit", "In the mean.", lemmas.monotone(c**2 * form, sp.expand(bound)), "unit")
    p.cite("mean cap", "In the mean.", lemmas.monotone(c**2 * form, 4 * lam_i), "cap")
    p.cite("jensen e", "(E|b - a|)^2 <= E|b - a|^2,", lemmas.jensen_square(E))
    p.expectation("square e", "which is (v_i + v_j)/n.", sp.Eq(mean(Dot(b - a, b - a)), (v_i + v_j) / n))
    p.expectation(
        "expanded",
        "Expand the bound and take the mean of each term.",
        sp.Eq(mean(sp.expand(bound)), 4 * (dir_i + mixed * mean(E) / d + lam_i * (v_i + v_j) / n / d**2)),
    )  # fmt: skip
    p.inequality(
        "query",
        "The smaller of the two bounds on the query's part is 4 ell.",
        mean(c**2 * form) <= 4 * ell,
        "mean unit", "mean cap", "jensen e", "square e", "expanded", "ell",
    )  # fmt: skip
