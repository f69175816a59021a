"""E loss <= E (A + t)^2/d^2 with A = |z - m_i| and t = u.(xi - b), u the direction between the means.

The other centre is at least d - t away, so that r <= A + t - d; and a clipped line that rises from 0 to 1
over a width of at most d/2, up to d, lies below the parabola (A + t)^2/d^2. Then b, centred and independent
of A, drops out of the mixed term, and the rest of it goes by Cauchy-Schwarz.
"""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.kernel.model import MARGIN, SOFT_MARGIN, WIDTH, D, b, to_i, to_j, xi
from proofs.kernel.terms import Dot, Norm, mean
from theory.bound import Bound
from theory.expressions import margin_loss, pair_error
from theory.quantities import d, dir_i, dir_j, n, v_i

A = Norm(to_i)
"""How far the query is from its own centre."""
query, other = Dot(D, xi) / d, Dot(D, b) / d
t = query - other
event = pair_error.args[0]


def proof(bound: Bound) -> Proof:
    p = Argument.about(bound)
    p.assume("loss", "definition of the soft-margin loss", SOFT_MARGIN)
    p.assume("width", "its width is at most d/2", WIDTH)
    p.assume("margin", "definition of the margin", MARGIN)
    p.inequality("one", "An error has loss 1.", sp.Implies(event, margin_loss >= 1), "loss", "margin")
    p.inequality("signs", "The loss is not negative.", sp.Ge(margin_loss, 0), "loss")
    p.cite("error", "Markov's inequality.", lemmas.markov(event, margin_loss, sp.S.One), "one", "signs")
    p.cite("towards", "Cauchy-Schwarz along D.", lemmas.cauchy_schwarz(D, to_j))
    p.inequality("far", "The other centre is d - t away, or more.", Norm(to_j) >= d - t, "towards")
    p.inequality(
        "parabola",
        "The loss lies below a parabola.",
        d**2 * margin_loss <= (A + t) ** 2,
        "loss",
        "width",
        "far",
    )
    p.cite("mean", "In the mean.", lemmas.monotone(d**2 * margin_loss, (A + t) ** 2), "parabola")
    p.expectation("scale", "d is fixed.", sp.Eq(mean(d**2 * margin_loss), d**2 * mean(margin_loss)))
    p.expectation(
        "square",
        "Expand; b is centred and independent of A.",
        sp.Eq(mean((A + t) ** 2), v_i * (1 + 1 / n) + 2 * mean(A * query) + dir_i + dir_j / n),
    )
    p.cite("mixed", "The Cauchy-Schwarz inequality.", lemmas.mean_of_product(A, query))
    p.expectation("own", "Query and own centre.", sp.Eq(mean(A**2), v_i * (1 + 1 / n)))
    p.expectation("line", "The query along the line.", sp.Eq(mean(query**2), dir_i))
    roots = sp.sqrt(v_i * (1 + 1 / n)) * sp.sqrt(dir_i)
    p.inequality(
        "root",
        "Take the square root, with both second moments put in.",
        mean(A * query) <= roots,
        "mixed",
        "own",
        "line",
    )
    p.inequality(
        "bound",
        "Markov's inequality for the loss, with its mean bounded, is the statement.",
        p.goal,
        "error",
        "mean",
        "scale",
        "square",
        "root",
    )
    return p.finish()
