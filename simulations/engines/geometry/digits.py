"""Whether a root of a covariance, as an engine has it, knows what the entries say about the margins.

Means that differ along the short axes of a rotated covariance: products of the long ones cancel, and the
variance that a root has there is rounding, while that of the entries may be exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np

from simulations.engines.base import Refused
from simulations.populations.gaussian import GaussianClasses
from theory.array import Floats
from theory.geometry.quadratic import Gap, along

LOST = "means differ along axes so short beside the longest of a covariance that their variance is rounding"
VISIBLE = 1e-6
"""Relative error of a pair's probability, about, from which a sampled error could show it."""
CLEAR = 1e-10
"""The same below which nothing can be seen, and nothing needs to be worked out more exactly."""
NOTHING = 750.0
"""e to minus this leaves double precision."""


def require_digits(
    population: GaussianClasses,
    shots: float,
    variances: Annotated[Floats, "classes classes"],
    unit: float = 1.0,
    visible: float = VISIBLE,
) -> None:
    """Raise ``Refused`` where ``variances`` [i, j] of class i along the difference of the means of i and j
    are not those of the entries, and that is ``visible``. Lengths are multiples of ``unit``."""
    if not largest_slip(population, shots, variances, unit) <= visible:
        raise Refused(LOST)


def largest_slip(population: GaussianClasses, shots: float, variances: Floats, unit: float = 1.0) -> float:
    """About the largest relative error of a pair's probability that comes from ``variances``."""
    if all(each.ndim == 1 for each in population.covariances):
        return 0.0
    covariances = [each / unit / unit for each in population.covariances]
    means, noise, worst = population.means, 1 / shots, 0.0
    for i, j in _unclear_pairs(population.means / unit, covariances, noise, variances):
        gap = Gap.between(means[i], means[j]) / unit
        square = float(gap.high @ gap.high)
        exact = np.array([along(covariances[c], gap).variance for c in (i, j)])
        slips = np.abs(exact - [variances[i, j], variances[j, i]])
        for own, query, other in ((0, i, j), (1, j, i)):
            neglected = slips[own] + noise * np.sum(slips)
            variance = exact[own] + noise * np.sum(exact)
            if noise and neglected > 0:
                variance += noise * _centres(covariances[query], covariances[other])
            worst = max(worst, _share(float(neglected), float(variance), square))
    return worst


def _unclear_pairs(
    means: Floats, covariances: Sequence[Floats], noise: float, variances: Floats
) -> list[tuple[int, int]]:
    """Pairs (i, j), i < j, for which products in double precision and a bound on their rounding leave open
    whether what is neglected could be seen. In ordinary settings these are none."""
    classes, p = means.shape
    unit, plain = 4 * (p + 4) * 2.0**-53, np.empty((2, classes, classes))
    for i, covariance in enumerate(covariances):
        gaps, lengths = means - means[i], np.abs(means) + np.abs(means[i])
        for row, (rows, matrix) in enumerate(((gaps, covariance), (lengths, np.abs(covariance)))):
            along_rows = rows * matrix if matrix.ndim == 1 else rows @ matrix
            plain[row, i] = np.sum(along_rows * rows, axis=1)
    doubt = unit * plain[1]
    slips = np.abs(plain[0] - variances) + doubt
    neglected = slips + noise * (slips + slips.T)
    least = np.maximum(plain[0] - doubt, 0.0)
    least = least + noise * (least + least.T)
    squares = np.stack([np.sum((means - mean) ** 2, axis=1) for mean in means]) * (1 + unit)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        shares = neglected / least * np.maximum(1.0, squares * squares / (8 * least))
    unclear = ~(shares <= CLEAR)
    return [(int(i), int(j)) for i, j in np.argwhere(np.triu(unclear | unclear.T, 1))]


def _share(neglected: float, variance: float, square: float) -> float:
    """Of a probability about e^-E, E = ``square``^2 over 8 times the variance: it moves E times as much as
    that does. One that is 0 with and without what is neglected doesn't move."""
    if neglected == 0 or square * square > 8 * NOTHING * (variance + neglected):
        return 0.0
    return neglected / variance * max(1.0, square * square / (8 * variance)) if variance > 0 else np.inf


def _centres(query: Floats, other: Floats) -> float:
    """tr S_i (S_i + S_j): the query's noise times that of the centres."""
    if query.ndim == other.ndim:
        return float(np.sum(query * (query + other)))
    wide, narrow = (query, other) if query.ndim == 2 else (other, query)
    return float(np.sum(query * query) + np.diag(wide) @ narrow)
