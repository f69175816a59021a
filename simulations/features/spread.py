"""Mean and median of a metric over pairs of classes, with an interval over classes.

Few samples a class: the directional CDNV varies with the samples as well, and its interval holds both.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np

from simulations.features.resampling import resamples
from simulations.runtime.randomness import stream
from simulations.runtime.row_source import RowSource
from theory import collapse
from theory.array import Array, Integers, to_numpy
from theory.geometry import ClassGeometry

CLASS_RESAMPLES = 1000
FEWEST_CLASSES_FOR_INTERVAL = 5


@dataclass(frozen=True)
class Spread:
    """A collapse metric over ordered pairs of classes; low and high are over *classes* (None for fewer
    than 5 of them)."""

    mean: float
    median: float
    low: float | None
    high: float | None


def spread(
    geometry: ClassGeometry, values: Annotated[Array, "classes classes"], seed: int, confidence: float
) -> Spread:
    """Mean and median over resolved ordered pairs, and the interval of the mean over resampled classes."""
    usable = to_numpy(geometry.resolved) & ~np.eye(geometry.classes, dtype=bool)
    filled = np.where(usable, np.nan_to_num(to_numpy(values)), 0.0)
    pairs = filled[usable]
    low: float | None = None
    high: float | None = None
    if geometry.classes >= FEWEST_CLASSES_FOR_INTERVAL:
        rng = stream(seed, "measure", "classes")
        weights = rng.multinomial(
            geometry.classes, np.full(geometry.classes, 1 / geometry.classes), size=CLASS_RESAMPLES
        ).astype(float)
        totals = np.sum((weights @ usable) * weights, axis=1)
        means = np.sum((weights @ filled) * weights, axis=1)[totals > 0] / totals[totals > 0]
        tail = (1 - confidence) / 2
        low, high = (float(x) for x in np.quantile(means, [tail, 1 - tail]))
    return Spread(float(pairs.mean()), float(np.median(pairs)), low, high)


def directional_spread(
    geometry: ClassGeometry, features: RowSource, members: Sequence[Integers], seed: int, confidence: float
) -> Spread:
    """Of the directional CDNV. A quadratic form in noisy differences of noisy means: halves of the samples
    say how far its mean is off, and their difference joins the interval."""
    plain = spread(geometry, collapse.directional(geometry), seed, confidence)
    if plain.low is None or plain.high is None or min(map(len, members)) >= 10:
        return plain
    halves = resamples(geometry, features, members, geometry.estimator, seed)
    if halves is None:
        return replace(plain, low=0.0, high=max(plain.high, 1.0))
    means = np.array([[_mean(half) for half in pair] for pair in halves.pairs])
    deviation = math.sqrt(halves.factor * float(np.mean((means[:, 0] - means[:, 1]) ** 2)))
    drift = abs(float(means.mean()) - plain.mean)
    low, high = plain.mean - plain.low, plain.high - plain.mean
    reach = 2 * deviation
    return replace(
        plain,
        low=max(0.0, plain.mean - math.hypot(low, reach) - drift),
        high=plain.mean + math.hypot(high, reach) + drift,
    )


def _mean(geometry: ClassGeometry) -> float:
    usable = to_numpy(geometry.resolved) & ~np.eye(geometry.classes, dtype=bool)
    return float(to_numpy(collapse.directional(geometry))[usable].mean())
