"""Certificates for the K maps of a cross-validation over source classes.

Assumes     l independent classes in K folds of equal size; f_r learned from all folds but r in any way;
            U_r its k-way n-shot error on fold r by chopped permutations
Claims      errbar, the mean transfer error of the K maps, obeys the first two forms of
            `progressive_certificate` with N_0 = floor(l/(K k)), the tuples of one fold, in place of N
Kind        high_probability
Sharp       floor(l/k) would be false without stability: fair bits and products of signs break it
Source      derived here (Jensen over folds); proof in proofs/transfer/k_fold_certificate.py
"""

import sympy as sp

from theory.assumptions.sampling import IndependentClasses, LearnedFromOtherBlocks
from theory.bound import derived
from theory.bound.confidence import MapMixtureConfidence
from theory.quantities import folds, k, l, tilt
from theory.transfer.progressive_certificate import exponential, hoeffding

one_fold = sp.floor(l / (folds * k))
_assumptions = (IndependentClasses(), LearnedFromOtherBlocks("folds"))

k_fold_certificate = MapMixtureConfidence(
    name="k_fold_certificate",
    title="Cross-validation certificate, Hoeffding",
    statement=hoeffding(one_fold),
    assumptions=_assumptions,
    provenance=derived("Hoeffding's lemma given the other folds, Jensen over folds"),
)

k_fold_certificate_exponential = MapMixtureConfidence(
    name="k_fold_certificate_exponential",
    title="Cross-validation certificate, exponential form",
    statement=exponential(one_fold),
    defaults=((tilt, 1.0),),
    assumptions=_assumptions,
    provenance=derived("joint convexity of the exponential form, Jensen over folds"),
)
