"""The error if margins were normal, corrected for their skewness.

Assumes     independent draws, finite sixth moments, distinct class means
Claims      with x = E M / sqrt(C_2) and skewness gamma = C_3/C_2^{3/2}: P(M_ij <= 0) is about
            P(N(0,1) > x) - gamma (x^2 - 1) phi(x)/6, cut off at 0 and 1
Kind        approximation: the first two terms of Edgeworth's series
Source      Edgeworth 1905 as in Feller, An Introduction to Probability Theory II (1971), XVI.4

Below 0 for large x and a positive skewness, where it is cut off: it then predicts no error at all.
"""

import sympy as sp

from theory.assumptions import DistinctMeans, FiniteMoments
from theory.bound import cited
from theory.bound.approximation import PairApproximation
from theory.expressions import NormalTail
from theory.quantities import C_2, C_3, Mark, local, mean_M

x = local("x_M", "mean of the margin over its standard deviation", Mark("x"), finite=True)
gamma = local("gamma", "skewness of the margin", Mark("gamma"), finite=True)

gaussian_margin_skew = PairApproximation(
    name="gaussian_margin_skew",
    title="Normal approximation of the margins, with their skewness",
    statement=sp.Min(
        1,
        sp.Max(0, NormalTail(x) - gamma * (x**2 - 1) * sp.exp(-(x**2) / 2) / (6 * sp.sqrt(2 * sp.pi))),
    ),
    where=((x, mean_M / sp.sqrt(C_2)), (gamma, C_3 / C_2 ** sp.Rational(3, 2))),
    assumptions=(FiniteMoments(6), DistinctMeans()),
    provenance=cited("Edgeworth's series for the margin, to the third moment"),
)
