"""Routes to a few-shot error that share no code with the engines: a grid on the line, and importance sampling
of every normal score about points found on the margin itself."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

Array = Any


def on_the_line(laws: Sequence[Any], low: float, high: float, steps: int = 1501) -> float:
    """The one-shot error of two classes on a line, from their laws (pdf, cdf, sf): trapezoid over both
    centres. A query errs on the other side of the midpoint of the centres."""
    x = np.linspace(low, high, steps)
    weights = (x[1] - x[0]) ** 2
    total = 0.0
    middle = (x[:, None] + x[None, :]) / 2
    later, same = x[None, :] > x[:, None], np.eye(steps, dtype=bool)
    for own, other in (laws, laws[::-1]):
        # A node at which the centres meet lies on both sides: half of each.
        miss = np.where(later, own.sf(middle), own.cdf(middle))
        miss[same] = 0.5
        total += float(own.pdf(x) @ miss @ other.pdf(x)) * weights / 2
    return total


Part = tuple[float, Array, Array]
"""Weight, mean (p,) and noise factor (p, r) of a Gaussian part of a class."""


def shifted(classes: Sequence[Sequence[Part]], shots: int, episodes: int, seed: int) -> tuple[float, float]:
    """The error and its standard error: for every choice of parts (of the query and of all supports) every
    standard score is drawn from a mixture of normals, one about each pair's design point and one about 0."""
    rng, k = np.random.default_rng(seed), len(classes)
    value, variance = 0.0, 0.0
    for i in range(k):
        order = [i, *(j for j in range(k) if j != i)]
        choices = [range(len(classes[i]))]
        for c in order:
            choices += [range(len(classes[c]))] * shots
        for chosen in itertools.product(*choices):
            parts = [classes[i][chosen[0]]]
            for place, c in enumerate(order):
                parts += [classes[c][part] for part in chosen[1 + place * shots : 1 + (place + 1) * shots]]
            chance = math.prod(part[0] for part in parts) / k
            mean, squares = _given(parts, k, shots, episodes, rng)
            value += chance * mean
            variance += chance**2 * squares
    return value, math.sqrt(variance)


def _given(parts: Sequence[Part], k: int, shots: int, episodes: int, rng: Any) -> tuple[float, float]:
    """Mean and its squared standard error for Gaussian ``parts``: the query's, then every support's."""
    sizes = [part[2].shape[1] for part in parts]
    ends = np.concatenate([[0], np.cumsum(sizes)])

    def margins(scores: Array) -> Array:
        """(..., others): squared distance to the other centres less that to the own."""
        points = [part[1] + scores[..., ends[r] : ends[r + 1]] @ part[2].T for r, part in enumerate(parts)]
        centres = [sum(points[1 + c * shots : 1 + (c + 1) * shots]) / shots for c in range(k)]
        distances = [np.sum((points[0] - centre) ** 2, axis=-1) for centre in centres]
        return np.stack([each - distances[0] for each in distances[1:]], axis=-1)

    dimension = int(ends[-1])
    shifts = [np.zeros(dimension)]
    for j in range(k - 1):
        shifts += _design(lambda scores, j=j: margins(scores)[..., j], dimension, rng)
    centres = np.stack(shifts)
    scores = rng.standard_normal((episodes, dimension)) + centres[rng.integers(0, len(centres), episodes)]
    logs = scores @ centres.T - np.sum(centres**2, axis=1) / 2
    values = np.any(margins(scores) <= 0, axis=1) / np.mean(np.exp(logs), axis=1)
    return float(np.mean(values)), float(np.var(values)) / episodes


def _design(margin: Any, dimension: int, rng: Any) -> list[Array]:
    """Nearest points of margin <= 0 to the origin, about: repeated projection on the linearised margin, from
    several starts."""
    points = []
    for _ in range(4):
        point = 0.3 * rng.standard_normal(dimension)
        for _ in range(40):
            step = 1e-4 * np.eye(dimension)
            slope = (margin(point + step) - margin(point - step)) / 2e-4
            size = float(slope @ slope)
            if size <= 0:
                break
            point = point + 0.7 * ((slope @ point - float(margin(point))) / size * slope - point)
        if np.all(np.isfinite(point)) and float(np.linalg.norm(point)) < 12:
            points.append(point)
    return points
