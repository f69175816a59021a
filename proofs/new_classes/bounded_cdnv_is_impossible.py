"""Two classes that both lie near one support point are near each other, and keep their variance."""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.kernel.terms import Norm, fixed
from theory.bound import Bound
from theory.quantities import d, nearness, v_0, v_i, v_j

from_i, from_j = fixed("r_i"), fixed("r_j")


def proof(bound: Bound) -> Proof:
    p = Argument.about(bound)
    p.assume(
        "distance", "r_c leads from the support point to the mean of class c", sp.Eq(d, Norm(from_j - from_i))
    )
    p.assume("near", "both means are near", (Norm(from_i) <= nearness) & (Norm(from_j) <= nearness))
    p.assume("variances", "and both variances", (v_i >= v_0 - nearness) & (v_j >= v_0 - nearness))
    p.cite("triangle", "So they are near each other.", lemmas.triangle(from_j, -from_i))
    p.inequality("bound", "And so the CDNV V is large.", p.goal, "distance", "near", "variances", "triangle")
    return p.finish()
