"""Certificates for the K maps of a cross-validation over source classes.

Assumes     independent classes in K folds; f_r learned from all folds but r in any way; U_r its k-way n-shot
            error on fold r by chopped permutations; N_r = floor(size of fold r / k)
Claims      with U and errbar the N_r-weighted means over the folds, errbar obeys the first two forms of
            `progressive_certificate` with N_0 = min N_r, the tuples of the smallest fold, in place of N
Kind        high_probability; errbar is the transfer error of f_r drawn with probability N_r/N
Sharp       neither sum N_r nor, with folds of several sizes, floor(l/(K k)) could stand for N_0: laws of fair
bits and products of signs violate both Source      derived here (Jensen over folds); proof in
proofs/transfer/k_fold_certificate.py
"""

from theory.assumptions.sampling import IndependentClasses, LearnedFromOtherBlocks
from theory.bound import derived
from theory.bound.confidence import MapMixtureConfidence
from theory.quantities import N_fold, tilt
from theory.transfer.progressive_certificate import exponential, hoeffding

_assumptions = (IndependentClasses(), LearnedFromOtherBlocks("folds"))

k_fold_certificate = MapMixtureConfidence(
    name="k_fold_certificate",
    title="Cross-validation certificate, Hoeffding",
    statement=hoeffding(N_fold),
    assumptions=_assumptions,
    provenance=derived("Hoeffding's lemma given the other folds, Jensen over folds"),
)

k_fold_certificate_exponential = MapMixtureConfidence(
    name="k_fold_certificate_exponential",
    title="Cross-validation certificate, exponential form",
    statement=exponential(N_fold),
    defaults=((tilt, 1.0),),
    assumptions=_assumptions,
    provenance=derived("joint convexity of the exponential form, Jensen over folds"),
)
