"""Chernoff, integrating out the query, then the other centre along a tangent, then the own centre.

With t = x/sigma^2 the exponent is -kappa|B|^2 - 2 tau B.a + (t + tau)|a|^2 once the query is gone, B = D + b;
it is concave in B, so it lies below its tangent at c0 = (D - 2 tau nu a)/c, which is linear in b.
"""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.kernel.model import MARGIN, D, a, b, w, xi
from proofs.kernel.terms import Dot, mean, scalar
from theory.bound import Bound
from theory.expressions import margin
from theory.few_shot.subgaussian import Q, c, delta, x
from theory.quantities import d, n, p, sigma

t, tau, kap, nu, r, gamma = sp.symbols("t_x tau kappa nu r gamma", real=True)
grow = sp.Symbol("grow", real=True)
gap = scalar("gap", a, b)
B = D + b
c0 = (D - 2 * tau * nu * a) / grow
without_query = -t * Dot(B, B) + t * Dot(a, a) + sigma**2 / 2 * Dot(2 * t * w, 2 * t * w)
pull = -2 * kap * c0 - 2 * tau * a
rest = -2 * kap * Dot(D, c0) + kap * Dot(c0, c0) - 2 * tau * Dot(D, a) + (t + tau) * Dot(a, a)
without_b = rest + sigma**2 / n / 2 * Dot(pull, pull)


def proof(bound: Bound) -> Proof:
    q = Argument.about(bound)
    q.assume("margin", "definition of the margin", MARGIN)
    names(q)
    chain(q)
    own_centre(q)
    return q.finish()


def names(q: Argument) -> None:
    """Short names for the exponent's coefficients, and their signs."""
    q.define("t", t, x / sigma**2, "Chernoff parameter")
    q.define("tau", tau, 2 * x**2 / sigma**2, "what the query adds")
    q.define("kappa", kap, x * (1 - 2 * x) / sigma**2, "what is left of t")
    q.define("nu", nu, sigma**2 / n, "proxy of a centre")
    q.define("grow", grow, 1 + 2 * x * (1 - 2 * x) / n, "c of the statement")
    q.define("gamma", gamma, x * (1 + 2 * x * (1 + 1 / n)) / (sigma**2 * grow), "own centre's form")
    q.define("r", r, 1 - 2 * gamma * nu, "what the Gaussian integral leaves")
    q.inequality("t > 0", "So t > 0,", t > 0, "t", "domain")
    q.inequality("kappa >= 0", "kappa >= 0,", kap >= 0, "kappa", "domain")
    q.inequality("grow > 0", "and c > 0.", grow > 0, "grow", "domain")


def chain(q: Argument) -> None:
    """P(M <= 0) <= E exp(without_b), a quadratic in a."""
    q.cite(
        "chernoff",
        "Chernoff's bound: Markov's inequality for the exponential.",
        lemmas.chernoff(margin, t),
        "t > 0",
    )
    g = -t * Dot(B, B) + t * Dot(a, a)
    q.expectation(
        "open",
        "Linear in the query.",
        sp.Eq(mean(sp.exp(-t * margin)), mean(sp.exp(g + Dot(xi, 2 * t * w)))),
        "margin",
    )
    q.cite("query", "The query is sub-Gaussian.", lemmas.subgaussian(xi, 2 * t * w, g))
    far = B - c0
    q.define("gap", gap, kap * Dot(far, far), "how far below its tangent the exponent lies")
    q.cite("length", "A squared length.", lemmas.square_length(far))
    q.inequality("gap >= 0", "It is concave.", gap >= 0, "gap", "length", "kappa >= 0")
    tangent = rest + Dot(b, pull)
    q.identity(
        "difference",
        "The exponent and its tangent at c0.",
        sp.Eq(tangent, without_query + gap),
        "gap", "t", "tau", "kappa",
    )  # fmt: skip
    q.cite(
        "tangent",
        "So the exponent lies below its tangent.",
        lemmas.below(without_query, tangent, gap),
        "difference",
        "gap >= 0",
    )
    q.cite(
        "below",
        "Its exponential lies below, too.",
        lemmas.exp_monotone(without_query, rest + Dot(b, pull)),
        "tangent",
    )
    q.cite(
        "mean",
        "The inequality holds in the mean, too.",
        lemmas.monotone(sp.exp(without_query), sp.exp(rest + Dot(b, pull))),
        "below",
    )
    q.cite("other", "The other centre is sub-Gaussian.", lemmas.subgaussian(b, pull, rest))


def own_centre(q: Argument) -> None:
    """The quadratic in a, by the Gaussian integral, and the statement's names."""
    lead, tilt = -kap * d**2 / grow, -2 * tau / grow * D
    form = lead + Dot(a, tilt) + gamma * Dot(a, a)
    meanings = ("t", "tau", "kappa", "nu", "grow", "gamma")
    q.identity("form", "Collect the terms.", sp.Eq(without_b, form), *meanings, "grow > 0")
    q.cite("exp", "So for exponentials.", lemmas.exp_monotone(without_b, form), "form")
    q.cite(
        "mean form",
        "The inequality holds in the mean, too.",
        lemmas.monotone(sp.exp(without_b), sp.exp(form)),
        "exp",
    )
    q.inequality("Q > 0", "Q > 0 in the domain.", sp.Gt(Q, 0, evaluate=False), "Q", "domain")
    q.identity("c is", "c is the statement's.", sp.Eq(c, grow), "c", "grow")
    q.inequality("c > 0", "and it is positive.", sp.Gt(c, 0, evaluate=False), "c is", "grow > 0")
    q.identity("r c = Q", "The integral leaves Q/c.", sp.Eq(r * c, Q), "r", "Q", "c", *meanings, "grow > 0")
    q.inequality("r > 0", "Which is positive.", r > 0, "r c = Q", "Q > 0", "c > 0")
    q.inequality("gamma >= 0", "gamma >= 0.", gamma >= 0, "gamma", "grow > 0", "domain")
    q.identity("r is", "In terms of gamma.", sp.Eq(r, 1 - 2 * gamma * sigma**2 / n), "r", "nu")
    q.cite(
        "own",
        "The own centre, by a Gaussian integral.",
        lemmas.gaussian_trick(a, gamma, tilt, lead, r),
        "gamma >= 0", "r > 0", "r is",
    )  # fmt: skip
    q.cite("log", "The logarithm of Q/c.", lemmas.log_quotient(r, Q, c), "r c = Q", "Q > 0", "c > 0")
    got = lead + sigma**2 / n * Dot(tilt, tilt) / (2 * r) - p / 2 * sp.log(r)
    stated = p / 2 * (sp.log(c) - sp.log(Q)) - delta**2 * x * (1 - 2 * (1 + 1 / n) * x) / Q
    q.identity(
        "exponent",
        "The statement's exponent.",
        sp.Eq(got, stated),
        "log",
        "r",
        "Q",
        "c",
        "delta_s",
        *meanings,
        "grow > 0",
        "r > 0",
        "Q > 0",
    )
    positive = ("r > 0", "Q > 0", "c > 0")
    q.cite("last", "So for exponentials.", lemmas.exp_monotone(got, stated), "exponent", *positive)
    q.inequality(
        "bound",
        "The chain of inequalities from Chernoff's bound to the statement.",
        q.goal,
        "chernoff",
        "open",
        "query",
        "mean",
        "other",
        "mean form",
        "own",
        "last",
    )
