"""A contour on which an inversion integral does not turn: the bottom of the valley below a saddle point.

On a vertical line exp(s c) turns as fast as c is large, for as long as other factors leave the integrand in
sight: no number of nodes is enough where lengths are many orders apart. At each distance from the saddle
point there is a direction in which the integrand is least, and there it does not turn along the radius. All
singularities lie on the real axis, so any contour above it gives the same integral.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from theory.array import Floats, NumPyArray

DIRECTIONS, FLATTEST, TURN = 61, 0.25, 2
"""Angles tried, the least of them with the real axis, on whose other side singularities lie; how many of them
the contour may turn by from one distance to the next."""
START, FARTHEST, PANELS = 0.2, 84.0, 10
"""Distances, in widths: the first, the logarithm of the last, and how many lie in each factor e."""
NEGLIGIBLE = 42.0
"""Powers of e below the largest value at which the contour ends."""
FINE, COARSE = 14, 10
"""Nodes of each piece."""


def along_valley(
    exponent: Callable[[NumPyArray], NumPyArray], saddle: float, width: float
) -> tuple[float, float]:
    """Integral of Im exp(exponent) ds from the saddle point into the upper half plane, for an exponent that
    is real there and has its least value along the real axis; and the relative difference of two rules."""
    logs, angles = _bottom(exponent, saddle, width)
    totals = []
    for count in (FINE, COARSE):
        nodes, weights = np.polynomial.legendre.leggauss(count)
        share = (nodes + 1) / 2
        # From the saddle point straight up to the first distance, then linear in the logarithm and the angle.
        first = width * START * share
        straight = np.exp(exponent(saddle + 1j * first)) * 1j * width * START
        steps, turns = np.diff(logs)[:, None], np.diff(angles)[:, None]
        reach = np.exp(logs[:-1, None] + steps * share + 1j * (angles[:-1, None] + turns * share))
        with np.errstate(under="ignore"):
            rest = np.exp(exponent(saddle + reach.ravel())).reshape(reach.shape)
        rest *= reach * (steps + 1j * turns)
        totals.append(float(np.imag(straight @ weights + np.sum(rest @ weights)) / 2))
    fine, coarse = totals
    return fine, abs(fine - coarse) / abs(fine) if fine else math.inf


def _bottom(
    exponent: Callable[[NumPyArray], NumPyArray], saddle: float, width: float
) -> tuple[Floats, Floats]:
    """Logarithms of distances from the saddle point, and directions, of the ends of the pieces."""
    logs = math.log(width * START) + np.arange(0.0, FARTHEST, 1 / PANELS)
    angles = np.linspace(FLATTEST, math.pi - FLATTEST, DIRECTIONS)
    block, here = 40, DIRECTIONS // 2
    picked, largest = [here], 0.0
    for start in range(1, len(logs), block):
        rows = logs[start : start + block, None] + 1j * angles
        sizes = np.real(exponent(saddle + np.exp(rows).ravel())).reshape(rows.shape) + rows.real
        sizes -= math.log(width)
        for row in sizes:
            low = max(0, here - TURN)
            here = low + int(np.argmin(row[low : here + TURN + 1]))
            picked.append(here)
            largest = max(largest, float(row[here]))
            if row[here] < largest - NEGLIGIBLE:
                return logs[: len(picked)], angles[picked]
    return logs[: len(picked)], angles[picked]
