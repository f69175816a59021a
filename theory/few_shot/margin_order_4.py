"""Few-shot error from the first four moments of the margin, in closed form.

Assumes     independent draws, finite eighth moments of the classes, distinct class means
Claims      with m = E M > 0, central moments C_q of M, g = C_2 m^2 + C_3 m - C_2^2 > 0 and
            h = C_2 C_4 - C_2^3 - C_3^2:
            P(M_ij <= 0) <= 1/(1 + m^2/C_2 + g^2/(C_2 h)); without the last term where g <= 0; 1 where m <= 0
Kind        upper, one ordered pair; any n >= 1; never above `exact_moment`
Sharp       attained: n = infinity, M takes three values of which 0 is the smallest
Source      derived here: E q^2 for the quadratic q = 1 - c_1 M + c_2 M^2, c >= 0, that is least; proof in
            proofs/few_shot/margin_order_4.py

The denominator is the reciprocal of Christoffel's function of the law of M at 0: a sum of squares of
orthonormal polynomials, in which nothing cancels. g > 0 says that c_2 > 0; then c_1 > 0 follows, as m (2 C_2
m + C_3) > g. The bound grows with h. For a margin of two values h = 0, which rounding would replace by
anything: ``ROOM`` times C_2 C_4, more than its rounding, is added to it (and lets the bound of such a margin
be 1e-13 in place of 0).
"""

import sympy as sp

from theory.assumptions import DistinctMeans, FiniteMoments
from theory.bound import PairBound, derived
from theory.quantities import C_2, C_3, C_4, local, mean_M

g = local("g", "what the third moment adds to the mean's square, beyond the variance", finite=True)
h = local("h", "fourth moment left over by the first three, and room for rounding", finite=True)
ROOM = sp.Rational(1, 2**44)

margin_order_4 = PairBound(
    name="margin_order_4",
    title="Four moments of the margin",
    statement=sp.Piecewise(
        (sp.S.One, mean_M <= 0),
        (C_2 / (C_2 + mean_M**2), g <= 0),
        (1 / (1 + mean_M**2 / C_2 + g**2 / (C_2 * h)), True),
    ),
    where=(
        (g, C_2 * mean_M**2 + C_3 * mean_M - C_2**2),
        (h, C_2 * C_4 - C_2**3 - C_3**2 + ROOM * C_2 * C_4),
    ),
    assumptions=(FiniteMoments(8), DistinctMeans()),
    provenance=derived("Markov on the square of a quadratic polynomial of the margin with coefficients >= 0"),
)
