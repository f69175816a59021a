"""P(M <= 0) <= (4 lam_i + E(T - Y)^2)/T^2 for any T > 0, Y = |D + b| - |a|: what several proofs share.

If the margin is not positive then either Y <= 0, or the query lies at least Y/2 towards the other centre;
in both cases (Q + T - Y)^2 >= T^2, with Q twice the query's displacement along m_j - m_i where Y > 0, else 0.
"""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument
from proofs.kernel.model import MARGIN, D, a, b, i, w, xi
from proofs.kernel.terms import Dot, Moment, Norm, mean, scalar
from theory.expressions import margin, pair_error
from theory.quantities import lam_i

R, A, W = Norm(D + b), Norm(a), Norm(w)
Y = scalar("Y", a, b)
c = scalar("c", a, b)
Q = c * Dot(xi, w)
event = pair_error.args[0]


def far_query(p: Argument) -> None:
    """M <= 0 puts the query at least Y/2 towards the other centre, if Y > 0."""
    p.assume("margin", "definition of the margin", MARGIN)
    p.define("Y", Y, R - A, "the distance of m_j from mu_i, less that of m_i")
    p.define("c", c, sp.Piecewise((2 / W, Y > 0), (0, True)), "twice the inverse length of m_j - m_i")
    p.cite("upper", "m_j - m_i is no longer than both its parts.", lemmas.triangle(D + b, -a))
    p.cite("lower", "m_j - m_i is no shorter than their difference.", lemmas.triangle(w, a))
    p.inequality(
        "reach",
        "So a margin <= 0 means 2 xi.(m_j - m_i) >= Y |m_j - m_i| when Y > 0.",
        sp.Implies(sp.And(margin <= 0, Y > 0), Q >= Y),
        "margin", "Y", "c", "upper", "lower",
    )  # fmt: skip


def shift(p: Argument, T: sp.Expr, *positive: str) -> None:
    """P(M <= 0) <= E(Q + T - Y)^2/T^2, the square taken apart. ``positive`` names what shows T > 0."""
    far_query(p)
    p.inequality(
        "event",
        "In both cases the shifted variable is at least T in size.",
        sp.Implies(event, (Q + T - Y) ** 2 >= T**2),
        "reach", "c", *positive,
    )  # fmt: skip
    p.cite(
        "markov",
        "Markov on its square, as T^2 > 0.",
        lemmas.markov(event, (Q + T - Y) ** 2, T**2),
        "event", *positive,
    )  # fmt: skip
    p.expectation(
        "condition",
        "Given the centres the query is centred, so the cross term vanishes.",
        sp.Eq(mean((Q + T - Y) ** 2), mean(c**2 * Moment(i, w, w)) + mean((T - Y) ** 2)),
    )


def query_by_eigenvalue(p: Argument) -> None:
    """E Q^2 <= 4 lam_i."""
    p.cite("eigenvalue", "lam_i bounds the variance along m_j - m_i.", lemmas.largest_eigenvalue(i, w))
    p.inequality(
        "unit",
        "After division by the squared length, in units of that direction.",
        c**2 * Moment(i, w, w) <= 4 * lam_i,
        "c", "Y", "lower", "eigenvalue",
    )  # fmt: skip
    p.cite(
        "query",
        "The inequality holds in the mean, too.",
        lemmas.monotone(c**2 * Moment(i, w, w), 4 * lam_i),
        "unit",
    )


def mean_distance(p: Argument) -> None:
    """E|D + b| >= d."""
    p.expectation("centred", "b is centred.", sp.Eq(mean(Dot(D + b, D)), Dot(D, D)))
    p.cite("jensen", "So E|D + b| >= d.", lemmas.jensen_length(D + b, D), "centred")
