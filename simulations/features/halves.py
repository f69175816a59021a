"""Half-samples: the samples of every class split in two at random, to estimate the effect of noise in the
samples.

The bias of a statistic through the noise of N samples is twice as large in half of them: the
difference
corrects it (Richardson's extrapolation in 1/N; a jackknife of half-samples), and two halves, which share no
sample, differ by twice its standard deviation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulations.runtime.randomness import stream
from simulations.runtime.row_source import RowSource
from theory.array import Floats, Integers

SPLITS = 6
WITHIN = 4096
"""Samples that stand for the covariance within classes where it is needed many times."""
BLOCK = 1 << 20
"""Numbers of a class read at a time."""


@dataclass(frozen=True, eq=False)
class Halves:
    """Means of the halves of every class, about one common origin, and how noisy they are.

    means (splits, 2, classes, dimension); counts (splits, 2, classes); whole (classes, dimension), of all
    samples; sizes (classes,); variances (classes,), with denominator N - 1; within (rows, dimension), with
    within' within about the mean covariance of the classes. All in multiples of ``scale``.
    """

    means: Floats
    counts: Floats
    whole: Floats
    sizes: Floats
    variances: Floats
    within: Floats
    scale: float = 1.0

    @property
    def growth(self) -> float:
        """Mean 1/N of the halves over that of the whole, minus 1."""
        return float(np.mean(1 / self.counts) / np.mean(1 / self.sizes)) - 1


def halves(features: RowSource, members: list[Integers], seed: int, scale: float = 1.0) -> Halves | None:
    """None where a class has one sample. One pass over the features; lengths in multiples of ``scale``."""
    if min(map(len, members)) < 2:
        return None
    rng = stream(seed, "measure", "halves")
    classes, dimension = len(members), features.shape[1]
    origin = np.asarray(features[:1], dtype=np.float64)[0]
    means = np.zeros((SPLITS, 2, classes, dimension))
    counts = np.zeros((SPLITS, 2, classes))
    whole, squares = np.zeros((classes, dimension)), np.zeros(classes)
    for c, rows in enumerate(members):
        # Every other class of odd size gives the first half the larger part.
        first = (len(rows) + c % 2) // 2
        sides = rng.permuted(np.tile(np.arange(len(rows)) < first, (SPLITS, 1)), axis=1)
        chosen = np.concatenate([sides, ~sides]).astype(np.float64)
        counts[:, :, c] = chosen.sum(axis=1).reshape(2, SPLITS).T
        sums = np.zeros((2 * SPLITS, dimension))
        shift = (np.asarray(features[rows[:1]], dtype=np.float64)[0] - origin) / scale
        step = max(1, BLOCK // dimension)
        for start in range(0, len(rows), step):
            block = np.array(features[rows[start : start + step]], dtype=np.float64)
            block -= origin
            block /= scale
            block -= shift
            sums += chosen[:, start : start + step] @ block
            squares[c] += float(np.vdot(block, block))
        halved = sums.reshape(2, SPLITS, dimension).transpose(1, 0, 2)
        means[:, :, c] = halved / counts[:, :, c, None] + shift
        drift = (halved[0, 0] + halved[0, 1]) / len(rows)
        whole[c] = drift + shift
        squares[c] -= len(rows) * float(drift @ drift)
    sizes = np.array([len(rows) for rows in members], dtype=np.float64)
    within = _within(features, members, whole, origin, scale)
    return Halves(means, counts, whole, sizes, np.maximum(squares, 0.0) / (sizes - 1), within, scale)


def _within(
    features: RowSource, members: list[Integers], means: Floats, origin: Floats, scale: float
) -> Floats:
    """Evenly spaced samples of every class about its mean, scaled so that their squares add up to S_W."""
    most = max(2, WITHIN // len(members))
    parts = []
    for rows, mean in zip(members, means, strict=True):
        size = len(rows)
        some = rows if size <= most else rows[np.linspace(0, size - 1, most).astype(int)]
        gaps = (np.asarray(features[some], dtype=np.float64) - origin) / scale - mean
        parts.append(gaps * np.sqrt(size / (size - 1) / len(some) / len(members)))
    return np.concatenate(parts)
