"""Soft-margin loss from the CDNV along the line of the means, with explicit constants.

Assumes     independent draws, finite second moments, distinct class means
Claims      with r = |z - m_i| - |z - m_j|, a width 0 < Delta <= d/2 and the loss that is 0 for r <= -Delta,
            1 for r >= 0 and 1 + r/Delta between (1/Delta-Lipschitz in r, at least the indicator of an error):
            P(M_ij <= 0) <= E loss <= [ (sqrt((1 + 1/n) v_i) + sqrt(u'S_i u))^2 + u'S_j u/n ] / d^2
Kind        upper, one ordered pair; any n >= 1; hence at most 4 (1 + 1/n) V_ij + V_ji/n in one-sided CDNVs
Sharp       attained: n = infinity, a step of the query to the midpoint, probability -> 0
Source      derived here; proof in proofs/few_shot/soft_margin.py. The loss is that of the JMLR version of
            arXiv 2212.12532, whose constants were not at hand: these are not theirs
"""

import sympy as sp

from theory.assumptions import DistinctMeans, FiniteVariance
from theory.bound import derived
from theory.bound.soft import SoftMarginBound
from theory.quantities import d, dir_i, dir_j, n, v_i

soft_margin = SoftMarginBound(
    name="soft_margin",
    title="Soft-margin loss from directional CDNV",
    statement=((sp.sqrt(v_i * (1 + 1 / n)) + sp.sqrt(dir_i)) ** 2 + dir_j / n) / d**2,
    assumptions=(FiniteVariance(), DistinctMeans()),
    provenance=derived(
        "a quadratic above the loss; the distance to the other centre along the line of the means"
    ),
)
