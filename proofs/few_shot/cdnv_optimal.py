"""The best bound from second moments: the best shift, then the worst case over the centres' mean lengths.

With e = E|D+b| >= d and x = E|a| in [0, al] the shift T = B/m, m = e - x, B = C + d^2 - 2ex, gives
1 - m^2/B; that decreases in e, so e = d is the worst case, and increases in x up to C/d.
"""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.few_shot.shifted_margin import A, R, Y, event, mean_distance, query_by_eigenvalue, shift
from proofs.kernel.model import D, a, b
from proofs.kernel.terms import Dot, mean
from theory.bound import Bound
from theory.expressions import pair_error
from theory.quantities import d, lam_i, n, v_i, v_j

T, m, B, S = sp.symbols("T m_Y B S", real=True)
e, x = mean(R), mean(A)


def proof(bound: Bound) -> Proof:
    p = Argument.about(bound)
    best_shift(p, lam_i)
    query_by_eigenvalue(p)
    worst_case(p)
    return p.finish()


def best_shift(p: Argument, query: sp.Expr, *known: str) -> None:
    """The shift that is best when the query's variance along m_j - m_i is at most ``query``; ``known``
    names what shows that it isn't negative."""
    p.define("S", S, 4 * query + (v_i + v_j) / n, "second moment of what pushes the margin down")
    p.define("m", m, e - x, "the mean of Y")
    p.define("B", B, S + d**2 - 2 * e * x, "that second moment, with Y not centred")
    p.define("T", T, sp.Piecewise((B / m, m > 0), (d, True)), "the best shift")
    mean_distance(p)
    p.cite("jensen a", "(E|a|)^2 <= E|a|^2,", lemmas.jensen_square(A))
    p.expectation("square a", "which is v_i/n.", sp.Eq(mean(Dot(a, a)), v_i / n))
    p.cite("jensen b", "(E|D+b|)^2 <= E|D+b|^2,", lemmas.jensen_square(R))
    p.expectation("square b", "which is d^2 + v_j/n.", sp.Eq(mean(Dot(D + b, D + b)), d**2 + v_j / n))
    p.inequality(
        "variance",
        "A variance is not negative: B >= m^2.",
        m**2 <= B,
        "jensen a", "square a", "jensen b", "square b", "m", "B", "S", *known,
    )  # fmt: skip
    p.inequality("positive", "So the shift is positive.", T > 0, "variance", "T")
    shift(p, T, "positive")
    p.expectation(
        "moments",
        "Expand (T - Y)^2; a and b are independent.",
        sp.Eq(mean((T - Y) ** 2), T**2 - 2 * T * m + d**2 + (v_i + v_j) / n - 2 * e * x),
        "Y", "m",
    )  # fmt: skip


def worst_case(p: Argument, *known: str, claim: sp.Basic | None = None) -> None:
    """From the best shift to the statement; needs a step ``query``."""
    p.inequality(
        "shifted",
        "The best shift's bound.",
        sp.Implies(m > 0, pair_error <= 1 - m**2 / B),
        "markov", "condition", "query", "moments", "T", "B", "S", "variance",
    )  # fmt: skip
    f = 1 - (d - x) ** 2 / (S + d**2 - 2 * d * x)
    p.inequality(
        "worst e",
        "It decreases in E|D+b|, so E|D+b| = d is the worst case.",
        sp.Implies(x < d, pair_error <= f),
        "shifted", "jensen", "m", "B", "variance", "S",
    )  # fmt: skip
    p.cite("trivial", "A probability is at most one.", lemmas.at_most_one(event))
    p.inequality(
        "bound",
        "It increases in E|a| up to S/d.",
        p.goal if claim is None else claim,
        "worst e",
        "trivial",
        "S",
        "jensen a",
        "square a",
        "al",
        "C",
        "K",
        *known,
    )
