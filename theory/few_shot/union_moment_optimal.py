"""The best union bound from the joint second moments of the margins.

Assumes     independent draws, finite fourth moments, distinct class means
Claims      for every positive definite R with s_j = sqrt R_jj:
            P(wrong | i) <= tr(R^-1 (Sigma + (m - s)(m - s)')), minimised over R
Kind        upper, one query class
Sharp       attained at n = infinity: no bound in (D, S_i) alone is better
Source      derived here; proof in proofs/few_shot/union_moment_optimal.py

For subsets of the classes B = R^-1 is shared: B restricted to a subset has (B_S^-1)_jj <= R_jj, so the
restriction is valid for it, and the mean over subsets is linear in the entries of B.
"""

import sympy as sp

from theory.assumptions import DistinctMeans, FiniteFourthMoment
from theory.bound import derived
from theory.bound.matrix import MatrixBound
from theory.few_shot.union_moment import union_moment

N = sp.Symbol("N", integer=True, positive=True)
R, Sigma = sp.MatrixSymbol("R", N, N), sp.MatrixSymbol("Sigma", N, N)
m, s = sp.MatrixSymbol("m", N, 1), sp.MatrixSymbol("s", N, 1)

union_moment_optimal = MatrixBound(
    name="union_moment_optimal",
    title="Optimal joint-moment bound over the other classes",
    statement=sp.Trace(R.I * (Sigma + (m - s) * (m - s).T)),
    sharpens=union_moment,
    assumptions=(FiniteFourthMoment(), DistinctMeans()),
    provenance=derived("Markov on the quadratic form y'R^-1 y, y = s - M"),
)
