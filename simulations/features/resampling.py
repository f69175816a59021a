"""How much a bound varies with the samples that its moments come from: these classes, fresh samples.

Halves of every class, drawn at random, share no sample: the logarithms of a bound from two of them differ
by twice
the standard deviation of that from all samples. Of many classes and of large ones a part is taken, the
nearest
classes first, and the deviation scaled: by the root of the share of samples, and by how evenly the classes
contribute to the bound.

A half of fewer than 4 samples has no cross-fitted eigenvalues, and bounds from it are near 1 whatever the
samples: classes of 5 to 7 samples give two draws of 4 instead, which overlap, and differ less for it.

The largest eigenvalue is no mean of samples: beside this the interval reaches from the bound with
cross-fitted eigenvalues, which are too small on average, to that with the sample's, which are too large.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulations.features.collapse_metrics import quantile
from simulations.runtime.randomness import stream
from simulations.runtime.row_source import RowSource
from theory.array import Floats, Integers, to_numpy
from theory.assumptions import Granted
from theory.bound import Bound, BoundValue, NotApplicable, Value
from theory.evaluation.rounding import unwatched
from theory.geometry import ClassGeometry
from theory.geometry.spectra import LEAST_CROSSED
from theory.setting import Setting

SPLITS = 8
MOST_CLASSES, MOST_SAMPLES = 32, 96
"""Most classes, and most samples of each, of which halves are drawn: their cost is small beside the
measurement."""
LEAST_HALF = LEAST_CROSSED
FEWEST_SAMPLES = LEAST_HALF + 1


@dataclass(frozen=True, eq=False)
class Resamples:
    """Pairs of geometries from complementary halves, of the classes ``chosen`` (numbers).

    ``share``: samples of a class in both halves over its samples; ``weights`` (classes,): half the mean
    CDNV of a
    class with all others, as a stand-in for its share of a bound that has no value of its own for each class.
    """

    pairs: tuple[tuple[ClassGeometry, ClassGeometry], ...]
    chosen: Integers
    share: float
    weights: Floats
    few: int
    """Samples of the smallest class, for messages."""
    factor: float = 0.25
    """Variance of a statistic of all samples over the mean squared difference of its two values."""


def resamples(
    geometry: ClassGeometry, features: RowSource, members: Sequence[Integers], estimator: str, seed: int
) -> Resamples | None:
    """None where some class has too few samples for two halves with variances."""
    if min(map(len, members)) < FEWEST_SAMPLES:
        return None
    chosen = _nearest(geometry)
    sizes = [min(len(members[c]), MOST_SAMPLES) for c in chosen]
    pairs = []
    for split in range(SPLITS):
        rng = stream(seed, "measure", "samples", split)
        chosen_rows = [rng.permutation(members[c])[:size] for c, size in zip(chosen, sizes, strict=True)]
        rows = [np.asarray(features[np.sort(own)], dtype=np.float64) for own in chosen_rows]
        sides = [_sides(rng, size) for size in sizes]
        halves = []
        for half in range(2):
            parts = [own[side[half]] for own, side in zip(rows, sides, strict=True)]
            labels = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
            try:
                halves.append(ClassGeometry.from_features(np.concatenate(parts), labels, estimator=estimator))
            except ValueError:
                break
        if len(halves) == 2 and all(each.coincident_pair is None for each in halves):
            pairs.append((halves[0], halves[1]))
    if len(pairs) < 2:
        return None
    shares = [size / len(members[c]) for c, size in zip(chosen, sizes, strict=True)]
    return Resamples(
        tuple(pairs),
        chosen,
        float(np.mean(shares)),
        _weights(geometry),
        min(map(len, members)),
        max(_factor(size) for size in sizes),
    )


def _sides(rng: np.random.Generator, size: int) -> tuple[Integers, Integers]:
    """Places of two halves that share none; of few samples, of two draws of ``LEAST_HALF``."""
    if size >= 2 * LEAST_HALF:
        order = rng.permutation(size)
        return np.sort(order[::2]), np.sort(order[1::2])
    first, second = (np.sort(rng.choice(size, LEAST_HALF, replace=False)) for _ in range(2))
    return first, second


def _factor(size: int) -> float:
    """Of independent draws of m from N the variance is about (N-m)/m that of the statistic (the jackknife
    that leaves out several), and their difference has twice it; complementary halves differ by more."""
    return 0.25 if size >= 2 * LEAST_HALF else LEAST_HALF / (size - LEAST_HALF) / 2


def _weights(geometry: ClassGeometry) -> Floats:
    """(classes,): what each class has of the mean CDNV, as query or as rival."""
    squares, variances = to_numpy(geometry.squared_distances), to_numpy(geometry.variances)
    usable = to_numpy(geometry.resolved) & ~np.eye(geometry.classes, dtype=bool)
    sums = variances[:, None] + variances[None, :]
    weights: Floats = np.where(usable, sums / np.where(usable, squares, 1.0), 0.0).sum(axis=1)
    return weights if np.sum(weights) > 0 else np.ones(geometry.classes)


def _nearest(geometry: ClassGeometry) -> Integers:
    """Numbers of at most ``MOST_CLASSES`` classes: those of the pairs that are nearest for their spread."""
    count = geometry.classes
    if count <= MOST_CLASSES:
        return np.arange(count)
    squares, variances = to_numpy(geometry.squared_distances), to_numpy(geometry.variances)
    sums = variances[:, None] + variances[None, :]
    quotient = np.where(squares > 0, squares, np.inf) / np.where(sums > 0, sums, 1.0)
    np.fill_diagonal(quotient, np.inf)
    order = np.argsort(quotient, axis=None, kind="stable")[: count * MOST_CLASSES]
    chosen: dict[int, None] = {}
    for flat in order.tolist():
        for c in divmod(flat, count):
            chosen.setdefault(c)
        if len(chosen) >= MOST_CLASSES:
            break
    return np.array(list(chosen)[:MOST_CLASSES])


def deviation(
    bound: Bound, setting: Setting, granted: Granted, halves: Resamples, per_class: Sequence[float] | None
) -> float:
    """Standard deviation of the bound's logarithm over samples; infinite when it is not determined."""
    classes = len(halves.chosen)
    inner = Setting(setting.shots, min(setting.ways, classes))
    squares, parts = [], []
    for pair in halves.pairs:
        with unwatched():
            answers = [bound.evaluate(half, inner, granted) for half in pair]
        values = [0.0 if isinstance(answer, NotApplicable) else answer.value for answer in answers]
        if not all(0 < value < math.inf for value in values):
            return math.inf
        squares.append((math.log(values[0]) - math.log(values[1])) ** 2)
        parts.append(_evenness(_contributions(answers[0], _weights(pair[0]))))
    whole = _evenness(np.asarray(per_class) if per_class is not None else halves.weights)
    scale = halves.share * whole / float(np.mean(parts)) if classes < len(halves.weights) else halves.share
    return math.sqrt(halves.factor * float(np.mean(squares)) * min(scale, 1.0))


