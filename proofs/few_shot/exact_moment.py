"""Mean and variance of the margin in general dimension, then Cantelli's inequality."""

import sympy as sp

from proofs import lemmas
from proofs.few_shot.model import MARGIN
from proofs.kernel import Argument, Proof
from proofs.terms import mean
from theory.bound import Bound
from theory.expressions import margin, pair_error
from theory.few_shot.exact_moment import EM, VarM


def proof(bound: Bound) -> Proof:
    p = Argument.about(bound)
    p.assume("margin", "definition of the margin", MARGIN)
    p.expectation("mean", "Expand; the three vectors are centred.", sp.Eq(mean(margin), EM), "margin", "EM")
    p.expectation(
        "variance",
        "Expand the square; open the means of draws.",
        sp.Eq(mean((margin - EM) ** 2), VarM),
        "margin", "EM", "VarM",
    )  # fmt: skip
    p.cite("cantelli", "Cantelli at zero.", lemmas.cantelli(margin, EM, VarM), "mean", "variance")
    p.cite("trivial", "A probability is at most one.", lemmas.at_most_one(pair_error.args[0]))
    p.inequality("bound", "The two cases.", p.goal, "cantelli", "trivial")
    return p.finish()
