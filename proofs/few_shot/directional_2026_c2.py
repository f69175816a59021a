"""The appendix form: three times a sum of squares covers the squared sum."""

import sympy as sp

from proofs.argument import Argument, Proof
from proofs.few_shot import directional_2026 as main
from theory.bound import Bound
from theory.collapse import directional_cdnv
from theory.expressions import pair_error
from theory.few_shot.directional_2026 import deviations, squared_gap
from theory.quantities import d

looser = 4 * directional_cdnv + 3 * sum(deviations)


def proof(bound: Bound) -> Proof:
    p = Argument.about(bound)
    main.pair_bound(p)
    main.squares(p)
    p.inequality(
        "more",
        "And the quotient with it.",
        pair_error <= looser * d**4 / main.m**2,
        "quotient", "three squares", "m > 0",
    )  # fmt: skip
    p.identity("scaled", "In units of d^2.", sp.Eq(looser * d**4 / main.m**2, looser / squared_gap), "m")
    p.inequality("bound", "The larger quotient, in units of d^2, is the statement.", p.goal, "more", "scaled")
    return p.finish()
