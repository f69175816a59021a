"""The margin as a difference of squared lengths of two independent Gaussian vectors.

With w = m_j - m_i and y = z - (m_i + m_j)/2 the margin is -2 w.y, and 4 w.y is |w + y|^2 - |w - y|^2 in any
units; in those in which w and y have the same variance, w + y and w - y are independent.
"""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.kernel.lemmas import isotropic
from proofs.kernel.model import MARGIN, D, a, b, w, xi
from proofs.kernel.terms import Dot, mean
from theory.bound import Bound
from theory.expressions import margin, pair_error
from theory.few_shot.gaussian_two_class import e_w, e_y
from theory.quantities import d, k, n, p, std, v_i, v_j

alpha, beta = sp.symbols("alpha beta", real=True)
y = xi - (a + b + D) / 2
P, Q = alpha * w + beta * y, alpha * w - beta * y
still_P, still_Q = (alpha - beta / 2) * D, (alpha + beta / 2) * D
"""Their means."""


def proof(bound: Bound) -> Proof:
    q = Argument.about(bound)
    q.assume("margin", "definition of the margin", MARGIN)
    q.assume("classes", "both are N(mu_c, std^2 I)", isotropic)
    q.assume("ways", "there are two classes", sp.Eq(k, 2))
    q.define("alpha", alpha, sp.sqrt(n) / (2 * std), "then alpha w has variance 1/2 per coordinate")
    q.define("beta", beta, sp.sqrt(n) / (std * sp.sqrt(2 * n + 1)), "then beta y has")
    squares(q)
    uncorrelated(q)
    signals(q)
    law = lemmas.noncentral_squares(P, Q, (e_w + e_y) ** 2 / 2, (e_w - e_y) ** 2 / 2)
    parts = ("var P", "var Q", "cov", "mean P", "mean Q")
    q.cite("law", "Squared lengths of independent Gaussian vectors are chi-squares.", law, "classes", *parts)
    q.inequality(
        "pair",
        "So the pair errs as often as one chi-square is below the other.",
        sp.Eq(pair_error, law.gives.args[1]),
        "same",
        "law",
    )
    alike = lemmas.two_alike(law.gives.args[1], *bound.where)
    q.cite(
        "bound",
        "Both orders of the two classes err alike, so their mean is this value.",
        alike,
        "ways",
        "pair",
        *(str(s.name) for s, _ in bound.where),
    )
    return q.finish()


def squares(q: Argument) -> None:
    """The event as an inequality of squared lengths."""
    less = sp.Le(Dot(Q, Q), Dot(P, P))
    event = pair_error.args[0]
    difference = Dot(P, P) - Dot(Q, Q)
    q.identity(
        "difference",
        "|P|^2 - |Q|^2 is the margin, times a number.",
        sp.Eq(difference, -2 * alpha * beta * margin),
        "margin",
    )
    q.inequality(
        "units", "alpha and beta are positive, so that number is negative.", alpha * beta > 0, "alpha", "beta"
    )
    for name, says, first, second in (
        ("if", "A wrong label makes |Q|^2 at most |P|^2.", event, less),
        ("only if", "|Q|^2 at most |P|^2 makes a wrong label.", less, event),
    ):
        q.inequality(name, says, sp.Implies(first, second), "difference", "units")
    q.cite("same", "Equivalent events have one probability.", lemmas.equivalent(event, less), "if", "only if")


def uncorrelated(q: Argument) -> None:
    """Variances 1 per coordinate, covariance 0."""
    q.cite(
        "isotropic",
        "The variance of a class is std^2 in each of p coordinates.",
        lemmas.isotropic_variance(),
        "classes",
    )
    noise = {s: x - still for s, x, still in (("P", P, still_P), ("Q", Q, still_Q))}
    variance = alpha**2 * (v_i + v_j) / n + beta**2 * (v_i + (v_i + v_j) / (4 * n))
    cross = alpha * beta * (v_i - v_j) / n
    covariance = alpha**2 * (v_i + v_j) / n - beta**2 * (v_i + (v_i + v_j) / (4 * n))
    for name, first, second, value, sum_ in (
        ("var P", "P", "P", variance + cross, p),
        ("var Q", "Q", "Q", variance - cross, p),
        ("cov", "P", "Q", covariance, 0),
    ):
        mean_product = mean(Dot(noise[first], noise[second]))
        moment = f"the covariance of {first} and {second}" if first != second else f"the variance of {first}"
        q.expectation(f"{name} is", f"By expansion, {moment}.", sp.Eq(mean_product, value))
        q.inequality(
            name,
            f"In these units {moment} is {sum_}.",
            sp.Eq(mean_product, sum_),
            f"{name} is",
            "isotropic",
            "alpha",
            "beta",
        )


def signals(q: Argument) -> None:
    """Lengths of the two means."""
    root = sp.sqrt(2)
    q.inequality(
        "signal w",
        "The mean of w has length d: so e_w in these units.",
        sp.Eq(e_w, root * alpha * d),
        "e_w",
        "delta",
        "alpha",
    )
    q.inequality(
        "signal y",
        "The mean of y has length d/2: so e_y in these units.",
        sp.Eq(e_y, root * beta * d / 2),
        "e_y",
        "delta",
        "beta",
    )
    for name, still, sign in (("mean P", still_P, -1), ("mean Q", still_Q, 1)):
        length = sp.Eq(Dot(still, still), (e_w + sign * e_y) ** 2 / 2)
        q.identity(name, f"The squared length of the {name}, by e_w and e_y.", length, "signal w", "signal y")
