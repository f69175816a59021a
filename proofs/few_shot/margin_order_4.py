"""The best quadratic that is at least 1 where M <= 0, and the value that it gives; else Cantelli's
inequality.

Up to the factor L = N(0) it is N(M) = L - A_1 M + A_2 M^2, which about the mean m reads C_2 h - m h (M - m) +
g (C_2 (M - m)^2 - C_3 (M - m) - C_2^2): 1, M - m and the last bracket are uncorrelated, so that E N^2 is a
sum of three squares.
"""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.few_shot.margin_ladder import event, moments
from proofs.kernel.terms import mean
from theory.bound import Bound
from theory.expressions import margin, pair_error
from theory.few_shot.margin_order_4 import ROOM, g, h
from theory.quantities import C_2, C_3, C_4, mean_M

L, A_1, A_2 = sp.symbols("L A_1 A_2", real=True)
m, gap = mean_M, margin - mean_M
left = h - ROOM * C_2 * C_4
"""h without the room for rounding."""
better = sp.And(m > 0, g > 0)
N = L - A_1 * margin + A_2 * margin**2
slope = m * h + g * (2 * C_2 * m + C_3)
ahead = h * (C_2 + m**2) + g**2


def proof(bound: Bound) -> Proof:
    p = Argument.about(bound)
    pair(p)
    p.inequality(
        "bound",
        "The quadratic bound, Cantelli's and the trivial one are the statement's three cases.",
        p.goal,
        "quadratic",
        "cantelli",
        "trivial",
        "signs",
        "ahead",
    )
    return p.finish()


def pair(p: Argument) -> None:
    """P(M <= 0) is at most 1; Cantelli's value for m > 0; C_2 h/ahead where g > 0 too."""
    moments(p, 4)
    p.cite("trivial", "A probability is at most one.", lemmas.at_most_one(event))
    p.cite("cantelli", "Cantelli at zero.", lemmas.cantelli(margin, m, C_2), "mean", "C_2")
    signs(p)
    for symbol, meaning, other in ((L, ahead, 1), (A_1, slope, 0), (A_2, g * C_2, 0)):
        p.define(symbol.name, symbol, sp.Piecewise((meaning, better), (sp.Integer(other), True)))
    p.inequality("slope", "c_1 > 0.", sp.Implies(better, slope > 0), "g", "signs")
    p.inequality("ahead", "N(0) > 0.", sp.Implies(better, ahead > 0), "signs")
    p.inequality(
        "A",
        "L is positive and no other weight is negative.",
        sp.And(L > 0, A_1 >= 0, A_2 >= 0),
        "L",
        "A_1",
        "A_2",
        "slope",
        "ahead",
        "signs",
    )
    p.inequality(
        "squared", "No term lowers N there: N >= N(0), squared.", sp.Implies(event, N**2 >= L**2), "A"
    )
    p.cite("markov", "Markov, as N(0)^2 > 0.", lemmas.markov(event, N**2, L**2), "squared", "A")
    second_moment(p)


def signs(p: Argument) -> None:
    """C_2 > 0 and h > 0 where g > 0 and m > 0."""
    bracket = C_2 * gap**2 - C_3 * gap - C_2**2
    p.expectation("centre", "The mean is linear.", sp.Eq(mean(gap), mean(margin) - m))
    p.identity("centred", "The centred margin has mean zero.", sp.Eq(mean(margin) - m, 0), "mean")
    p.cite("square", "A square is not negative.", lemmas.monotone(sp.S.Zero, bracket**2))
    p.expectation(
        "bracket",
        "Expand the square and take the mean of each term.",
        sp.Eq(
            mean(bracket**2),
            C_2**2 * mean(gap**4)
            - 2 * C_2 * C_3 * mean(gap**3)
            + (C_3**2 - 2 * C_2**3) * mean(gap**2)
            + 2 * C_2**2 * C_3 * mean(gap)
            + C_2**4,
        ),
    )
    p.inequality(
        "left",
        "C_2 (h without room) >= 0.",
        C_2 * left >= 0,
        "square",
        "bracket",
        "centre",
        "centred",
        "C_2",
        "C_3",
        "C_4",
        "h",
    )
    line = gap - C_3 / (C_4 + 1) * gap**2
    p.cite("line square", "A square is not negative.", lemmas.monotone(sp.S.Zero, line**2))
    t = C_3 / (C_4 + 1)
    p.expectation(
        "line",
        "Expand the square and take the mean of each term.",
        sp.Eq(mean(line**2), mean(gap**2) - 2 * t * mean(gap**3) + t**2 * mean(gap**4)),
    )
    p.inequality(
        "no skew",
        "No spread, no skewness.",
        sp.Implies(sp.Eq(C_2, 0), sp.Eq(C_3, 0)),
        "line square",
        "line",
        "C_2",
        "C_3",
        "C_4",
    )
    p.inequality(
        "spread", "So C_2, never negative, is positive.", sp.Implies(better, C_2 > 0), "g", "no skew"
    )
    p.inequality(
        "signs",
        "And h > 0: h without room is not negative, so that C_4 > 0, and with it the room.",
        sp.Implies(better, sp.And(C_2 > 0, h > 0)),
        "spread", "left", "h",
    )  # fmt: skip


def second_moment(p: Argument) -> None:
    """E N^2 <= C_2 h L where g > 0 and m > 0."""
    values = (L, A_1, A_2)
    about = (L - A_1 * m + A_2 * m**2, -A_1 + 2 * A_2 * m, A_2)
    p.expectation(
        "expand",
        "Expand about the mean.",
        sp.Eq(
            mean(N**2),
            about[0] ** 2
            + 2 * about[0] * about[1] * mean(gap)
            + (about[1] ** 2 + 2 * about[0] * about[2]) * mean(gap**2)
            + 2 * about[1] * about[2] * mean(gap**3)
            + about[2] ** 2 * mean(gap**4),
        ),
    )
    p.identity(
        "named",
        "Name the moments.",
        sp.Eq(
            about[0] ** 2
            + 2 * about[0] * about[1] * mean(gap)
            + (about[1] ** 2 + 2 * about[0] * about[2]) * mean(gap**2)
            + 2 * about[1] * about[2] * mean(gap**3)
            + about[2] ** 2 * mean(gap**4),
            _value(*values),
        ),
        "centre", "mean", "C_2", "C_3", "C_4",
    )  # fmt: skip
    total = C_2 * h**2 * (C_2 + m**2) + g**2 * C_2 * left
    p.identity("three squares", "Cross terms vanish.", sp.Eq(_value(ahead, slope, g * C_2), total), "g", "h")
    p.inequality(
        "value",
        "The room is not negative: so, for these coefficients,",
        sp.Implies(better, _value(*values) <= C_2 * h * ahead),
        "three squares", "L", "A_1", "A_2",
    )  # fmt: skip
    p.inequality(
        "quadratic",
        "Markov's inequality with the value of the mean put in is the quadratic bound.",
        sp.Implies(better, pair_error <= C_2 * h / ahead),
        "markov", "expand", "named", "value", "L", "ahead",
    )  # fmt: skip


def _value(L: sp.Expr, A_1: sp.Expr, A_2: sp.Expr) -> sp.Expr:
    """E (L - A_1 M + A_2 M^2)^2."""
    one, two = L - A_1 * m + A_2 * m**2, -A_1 + 2 * A_2 * m
    return one**2 + (two**2 + 2 * one * A_2) * C_2 + 2 * two * A_2 * C_3 + A_2**2 * C_4
