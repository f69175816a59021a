"""The law that `cdnv_is_optimal` is about: three rare draws, each of which makes a tie.

Class i: at h with probability q1, across the line at c0 + n side (|side| = gamma d) with probability q2, else
at c0; class j: at c0 + gamma D with probability 1 - q3, else n gamma D behind it. The noise is t.
"""

import sympy as sp

from proofs.argument import Argument
from proofs.kernel.atoms import LimitAtZero, atom
from proofs.kernel.model import MARGIN, SHOTS, D, i, j
from proofs.kernel.terms import Dot, fixed, noise
from proofs.kernel.terms import lam_t as lam_t
from proofs.kernel.terms import v_it as v_it
from proofs.kernel.terms import v_jt as v_jt
from theory.expressions import limiting_ratio, pair_error
from theory.few_shot.cdnv_optimal import cdnv_optimal
from theory.quantities import d, lam_i, n, p, v_i, v_j

q1, q2, q3, gamma, end = sp.symbols("q_1 q_2 q_3 gamma t_0", real=True)
t = noise
side = fixed("side")
c0, h = -q1 * gamma / 2 * D, (1 - q1) * gamma / 2 * D
other = c0 + gamma * D - D
own_steps = ((h, sp.S.Zero, q1), (c0, n, q2), (c0, sp.S.Zero, 1 - q1 - q2))
other_steps = ((other, sp.S.Zero, 1 - q3), (other - n * gamma * D, sp.S.Zero, q3))
"""Places on the line of the means, steps aside, and probabilities."""
own_law, other_law = (
    tuple((place + count * side, share) for place, count, share in steps)
    for steps in (own_steps, other_steps)
)
half_way, across, rest = own_law
CHANCES = (4 * lam_i / d**2, (v_i - lam_i) / (n * d) ** 2, v_j / (n * d) ** 2)
"""q1, q2, q3 over t."""
MEANINGS = ("q_1", "q_2", "q_3")
at_t = {lam_i: lam_t, v_i: v_it, v_j: v_jt}
B_t = sp.Symbol("B_t", real=True)
bound_t = cdnv_optimal.closed_form.subs(at_t, simultaneous=True)
"""`cdnv_optimal` at the moments of the law with noise t."""


def the_law(a: Argument) -> None:
    """Hypotheses: the family of laws, and what its ratio is the limit of."""
    a.assume("margin", "definition of the margin", MARGIN)
    a.assume("shots", "at least one draw", SHOTS)
    a.assume(
        "sizes", "the moments that the family is made for", (lam_i > 0) & (lam_i <= v_i) & (v_i <= p * lam_i)
    )
    for symbol, chance in zip((q1, q2, q3), CHANCES, strict=True):
        a.define(str(symbol), symbol, chance * t, "probability of a rare draw")
    a.define("gamma", gamma, 1 / (1 - q1 / 2 - n * q3), "distance of the resting points over d")
    a.define("t_0", end, 1 / (2 * (n + 1) * sp.Add(*CHANCES)), "what little noise means")
    a.assume("noise", "there is so little noise that rare draws are rare", t < end)
    for name, law, atoms in (("i", i, own_law), ("j", j, other_law)):
        for number, (place, share) in enumerate(atoms, 1):
            a.assume(f"atom {name}{number}", f"atom of class {name}", atom(law, place, share))
    a.assume("orthogonal", "the steps across are orthogonal to D", sp.Eq(Dot(side, D), 0))
    a.assume("length", "and as long as the resting points are apart", sp.Eq(Dot(side, side), gamma**2 * d**2))
    a.define("B_t", B_t, bound_t, "cdnv_optimal at the moments of the law")
    along = sp.Eq(limiting_ratio, LimitAtZero(pair_error / B_t, t))
    a.assume("family", "rho is the limit of the error over cdnv_optimal along the family", along)


def little_noise(a: Argument) -> None:
    """Signs and sizes of the probabilities."""
    a.inequality("end > 0", "t_0 is positive.", sp.Gt(end, 0, evaluate=False), "t_0", "sizes")
    signs = sp.And(q1 > 0, q2 >= 0, q3 >= 0)
    a.inequality("signs", "All three are probabilities.", signs, *MEANINGS, "sizes")
    a.inequality(
        "little",
        "Together they are small.",
        2 * (n + 1) * (q1 + q2 + q3) <= 1,
        *MEANINGS,
        "noise",
        "t_0",
        "sizes",
    )
    a.inequality("close", "gamma is finite,", 1 - q1 / 2 - n * q3 > 0, "little", "signs")
    a.inequality("gamma > 0", "and it is positive.", gamma > 0, "gamma", "close")
