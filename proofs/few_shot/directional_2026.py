"""The 2026 bound from the exact moments, for every n >= 1: E1, E2, E3 cover each term of Var M."""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.few_shot import exact_moment as exact
from proofs.kernel.model import SHOTS
from theory.bound import Bound
from theory.collapse import CDNV, directional_cdnv, tail
from theory.expressions import margin, pair_error
from theory.few_shot.directional_2026 import deviations, squared_gap
from theory.few_shot.exact_moment import mean_margin, variance_margin
from theory.quantities import Dt_j, d, dir_j, n, trS2_i, trS2_j, trSS, v_i, v_j

m, Var, G = sp.symbols("m_M Var G", real=True)
g12, g13, g23 = sp.symbols("g12 g13 g23", real=True)
roots = tuple(map(sp.sqrt, deviations))
V = CDNV["sum"]
published = 4 * directional_cdnv + sum(roots) ** 2
"""The published numerator, in units of d^4."""


def proof(bound: Bound) -> Proof:
    p = Argument.about(bound)
    pair_bound(p)
    p.identity("scaled", "In units of d^2.", sp.Eq(G * d**4 / m**2, published / squared_gap), "G", "m")
    p.inequality("bound", "The quotient, in units of d^2, is the statement.", p.goal, "quotient", "scaled")
    return p.finish()


def pair_bound(p: Argument) -> None:
    """P(M <= 0) <= d^4 G/m^2."""
    p.define("m", m, mean_margin, "E M")
    p.define("Var", Var, variance_margin, "Var M")
    exact.moments(p, m, Var, "m", "Var")
    covered_variance(p)
    p.cite("square", "A variance is not negative.", lemmas.monotone(sp.S.Zero, (margin - m) ** 2))
    p.inequality("m > 0", "The statement's condition.", m > 0, "condition", "m")
    p.inequality(
        "quotient",
        "V/(V + m^2) <= V/m^2, and V is covered.",
        pair_error <= G * d**4 / m**2,
        "cantelli", "m > 0", "covered", "square", "variance",
    )  # fmt: skip


def squares(p: Argument) -> None:
    """G <= 4 Vt + 3 (E1 + E2 + E3)."""
    E1, E2, E3 = deviations
    p.inequality(
        "three squares",
        "(x+y+z)^2 <= 3 (x^2+y^2+z^2).",
        4 * directional_cdnv + 3 * (E1 + E2 + E3) >= G,
        "G",
        "E3 >= 0",
    )


def covered_variance(p: Argument) -> None:
    """Var M <= d^4 (4 Vt + (sqrt E1 + sqrt E2 + sqrt E3)^2)."""
    r1, r2, r3 = roots
    p.assume("shots", "at least one draw of each class", SHOTS)
    p.inequality("E3 >= 0", "E3 is a square.", sp.Ge(deviations[2], 0, evaluate=False), "shots")
    p.define("G", G, published, "the published numerator")
    p.cite("traces ij", "tr S_i S_j <= v_i v_j.", lemmas.trace_product("i", "j"))
    p.cite("traces ii", "tr S_i^2 <= v_i^2.", lemmas.trace_product("i", "i"))
    p.cite("traces jj", "tr S_j^2 <= v_j^2.", lemmas.trace_product("j", "j"))
    p.cite("line", "u'S_j u <= v_j.", lemmas.variance_along())
    p.cite("third", "The third moment is at most d sqrt(v_j M4_j).", lemmas.third_moment())
    skew = Dt_j / d**4 / n**2
    p.inequality("skew", "The third moment, squared.", skew**2 <= V * tail / n**4, "third", "line")
    p.inequality("13", "The second cross term.", r1 * r3 >= skew, "skew", "shots")
    p.inequality("23", "The third cross term.", r2 * r3 >= skew, "skew", "shots")
    # What is left over, written with nothing but terms that are not negative.
    p.define("g12", g12, r1 * r2 - V / n, "surplus of a cross term")
    p.define("g13", g13, r1 * r3 - skew, "surplus of a cross term")
    p.define("g23", g23, r2 * r3 - skew, "surplus of a cross term")
    total = v_i + v_j
    over = (
        2 * d**4 * (g12 + g13 + g23)
        + 4 * d**2 * (total - dir_j) / n
        + 4 * (total**2 - trS2_i - trSS) / n
        + (v_i**2 + v_j**2 + 2 * (n - 1) * (total**2 - trS2_i - trS2_j)) / n**3
    )
    p.identity(
        "over", "What is left over.", sp.Eq(d**4 * G - Var, over), "G", "Var", "g12", "g13", "g23", "E3 >= 0"
    )
    p.inequality(
        "cross",
        "The cross terms.",
        sp.And(g12 >= 0, g13 >= 0, g23 >= 0),
        "13",
        "23",
        "g12",
        "g13",
        "g23",
    )
    p.inequality(
        "over >= 0",
        "Nothing is negative.",
        over >= 0,
        "traces ij",
        "traces ii",
        "traces jj",
        "line",
        "cross",
        "shots",
    )
    p.inequality("covered", "So Var M is covered.", Var <= d**4 * G, "over", "over >= 0")
