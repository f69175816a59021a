"""Mean and central moments of a random variable, from cumulants, from parts, or from products.

``moments[0]`` is 1, ``moments[1]`` the mean, ``moments[q]`` the q-th central moment for q >= 2, stacked
along the first axis; further axes (pairs of classes) are carried along. NumPy or any array-API namespace.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from theory.array import Array, array_namespace


def from_cumulants(cumulants: Sequence[Array]) -> Array:
    """``cumulants[q]`` for q = 1, 2, ...; entry 0 is not looked at. No term cancels for a symmetric law."""
    xp = array_namespace(cumulants[1])
    order = len(cumulants) - 1
    central = [xp.ones_like(cumulants[1]), xp.zeros_like(cumulants[1])]
    for q in range(2, order + 1):
        terms = [math.comb(q - 1, s - 1) * cumulants[s] * central[q - s] for s in range(2, q + 1)]
        central.append(_total(terms))
    central[1] = cumulants[1]
    return xp.stack(central[: order + 1])


def about(moments: Array, shift: Array) -> list[Array]:
    """E (X - c)^q for q = 0, 1, ..., where ``shift`` = E X - c."""
    order = int(moments.shape[0]) - 1
    centred = [moments[q, ...] if q > 1 else (1.0 - q) * moments[0, ...] for q in range(order + 1)]
    return [
        _total([math.comb(q, s) * centred[s] * shift ** (q - s) for s in range(q + 1) if s != 1])
        for q in range(order + 1)
    ]


def from_moments_about(moments: Sequence[Array], point: Array) -> Array:
    """From E (X - point)^q, q = 0, 1, ...: exact up to cancellation where ``point`` is far from the mean."""
    xp = array_namespace(moments[0])
    shift = moments[1]
    central_moments = [moments[0], point + shift]
    for q in range(2, len(moments)):
        central_moments.append(
            _total([math.comb(q, s) * moments[s] * (-shift) ** (q - s) for s in range(q + 1)])
        )
    return xp.stack(central_moments)


def mixed(moments: Array, weights: Array) -> Array:
    """Of a mixture: ``moments`` (order + 1, parts, ...) and ``weights`` (parts,) that sum to 1."""
    xp = array_namespace(moments)
    weights = xp.reshape(weights, (-1, *([1] * (moments.ndim - 2))))
    mean, gap = _centred(moments[1, ...], weights)
    parts = about(moments, gap)
    mixture = [xp.sum(weights * part, axis=0) for part in parts]
    mixture[1] = mean
    return xp.stack(mixture)


def difference(one: Array, other: Array) -> Array:
    """Of X - Y for independent X and Y with these moments; shapes broadcast."""
    xp = array_namespace(one)
    order = int(one.shape[0]) - 1
    moments = [one[0, ...] * other[0, ...], one[1, ...] - other[1, ...]]
    for q in range(2, order + 1):
        moments.append(
            _total(
                [
                    math.comb(q, s) * (-1) ** (q - s) * one[s, ...] * other[q - s, ...]
                    for s in range(q + 1)
                    if s != 1 and q - s != 1  # first central moments are 0
                ]
            )
        )
    return xp.stack(moments)


def of_values(values: Array, weights: Array, order: int) -> Array:
    """Of a law with finitely many ``values`` (m, ...) of probability ``weights`` (m,)."""
    xp = array_namespace(values)
    weights = xp.reshape(weights, (-1, *([1] * (values.ndim - 1))))
    mean, gap = _centred(values, weights)
    moments = [xp.ones_like(mean), mean]
    power = gap
    for _ in range(2, order + 1):
        power = power * gap
        moments.append(xp.sum(weights * power, axis=0))
    return xp.stack(moments[: order + 1])


def _centred(values: Array, weights: Array) -> tuple[Array, Array]:
    """Mean (...) and deviations from it of ``values`` (m, ...). Weights sum to 1 but for rounding, which must
    not give values that coincide a spread: the moments of such a spread would be those of no law at all."""
    xp = array_namespace(values)
    # About the likeliest value: one far off that hardly ever comes must not cost the others their digits.
    likeliest = int(xp.argmax(xp.reshape(weights, (-1,))))
    mean, gap = values[likeliest, ...], values - values[likeliest, ...][None, ...]
    for _ in range(2):
        shift = xp.sum(weights * gap, axis=0)
        mean, gap = mean + shift, gap - shift[None, ...]
    return mean, gap


def _total(terms: Sequence[Array]) -> Array:
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total
