"""Where M <= 0 every term of 1 + sum_k c_k (-M)^k is at least 0; Markov on its square, then expand about E
M."""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.kernel.terms import mean
from theory.bound.ladder import LadderBound
from theory.expressions import margin, pair_error
from theory.quantities import MARGIN_MOMENTS, mean_M

PROVES = ("margin_order_6", "margin_order_8")
event = pair_error.args[0]


def proof(bound: LadderBound) -> Proof:
    p = Argument.about(bound)
    names = moments(p, 2 * len(bound.coefficients))
    polynomial = at_least_one(p, bound.coefficients)
    weights = [symbol for symbol, _ in bound.where]
    about_mean(p, polynomial, weights, bound.statement, names)
    p.inequality(
        "bound",
        "Markov's inequality with the moments put in is the statement.",
        p.goal,
        "markov",
        "square",
        "moments",
    )
    return p.finish()


def moments(p: Argument, order: int) -> tuple[str, ...]:
    """What the quantities mean: names of the premises."""
    p.assume("mean", "meaning of mean_M", sp.Eq(mean(margin), mean_M))
    for q, symbol in enumerate(MARGIN_MOMENTS[1:order], 2):
        p.assume(str(symbol), f"meaning of {symbol}", sp.Eq(mean((margin - mean_M) ** q), symbol))
    return ("mean", *(str(symbol) for symbol in MARGIN_MOMENTS[1:order]))


def at_least_one(p: Argument, coefficients: tuple[sp.Expr, ...]) -> sp.Expr:
    """P(M <= 0) <= E polynomial^2, for coefficients >= 0."""
    terms = [c * (-margin) ** k for k, c in enumerate(coefficients, 1)]
    polynomial = 1 + sp.Add(*terms)
    p.inequality(
        "squared",
        "No term is negative there, so the sum is at least 1, and its square.",
        sp.Implies(event, polynomial**2 >= 1),
    )
    p.cite("markov", "Markov's inequality.", lemmas.markov(event, polynomial**2, sp.S.One), "squared")
    return polynomial


def about_mean(
    p: Argument, polynomial: sp.Expr, weights: list[sp.Symbol], value: sp.Expr, names: tuple[str, ...]
) -> None:
    """E polynomial^2 = ``value``, with polynomial = sum_a w_a (M - E M)^a."""
    places = range(len(weights))
    centred = sp.Add(
        *(weights[a] * weights[b] * mean((margin - mean_M) ** (a + b)) for a in places for b in places)
    )
    p.expectation("centre", "The mean is linear.", sp.Eq(mean(margin - mean_M), mean(margin) - mean_M))
    p.expectation(
        "square",
        "Expand about the mean.",
        sp.Eq(mean(polynomial**2), centred),
        *(str(symbol.name) for symbol in weights),
    )
    p.identity("moments", "Name the moments.", sp.Eq(centred, value), "centre", *names)
