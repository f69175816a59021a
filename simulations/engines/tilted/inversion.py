"""The exact chance that one pair errs: inversion of its moment generating function along a vertical line.

P(M <= 0) = 1/pi integral over y > 0 of Re exp(K(t + iy)) / (t + iy), for any t between 0 and the largest.
On that line the real part of the quadratic form is positive definite, so the principal logarithm of its
determinant is the right one. The trapezoid rule in a double exponential variable is taken at two steps.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import fields

import numpy as np

from simulations.engines.tilted.pair import Coordinates, by_coordinate, largest
from theory.array import Floats, NumPyArray, to_numpy

STEP, LOW, HIGH, CHUNK = 1 / 24, -3.6, 40.0, 48
NOTHING, DEEPEST = 1e-19, -700.0
AGREE = 1e-9


def inverted(cumulant: Callable[[NumPyArray], NumPyArray], t: float) -> tuple[float, float]:
    """(P(M <= 0), the difference of the rules at two steps, relative) from K(s) = log E exp(-s M), for an
    array of complex s, and t > 0, best its saddle point."""
    if not np.isfinite(t) or t <= 0:
        return float("nan"), float("inf")
    with np.errstate(all="ignore"):
        return _inverted(cumulant, t)


def _inverted(cumulant: Callable[[NumPyArray], NumPyArray], t: float) -> tuple[float, float]:
    step = 1e-3 * t
    left, peak, right = (float(each) for each in cumulant(np.array([t - step, t, t + step]) + 0j).real)
    if peak < DEEPEST:
        return 0.0, 0.0
    # One over the standard deviation of the margin under the tilt: the width of the peak on the line.
    bend = (left + right - 2 * peak) / step**2
    width = 1 / np.sqrt(bend) if bend > 0 else t
    fine, coarse = 0.0, 0.0
    u = np.arange(LOW, HIGH, STEP)
    for begin in range(0, len(u), CHUNK):
        here = u[begin : begin + CHUNK]
        y = width * np.exp(here - np.exp(-here))
        s = t + 1j * y
        value = np.exp(cumulant(s) - peak) / s
        rows = value.real * y * (1 + np.exp(-here))
        fine += STEP * float(np.sum(rows))
        coarse += 2 * STEP * float(np.sum(rows[::2]))
        if begin and np.max(np.abs(value) * y) < NOTHING * abs(fine):
            break
    gap = abs(fine - coarse) / max(abs(fine), 1e-300)
    return float(np.exp(peak)) * fine / np.pi, gap if np.isfinite(gap) else float("inf")


def agreed_probabilities(inverted_twice: Sequence[tuple[float, float]]) -> Floats | None:
    """The probabilities, or None unless all are known to 1e-9."""
    if not all(gap < AGREE for _, gap in inverted_twice):
        return None
    values: Floats | None = np.clip(np.array([probability for probability, _ in inverted_twice]), 0.0, 1.0)
    return values


def pair_probabilities(c: Coordinates, t: Floats) -> Floats | None:
    """(pairs,) P(M <= 0) for ``c`` with pairs along its first axis and their saddle points; None unless all
    are known to 1e-9."""
    inverted_pairs = []
    for j, each in enumerate(t):
        values = {}
        for field in fields(c):
            value = getattr(c, field.name)
            values[field.name] = value[j] if np.ndim(value) == 2 else value
        inverted_pairs.append(pair_probability(Coordinates(**values), float(each)))
    return agreed_probabilities(inverted_pairs)


def pair_probability(c: Coordinates, t: float) -> tuple[float, float]:
    """P(M <= 0) of one pair and how far the rules at two steps differ, relatively; ``t`` its saddle point."""
    if not np.any(to_numpy(c.query)) and not np.any(to_numpy(c.own)):
        # Query and own centre stand still: the other centre hits them where it stands still too, or never.
        return float(not np.any(to_numpy(c.other)) and not np.any(to_numpy(c.other_mean - c.own_mean))), 0.0
    if t <= 0:
        # The pair errs often, and any line will do.
        t = min(0.5 * float(largest(c)), _unit(c))
    return inverted(lambda s: np.sum(to_numpy(by_coordinate(c, s[:, None])), axis=-1), t)


def _unit(c: Coordinates) -> float:
    """About one over the standard deviation of the margin."""
    gap = (c.other_mean - c.own_mean) ** 2
    noise = c.own + c.other
    total = float(np.sum(to_numpy(c.query * (gap + c.times * noise) + gap * noise + c.times * noise * noise)))
    return 0.5 / math.sqrt(total) if total > 0 else math.inf


def matrix_probability(
    own: Floats, offset: Floats, factor: Floats, noise: float, t: float
) -> tuple[float, float]:
    """The same for query variances ``own`` (p,) and another class with noise ``factor`` (p, r): the margin
    is a quadratic form in the standard scores (x, u, w) of query and centres, diagonal in its own axes."""
    x, u = np.diag(np.sqrt(own)), np.diag(np.sqrt(own * noise))
    w, zero = math.sqrt(noise) * factor, np.zeros((len(own), factor.shape[1]))
    away = np.concatenate([-x, np.zeros_like(u), w], axis=1)
    home = np.concatenate([-x, u, zero], axis=1)
    weights, axes = np.linalg.eigh(away.T @ away - home.T @ home)
    linear = axes.T @ (2 * away.T @ offset)
    constant = float(offset @ offset)

    def cumulant(s: NumPyArray) -> NumPyArray:
        factors = 1 + 2 * s[:, None] * weights
        squares = (s[:, None] * linear) ** 2 / factors
        values: Floats = np.sum(squares / 2 - np.log(factors) / 2, axis=1) - s * constant
        return values

    if t <= 0:
        variance = float(2 * np.sum(weights**2) + np.sum(linear**2))
        lowest = -2 * float(weights.min())
        t = min(0.5 / math.sqrt(variance), 0.5 / lowest if lowest > 0 else math.inf) if variance > 0 else 0.0
    return inverted(cumulant, t)
