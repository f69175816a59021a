"""Two labelings of the same features, independent and balanced: what their symbols mean.

u_1 is the unit vector between two class means of the first labeling; the contrast of a labeling
is the indicator of the one class less that of the other; likewise u_2 for the second.
"""

from __future__ import annotations

import sympy as sp

from proofs.kernel.lemmas.base import Claims, le, lemma
from proofs.kernel.terms import contrast_1, contrast_2, given_1, given_2, mean, reading_1, reading_2
from theory.expressions import axes_cosine
from theory.quantities import K1, K2, W1, W2, W1_max, W2_max, d1, d2

_READING, _GIVEN, _CONTRAST = (reading_1, reading_2), (given_1, given_2), (contrast_1, contrast_2)
_CLASSES, _DISTANCE = (K1, K2), (d1, d2)
_MEAN, _WORST = (W1, W2), (W1_max, W2_max)


def _which(labeling: int) -> int:
    if labeling not in (1, 2):
        raise ValueError(f"there are two labelings, 1 and 2, not {labeling}")
    return int(labeling) - 1


@lemma("contrast of two classes", "meaning of a balanced labeling: each class has probability 1/K")
def balanced_contrast(labeling: int) -> Claims:
    """For the contrast c = 1{one class} - 1{another} of a balanced labeling with K classes: E c = 0 and
    E c^2 = 2/K."""
    at = _which(labeling)
    contrast = _CONTRAST[at]
    zero = sp.Eq(mean(contrast), 0, evaluate=False)
    return [], sp.And(zero, sp.Eq(mean(contrast**2), 2 / _CLASSES[at], evaluate=False), evaluate=False)


@lemma("difference of two class means", "meaning of a class mean, each class with probability 1/K")
def difference_of_means(labeling: int) -> Claims:
    """The features along the axis of a labeling, against the contrast c of the other one with K classes at
    distance d: K E[(u.z) c] = u.(mean of the one class - mean of the other) = d u_1.u_2."""
    at = _which(labeling)
    other = 1 - at
    left = _CLASSES[other] * mean(_READING[at] * _CONTRAST[other])
    return [], sp.Eq(left, _DISTANCE[other] * axes_cosine, evaluate=False)


@lemma("variance along an axis", "meaning of W; each class with probability 1/K")
def variance_along_axis(labeling: int) -> Claims:
    """E(u.z - E[u.z | label])^2 = d^2 W, the mean over the classes of u'S_c u."""
    at = _which(labeling)
    left = mean((_READING[at] - _GIVEN[at]) ** 2)
    return [], sp.Eq(left, _DISTANCE[at] ** 2 * _MEAN[at], evaluate=False)


@lemma("a mean is at most the largest", "meaning of a maximum over the classes of a labeling")
def mean_at_most_worst(labeling: int) -> Claims:
    """W, a mean over classes, is at most W_max, the largest of the same numbers."""
    at = _which(labeling)
    return [], le(_MEAN[at], _WORST[at])
