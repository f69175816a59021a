"""Given the centres, the margin is linear in the query: all of them together are jointly Gaussian."""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.kernel.lemmas import EntryOf, GaussianQuery, RowOf
from proofs.kernel.model import xi
from proofs.kernel.terms import Dot, fixed
from theory.bound import Bound
from theory.expressions import ForEveryOther, class_error, few_shot_error, margin
from theory.few_shot.gaussian_given_centres import G, S, h

c_i, c_j = fixed("c_i"), fixed("c_j")
"""m_i - mu_i and m_j - mu_i."""


def proof(bound: Bound) -> Proof:
    p = Argument.about(bound)
    away, near = xi - c_j, xi - c_i
    difference = Dot(away, away) - Dot(near, near)
    p.assume("margin", "definition of the margin, for given centres", sp.Eq(margin, difference))
    row, limit = c_j - c_i, (Dot(c_j, c_j) - Dot(c_i, c_i)) / 2
    p.assume("row", "the rows of G are m_j - m_i", RowOf(G, row))
    p.assume("limit", "h_j = (|m_j - mu_i|^2 - |m_i - mu_i|^2)/2", EntryOf(h, limit))
    p.assume("query", "the query is N(mu_i, S_i)", GaussianQuery(S))
    p.assume("which", "the error is that of class i", sp.Eq(few_shot_error, class_error))
    right, below = margin > 0, sp.Lt(Dot(xi, row), limit)
    p.identity(
        "linear",
        "The squares of the query cancel, which leaves a linear form.",
        sp.Eq(margin, 2 * limit - 2 * Dot(xi, row)),
        "margin",
    )
    p.inequality(
        "right then below",
        "A positive margin puts the linear form below its limit.",
        sp.Implies(right, below),
        "linear",
    )
    p.inequality(
        "below then right",
        "A linear form below its limit makes the margin positive.",
        sp.Implies(below, right),
        "linear",
    )
    p.cite("all below", "For every class.", lemmas.for_every(right, below), "right then below")
    p.cite("all right", "For every class.", lemmas.for_every(below, right), "below then right")
    same = lemmas.equivalent(ForEveryOther(right), ForEveryOther(below))
    p.cite("same", "The two events are one and the same.", same, "all below", "all right")
    law = lemmas.gaussian_margins(h, G, S, xi, row, limit)
    p.cite("law", "Linear forms of the query.", law, "query", "row", "limit")
    p.cite("complement", "Wrong or not.", lemmas.class_error_complement())
    p.inequality(
        "bound",
        "The law of the linear forms gives the chance of no error, and so that of an error.",
        p.goal,
        "same",
        "law",
        "complement",
        "which",
    )
    return p.finish()
