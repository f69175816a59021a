"""Learn a map on source classes; measure collapse on them, on their new samples and on new classes.

Replicates are independent populations' worth of classes, so intervals are over replicates; the classes of
one replicate share a map and are not independent.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulations.estimates import Effort, Estimate, IntervalRule
from simulations.experiments.transfer.classes import ClassLaw
from simulations.experiments.transfer.maps import FeatureMap, fit
from simulations.experiments.transfer.measures import episode_error, median_cdnv
from simulations.runtime.device import device_stream
from simulations.runtime.randomness import ROOT_SEED
from theory.array import NumPyArray, array_namespace, to_numpy
from theory.inheritance import override

TEST_SAMPLES = 60


@dataclass(frozen=True)
class StudentMean(IntervalRule):
    """Mean of independent replicates: Student's interval, approximate for means that are not normal."""

    mean: float
    spread: float
    count: int

    @override
    def interval(self, confidence: float) -> tuple[float, float]:
        from scipy.stats import t

        if self.count < 2:
            return -math.inf, math.inf
        radius = float(t.ppf((1 + confidence) / 2, self.count - 1)) * self.spread / math.sqrt(self.count)
        return self.mean - radius, self.mean + radius


@dataclass(frozen=True, eq=False)
class TransferResult:
    """Per-replicate values (replicates,) as NumPy arrays, and what they came from.

    source, fresh, new : CDNV (half, de-biased, median over pairs: a mean has no bound, see
    ``bounded_cdnv_is_impossible``) of the training samples, of fresh samples of
        the same classes, and of new classes. error : k-way n-shot error on new classes.
    """

    law: ClassLaw
    map_name: str
    classes: int
    samples: int
    ways: int
    shots: int
    values: Mapping[str, NumPyArray]
    seconds: float
    seed: int
    feature_map: FeatureMap

    def estimate(self, name: str, confidence: float = 0.95) -> Estimate:
        """Mean over replicates of ``source``, ``fresh``, ``new`` or ``error``."""
        values = self.values[name]
        mean, spread = float(np.mean(values)), float(np.std(values, ddof=1))
        return Estimate.of(
            mean,
            StudentMean(mean, spread, len(values)),
            "replicates",
            Effort(self.seconds, len(values)),
            confidence=confidence,
            seed=self.seed,
            resampled="replicates (classes, samples and map anew)",
        )


def run_transfer(  # noqa: PLR0913 - one keyword for each axis of the experiment
    law: ClassLaw,
    map_name: str = "identity",
    *,
    classes: int = 10,
    samples: int = 20,
    new_classes: int | None = None,
    ways: int = 2,
    shots: int = 5,
    replicates: int = 50,
    seed: int = ROOT_SEED,
    device: str = "cpu",
    options: Mapping[str, Any] | None = None,
) -> TransferResult:
    """One cell of the experiment. ``options`` go to the map; ``device`` is "cpu" or "gpu" (see
    ``device.pick``), and random numbers differ between the two.

    Raises ValueError when there are too few classes or samples.
    """
    if classes < 2 or samples < 2:
        raise ValueError("the experiment needs at least 2 source classes with 2 samples each")
    start = time.perf_counter()
    count = new_classes or max(classes, 2 * ways)
    path = ("transfer", law.name, law.dimension, map_name, classes, samples)
    rng = device_stream(device, seed, *path)
    source = law.draw(rng, (replicates, classes))
    inputs = source.samples(rng, samples)
    names = tuple(f"source {c}" for c in range(classes))
    feature_map = fit(map_name, inputs, rng, classes=names, draw="source samples", **dict(options or {}))
    fresh = feature_map.apply(source.samples(rng, TEST_SAMPLES))
    new = law.draw(rng, (replicates, count))
    features = feature_map.apply(new.samples(rng, TEST_SAMPLES))
    error = episode_error(features[..., :shots, :], features[..., shots:, :], ways)
    values = {
        "source": median_cdnv(feature_map.apply(inputs)),
        "fresh": median_cdnv(fresh),
        "new": median_cdnv(features),
        "error": array_namespace(error).mean(error, axis=-1),
    }
    return TransferResult(
        law,
        map_name,
        classes,
        samples,
        ways,
        shots,
        {name: to_numpy(value) for name, value in values.items()},
        time.perf_counter() - start,
        seed,
        feature_map,
    )
