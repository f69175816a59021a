"""The best sub-Gaussian proxy of a law with finitely many values, never too small."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np

from theory.array import Floats

STEP, PARTS = 1.02, 16
FIRST = 2e-7
ROUNDING = 1e-9
SMALLEST = 1e-290
"""Variance, in multiples of the largest value's square; beyond its inverse no t is looked at."""
SMALL = 1e-2


def best_proxy(values: Annotated[Floats, "atoms"], weights: Annotated[Floats, "atoms"]) -> float:
    """The least sigma with E exp(t x) <= exp(t^2 sigma^2 / 2) for every real t, at most 1e-6 too large.

    values (m,) with mean 0 under ``weights`` (m,). K(t) = log E exp(t x) is convex, so between two points of
    a grid it lies under its chord, and the largest 2 chord(t)/t^2 is known in closed form: an upper bound on
    the supremum of 2 K(t)/t^2. Cells of the grid that may hold it are cut once. Below the grid Taylor's
    theorem, beyond it K(t) <= |t| max|x|.
    """
    keep = np.asarray(weights) > 0
    x, w = np.asarray(values, dtype=float)[keep], np.asarray(weights, dtype=float)[keep]
    reach = float(np.max(np.abs(x)))
    if reach == 0:
        return 0.0
    if len(x) == 2:
        # Kearns and Saul (1998): closed form for two values, here a distance 1 apart.
        p, width = float(np.min(w / np.sum(w))), float(np.ptp(x))
        return width * math.sqrt((1 - 2 * p) / (2 * math.log((1 - p) / p)) if p < 0.499 else 0.25)
    x = x / reach
    variance = max(float(w @ x**2), SMALLEST)
    # K'' is the variance of the tilted law: at most E x^2 e^{2|t|} for |x| <= 1.
    proxy = variance * math.exp(2 * FIRST)
    last = max(2 / variance, 10.0)
    edges = FIRST * STEP ** np.arange(int(math.log(last / FIRST) / math.log(STEP)) + 2)
    for sign in (1.0, -1.0):
        low, high = edges[:-1], edges[1:]
        above, reached = _under_chords(sign, low, high, x, w)
        open_ = above > reached
        proxy = max(proxy, float(np.max(above[~open_], initial=0.0)))
        parts = low[open_, None] * (high / low)[open_, None] ** (np.arange(PARTS + 1) / PARTS)
        if parts.size:
            above, _ = _under_chords(sign, parts[:, :-1].ravel(), parts[:, 1:].ravel(), x, w)
            proxy = max(proxy, float(np.max(above)))
    return reach * math.sqrt(proxy * (1 + ROUNDING))


def _under_chords(sign: float, low: Floats, high: Floats, x: Floats, w: Floats) -> tuple[Floats, float]:
    """For each cell an upper bound on 2 K(t)/t^2, and the largest value that it takes at an edge."""
    left, right = _cumulant(sign * low, x, w), _cumulant(sign * high, x, w)
    slope = (right - left) / (high - low)
    offset = left - slope * low  # At most 0: K is convex with K(0) = 0.
    # Not divided by squares, which overflow where weights are tiny.
    ends = np.maximum(left / low / low, right / high / high)
    with np.errstate(divide="ignore", invalid="ignore"):
        top = np.where(offset < 0, -2 * offset / slope, np.inf)
        inside = np.where((top > low) & (top < high), slope**2 / (-4 * offset), 0.0)
    return 2 * np.maximum(ends, inside), 2 * float(np.max(ends))


def _cumulant(t: Floats, x: Floats, w: Floats) -> Floats:
    """log E exp(t x); for small t through E(e^{tx} - 1 - tx), as the mean is 0."""
    y = t[:, None] * x[None, :]
    small = np.clip(y, -SMALL, SMALL)
    series = small**2 / 2 * (1 + small / 3 * (1 + small / 4 * (1 + small / 5 * (1 + small / 6))))
    with np.errstate(over="ignore"):
        rest = np.where(np.abs(y) < SMALL, series, np.expm1(y) - y)
        near = np.log1p(np.minimum(rest @ w, 1e300))
    top = np.max(y, axis=1)
    far = top + np.log(np.exp(y - top[:, None]) @ w)
    return np.where(np.max(np.abs(y), axis=1) < 0.5, near, far)
