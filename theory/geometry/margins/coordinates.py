"""Margins of classes with independent symmetric coordinates: cumulants of M add up over the coordinates.

With xi, a, b the deviations of the query and the two centres along an axis and D the difference of the means,
M_r - D^2 = 2 D (b - xi) + b^2 - a^2 - 2 xi (b - a): a polynomial in three independent variables.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Annotated

import numpy as np

from theory.array import Floats
from theory.geometry.margins import central
from theory.geometry.margins.polynomials import Exponents, product

# Exponents of (D, xi, a, b).
MARGIN: dict[Exponents, float] = {
    (1, 0, 0, 1): 2.0,
    (1, 1, 0, 0): -2.0,
    (0, 0, 0, 2): 1.0,
    (0, 0, 2, 0): -1.0,
    (0, 1, 0, 1): -2.0,
    (0, 1, 1, 0): 2.0,
}


@cache
def _powers(order: int) -> tuple[dict[tuple[int, ...], float], ...]:
    powers: list[dict[Exponents, float]] = [{(0, 0, 0, 0): 1.0}]
    for _ in range(order):
        powers.append(product(powers[-1], MARGIN))
    # Odd moments of a symmetric variable are 0.
    return tuple(
        {key: value for key, value in each.items() if not any(power % 2 for power in key[1:])}
        for each in powers
    )


def centre_moments(cumulants: Sequence[float], shots: float) -> list[float]:
    """E a^q of the mean of ``shots`` draws of a centred variable with ``cumulants[q]``, q = 0 to 2 order."""
    if math.isinf(shots):
        return [1.0, *([0.0] * (len(cumulants) - 1))]
    moments = [1.0]
    for q in range(1, len(cumulants)):
        moments.append(
            sum(
                math.comb(q - 1, s - 1) * cumulants[s] / shots ** (s - 1) * moments[q - s]
                for s in range(1, q + 1)
            )
        )
    return moments


def margin_moments(
    stds: Floats, differences: Floats, cumulants: Sequence[float], shots: float, order: int
) -> Annotated[Floats, "order+1 classes classes"]:
    """(order + 1, classes, classes) for coordinates of scale ``stds`` (classes, p).

    cumulants : of a coordinate of scale 1, entries 0 to 2 ``order``; those of odd order are 0.
    """
    single, mean = centre_moments(cumulants, 1), centre_moments(cumulants, shots)
    classes = len(stds)
    moments = np.zeros((order + 1, classes, classes))
    for i in range(classes):
        sums = _axis_cumulants(stds[i][None, :], stds, differences[i], (single, mean), order)
        moments[:, i] = central.from_cumulants([each.sum(axis=-1) for each in sums])
    return moments


def _axis_cumulants(
    s_i: Floats, s_j: Floats, D: Floats, moments: tuple[Sequence[float], Sequence[float]], order: int
) -> list[Floats]:
    """``moments`` of a coordinate of scale 1: of a draw, and of a mean of draws."""
    single, mean = moments
    raw: list[Floats] = []
    for power in _powers(order):
        value: Floats = np.zeros(D.shape)
        for (along, xi, a, b), factor in power.items():
            scale = factor * single[xi] * mean[a] * mean[b]
            if scale:
                value = value + scale * D**along * s_i ** (xi + a) * s_j**b
        raw.append(value)
    cumulants = [raw[0]]
    for q in range(1, order + 1):
        products = [math.comb(q - 1, s - 1) * cumulants[s] * raw[q - s] for s in range(1, q)]
        cumulants.append(raw[q] - sum(products))
    cumulants[1] = cumulants[1] + D**2
    return cumulants
