"""Exact error of the two-point law: the query is half way to the other mean with probability q."""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.kernel.model import D, xi
from proofs.kernel.terms import Dot
from theory.bound import Bound
from theory.expressions import Prob, margin, pair_error
from theory.quantities import lam_i

q = sp.Symbol("q", real=True)
midpoint = sp.Eq(Dot(D, xi), Dot(D, D / 2))


def proof(bound: Bound) -> Proof:
    p = Argument.about(bound)
    p.assume(
        "centres",
        "infinitely many shots: the centres are the means",
        sp.Eq(margin, Dot(xi - D, xi - D) - Dot(xi, xi)),
    )
    p.assume("q", "the query is at D/2 with probability q", sp.Eq(Prob(midpoint), q))
    other = -q / (1 - q) * D / 2
    variance = q * Dot(D / 2, D / 2) + (1 - q) * Dot(other, other)
    p.assume("law", "else at the point that centres it; lam_i is its variance", sp.Eq(lam_i, variance))
    p.inequality("tie", "At the midpoint the margin is zero.", sp.Implies(midpoint, margin <= 0), "centres")
    p.cite("error", "So the error is at least q.", lemmas.more_likely(midpoint, pair_error.args[0]), "tie")
    p.inequality("bound", "And q = lam_i/(lam_i + d^2/4).", p.goal, "error", "q", "law")
    return p.finish()
