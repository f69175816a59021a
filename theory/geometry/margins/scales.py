"""Margins of spherical classes that are normal given a random scale (Student classes).

Given the variance s of the query and the variances t_i, t_j of the two centres the margin is a quadratic
form in normal variables, and its moments about d^2 are polynomials in s, t_i, t_j and d^2: take their
expectation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Annotated

import numpy as np

from theory.array import Floats
from theory.geometry.margins import central
from theory.geometry.margins.gaussian import BETA, Q
from theory.geometry.margins.polynomials import Exponents, product, total

Polynomials = list[list[dict[Exponents, float]]]


@cache
def _moments(dimension: int, order: int) -> tuple[dict[Exponents, float], ...]:
    """E (M - d^2)^q as polynomials in (d^2, s, t_i, t_j)."""
    variables: list[dict[Exponents, float]] = [{(0, 1, 0, 0): 1.0}, {(0, 0, 1, 0): 1.0}, {(0, 0, 0, 1): 1.0}]
    step = [[total((Q[a, b], variables[b])) for b in range(3)] for a in range(3)]
    power = step
    vector: list[dict[Exponents, float]] = [{(0, 0, 0, 0): value} if value else {} for value in BETA]
    cumulants = [{}, total(*((dimension, step[a][a]) for a in range(3)))]
    for q in range(2, order + 1):
        power = [[_row(power[a], [step[c][b] for c in range(3)]) for b in range(3)] for a in range(3)]
        linear = total(*((BETA[a], product(variables[a], vector[a])) for a in range(3)))
        vector = [_row(step[a], vector) for a in range(3)]
        factor = 2.0 ** (q - 1) * math.factorial(q - 1)
        trace = total(*((dimension * factor, power[a][a]) for a in range(3)))
        cumulants.append(total((1.0, trace), (factor * q, product({(1, 0, 0, 0): 1.0}, linear))))
    moments: list[dict[Exponents, float]] = [{(0, 0, 0, 0): 1.0}]
    for q in range(1, order + 1):
        terms = [
            (float(math.comb(q - 1, s - 1)), product(cumulants[s], moments[q - s])) for s in range(1, q + 1)
        ]
        moments.append(total(*terms))
    return tuple(moments)


def _row(
    left: Sequence[dict[Exponents, float]], right: Sequence[dict[Exponents, float]]
) -> dict[Exponents, float]:
    return total(*((1.0, product(a, b)) for a, b in zip(left, right, strict=True)))


def mean_moments(moments: Sequence[float], shots: float) -> list[float]:
    """E (sum of ``shots`` independent s_l / shots^2)^q from E s^q, q = 0, 1, ..."""
    if math.isinf(shots):
        return [1.0, *([0.0] * (len(moments) - 1))]
    cumulants = [0.0]
    for q in range(1, len(moments)):
        products = (math.comb(q - 1, s - 1) * cumulants[s] * moments[q - s] for s in range(1, q))
        cumulants.append(moments[q] - sum(products))
    raw = [1.0]
    for q in range(1, len(moments)):
        raw.append(sum(math.comb(q - 1, s - 1) * shots * cumulants[s] * raw[q - s] for s in range(1, q + 1)))
    return [value / shots ** (2 * q) for q, value in enumerate(raw)]


def margin_moments(
    variances: Sequence[Sequence[float]], squares: Floats, dimension: int, shots: float, order: int
) -> Annotated[Floats, "order+1 classes classes"]:
    """(order + 1, classes, classes); ``variances[c][q]`` = E s^q of class c, q = 0 to ``order``; squares
    (classes, classes): d^2."""
    centres = [mean_moments(each, shots) for each in variances]
    query, own = np.array(variances), np.array(centres)
    raw = []
    for polynomial in _moments(dimension, order):
        value = np.zeros(squares.shape)
        for (along, s, t_i, t_j), factor in polynomial.items():
            value = value + factor * squares**along * (query[:, s] * own[:, t_i])[:, None] * own[:, t_j]
        raw.append(value)
    return np.asarray(central.from_moments_about(raw, squares))
