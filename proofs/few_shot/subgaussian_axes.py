"""As `subgaussian`, one axis at a time: the coordinates need not be independent, only the proxies diagonal.

Along axis r, once the query is gone, the exponent is -kappa B^2 - 2 tau B a + (t + tau) a^2, B = D + b; it
lies below its tangent at c0 = (D - 2 tau nu a)/c, which is linear in b; a quadratic in a is left.
"""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.kernel.model import MARGIN_ALONG_AXES, other_axes, own_axes, xi
from proofs.kernel.terms import mean, scalar
from theory.bound import Bound
from theory.expressions import SumAxes, margin
from theory.few_shot.subgaussian_axes import Q_r, c_r, t
from theory.quantities import D_r, g_r, n_i, n_j, s_r

own, other = own_axes, other_axes
x, a, b = map(lemmas.axis, (xi, own, other))
tau, kap, nu, r, gamma, grow = sp.symbols("tau kappa nu r gamma grow", real=True)
gap = scalar("gap", own, other)
B, w = D_r + b, D_r + b - a
c0 = (D_r - 2 * tau * nu * a) / grow
along = B**2 - a**2 - 2 * x * w
"""The margin along one axis."""
opened = -t * B**2 + t * a**2
without_query = opened + s_r * (2 * t * w) ** 2 / 2
pull = -2 * kap * c0 - 2 * tau * a
rest = -2 * kap * D_r * c0 + kap * c0**2 - 2 * tau * D_r * a + (t + tau) * a**2
without_b = rest + g_r / n_j * pull**2 / 2
lead, tilt = -kap * D_r**2 / grow, -2 * tau / grow * D_r
form = lead + a * tilt + gamma * a**2
MEANINGS = ("tau", "kappa", "nu", "grow", "gamma")


def proof(bound: Bound) -> Proof:
    q = Argument.about(bound)
    q.assume("margin", "the margin, coordinate by coordinate", MARGIN_ALONG_AXES)
    names(q)
    chain(q)
    own_centre(q)
    return q.finish()


def names(q: Argument) -> None:
    """Short names for the exponent's coefficients along an axis, and their signs."""
    q.define("tau", tau, 2 * t**2 * s_r, "what the query adds")
    q.define("kappa", kap, t * (1 - 2 * t * s_r), "what is left of t")
    q.define("nu", nu, g_r / n_j, "proxy of the other centre")
    q.define("grow", grow, 1 + 2 * t * (1 - 2 * t * s_r) * g_r / n_j, "c of the statement")
    q.define("gamma", gamma, t * (1 + 2 * t * (s_r + g_r / n_j)) / grow, "own centre's form")
    q.define("r", r, 1 - 2 * gamma * s_r / n_i, "what the Gaussian integral leaves")
    q.cite("largest", "A proxy is at most the largest.", lemmas.at_most_max_axis(s_r))
    small = 2 * t * s_r * (n_i + 1) < n_i
    q.inequality("small", "The domain, along one axis.", small, "largest", "domain")
    q.inequality("kappa >= 0", "kappa >= 0,", kap >= 0, "kappa", "small")
    q.inequality("grow > 0", "and c > 0.", grow > 0, "grow", "small")


def equal(q: Argument, name: str, X: sp.Expr, Y: sp.Expr, *uses: str) -> None:
    """Steps ``name`` (X_r = Y_r) and ``name axes`` (their sums are equal)."""
    q.identity(name, "Collect the terms along an axis,", sp.Eq(X, Y), *uses)
    q.cite(f"{name} axes", "and over all axes.", lemmas.axes_equal(X, Y), name)


