"""Which rates the main job fits: fixed maps with the claimed slope, learned maps as they are.

For a learned map the training collapse itself changes with the number of classes and samples, which would
be mistaken for a rate. So it is held fixed: at every size the spread of the classes is set so that the
learned features of the training samples have one and the same CDNV.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np

from simulations.experiments.transfer.classes import ClassLaw
from simulations.experiments.transfer.maps import FIXED, fit
from simulations.experiments.transfer.measures import (
    mean_cdnv,
    mean_over_pairs,
    median_cdnv,
    squared_distances,
)
from simulations.experiments.transfer.rates import GROUPS, RateFit, RateSubject, fit_rate
from simulations.runtime.randomness import ROOT_SEED, stream
from theory.array import Array, to_numpy
from theory.quantities import l as classes_symbol
from theory.quantities import m as samples_symbol

SIZES = (4, 8, 16, 32, 64, 128, 256)
LARGER = (8, 16, 32, 64, 128, 256, 512)
"""Maps to few dimensions need more classes than 4 before any two classes can be distinguished."""
LAW = ClassLaw(means="sphere", covariance="isotropic", dimension=16, noise=0.5, tail=8.0)
"""Classes on a sphere with a heavy-tailed scale: CDNV averages have a finite variance."""
TARGET = 0.05
"""Median CDNV of the training features of every learned map, at every size."""
FEW_CLASSES, FEW_SAMPLES, FRESH = 6, 8, 256
CHUNK = 20
"""Replicates drawn at a time; numbers of replicates are multiples of it where it is used."""


@dataclass(frozen=True)
class RatePlan:
    """One rate: a map, the size that grows, and how many replicates."""

    map_name: str
    axis: Literal["samples", "classes"]
    sizes: tuple[int, ...]
    replicates: int
    weight: float = 1.0

    @property
    def claimed(self) -> bool:
        """Whether a statement claims the slope: of fixed maps alone."""
        return self.map_name in FIXED

    @property
    def subject(self) -> str:
        """What is fitted, in words."""
        return f"{'fixed' if self.claimed else 'learned'} map ({self.map_name}), {self.axis}"

    def fit(self, seed: int = ROOT_SEED) -> RateFit:
        """Draw the gaps and fit their slope."""
        gap = samples_gap if self.axis == "samples" else classes_gap
        symbol = samples_symbol if self.axis == "samples" else classes_symbol
        return fit_rate(
            RateSubject(self.subject, symbol, self.claimed),
            self.sizes,
            gap(self.map_name, self.replicates, seed),
            groups=min(GROUPS, self.replicates),
            seed=seed,
        )


def plans(full: bool = False) -> tuple[RatePlan, ...]:
    """In reading order. The small network, and softmax on many classes, only under ``--full``."""
    many, some = (2000, 100) if full else (400, 20)
    rate_plans = [
        RatePlan("identity", "samples", SIZES, many),
        RatePlan("identity", "classes", SIZES, many // 2, 3.0),
    ]
    for name in ("pca", "lda"):
        rate_plans += [RatePlan(name, "samples", SIZES, some), RatePlan(name, "classes", LARGER, some, 3.0)]
    rate_plans.append(RatePlan("softmax", "samples", SIZES, some, 3.0))
    if full:
        rate_plans += [
            RatePlan("softmax", "classes", SIZES, 20, 30.0),
            RatePlan("network", "samples", SIZES, 20, 30.0),
            RatePlan("network", "classes", SIZES, 20, 30.0),
        ]
    return tuple(rate_plans)


@lru_cache(maxsize=256)
def held_law(map_name: str, classes: int, samples: int, seed: int) -> ClassLaw:
    """``LAW`` with the spread at which the map's training CDNV is ``TARGET``, by bisection on one draw."""
    replicates = max(2, min(10, 160 // classes))

    def collapse(noise: float) -> float:
        rng = stream(seed, "rates", "held", map_name, classes, samples)
        inputs = replace(LAW, noise=noise).draw(rng, (replicates, classes)).samples(rng, samples)
        chosen = fit(map_name, inputs, rng, classes=range(classes), draw="held")
        return float(np.median(to_numpy(median_cdnv(chosen.apply(inputs)))))

    low, high = 0.01, 8.0
    for _ in range(9):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if collapse(middle) < TARGET else (low, middle)
    return replace(LAW, noise=(low * high) ** 0.5)


def samples_gap(map_name: str, replicates: int, seed: int) -> Callable[[int], Array]:
    """CDNV of m source samples less that of the classes themselves (identity: exact; learned: fresh)."""

    def differences(samples: int) -> Array:
        rng = stream(seed, "rates", "m", map_name, samples)
        if map_name == "identity":
            source = LAW.draw(rng, (replicates, FEW_CLASSES))
            truth = mean_over_pairs(source.variances, squared_distances(source.means))
            return mean_cdnv(source.samples(rng, samples)) - truth
        source = held_law(map_name, FEW_CLASSES, samples, seed).draw(rng, (replicates, FEW_CLASSES))
        inputs = source.samples(rng, samples)
        chosen = fit(map_name, inputs, rng, classes=range(FEW_CLASSES), draw="source")
        return median_cdnv(chosen.apply(inputs)) - median_cdnv(chosen.apply(source.samples(rng, FRESH)))

    return differences


def classes_gap(map_name: str, replicates: int, seed: int) -> Callable[[int], Array]:
    """CDNV of l source classes (fresh samples) less that of l new classes."""

    def differences(classes: int) -> Array:
        rng = stream(seed, "rates", "l", map_name, classes)
        if map_name == "identity":
            return np.concatenate([_exact_gap(rng, CHUNK, classes) for _ in range(0, replicates, CHUNK)])
        law = held_law(map_name, classes, FEW_SAMPLES, seed)
        source, new = law.draw(rng, (replicates, classes)), law.draw(rng, (replicates, classes))
        inputs = source.samples(rng, FEW_SAMPLES)
        chosen = fit(map_name, inputs, rng, classes=range(classes), draw="source")
        source_features, new_features = (chosen.apply(each.samples(rng, 32)) for each in (source, new))
        return median_cdnv(source_features) - median_cdnv(new_features)

    return differences


def _exact_gap(rng: np.random.Generator, replicates: int, classes: int) -> Array:
    both = LAW.draw(rng, (2 * replicates, classes))
    values = mean_over_pairs(both.variances, squared_distances(both.means))
    return values[:replicates] - values[replicates:]
