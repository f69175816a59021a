"""Exponentially small few-shot error for sub-Gaussian classes.

Assumes     E exp(th u.(z - mu_c)) <= exp(th^2 sigma^2/2) for all unit u, real th, c = i and j
Claims      for every x in (0, n/(2(n+1))), delta = d/sigma, c = 1 + 2x(1-2x)/n, Q = 1 - 4x^2 (2n+1)/n^2:
            P(M_ij <= 0) <= (c/Q)^{p/2} exp(-delta^2 x (1 - 2(1 + 1/n) x)/Q)
Kind        upper, one ordered pair; minimised over x for each pair
Sharp       the rate n/(8n+4) and the threshold delta^2 = p/n are optimal
Source      derived here; proof in proofs/few_shot/subgaussian.py
"""

import sympy as sp

from theory.assumptions import DistinctMeans, SubGaussian
from theory.bound import PairBound, derived
from theory.evaluation.optimise import FreeParameter
from theory.quantities import Mark, d, local, n, p, quantity, sigma

x = quantity("x", "free parameter of the sub-Gaussian bound (t sigma^2)", "x", source="free", positive=True)
delta = local("delta_s", "distance of the means over the proxy", Mark("delta"), positive=True)
c = local("c", "growth of the centre's Gaussian integral", positive=True)
Q = local("Q", "what is left of the query's quadratic form", positive=True)

subgaussian = PairBound(
    name="subgaussian",
    title="Sub-Gaussian bound",
    # Written as one exponential: a power times an exponential overflows long before their product does.
    statement=sp.exp(p / 2 * (sp.log(c) - sp.log(Q)) - delta**2 * x * (1 - 2 * (1 + 1 / n) * x) / Q),
    where=(
        (delta, d / sigma),
        (c, 1 + 2 * x * (1 - 2 * x) / n),
        (Q, 1 - 4 * x**2 * (2 * n + 1) / n**2),
    ),
    free=FreeParameter(x, 0, n / (2 * (n + 1)), "pair", meaning="Chernoff parameter"),
    assumptions=(SubGaussian(), DistinctMeans()),
    provenance=derived("Chernoff; tangent in the other centre's noise, Gaussian integral trick"),
)

closed_form_x = n / (2 * (2 * n + 1))
"""The value of x that gives the closed form ((4n^2+5n+2)/(4n^2+2n))^{p/2} exp(-n d^2/((8n+4) sigma^2))."""
