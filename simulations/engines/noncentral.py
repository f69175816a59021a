"""Distribution functions that `conditional` is built on, exact to about 1e-12, in both tails.

``less``      P(|x| <= |y|) for two jointly Gaussian vectors with p independent pairs of coordinates.
``cdf_score`` Phi^-1 of the noncentral chi-square distribution function.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from theory.array import Array

FARTHEST = 37.0
"""Scores beyond this are not told apart: the probability is below 1e-300."""


def pair_probability(dimension: int, distance: float, query: float, own: float, other: float) -> float:
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
    nodes, weights = _legendre(400)
    ma, mb = math.sqrt(la), math.sqrt(lb)
    g = nodes * 14.0
    ratio = math.sqrt(a / b) * np.abs(g + ma)
    miss = ndtr(-ratio - mb) + ndtr(mb - ratio)
    return float(np.sum(weights * 14.0 * np.exp(-(g**2) / 2) / math.sqrt(2 * math.pi) * miss))


def cdf_score(p: int, root: Array, shift: Array) -> Array:
    """Phi^-1( P(chi2_p(shift^2) <= root^2) ), arrays of one shape (m,); within +-37.

    The smaller of the two tails is integrated, so that both keep their digits.
    """
    from scipy.special import log_ndtr, ndtri_exp

    if p == 1:
        lower = np.log(np.maximum(-np.expm1(log_ndtr(-root - shift) - log_ndtr(root - shift)), 1e-300))
        return np.clip(ndtri_exp(lower + log_ndtr(root - shift)), -FARTHEST, FARTHEST)
    upper = root**2 > p + shift**2
    scores = np.empty(root.shape)
    with np.errstate(divide="ignore"):
        below = _inner(p, root[~upper], shift[~upper], complement=False)
        scores[~upper] = ndtri_exp(np.log(below))
        above = _inner(p, root[upper], shift[upper], complement=True)
        above += _outer(p, root[upper], shift[upper])
        scores[upper] = -ndtri_exp(np.log(np.minimum(above, 1.0)))
    return np.clip(scores, -FARTHEST, FARTHEST)


def _inner(p: int, root: Array, shift: Array, *, complement: bool) -> Array:
    """P(|y| < root and rest <= (or >) root^2 - y^2), y ~ N(shift, 1), rest ~ chi2_{p-1}.

    With y = root cos(theta), sqrt(rest) = root sin(theta) the integrand is smooth up to the ends. One of
    the two is integrated out in closed form: the rest where shift^2 < p, else y, whichever leaves the
    smoother integrand. Gauss-Legendre over the window that matters.
    """
    result = np.empty(root.shape)
    near = shift**2 < p
    for mask, log_terms in ((near, _rest_integrated), (~near, _first_integrated)):
        if np.any(mask):
            result[mask] = _quadrature(log_terms, p, root[mask, None], shift[mask, None], complement)
    return result


def _outer(p: int, root: Array, shift: Array) -> Array:
    """What ``_inner(complement=True)`` leaves out: |y| >= root where the rest was integrated in closed
    form, rest > root^2 where y was."""
    from scipy.special import gammaincc, ndtr

    first = ndtr(shift - root) + ndtr(-shift - root)
    return np.where(shift**2 < p, first, gammaincc((p - 1) / 2, root**2 / 2))


def _rest_integrated(p: int, r: Array, s: Array, theta: Array, complement: bool) -> Array:
    from scipy.special import gammainc, gammaincc

    rest = np.maximum(0.5 * (r * np.sin(theta)) ** 2, 1e-300)
    incomplete = (gammaincc if complement else gammainc)((p - 1) / 2, rest)
    with np.errstate(divide="ignore"):
        known = np.log(incomplete)
    normal = -0.5 * (r * np.cos(theta) - s) ** 2 - 0.5 * math.log(2 * math.pi)
    return normal + known + np.log(r * np.sin(theta))


def _first_integrated(p: int, r: Array, s: Array, theta: Array, complement: bool) -> Array:
    from scipy.special import log_ndtr

    # theta/2 covers sqrt(rest) = root sin(theta/2) once, y = root cos(theta/2) >= 0. P(Y <= -y) is below
    # Phi(-sqrt(p)) times the rest of the integrand; it is kept all the same.
    rest, y = r * np.sin(theta / 2), r * np.cos(theta / 2)
    density = (p - 2) * np.log(rest) - 0.5 * rest**2 - ((p - 3) / 2) * math.log(2) - math.lgamma((p - 1) / 2)
    if complement:
        known = np.logaddexp(log_ndtr(s - y), log_ndtr(-s - y))
    else:
        right, left = log_ndtr(y - s), log_ndtr(-y - s)
        known = right + np.log1p(-np.exp(np.minimum(left - right, -1e-300)))
    return density + known + np.log(np.maximum(y, 1e-300) / 2)


def _quadrature(log_terms: Any, p: int, r: Array, s: Array, complement: bool) -> Array:
    low, high = np.zeros_like(r), np.full_like(r, math.pi)
    grid = (np.arange(24) + 0.5)[None, :] / 24
    for _ in range(4):
        terms = log_terms(p, r, s, low + (high - low) * grid, complement)
        keep = terms > terms.max(axis=1, keepdims=True) - 40.0
        first, last = keep.argmax(axis=1)[:, None], 23 - keep[:, ::-1].argmax(axis=1)[:, None]
        step = (high - low) / 24
        low, high = np.maximum(low + step * (first - 1), 0.0), np.minimum(low + step * (last + 2), math.pi)
    nodes, weights = _legendre(72)
    half = (high - low) / 2
    terms = log_terms(p, r, s, (low + high) / 2 + half * nodes, complement)
    total: Array = np.sum(half * weights * np.exp(terms), axis=1)
    return total


@lru_cache(maxsize=8)
def _legendre(count: int) -> tuple[Array, Array]:
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return nodes, weights
