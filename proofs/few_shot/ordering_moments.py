"""`exact_moment` <= B/(1 + B) <= B <= `directional_2026_c2`, B = `directional_2026`, where E M > 0."""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.few_shot import directional_2026 as main
from proofs.few_shot.directional_2026_c2 import looser
from proofs.few_shot.ordering import B2, B
from proofs.kernel.model import MARGIN
from proofs.kernel.terms import mean
from theory.bound import Statement
from theory.expressions import margin
from theory.few_shot.exact_moment import EM, VarM, mean_margin, variance_margin
from theory.quantities import d

m, Var, G = main.m, main.Var, main.G


def proof(bound: Statement) -> Proof:
    p = Argument.about(bound)
    p.define("m", m, mean_margin, "E M")
    p.define("Var", Var, variance_margin, "Var M")
    p.assume("margin", "definition of the margin", MARGIN)
    p.expectation(
        "variance", "Var M is a variance.", sp.Eq(mean((margin - m) ** 2), Var), "margin", "m", "Var"
    )
    p.cite("square", "So it isn't negative.", lemmas.monotone(sp.S.Zero, (margin - m) ** 2))
    main.covered_variance(p)
    main.squares(p)
    p.inequality("m > 0", "The statement's condition.", m > 0, "condition", "m")
    p.identity("scaled", "In units of d^2.", sp.Eq(G * d**4 / m**2, B), "G", "m", "B")
    p.identity(
        "looser",
        "The published numerator, in units of d^2, is B_2.",
        sp.Eq(looser * d**4 / m**2, B2),
        "m",
        "B_2",
    )
    p.inequality("covers", "Var M <= B m^2.", Var <= B * m**2, "covered", "scaled", "m > 0")
    p.inequality("B >= 0", "So B is not negative.", sp.Ge(B, 0), "covers", "square", "variance", "m > 0")
    p.inequality(
        "exact",
        "V/(V + m^2) <= B/(1 + B).",
        Var / (Var + m**2) <= B / (1 + B),
        "covers",
        "square",
        "variance",
        "m > 0",
    )
    p.inequality("appendix", "B <= B2.", B <= B2, "three squares", "scaled", "looser", "m > 0")
    p.identity("E M", "The names of the statement.", sp.Eq(EM, m), "EM", "m")
    p.identity("Var M", "The names of the statement.", sp.Eq(VarM, Var), "VarM", "Var")
    p.inequality(
        "order",
        "The exact bound, B and B_2 stand in this order.",
        p.goal,
        "exact",
        "appendix",
        "E M",
        "Var M",
        "m > 0",
        "B >= 0",
        "square",
        "variance",
    )
    return p.finish()
