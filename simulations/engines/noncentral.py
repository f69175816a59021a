"""Distribution functions that `conditional` is built on, exact to about 1e-12, in both tails.

``less``      P(|x| <= |y|) for two jointly Gaussian vectors with p independent pairs of coordinates.
``cdf_score`` Phi^-1 of the noncentral chi-square distribution function.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

Array = Any
FARTHEST = 37.0
"""Scores beyond this are not told apart: the probability is below 1e-300."""


def pair_probability(
    dimension: int, distance: float, query: float, own: float, other: float
) -> float:
    """P(|z - m_j| <= |z - m_i|) for z ~ N(mu_i, query I), m_i ~ N(mu_i, own I), m_j ~ N(mu_j, other I).

    query, own, other are variances per coordinate; ``distance`` = |mu_i - mu_j|. With x = z - m_j and
    y = z - m_i the margin |x|^2 - |y|^2 = a chi2_p(la) - b chi2_p(lb) with independent chi-squares.
    """
    joint = np.array([[query + other, query], [query, query + own]])
    root = np.linalg.cholesky(joint)
    values, vectors = np.linalg.eigh(root.T @ np.diag([1.0, -1.0]) @ root)
    shift = vectors.T @ np.linalg.solve(root, np.array([distance, 0.0]))
    b, a = -values[0], values[1]
    return less(dimension, a, float(shift[1] ** 2), b, float(shift[0] ** 2))


def less(p: int, a: float, la: float, b: float, lb: float) -> float:
    """P(a chi2_p(la) <= b chi2_p(lb)), independent, a, b > 0: inversion of the moment generating function.

    The integral runs along the vertical line through the saddle point s < 0 (for the event itself) or
    s > 0 (for its complement), with s = saddle + i c sinh(u): the trapezoidal rule in u then converges
    geometrically, relative to the probability itself, however small that is.
    """
    if p == 1:
        return _less_one(a, la, b, lb)

    def cumulant(s: Array) -> Array:
        up, down = 1 - 2 * a * s, 1 + 2 * b * s
        return la * a * s / up - lb * b * s / down - 0.5 * p * (np.log(up) + np.log(down))

    mean = a * (p + la) - b * (p + lb)
    scale = math.sqrt(2 * a * a * (p + 2 * la) + 2 * b * b * (p + 2 * lb))
    lower = mean > 0
    side = -1.0 if lower else 1.0
    end = 1 / (2 * b) if lower else 1 / (2 * a)
    saddle = side * _saddle(lambda t: cumulant(side * t) - np.log(t), end, scale)
    # Second derivative of the exponent at the saddle sets the width of the contour.
    up, down = 1 - 2 * a * saddle, 1 + 2 * b * saddle
    curvature = 2 * a * a * p / up**2 + 4 * a * a * la / up**3
    curvature += 2 * b * b * p / down**2 + 4 * b * b * lb / down**3 + 1 / saddle**2
    width = 1 / math.sqrt(curvature)
    reach = math.asinh(40.0 * 10 ** (34 / (2 * p + 2)))
    u = np.linspace(0.0, reach, 400)
    s = saddle + 1j * width * np.sinh(u)
    terms = np.exp(cumulant(s) - cumulant(saddle)) / s * np.cosh(u)
    weights = np.full(len(u), u[1])
    weights[0] /= 2
    total = side * float(np.real(terms @ weights)) * width / math.pi
    tail = total * math.exp(cumulant(saddle))
    return min(1.0, tail) if lower else max(0.0, 1 - tail)


def _saddle(exponent: Any, end: float, scale: float) -> float:
    """Minimum over 0 < t < end of a convex function, by a grid in log t and three refinements."""
    low, high = math.log(min(end, 1 / scale)) - 12.0, math.log(end) - 1e-9
    for _ in range(4):
        grid = np.linspace(low, high, 65)
        with np.errstate(all="ignore"):
            values = exponent(np.exp(grid))
        best = int(np.nanargmin(values))
        low, high = grid[max(best - 1, 0)], grid[min(best + 1, 64)]
    return math.exp((low + high) / 2)


def _less_one(a: float, la: float, b: float, lb: float) -> float:
    """One dimension: |x| <= |y| in independent rotated coordinates, both signs of each."""
    from scipy.special import ndtr

    # sqrt(a)|g + ma| <= sqrt(b)|h + mb|: the product of two independent-sign linear forms is <= 0 only
    # after decorrelation, so integrate over the first coordinate instead.
    nodes, weights = np.polynomial.legendre.leggauss(400)
    ma, mb = math.sqrt(la), math.sqrt(lb)
    g = nodes * 14.0
    ratio = math.sqrt(a / b) * np.abs(g + ma)
    miss = ndtr(-ratio - mb) + ndtr(mb - ratio)
    return float(np.sum(weights * 14.0 * np.exp(-(g**2) / 2) / math.sqrt(2 * math.pi) * miss))
