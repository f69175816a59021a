"""Coordinates in which the noncentral chi-square distribution is nearly normal, for any p and noncentrality.

The saddlepoint of P(chi2_p(shift^2) <= root^2) has a closed form. With x = root^2, g = 1 + q the positive
root of x = p g + shift^2 g^2, the signed root of twice the exponent is
    w = q sqrt(shift^2 + p h),  h = (q - log(1 + q)) / q^2,
and Phi^-1 of the distribution function is w plus a small smooth correction. Next to w, what that depends on
is the share of the noncentrality. Measured by shift^2 g it changes too fast where x is small and shift is
not, by shift^2 too fast elsewhere; by K = shift^2 sqrt(g) / p, as tau = 1 / sqrt(1 + 2 K), nowhere.
"""

from __future__ import annotations

import math

import numpy as np

from theory.array import NUMPY, Array, Namespace, array_namespace

SMALL = 1e-3
"""Below this |q|, h is summed from its series: the quotient would divide a rounding by q^2."""
LEAST = 1e-300
DEEP, BISECTIONS = 80.0, 70
"""|log g| stays below the first for |w| <= 12 from p = 2 on."""


def coordinates(p: int, root: Array, shift: Array) -> tuple[Array, Array]:
    """(w, tau) for arrays of one shape; w far below any other at root = 0."""
    xp = array_namespace(root, shift)
    x, noncentrality = root * root, shift * shift
    total = p + xp.sqrt(p * p + 4 * x * noncentrality)
    g = xp.maximum(2 * x / total, LEAST)
    q = (2 * x - total) / total
    w = q * xp.sqrt(noncentrality + p * _h(xp, q, xp.log(g)))
    return w, 1 / xp.sqrt(1 + 2 / p * noncentrality * xp.sqrt(g))


def _h(xp: Namespace, q: Array, log_g: Array) -> Array:
    small = xp.abs(q) < SMALL
    safe = xp.where(small, xp.ones_like(q), q)
    series = 0.5 - q * (1 / 3 - q * (1 / 4 - q * (1 / 5 - q / 6)))
    return xp.where(small, series, (safe - log_g) / (safe * safe))


def inverse(p: int, w: Array, tau: Array) -> tuple[Array, Array]:
    """(root, shift) of NumPy arrays of coordinates of one shape, by bisection of w in log g."""
    share = (tau**-2 - 1) / 2
    low, high = np.full(w.shape, -DEEP), np.full(w.shape, DEEP)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        q = np.expm1(middle)
        below = q * np.sqrt(p * (share * np.exp(-middle / 2) + _h(NUMPY, q, middle))) < w
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    g = np.exp((low + high) / 2)
    noncentrality = share * p / np.sqrt(g)
    return np.sqrt(p * g + noncentrality * g * g), np.sqrt(noncentrality)


def tau_at(p: int, w: float, shift: float) -> float:
    """tau where the first coordinate is ``w``, for one shift."""
    low, high = -DEEP, DEEP
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        q = np.expm1(middle)
        below = q * math.sqrt(shift**2 + p * float(_h(NUMPY, np.asarray(q), np.asarray(middle)))) < w
        low, high = (middle, high) if below else (low, middle)
    return 1 / math.sqrt(1 + 2 / p * shift**2 * math.exp((low + high) / 4))
