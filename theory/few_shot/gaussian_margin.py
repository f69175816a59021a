"""The error if margins were normal.

Assumes     independent draws, finite fourth moments, distinct class means
Claims      P(wrong | i) is about the probability that a normal vector with the margins' own mean m and
            covariance Sigma (those of `union_moment`) has a coordinate <= 0; Phi(-m/sqrt Sigma) for two
            classes
Kind        approximation: exact at n = infinity for Gaussian classes, and in no general sense a bound
Source      the central limit theorem for the margin, a sum over coordinates; the moments are `exact_moment`'s

It fails where the margin's lower tail is not normal: its error is dominated by queries that lie far out, and
real features have more of them than a normal law.
"""

import sympy as sp

from theory.assumptions import DistinctMeans, FiniteFourthMoment
from theory.bound import derived
from theory.bound.approximation import OrthantApproximation
from theory.expressions import NormalOrthant
from theory.few_shot.union_moment import union_moment

N = sp.Symbol("N", integer=True, positive=True)
m, Sigma = sp.MatrixSymbol("m", N, 1), sp.MatrixSymbol("Sigma", N, N)

gaussian_margin = OrthantApproximation(
    name="gaussian_margin",
    title="Normal approximation of the margins",
    statement=1 - NormalOrthant(m, Sigma),
    sharpens=union_moment,
    assumptions=(FiniteFourthMoment(), DistinctMeans()),
    provenance=derived("margins taken for normal, with their exact means and covariances"),
)
