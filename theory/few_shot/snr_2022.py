"""The signal-to-noise ratio of few-shot learning from manifold geometry.

Assumes     independent draws, two classes, distinct class means
Claims      P(M_ij <= 0) is about H(SNR), H(x) = P(N(0,1) > x), with
            SNR = (1/2)(d^2 + (v_j - v_i)/n) / sqrt(tr S_i^2/n + D'S_j D/n + D'S_i D)
Kind        approximation, one ordered pair
Source      Sorscher, Ganguli, Sompolinsky, PNAS 119(43) e2200800119 (2022), in the form commonly quoted:
            SNR_a = (1/2)(|Dx|^2 + (R_b^2/R_a^2 - 1)/m) / sqrt(1/(D_a m) + |Dx.U_b|^2/m + |Dx.U_a|^2)

Their symbols in ours, with a = i, b = j and m = n shots: R_a^2 = v_i; |Dx|^2 = d^2/v_i; D_a = v_i^2/tr
S_i^2, the participation ratio; |Dx.U_a|^2 = D'S_i D/v_i^2, and with S_j for U_b. Both sides of their
quotient are multiplied by v_i. It is half the mean of the margin over half its standard deviation without
the terms tr S_i S_j/n (taken for small: the two classes' subspaces are nearly orthogonal) and those of order
1/n^2.
"""

import sympy as sp

from theory.assumptions import DistinctMeans, FiniteVariance, TwoClasses
from theory.bound import published_form
from theory.bound.approximation import PairApproximation
from theory.expressions import NormalTail
from theory.quantities import Mark, d, dir_i, dir_j, local, n, trS2_i, v_i, v_j

noise = local("noise", "variance of half the margin, to leading order", Mark("N", "0"), nonnegative=True)

snr_2022 = PairApproximation(
    name="snr_2022",
    title="Signal-to-noise ratio of manifold geometry (2022)",
    statement=NormalTail((d**2 + (v_j - v_i) / n) / 2 / sp.sqrt(noise)),
    where=((noise, trS2_i / n + d**2 * dir_j / n + d**2 * dir_i),),
    assumptions=(TwoClasses(), FiniteVariance(), DistinctMeans()),
    provenance=published_form("Sorscher, Ganguli, Sompolinsky, PNAS 119(43), 2022"),
)
