"""Which queries to ask most: those that a normal law of the centres gives the largest chance to err.

Only efficiency rests on that guess: every sample keeps a share of the chances and queries are weighted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from simulations.engines.pool.rows import Rows

Array = Any
UNIFORM = 0.2
"""Share of the chances that all samples have alike: no weight exceeds its inverse."""
ALIKE = 64
"""The whole number of a sample with the mean chance of its class: drawn by whole numbers, chances are exact,
and so coarse that rounding does not tell equal samples apart."""
BLOCK = 1 << 12


def uniform(table: Array) -> Array:
    """(classes, most): 1 for a sample, 0 for none."""
    return (table >= 0).astype(np.int64)


def proposal(rows: Rows, table: Array, shots: int, ways: Sequence[int]) -> tuple[Array, Array]:
    """``table`` (classes, most) with each class's samples in order of their chance, and whole numbers
    proportional to that (classes, most), 0 where there is no sample."""
    sizes = np.sum(table >= 0, axis=1)
    chances = _chances(rows, table, shots, ways)
    order = np.argsort(np.where(table >= 0, chances, np.inf), axis=1, kind="stable")
    table = np.take_along_axis(table, order, axis=1)
    chances = np.where(table >= 0, np.take_along_axis(chances, order, axis=1), 0.0)
    total = np.sum(chances, axis=1, keepdims=True)
    share = np.where(total > 0, chances / np.where(total > 0, total, 1.0), 1 / sizes[:, None])
    mixed = UNIFORM + (1 - UNIFORM) * share * sizes[:, None]
    numbers = np.rint(ALIKE * mixed).astype(np.int64)
    return table, np.where(table >= 0, numbers, 0)


def _chances(rows: Rows, table: Array, shots: int, ways: Sequence[int]) -> Array:
    """(classes, most) float64 guessed errors of the samples, up to a factor; 0 where there is none."""
    classes, most = table.shape
    own = [row[row >= 0] for row in table]
    means = np.stack([rows.quick(each).mean(axis=0) for each in own])
    spread, alignment = _moments(rows, own, means)
    half = 0.5 * np.einsum("cp,cp->c", means, means)
    found = np.zeros((classes, most))
    for c, each in enumerate(own):
        points = rows.quick(each)
        margins = points @ means.T
        margins -= half
        margins = margins[:, [c]] - margins
        gaps = points - means[c]
        far = np.einsum("qp,qp->q", gaps, gaps)[:, None]
        # The sample itself is in its class's mean: without it, it lies farther off.
        size = len(each)
        margins -= 0.5 * far * ((size / (size - 1)) ** 2 - 1)
        margins += ((spread - spread[c]) / (2 * shots)).astype(np.float32)
        noise = alignment * (2 * far + np.maximum(2 * margins, 0)) / shots
        noise += alignment * float(np.mean(spread)) / shots**2
        found[c, : len(each)] = _error(margins, noise, c, ways)
    return found


def _moments(rows: Rows, own: list[Array], means: Array) -> tuple[Array, float]:
    """Mean squared distance from the mean (classes,), and (mean squared product of two deviations) /
    (mean squared length), from up to 64 samples of each class."""
    spread, products, lengths = np.empty(len(own)), 0.0, 0.0
    for c, each in enumerate(own):
        gaps = rows.quick(each[:64]) - means[c]
        square = np.einsum("qp,qp->q", gaps, gaps)
        spread[c] = float(np.mean(square, dtype=np.float64))
        products += float(np.mean(np.einsum("qp,qp->q", gaps[:-1], gaps[1:]) ** 2, dtype=np.float64))
        lengths += spread[c]
    return spread, products / lengths if lengths > 0 else 0.0


def _error(margins: Array, noise: Array, c: int, ways: Sequence[int]) -> Array:
    """(samples,) from half differences of squared distances (samples, classes) and their variances."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        t = np.nan_to_num(margins / np.sqrt(noise), nan=0.0, posinf=40.0, neginf=-40.0)
    tail = np.abs(t)
    # The normal tail to a few per cent.
    tail = 0.5 * np.exp(-tail * (0.717 + 0.416 * tail))
    tail = np.where(t < 0, 1 - tail, tail).astype(np.float64)
    tail[:, c] = 0.0
    mean = tail.sum(axis=1) / (tail.shape[1] - 1)
    errors = [-np.expm1((k - 1) * np.log1p(-np.minimum(mean, 1 - 1e-9))) for k in ways]
    return np.sum([each / max(float(np.mean(each)), math.ulp(0.0)) for each in errors], axis=0)
