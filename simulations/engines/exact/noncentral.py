"""Phi^-1 of the noncentral chi-square distribution function, exact to about 1e-12 in both tails."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated

import numpy as np

from theory.array import Floats

FARTHEST = 37.0
"""Scores beyond this are not distinguished: the probability is below 1e-300."""


def cdf_score(p: int, root: Annotated[Floats, "m"], shift: Annotated[Floats, "m"]) -> Annotated[Floats, "m"]:
    """Phi^-1( P(chi2_p(shift^2) <= root^2) ), arrays of one shape (m,); within +-37.

    The smaller of the two tails is integrated, so that both keep their digits.
    """
    from scipy.special import log_ndtr, ndtri_exp

    if p == 1:
        lower = np.log(np.maximum(-np.expm1(log_ndtr(-root - shift) - log_ndtr(root - shift)), 1e-300))
        values: Floats = np.clip(ndtri_exp(lower + log_ndtr(root - shift)), -FARTHEST, FARTHEST)
        return values
    upper = root**2 > p + shift**2
    scores = np.empty(root.shape)
    with np.errstate(divide="ignore"):
        below = _inner(p, root[~upper], shift[~upper], complement=False)
        scores[~upper] = ndtri_exp(np.log(below))
        above = _inner(p, root[upper], shift[upper], complement=True)
        above += _outer(p, root[upper], shift[upper])
        scores[upper] = -ndtri_exp(np.log(np.minimum(above, 1.0)))
    return np.clip(scores, -FARTHEST, FARTHEST)


def _inner(p: int, root: Floats, shift: Floats, *, complement: bool) -> Floats:
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


def _outer(p: int, root: Floats, shift: Floats) -> Floats:
    """What ``_inner(complement=True)`` leaves out: |y| >= root where the rest was integrated in closed
    form, rest > root^2 where y was."""
    from scipy.special import gammaincc, ndtr

    first = ndtr(shift - root) + ndtr(-shift - root)
    values: Floats = np.where(shift**2 < p, first, gammaincc((p - 1) / 2, root**2 / 2))
    return values


def _rest_integrated(p: int, r: Floats, s: Floats, theta: Floats, complement: bool) -> Floats:
    from scipy.special import gammainc, gammaincc

    rest = np.maximum(0.5 * (r * np.sin(theta)) ** 2, 1e-300)
    incomplete = (gammaincc if complement else gammainc)((p - 1) / 2, rest)
    with np.errstate(divide="ignore"):
        known = np.log(incomplete)
    normal = -0.5 * (r * np.cos(theta) - s) ** 2 - 0.5 * math.log(2 * math.pi)
    values: Floats = normal + known + np.log(r * np.sin(theta))
    return values


def _first_integrated(p: int, r: Floats, s: Floats, theta: Floats, complement: bool) -> Floats:
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
    values: Floats = density + known + np.log(np.maximum(y, 1e-300) / 2)
    return values


def _quadrature(log_terms: Callable[..., Floats], p: int, r: Floats, s: Floats, complement: bool) -> Floats:
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
    total: Floats = np.sum(half * weights * np.exp(terms), axis=1)
    return total


@lru_cache(maxsize=8)
def _legendre(count: int) -> tuple[Floats, Floats]:
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return nodes, weights
