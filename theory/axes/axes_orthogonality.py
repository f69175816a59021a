"""Axes of two independent labelings of the same features are nearly orthogonal where classes are narrow.

Assumes     two labelings of the same features, independent and balanced, with K1 and K2 classes; finite
            second moments; the two means of each pair differ
Claims      for u_1 the unit vector between two class means of labeling 1 at distance d1, u_2, d2 likewise:
            |u_1.u_2| <= min( d1/d2 sqrt(2 K2 W1), d2/d1 sqrt(2 K1 W2) ),
            W1 the mean over the classes of labeling 1 of u_1'S_c u_1 / d1^2
Kind        upper, every pair of classes of labeling 1 with every pair of labeling 2
Sharp       attained by additive factors without noise: z = A(label 1) + h (1{label 2 = c} - 1{label 2 = c'})
Source      derived here, a sharper form of proposition 4.2 of arXiv 2603.03530 (ICML 2026), which has the
            worst class in place of the mean; proof in proofs/axes/axes_orthogonality.py
"""

import sympy as sp

from theory.assumptions.sampling import IndependentBalancedLabelings
from theory.bound import derived, published_form
from theory.bound.confidence import AxesBound
from theory.quantities import K1, K2, W1, W2, W1_max, W2_max, d1, d2

axes_orthogonality = AxesBound(
    name="axes_orthogonality",
    title="Axes of two labelings, mean over classes",
    statement=sp.Min(d1 / d2 * sp.sqrt(2 * K2 * W1), d2 / d1 * sp.sqrt(2 * K1 * W2)),
    assumptions=(IndependentBalancedLabelings(),),
    provenance=derived("Cauchy-Schwarz against the indicator of the other labeling's classes"),
)

axes_orthogonality_2026 = AxesBound(
    name="axes_orthogonality_2026",
    title="Axes of two labelings, worst class",
    statement=sp.Min(d1 / d2 * sp.sqrt(2 * K2 * W1_max), d2 / d1 * sp.sqrt(2 * K1 * W2_max)),
    assumptions=(IndependentBalancedLabelings(),),
    provenance=published_form("arXiv 2603.03530, proposition 4.2: the worst class in place of the mean"),
)
