"""P(M <= 0) <= (4 lam_i + (v_i + v_j)/n)/d^2: the shift T = d, then second moments of the centres."""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.few_shot.shifted_margin import A, R, Y, mean_distance, query_by_eigenvalue, shift
from proofs.kernel.terms import mean
from theory.bound import Bound
from theory.quantities import d, n, v_i, v_j


def proof(bound: Bound) -> Proof:
    p = Argument.about(bound)
    pair_bound(p, p.goal)
    return p.finish()


def pair_bound(p: Argument, claim: sp.Basic) -> None:
    """The steps up to ``claim``, a bound on one ordered pair that the last one shows."""
    shift(p, d)
    query_by_eigenvalue(p)
    mean_distance(p)
    p.cite("length", "E|a| >= 0.", lemmas.monotone(sp.S.Zero, A))
    p.expectation(
        "moments",
        "Expand (d - Y)^2; a and b are independent.",
        sp.Eq(mean((d - Y) ** 2), 2 * (d + mean(A)) * (d - mean(R)) + (v_i + v_j) / n),
        "Y",
    )
    p.inequality(
        "pair",
        "2 (d + E|a|)(d - E|D+b|) <= 0 drops out.",
        claim,
        "markov", "condition", "query", "jensen", "length", "moments",
    )  # fmt: skip
