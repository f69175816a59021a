"""Measures of features at one time of training, by the functions of this library. No torch here.

The same code runs while a network is trained and on the recorded features.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from simulations.engines.pool import pool_errors
from simulations.estimates import Estimate
from simulations.features import FeatureFile
from simulations.features.certification import certify
from simulations.features.certification.certificates import Certification
from simulations.features.spread import Spread, spread
from theory import collapse
from theory.array import Floats, NumPyArray
from theory.assumptions import BoundedKurtosis, FiniteMoments, Granted
from theory.bound import Bound, BoundValue
from theory.geometry import ClassGeometry
from theory.setting import Setting

SHOTS = (1, 5, 10)
WAYS = 5
CONFIDENCE = 0.95
WORK = 1.5e9
THOROUGH = 1e10
"""Multiplications for an epoch's errors: while training, and where the last epoch is shown."""
GRANTED = Granted([BoundedKurtosis(), FiniteMoments()])
"""Granted: the sample is the law that episodes draw from, and any finite law has a finite kurtosis."""
GROUPS = ("source", "fresh", "validation", "new")
"""Groups of samples: training samples, new samples of the same classes, and two sets of classes held out."""


@dataclass(frozen=True, eq=False)
class Labelled:
    """Features (n, p) and labels (n,) of one group of classes."""

    features: Floats
    labels: NumPyArray

    @property
    def classes(self) -> int:
        """How many there are."""
        return len(np.unique(self.labels))

    @property
    def smallest(self) -> int:
        """Samples of the smallest class."""
        return int(np.unique(self.labels, return_counts=True)[1].min())

    def geometry(self) -> ClassGeometry:
        """De-biased moments, in float64."""
        return ClassGeometry.from_features(np.asarray(self.features, np.float64), self.labels)


@dataclass(frozen=True)
class MeasuredError:
    """The few-shot error on some classes: ``estimate`` has the interval over episodes."""

    shots: int
    ways: int
    estimate: Estimate


@dataclass(frozen=True, eq=False)
class EpochMeasures:
    """Everything that is computed from the features of one epoch.

    cdnv     : by group, over pairs of its classes; intervals over classes by bootstrap.
    errors   : few-shot errors on the new classes; ``answers`` holds each bound's answer beside them.
    certified: certificates from the validation classes, with the error on the new classes and its
        intervals over classes and over episodes.
    """

    epoch: int
    cdnv: Mapping[str, Spread]
    errors: tuple[MeasuredError, ...]
    answers: tuple[tuple[BoundValue, ...], ...]
    certified: tuple[Certification, ...]


def cdnv_of(group: Labelled, seed: int, confidence: float = CONFIDENCE) -> Spread:
    """De-biased CDNV (half) over pairs of classes: mean, median, and the mean's interval over classes."""
    geometry = group.geometry()
    return spread(geometry, collapse.cdnv(geometry), seed, confidence)


def errors_of(
    group: Labelled,
    seed: int,
    *,
    shots: Sequence[int] = SHOTS,
    ways: int = WAYS,
    work: float = WORK,
) -> tuple[MeasuredError, ...]:
    """Few-shot errors by episodes, for every number of shots that the smallest class allows."""
    ways = min(ways, group.classes)
    return tuple(
        MeasuredError(n, ways, pool_errors(group.features, group.labels, n, [ways], seed=seed, work=work)[0])
        for n in shots
        if n < group.smallest
    )


def bounds_of(
    group: Labelled, bounds: Sequence[Bound], errors: Sequence[MeasuredError]
) -> tuple[tuple[BoundValue, ...], ...]:
    """Each bound from the de-biased moments of the classes, at the settings of ``errors``."""
    geometry = group.geometry()
    return tuple(
        tuple(bound.evaluate(geometry, Setting(each.shots, each.ways), GRANTED) for bound in bounds)
        for each in errors
    )


def certificates_of(
    validation: Labelled, new: Labelled, seed: int, *, ways: Sequence[int] = (2, WAYS)
) -> tuple[Certification, ...]:
    """Certificates from classes that were not trained on, beside the error on the new classes.

    Features are as they are: the collapse-based one, which needs a radius known beforehand, gives none.
    """
    groups = (validation, new)
    file = FeatureFile(
        Path("recorded features"),
        np.concatenate([np.asarray(group.features, np.float64) for group in groups]),
        np.concatenate([[f"{name}-{c}" for c in g.labels] for name, g in zip("vn", groups, strict=True)]),
        np.repeat(["source", "new"], [len(group.labels) for group in groups]),
    )
    most, smallest = min(g.classes for g in groups), min(g.smallest for g in groups)
    return tuple(
        certify(file, shots=n, ways=k, confidence=CONFIDENCE, seed=seed)
        for k in ways
        if k <= most
        for n in SHOTS
        if n < smallest
    )


def collapse_of(group: Labelled, weights: Floats, bias: Floats) -> dict[str, Any]:
    """NC1 to NC4 of training samples and the trained classifier (classes, p), (classes,).

    None where undefined.
    """
    geometry = group.geometry()
    means = np.stack([group.features[group.labels == c].mean(axis=0) for c in np.unique(group.labels)])
    metrics = {
        "nc1": collapse.nc1(geometry),
        "nc2": collapse.nc2(geometry),
        "nc3": collapse.nc3(geometry, weights),
        "nc4": collapse.nc4(group.features, means, weights, bias),
    }
    return defined(metrics)


@dataclass(frozen=True)
class EpochEffort:
    """How thoroughly an epoch is measured: multiplications for its errors, and the ways of its
    certificates."""

    work: float = WORK
    ways: tuple[int, ...] = (2, WAYS)


USUAL = EpochEffort()


def found_at(
    epoch: int,
    groups: Mapping[str, Labelled],
    bounds: Sequence[Bound],
    seed: int,
    effort: EpochEffort = USUAL,
) -> EpochMeasures:
    """All of it for one epoch. ``groups`` by the names of ``GROUPS``; absent ones are left out."""
    errors = errors_of(groups["new"], seed, work=effort.work)
    certified: tuple[Certification, ...] = ()
    if "validation" in groups:
        certified = certificates_of(groups["validation"], groups["new"], seed, ways=effort.ways)
    return EpochMeasures(
        epoch,
        {name: cdnv_of(groups[name], seed) for name in GROUPS if name in groups},
        errors,
        bounds_of(groups["new"], bounds, errors),
        certified,
    )


def error_row(error: MeasuredError) -> dict[str, Any]:
    """Plain data."""
    estimate = error.estimate
    return {
        "shots": error.shots,
        "ways": error.ways,
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "confidence": estimate.confidence,
        "resampled": estimate.resampled,
        "episodes": estimate.effort.episodes,
    }


def cdnv_row(spread: Spread) -> dict[str, Any]:
    """Plain data; None where no pair of classes is resolved, so that there is no CDNV."""
    return defined(asdict(spread))


def defined(figures: Mapping[str, Any]) -> dict[str, Any]:
    """The same with None for what is not a finite number: JSON has no other word for undefined."""
    plain: dict[str, Any] = {}
    for name, value in figures.items():
        if isinstance(value, Mapping):
            plain[name] = defined(value)
        else:
            plain[name] = None if isinstance(value, float) and not math.isfinite(value) else value
    return plain
