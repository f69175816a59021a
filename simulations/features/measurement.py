"""A user's own features: collapse metrics, bounds, and the measured few-shot error beside them.

The measured error is that of the file's own classes and samples (episodes on a fixed pool), with intervals
for fresh samples of these classes and for new classes. Bounds come from estimated moments, so their own
uncertainty is found from halves of the samples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np

from simulations.features import FeatureFile, require
from simulations.features import collapse_metrics as metrics
from simulations.features.axes import Axes, axes_of
from simulations.features.class_blocks import ClassBlocks
from simulations.features.cluster.moments import MergedMoments
from simulations.features.cluster.source import RemoteRows
from simulations.features.collapse_metrics import Classifier, Metric
from simulations.features.contradictions import contradictions
from simulations.features.halves import Halves, halves
from simulations.features.normalization import normalized
from simulations.features.notices import of_classifier, of_means, of_samples
from simulations.features.peer_metrics import Outside, peer_metrics
from simulations.features.rows import apply
from simulations.features.size_limits import require_for_measurement
from simulations.features.spread import Spread, directional_spread, spread
from simulations.features.verdict_rows import Intervals, Subject, rows_with_verdicts
from simulations.runtime.errors import InputError
from simulations.runtime.randomness import ROOT_SEED
from simulations.runtime.row_source import RowSource
from simulations.verdicts.evaluate import Row
from theory import collapse
from theory.array import Floats
from theory.assumptions import Assumption, BoundedKurtosis, FiniteMoments, Granted
from theory.geometry import ClassGeometry

OtherSamples: TypeAlias = RowSource | Sequence[Sequence[float]]


@dataclass(frozen=True, eq=False)
class Measurement:
    """Everything that `collapse measure` computes for a features file."""

    file: FeatureFile
    geometry: ClassGeometry
    confidence: float
    cdnv: dict[str, Spread]
    directional: Spread
    nc: dict[str, Metric]
    """nc1, nc1_traces, nc2_norms, nc2_angles, and nc3, nc4 and nc4_held_out where there is a classifier."""
    rows: tuple[Row, ...]
    bound_intervals: Intervals
    granted: tuple[Assumption, ...]
    warnings: tuple[str, ...]
    peers: dict[str, Metric] = field(default_factory=dict)
    """``peer_metrics``; empty where a class has too few samples, or moments are plugged in."""
    contradicted: tuple[Assumption, ...] = ()
    """Those of ``granted`` that the moments of the data refute."""
    axes: Axes | None = None
    """Measures of the second labeling; None for a file without one."""

    @property
    def nc1(self) -> float:
        """tr(S_W S_B^+)/C."""
        return self.nc["nc1"].value

    @property
    def nc2(self) -> dict[str, float]:
        """NC2 of norms and of angles."""
        return {name: self.nc[f"nc2_{name}"].value for name in ("norms", "angles")}

    @property
    def nc3(self) -> float | None:
        """None without a classifier."""
        return self.nc["nc3"].value if "nc3" in self.nc else None

    @property
    def nc4(self) -> float | None:
        """None without a classifier."""
        return self.nc["nc4"].value if "nc4" in self.nc else None


def _silent(_: object) -> None:
    """Default ``progress``: does nothing."""


def measure(  # noqa: PLR0913 - public: one keyword for each thing that can be asked
    file: FeatureFile,
    shots: Sequence[int],
    ways: Sequence[int] | None = None,
    *,
    estimator: str = "debiased",
    normalize: str | None = None,
    assumed: Sequence[Assumption] = (),
    min_samples: int | None = None,
    outside: OtherSamples | None = None,
    seed: int = ROOT_SEED,
    confidence: float = 0.95,
    device: str = "cpu",
    progress: Callable[[str], None] = _silent,
    tell: Callable[[Row], None] = _silent,
) -> Measurement:
    """Measure a checked features file (``load_features``) or arrays (``FeatureFile.of``).

    ``ways`` defaults to all classes. ``normalize="l2"`` scales every feature to length 1 first.
    ``min_samples`` leaves out the classes of fewer samples. ``outside`` (samples, dimension) are features of
    samples of none of the classes, for NC5. ``device`` ("cpu" or "gpu") runs the episodes.
    ``assumed`` are assumptions granted by the user, in addition to what is true of any finite data set.
    ``progress`` is called with a description of each step, ``tell`` with each row as soon as it is computed.
    Raises InputError naming the field on data that cannot be measured.
    """
    file = require(file) if min_samples is None else require(file).at_least(min_samples)
    # Checks that need the labels alone come before the features, which may be large, are read.
    classes = _check_classes(file, shots, ways)
    _check_head(file)
    progress("reading the features")
    file = file.by_class
    features = normalized(file, normalize)
    _check_room(file, classes, features)
    ways = [classes] if ways is None else list(ways)
    members = file.members[1]
    geometry = _geometry(file, features, estimator, seed)
    # Any finite data set has finite moments, and its sample is the law that the episodes draw from.
    granted = Granted([*assumed, BoundedKurtosis(), FiniteMoments()])
    progress("collapse metrics")
    split = apply(halves, features, members, seed, geometry.unit) if estimator == "debiased" else None
    values: dict[str, Spread] = {
        name: spread(geometry, collapse.cdnv(geometry, name), seed, confidence) for name in collapse.CDNV
    }
    metrics = _collapse(file, features, geometry, split, confidence)
    others = None
    if split is not None and outside is not None:
        others = _outside(outside, features, split, normalize, seed)
    peers = {} if split is None else peer_metrics(split, _head_weights(file), others, confidence)
    directional = directional_spread(geometry, features, members, seed, confidence)
    progress("few-shot errors and bounds")
    subject = Subject(features, file.numbers, members, geometry, granted, estimator, seed, confidence, device)
    rows, intervals = rows_with_verdicts(subject, shots, ways, tell)
    notices = *of_samples(file, features, geometry, estimator), *of_means(split), *of_classifier(file)
    contradicted = contradictions(geometry, features, members, assumed)
    return Measurement(
        file=file,
        geometry=geometry,
        confidence=confidence,
        cdnv=values,
        directional=directional,
        nc=metrics,
        rows=rows,
        bound_intervals=intervals,
        granted=tuple(assumed),
        warnings=(*notices, *contradicted.values()),
        peers=peers,
        contradicted=tuple(contradicted),
        axes=axes_of(file, features, confidence),
    )


def _check_room(file: FeatureFile, classes: int, features: RowSource) -> None:
    try:
        require_for_measurement(classes, int(features.shape[1]))
    except InputError as wrong:
        raise wrong.within(file.path) from None


def _check_head(file: FeatureFile) -> None:
    """A map is a learned one on the samples that it was fitted on: they are not representative of other
    samples."""
    if file.head is not None and bool(file.head.fitted.any()):
        raise InputError(
            f"was fitted on {int(file.head.fitted.sum())} of these samples; measure others, for example "
            "--split new",
            file=file.path,
            field="--map",
        )


def _geometry(file: FeatureFile, features: RowSource, estimator: str, seed: int) -> ClassGeometry:
    names, members = file.members

    try:
        if isinstance(features, RemoteRows):
            geometry = ClassGeometry(MergedMoments(features, file, estimator, seed), names)
        else:
            geometry = ClassGeometry.from_blocks(
                ClassBlocks(features, members, range(len(members))),
                names,
                estimator=estimator,
                seed=seed,
            )
    except ValueError as wrong:
        raise InputError(str(wrong), file=file.path, field="features") from None
    if geometry.coincident_pair is not None:
        a, b = geometry.coincident_pair
        raise InputError(
            f"the means of class {a} and {b} coincide; merge or drop one", file=file.path, field="features"
        )
    return geometry


def _check_classes(file: FeatureFile, shots: Sequence[int], ways: Sequence[int] | None) -> int:
    names, members = file.members
    counts = [len(rows) for rows in members]
    if len(names) < 2:
        raise InputError(f"holds {len(names)} class; at least 2 are needed", file=file.path, field="labels")
    fewest = min(counts)
    smallest = names[counts.index(fewest)]
    if fewest < 2:
        raise InputError(
            f"class {smallest} has one sample; give it more, drop it, or use --min-samples",
            file=file.path,
            field="labels",
        )
    for n in shots:
        if fewest < n + 1:
            raise InputError(
                f"class {smallest} has {fewest} samples, too few for {n} shots and a query; "
                f"use at most {fewest - 1} shots, or --min-samples {n + 1}",
                file=file.path,
                field="labels",
            )
    for k in ways or ():
        if k > len(names):
            raise InputError(
                f"{k} ways, but the file has {len(names)} classes; use at most {len(names)}", field="--ways"
            )
    return len(names)


def _collapse(
    file: FeatureFile, features: RowSource, geometry: ClassGeometry, split: Halves | None, confidence: float
) -> dict[str, Metric]:
    classifier = file.classifier()
    if split is None:
        values = _plug_in(geometry)
        if not isinstance(classifier, str):
            values["nc3"] = Metric(collapse.nc3(geometry, classifier[0]))
            split = apply(halves, features, file.members[1], 0, geometry.unit)
    else:
        values = {
            "nc1": metrics.nc1(geometry, split, confidence),
            "nc1_traces": metrics.trace_quotient(split, confidence),
            **{f"nc2_{name}": metric for name, metric in metrics.nc2(split, confidence).items()},
        }
        if not isinstance(classifier, str):
            values["nc3"] = metrics.nc3(split, classifier[0], confidence)
    if split is not None and not isinstance(classifier, str):
        for name, held_out in (("nc4", False), ("nc4_held_out", True)):
            values[name] = apply(
                metrics.nc4,
                features,
                metrics.SplitLabels(file.numbers, split),
                Classifier(*classifier),
                confidence,
                held_out,
            )
    return {name: replace(metric, value=float(metric.value)) for name, metric in values.items()}


def _outside(
    samples: OtherSamples,
    features: RowSource,
    split: Halves,
    normalize: str | None,
    seed: int,
) -> Outside:
    """Samples of none of the classes, scaled as the features were. Raises InputError on another dimension."""
    count = samples.shape[0] if hasattr(samples, "shape") else len(samples)
    elsewhere = FeatureFile.of(samples, np.zeros(count, dtype=int), name="outside")
    if elsewhere.features.shape[1] != features.shape[1]:
        raise InputError(
            f"has dimension {elsewhere.features.shape[1]}, the features {features.shape[1]}; give "
            "the same network's",
            field="outside",
        )
    return Outside.of(normalized(elsewhere, normalize), features, split, seed)


def _head_weights(file: FeatureFile) -> Floats | None:
    """Weights of the linear classifier, where the file has one that fits its classes."""
    classifier = file.classifier()
    return None if isinstance(classifier, str) else classifier[0]


def _plug_in(geometry: ClassGeometry) -> dict[str, Metric]:
    plain = collapse.nc2(geometry)
    return {
        "nc1": Metric(collapse.nc1(geometry)),
        **{f"nc2_{name}": Metric(plain[name]) for name in ("norms", "angles")},
    }
