"""Given the centres, the margin is linear in the query: all of them together are jointly Gaussian."""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.kernel.lemmas import GaussianQuery, row_form, row_limit
from proofs.kernel.model import xi
from proofs.kernel.terms import Dot, fixed
from theory.bound import Bound
from theory.expressions import class_error, few_shot_error, margin
from theory.few_shot.gaussian_given_centres import G, S, h

c_i, c_j = fixed("c_i"), fixed("c_j")
"""m_i - mu_i and m_j - mu_i."""


def proof(bound: Bound) -> Proof:
    p = Argument.about(bound)
    away, near = xi - c_j, xi - c_i
    difference = Dot(away, away) - Dot(near, near)
    p.assume("margin", "definition of the margin, for given centres", sp.Eq(margin, difference))
    p.assume("row", "the rows of G are m_j - m_i", sp.Eq(row_form, Dot(c_j - c_i, xi)))
    limit = (Dot(c_j, c_j) - Dot(c_i, c_i)) / 2
    p.assume("limit", "h_j = (|m_j - mu_i|^2 - |m_i - mu_i|^2)/2", sp.Eq(row_limit, limit))
    p.assume("query", "the query is N(mu_i, S_i)", GaussianQuery(S))
    p.assume("which", "the error is that of class i", sp.Eq(few_shot_error, class_error))
    law = lemmas.gaussian_margins(h, G, S)
    p.identity(
        "linear", "Squares cancel.", sp.Eq(margin, 2 * row_limit - 2 * row_form), "margin", "row", "limit"
    )
    p.inequality("rule", "Its sign.", law.needs[1], "linear")
    p.cite("law", "Jointly Gaussian.", law, "query", "rule")
    p.cite("complement", "Wrong or not.", lemmas.class_error_complement())
    p.inequality("bound", "Together.", p.goal, "law", "complement", "which")
    return p.finish()
