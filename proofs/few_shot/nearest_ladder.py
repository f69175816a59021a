"""Of the other classes one is the nearest (or several are, which share that), and the query is wrong exactly
if its margin against it is not positive: Markov there, on the square of a polynomial that is at least 1; then
expand about its mean."""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.kernel.model import NEAREST_MEANINGS, nearest
from proofs.kernel.terms import mean
from theory.bound.nearest import NearestBound
from theory.expressions import margin
from theory.quantities import NEAREST_MOMENTS, near_0, near_mean

PROVES = ("nearest_order_4", "nearest_order_8")
event = sp.Le(margin, 0)


def proof(bound: NearestBound) -> Proof:
    p = Argument.about(bound)
    names = moments(p, 2 * len(bound.coefficients))
    terms = [c * (-margin) ** k for k, c in enumerate(bound.coefficients, 1)]
    polynomial = 1 + sp.Add(*terms)
    p.inequality("at least 1", "No term is negative there.", sp.Implies(event, polynomial >= 1))
    p.cite("markov", "Markov at the nearest.", lemmas.markov_nearest(polynomial), "at least 1")
    weights = [symbol for symbol, _ in bound.where]
    places = range(len(weights))
    centred = sp.Add(
        *(
            weights[a] * weights[b] * mean(nearest * (margin - near_mean) ** (a + b))
            for a in places
            for b in places
        )
    )
    p.expectation(
        "square",
        "Expand about the mean.",
        sp.Eq(mean(nearest * polynomial**2), centred),
        *(str(symbol.name) for symbol in weights),
    )
    term = bound.statement.args[0]
    p.identity("moments", "Name the moments.", sp.Eq(centred, term), *names)
    p.cite(
        "squares",
        "Add up over the other classes.",
        lemmas.sum_equal(mean(nearest * polynomial**2), centred),
        "square",
    )
    p.cite("sum", "In the names.", lemmas.sum_equal(centred, term), "moments")
    p.inequality(
        "bound",
        "Markov's inequality, summed over the other classes, is the statement.",
        p.goal,
        "markov",
        "squares",
        "sum",
    )
    return p.finish()


def moments(p: Argument, order: int) -> tuple[str, ...]:
    """What the quantities mean: names of the premises."""
    names = tuple(str(symbol) for symbol in (near_0, near_mean, *NEAREST_MOMENTS[2 : order + 1]))
    for name, meaning in zip(names, NEAREST_MEANINGS, strict=False):
        p.assume(name, f"meaning of {name}", meaning)
    return names
