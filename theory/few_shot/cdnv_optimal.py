"""The best few-shot bound from (lam_i, v_i, v_j, d, n): Cantelli's inequality and the best shift.

Assumes     independent draws, finite second moments, distinct class means
Claims      with al = sqrt(v_i/n), C = 4 lam_i + (v_i + v_j)/n, K = 4 lam_i + v_j/n:
            P(M_ij <= 0) <= 1 if d <= al; else C/d^2 if C <= d al; else K/(K + (d - al)^2)
Kind        upper, one ordered pair
Sharp       attained at n = oo, and at n = 1 with v_i = 0; no bound in these quantities beats it by more
            than 4n/(4n+1) everywhere (`cdnv_is_optimal`)
Source      derived here; proof in proofs/few_shot/cdnv_optimal.py
"""

import sympy as sp

from theory.assumptions import DistinctMeans, FiniteVariance
from theory.bound import PairBound, derived
from theory.few_shot.cdnv_sharp import second_moments
from theory.quantities import Mark, d, lam_i, local, n, v_i, v_j

al = local("al", "root mean square of |m_i - mu_i|", Mark("alpha"), nonnegative=True)
C = local("C", "second moment of what pushes the margin below zero", nonnegative=True)
K = local("K", "the part of C that the shift cannot remove", nonnegative=True)

cdnv_optimal = PairBound(
    name="cdnv_optimal",
    title="Optimal bound from second moments",
    statement=sp.Piecewise(
        # First: the quotients below are 0/0 at d = 0, and at lam_i = v_j = 0, al = d.
        (sp.S.One, al >= d),
        (C / d**2, d * al >= C),
        (K / (K + (d - al) ** 2), True),
    ),
    where=(
        (al, sp.sqrt(v_i / n)),
        (C, second_moments),
        (K, 4 * lam_i + v_j / n),
    ),
    assumptions=(FiniteVariance(), DistinctMeans()),
    provenance=derived("Cantelli's inequality with the best shift, worst case over E|m_i - mu_i|"),
)
