"""Mean and variance of the margin in general dimension, then Cantelli's inequality."""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.kernel.model import MARGIN
from proofs.kernel.terms import mean
from theory.bound import Bound
from theory.expressions import margin, pair_error
from theory.few_shot.exact_moment import EM, VarM


def proof(bound: Bound) -> Proof:
    p = Argument.about(bound)
    moments(p, EM, VarM, "EM", "VarM")
    p.cite("trivial", "A probability is at most one.", lemmas.at_most_one(pair_error.args[0]))
    p.inequality("bound", "The two cases.", p.goal, "cantelli", "trivial")
    return p.finish()


def moments(p: Argument, m: sp.Expr, V: sp.Expr, *meanings: str) -> None:
    """P(M <= 0) <= V/(V + m^2) if m > 0, for the margin's mean m and variance V."""
    p.assume("margin", "definition of the margin", MARGIN)
    p.expectation(
        "mean", "Expand; the three vectors are centred.", sp.Eq(mean(margin), m), "margin", *meanings[:1]
    )
    p.expectation(
        "variance",
        "Expand the square; open the means of draws.",
        sp.Eq(mean((margin - m) ** 2), V),
        "margin",
        *meanings,
    )
    p.cite("cantelli", "Cantelli at zero.", lemmas.cantelli(margin, m, V), "mean", "variance")