def _contributions(answer: BoundValue, weights: Floats) -> Floats:
    return (
        np.asarray(answer.per_class)
        if isinstance(answer, Value) and answer.per_class is not None
        else weights
    )


def _evenness(contributions: Floats) -> float:
    """Sum of squared shares: 1/classes where all contribute alike, 1 where one does."""
    total = float(np.sum(contributions))
    return float(np.sum((contributions / total) ** 2)) if 0 < total < math.inf else 1.0


def interval(
    value: float, other: float | None, spread: float, confidence: float, splits: int = SPLITS
) -> tuple[float, float]:
    """Around the bound's ``value`` and that with the other eigenvalues; 0 to infinity where none is known."""
    if value == 0 and (other is None or other == 0):
        return 0.0, 0.0
    # Splits of the same samples carry less information than as many independent ones: three quarters of the
    # degrees of freedom.
    known = BoundSpread(value, _log(value), spread, max(2.0, 0.75 * splits))
    low, high = known.interval(confidence)
    if other is None or not 0 < other < math.inf or math.isinf(high):
        return low, high
    second = BoundSpread(other, _log(other), spread, max(2.0, 0.75 * splits)).interval(confidence)
    return min(low, second[0]), max(high, second[1])


@dataclass(frozen=True)
class BoundSpread:
    """The uncertainty of a bound's logarithm: Student with ``freedom`` degrees.

    ``centre`` is the logarithm with its bias taken off, ``value`` the bound as it was computed; an interval
    always holds that too.
    """

    value: float
    centre: float
    deviation: float
    freedom: float

    def interval(self, confidence: float) -> tuple[float, float]:
        """At this confidence; 0 to infinity where no spread is known."""
        if math.isinf(self.deviation) or not self.value > 0:
            return 0.0, math.inf
        half = quantile(confidence, self.freedom) * self.deviation
        low, high = (math.exp(min(self.centre + sign * half, 700.0)) for sign in (-1, 1))
        return min(low, self.value), max(high, self.value)


def jackknifed(value: float, left_out: Sequence[BoundValue]) -> BoundSpread:
    """From the values without each group of samples, on the scale of logarithms: the least over coefficients
    is biased downward, about as much more so the fewer the samples, and the jackknife takes that off (Efron
    and Stein 1981)."""
    values = [0.0 if isinstance(answer, NotApplicable) else answer.value for answer in left_out]
    count = len(values)
    if count < 3 or not all(0 < each < math.inf for each in [value, *values]):
        return BoundSpread(value, 0.0, math.inf, 1.0)
    logs = np.log(values)
    centre = count * math.log(value) - (count - 1) * float(np.mean(logs))
    deviation = math.sqrt((count - 1) / count * float(np.sum((logs - np.mean(logs)) ** 2)))
    return BoundSpread(value, centre, deviation, count - 1.0)


def _log(value: float) -> float:
    return math.log(value) if 0 < value < math.inf else 0.0