def chain(q: Argument) -> None:
    """P(M <= 0) <= E exp(sum of without_b), a quadratic in the own centre."""
    q.cite(
        "chernoff", "Chernoff's bound: Markov's inequality for the exponential.", lemmas.chernoff(margin, t)
    )
    q.cite("scaled", "t goes into the sum.", lemmas.axes_scaled(-t, along))
    q.expectation(
        "exponent",
        "Linear in the query.",
        sp.Eq(mean(sp.exp(-t * margin)), mean(sp.exp(SumAxes(opened + x * (2 * t * w))))),
        "margin", "scaled",
    )  # fmt: skip
    q.cite("query", "The query is sub-Gaussian.", lemmas.axes_subgaussian(x, 2 * t * w, opened))
    q.define("gap", gap, kap * (B - c0) ** 2, "how far below its tangent the exponent lies")
    q.inequality("gap >= 0", "It is concave.", gap >= 0, "gap", "kappa >= 0")
    tangent = rest + b * pull
    q.identity(
        "difference",
        "The exponent and its tangent at c0.",
        sp.Eq(tangent, without_query + gap),
        "gap", "tau", "kappa",
    )  # fmt: skip
    below = lemmas.below(without_query, tangent, gap)
    q.cite("tangent", "So the exponent lies below its tangent,", below, "difference", "gap >= 0")
    q.cite("tangent axes", "over all axes.", lemmas.axes_monotone(without_query, tangent), "tangent")
    left, right = SumAxes(without_query), SumAxes(tangent)
    q.cite("below", "Its exponential lies below, too,", lemmas.exp_monotone(left, right), "tangent axes")
    q.cite("mean", "and in the mean.", lemmas.monotone(sp.exp(left), sp.exp(right)), "below")
    q.cite("other", "The other centre is sub-Gaussian.", lemmas.axes_subgaussian(b, pull, rest))


def own_centre(q: Argument) -> None:
    """The quadratic in a, by the Gaussian integral, and the statement's names."""
    equal(q, "form", without_b, form, *MEANINGS, "grow > 0")
    left, right = SumAxes(without_b), SumAxes(form)
    q.cite("exp", "So for exponentials,", lemmas.exp_monotone(left, right), "form axes")
    q.cite("mean form", "and in the mean.", lemmas.monotone(sp.exp(left), sp.exp(right)), "exp")
    q.inequality("Q > 0", "Q > 0 in the domain.", sp.Gt(Q_r, 0, evaluate=False), "Q_r", "c_r", "small")
    q.identity("c is", "c is the statement's.", sp.Eq(c_r, grow), "c_r", "grow")
    q.inequality("c > 0", "and it is positive.", sp.Gt(c_r, 0, evaluate=False), "c is", "grow > 0")
    q.identity(
        "r c = Q", "The integral leaves Q/c.", sp.Eq(r * c_r, Q_r), "r", "Q_r", "c_r", *MEANINGS, "grow > 0"
    )
    q.inequality("r > 0", "Which is positive.", r > 0, "r c = Q", "Q > 0", "c > 0")
    q.inequality("gamma >= 0", "gamma >= 0.", gamma >= 0, "gamma", "grow > 0")
    q.identity("r is", "In terms of gamma.", sp.Eq(r, 1 - 2 * gamma * s_r / n_i), "r")
    trick = lemmas.axes_gaussian_trick(a, gamma, tilt, lead, r)
    q.cite("own", "The own centre, by a Gaussian integral.", trick, "gamma >= 0", "r > 0", "r is")
    q.cite("log", "The logarithm of Q/c.", lemmas.log_quotient(r, Q_r, c_r), "r c = Q", "Q > 0", "c > 0")
    got = lead + s_r / n_i * tilt**2 / (2 * r) - sp.log(r) / 2
    stated = (sp.log(c_r) - sp.log(Q_r)) / 2 - t * D_r**2 * (1 - 2 * t * s_r * (1 + 1 / n_i)) / Q_r
    positive = ("r > 0", "Q > 0", "c > 0")
    equal(q, "stated", got, stated, "log", "r", "Q_r", "c_r", *MEANINGS, "grow > 0", "r > 0", "Q > 0")
    last = lemmas.exp_monotone(SumAxes(got), SumAxes(stated))
    q.cite("last", "So for exponentials.", last, "stated axes", *positive)
    steps = ("chernoff", "exponent", "query", "mean", "other", "mean form", "own", "last")
    q.inequality("bound", "The chain of inequalities from Chernoff's bound to the statement.", q.goal, *steps)
