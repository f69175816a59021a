"""The exact chance that one pair errs: inversion of its moment generating function along a vertical line.

P(M <= 0) = 1/pi integral over y > 0 of Re exp(K(t + iy)) / (t + iy), for any t between 0 and the largest.
On that line the real part of the quadratic form is positive definite, so the principal logarithm of its
determinant is the right one. The trapezoid rule in a double exponential variable is taken at two steps.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from simulations.engines.tilted.pair import Coordinates, by_coordinate, largest

Array = Any
STEP, LOW, HIGH, CHUNK = 1 / 24, -3.6, 40.0, 48
NOTHING = 1e-19
AGREE = 1e-9


def pair_probability(c: Coordinates, t: float) -> tuple[float, float]:
    """(P(M <= 0), the difference of the rules at two steps, relative) for one pair; t > 0 its saddle point,
    or 0 where it has none."""
    if not np.any(c.query) and not np.any(c.own):
        # Query and own centre stand still: the other centre hits them where it stands still too, or never.
        return float(not np.any(c.other) and not np.any(c.other_mean - c.own_mean)), 0.0
    if t <= 0:
        # The pair errs often: any line will do, one standard deviation of the margin from the imaginary axis.
        t = float(np.minimum(0.5 * largest(c), _unit(c)))
    if not np.isfinite(t) or t <= 0:
        return float("nan"), float("inf")
    with np.errstate(all="ignore"):
        return _inverted(c, t)


def _inverted(c: Coordinates, t: float) -> tuple[float, float]:
    peak = float(np.sum(by_coordinate(c, np.array([t]))))
    if peak < -700:
        return 0.0, 0.0
    # One over the standard deviation of the margin under the tilt: the width of the peak on the line.
    step = 1e-3 * t
    sides = [float(np.sum(by_coordinate(c, np.array([t + sign * step])))) for sign in (-1, 1)]
    bend = (sides[0] + sides[1] - 2 * peak) / step**2
    width = 1 / np.sqrt(bend) if bend > 0 else t
    fine, coarse = 0.0, 0.0
    u = np.arange(LOW, HIGH, STEP)
    for begin in range(0, len(u), CHUNK):
        here = u[begin : begin + CHUNK]
        y = width * np.exp(here - np.exp(-here))
        s = t + 1j * y
        value = np.exp(np.sum(by_coordinate(c, s[:, None]), axis=-1) - peak) / s
        rows = value.real * y * (1 + np.exp(-here))
        fine += STEP * float(np.sum(rows))
        coarse += 2 * STEP * float(np.sum(rows[::2]))
        if begin and np.max(np.abs(value) * y) < NOTHING * abs(fine):
            break
    gap = abs(fine - coarse) / max(abs(fine), 1e-300)
    return float(np.exp(peak)) * fine / np.pi, gap if np.isfinite(gap) else float("inf")


def _unit(c: Coordinates) -> float:
    """About one over the standard deviation of the margin."""
    gap = (c.other_mean - c.own_mean) ** 2
    noise = c.own + c.other
    variance = c.query * (gap + c.times * noise) + gap * noise + c.times * noise * noise
    total = float(np.sum(variance))
    return 0.5 / np.sqrt(total) if total > 0 else float("inf")


def pair_probabilities(c: Coordinates, t: Array) -> Array | None:
    """(pairs,) for ``c`` with pairs along its first axis; None unless all are known to 1e-9."""
    found = []
    for j, each in enumerate(t):
        values = {}
        for field in fields(c):
            value = getattr(c, field.name)
            values[field.name] = value[j] if np.ndim(value) == 2 else value
        probability, gap = pair_probability(Coordinates(**values), float(each))
        if not gap < AGREE:
            return None
        found.append(min(max(probability, 0.0), 1.0))
    return np.array(found)
