"""The 2025 bound, in both normalizations, for every a > 0 with a positive bracket beta.

If the margin is not positive, either xi.D >= beta d^2, or what the centres' noise adds, -2 D.b + |a|^2 +
2 xi.e with e = b - a, is at least (1 - 2 beta) d^2 >= (4/a) d^2: Chebyshev for the first, Markov on positive
parts for the second. A centred variable's positive part has half the mean of its size: the declared
normalization needs it.
"""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.few_shot.shifted_margin import event
from proofs.kernel.model import MARGIN, D, a, b, xi
from proofs.kernel.terms import Dot, mean
from theory.bound import Bound
from theory.collapse import CDNV, directional_cdnv
from theory.expressions import Avg, pair_error
from theory.few_shot import directional_2025 as stated
from theory.quantities import d, dir_j, k, n, trS2_i, trSS, v_i, v_j

PROVES = ("directional_2025", "directional_2025_sum")

beta = sp.Symbol("beta", real=True)
free = stated.a
ahead, aside = Dot(D, b), Dot(xi, b - a)
noise = sp.Abs(ahead) - ahead + Dot(a, a) + sp.Abs(aside) + aside
X = (Dot(xi, D) / d**2 / beta) ** 2 + free / 4 * noise / d**2
V = CDNV["one_sided"]
other = CDNV["one_sided"].subs(v_i, v_j)
share = free / (4 * sp.sqrt(n))
terms = (
    (1 / beta**2, directional_cdnv),
    (share, sp.sqrt(other)),
    (free / (4 * n) + sp.Rational(3, 2) * share, V),
    (share / 2, other),
)
pair = sp.Add(*(scale * X for scale, X in terms))


def proof(bound: Bound) -> Proof:
    p = Argument.about(bound)
    p.assume("margin", "definition of the margin", MARGIN)
    small = sp.Rational(1, 10)
    p.define("beta", beta, sp.Piecewise((stated.bracket, stated.bracket > 0), (small, True)), "the bracket")
    one_pair(p)
    p.cite("union", "Union over the other classes.", lemmas.union(pair), "pair")
    p.cite("linear", "The mean of each term.", lemmas.average_linear(*terms))
    p.cite("swap", "Both orders of a pair count.", lemmas.average_swapped(other))
    p.cite("swap root", "Both orders of a pair count.", lemmas.average_swapped(sp.sqrt(other)))
    p.assume("ways", "there are at least two classes", sp.Ge(k, 2))
    uses = ["union", "linear", "swap", "swap root", "ways", "beta", "domain"]
    if Avg(CDNV["sum"]) in bound.relation.atoms(Avg):
        both = CDNV["sum"]
        p.inequality("larger root", "Their roots as well.", sp.sqrt(V) <= sp.sqrt(both))
        p.cite("sum", "Two variances are more than one, in the mean.", lemmas.average_monotone(V, both))
        p.cite("sum root", "In the mean.", lemmas.average_monotone(sp.sqrt(V), sp.sqrt(both)), "larger root")
        uses += ["sum", "sum root"]
    p.cite("root >= 0", "Roots are not negative.", lemmas.average_nonnegative(sp.sqrt(V)))
    p.inequality(
        "bound",
        "The averaged pair bound, with the larger root in it, is the statement.",
        p.goal,
        *uses,
        "root >= 0",
    )
    return p.finish()


def one_pair(p: Argument) -> None:
    """The bound for one ordered pair."""
    p.inequality(
        "bracket", "The bracket leaves 4/a.", (beta > 0) & (1 - 2 * beta >= 4 / free), "beta", "domain"
    )
    p.inequality("event", "One of the two parts is large.", sp.Implies(event, X >= 1), "margin", "bracket")
    p.inequality("X >= 0", "Neither is negative.", X >= 0, "bracket")
    p.cite("markov", "Markov's inequality.", lemmas.markov(event, X, sp.S.One), "X >= 0", "event")
    sizes = mean(sp.Abs(ahead)) + v_i / n + mean(sp.Abs(aside))
    p.expectation(
        "mean",
        "Centred terms vanish.",
        sp.Eq(mean(X), directional_cdnv / beta**2 + share * sp.sqrt(n) * sizes / d**2),
    )
    p.cite("jensen b", "(E|D.b|)^2 <= E(D.b)^2,", lemmas.jensen_square(sp.Abs(ahead)))
    p.expectation("square b", "which is d^2 u'S_j u/n.", sp.Eq(mean(ahead**2), d**2 * dir_j / n))
    p.cite("line", "u'S_j u <= v_j.", lemmas.variance_along())
    p.cite("jensen xi", "(E|xi.e|)^2 <= E(xi.e)^2,", lemmas.jensen_square(sp.Abs(aside)))
    p.expectation(
        "square xi", "two traces of products.", sp.Eq(mean(sp.Abs(aside) ** 2), (trS2_i + trSS) / n)
    )
    p.cite("traces ii", "tr S_i^2 <= v_i^2.", lemmas.trace_product("i", "i"))
    p.cite("traces ij", "tr S_i S_j <= v_i v_j.", lemmas.trace_product("i", "j"))
    root = sp.sqrt(n)
    p.inequality(
        "b",
        "Take square roots of Jensen's inequality.",
        mean(sp.Abs(ahead)) * root <= d * sp.sqrt(v_j),
        "jensen b",
        "square b",
        "line",
    )
    p.inequality(
        "xi",
        "Roots; v_i^2 + v_i v_j <= (3 v_i + v_j)^2/4.",
        mean(sp.Abs(aside)) * root <= (3 * v_i + v_j) / 2,
        "jensen xi", "square xi", "traces ii", "traces ij",
    )  # fmt: skip
    p.inequality(
        "pair",
        "Markov's inequality with the three means put in is the pair bound.",
        pair_error <= pair,
        "markov",
        "mean",
        "b",
        "xi",
        "domain",
    )
