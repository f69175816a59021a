"""Somebody's own features: collapse metrics, bounds, and the measured few-shot error beside them.

The measured error is that of the file's own classes and samples (episodes on a fixed pool). Bounds come
from estimated moments, so their own uncertainty is found by resampling samples within classes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from simulations.engines.pool import pool_errors
from simulations.estimates import Estimate
from simulations.features import FeatureFile, require
from simulations.features.contradictions import contradictions
from simulations.runtime.errors import InputError
from simulations.runtime.randomness import ROOT_SEED, stream
from simulations.verdicts.evaluate import Row, few_shot_bounds
from simulations.verdicts.verdict import FAMILY_WISE_ERROR, Verdict, judge
from theory import collapse
from theory.array import Array
from theory.assumptions import Assumption, BoundedKurtosis, FiniteMoments, Granted
from theory.bound import Bound, BoundValue, NotApplicable, Value
from theory.bound.matrix import MatrixBound
from theory.geometry import ClassGeometry
from theory.setting import Setting

INTERVAL = 0.95
RESAMPLES = 16
CLASS_RESAMPLES = 1000
FEW_SAMPLES = 20
FEWEST_CLASSES_FOR_INTERVAL = 5


@dataclass(frozen=True)
class Spread:
    """A collapse metric over ordered pairs of classes; low and high are over *classes* (None for fewer
    than 5 of them)."""

    mean: float
    median: float
    low: float | None
    high: float | None


@dataclass(frozen=True, eq=False)
class Measurement:
    """Everything `collapse measure` knows about a features file."""

    file: FeatureFile
    geometry: ClassGeometry
    confidence: float
    cdnv: dict[str, Spread]
    directional: Spread
    nc1: float
    nc2: dict[str, float]
    nc3: float | None
    nc4: float | None
    rows: tuple[Row, ...]
    bound_intervals: dict[tuple[float, int, str], tuple[float, float]]
    granted: tuple[Assumption, ...]
    warnings: tuple[str, ...]
    contradicted: tuple[Assumption, ...] = ()
    """Those of ``granted`` that the moments of the data refute."""


def measure(
    file: FeatureFile,
    shots: Sequence[int],
    ways: Sequence[int] | None = None,
    *,
    estimator: str = "debiased",
    normalize: str | None = None,
    assumed: Sequence[Assumption] = (),
    seed: int = ROOT_SEED,
    confidence: float = 0.95,
    device: str = "cpu",
) -> Measurement:
    """Measure a checked features file (``load_features``) or arrays (``FeatureFile.of``).

    ``ways`` defaults to all classes. ``normalize="l2"`` scales every feature to length 1 first.
    ``device`` ("cpu" or "gpu") runs the episodes.
    ``assumed`` are assumptions the owner vouches for; they join what is true of any finite data set.
    Raises InputError naming the field on data that cannot be measured.
    """
    # What labels alone can refuse comes before the features, which may be large, are read.
    classes = _check_classes(require(file), shots, ways)
    features = _normalized(file, normalize)
    ways = [classes] if ways is None else list(ways)
    try:
        geometry = ClassGeometry.from_features(features, file.labels, estimator=estimator, seed=seed)
    except ValueError as wrong:
        raise InputError(str(wrong), file=file.path, field="features") from None
    if geometry.coincident_pair is not None:
        a, b = geometry.coincident_pair
        raise InputError(
            f"the means of class {a} and {b} coincide; merge or drop one", file=file.path, field="features"
        )
    # Any finite data set has finite moments, and its sample is the law that the episodes draw from.
    granted = Granted([*assumed, BoundedKurtosis(), FiniteMoments()])
    rows, intervals = _judged_rows(
        file, features, geometry, granted, shots, ways, estimator, seed, confidence, device
    )
    doubts = contradictions(geometry, features, file.labels, assumed)
    return Measurement(
        file=file,
        geometry=geometry,
        confidence=confidence,
        cdnv={
            name: spread(geometry, collapse.cdnv(geometry, name), seed, confidence)  # type: ignore[arg-type]
            for name in collapse.CDNV
        },
        directional=spread(geometry, collapse.directional(geometry), seed, confidence),
        nc1=collapse.nc1(geometry),
        nc2=collapse.nc2(geometry),
        **_classifier_metrics(file, features, geometry),
        rows=rows,
        bound_intervals=intervals,
        granted=tuple(assumed),
        warnings=(*_warnings(file, geometry, estimator), *doubts.values()),
        contradicted=tuple(doubts),
    )


def intervals_in_words(estimate: Estimate) -> tuple[str, str]:
    """What each of the two intervals of a measured error covers, in a sentence each."""
    percent = f"{100 * estimate.confidence:g} %"
    own = (
        f"For these classes and samples, over all episodes they allow: {percent} interval "
        f"{estimate.low:.4g} to {estimate.high:.4g}."
    )
    over = estimate.over_classes
    if isinstance(over, Estimate):
        return own, (
            f"For new classes, if these are a random sample of the classes there are: {percent} interval "
            f"{over.low:.4g} to {over.high:.4g}."
        )
    reason = "not computed" if over is None else over.reason
    return own, f"For new classes there is no interval: {reason}."


def _judged_rows(
    file: FeatureFile,
    features: Array,
    geometry: ClassGeometry,
    granted: Granted,
    shots: Sequence[int],
    ways: Sequence[int],
    estimator: str,
    seed: int,
    confidence: float,
    device: str,
) -> tuple[tuple[Row, ...], dict[tuple[float, int, str], tuple[float, float]]]:
    """The measured error with a verdict for every bound, and an interval for each bound."""
    resampled = _resampled_geometries(geometry, features, file.labels, estimator, seed)
    tests = len(shots) * len(ways)
    rows: list[Row] = []
    intervals: dict[tuple[float, int, str], tuple[float, float]] = {}
    for n in shots:
        estimates = pool_errors(
            features, file.labels, n, ways, seed=seed, confidence=confidence, device=device
        )
        for k, estimate in zip(ways, estimates, strict=True):
            setting = Setting(n, k)
            verdicts = []
            for bound in few_shot_bounds():
                answer = bound.evaluate(geometry, setting, granted)
                verdict = judge(bound, answer, estimate, tests=tests)
                # One optimisation a class and resample would take long; it matters only for a violation.
                costly = isinstance(bound, MatrixBound) and verdict.outcome != "violated"
                if isinstance(answer, Value) and not costly:
                    spread = bound_spread(bound, setting, granted, geometry, resampled, answer.value)
                    if spread is not None:
                        intervals[(n, k, bound.name)] = spread.interval(INTERVAL)
                        verdict = _soften(verdict, spread, estimate, tests)
                verdicts.append(verdict)
            rows.append(Row(setting, estimate, tuple(verdicts)))
    return tuple(rows), intervals


def _normalized(file: FeatureFile, normalize: str | None) -> Array:
    features = np.asarray(file.features, dtype=np.float64)
    if normalize is None:
        return features
    if normalize != "l2":
        raise InputError(f"'{normalize}' is not a normalization; use l2", field="--normalize")
    lengths = np.linalg.norm(features, axis=1)
    if not np.all(lengths > 0):
        first = int(np.flatnonzero(lengths == 0)[0])
        raise InputError(
            f"sample {first} is zero and has no direction; remove it", file=file.path, field="features"
        )
    return features / lengths[:, None]


def _check_classes(file: FeatureFile, shots: Sequence[int], ways: Sequence[int] | None) -> int:
    names, counts = np.unique(file.labels, return_counts=True)
    if len(names) < 2:
        raise InputError(f"holds {len(names)} class; at least 2 are needed", file=file.path, field="labels")
    smallest = int(np.argmin(counts))
    if counts[smallest] < 2:
        raise InputError(
            f"class {names[smallest]} has one sample; give it more or drop it", file=file.path, field="labels"
        )
    for n in shots:
        if counts[smallest] < n + 1:
            raise InputError(
                f"class {names[smallest]} has {counts[smallest]} samples, too few for {n} shots and a query; "
                f"use at most {counts[smallest] - 1} shots",
                file=file.path,
                field="labels",
            )
    for k in ways or ():
        if k > len(names):
            raise InputError(
                f"{k} ways, but the file has {len(names)} classes; use at most {len(names)}", field="--ways"
            )
    return len(names)


def _classifier_metrics(file: FeatureFile, features: Array, geometry: ClassGeometry) -> dict[str, Any]:
    if file.weights is None or file.bias is None:
        return {"nc3": None, "nc4": None}
    if len(file.weights) != geometry.classes:
        raise InputError(
            f"has {len(file.weights)} rows for {geometry.classes} classes; rows follow the sorted labels",
            file=file.path,
            field="weights",
        )
    names = np.unique(file.labels)
    means = np.stack([features[file.labels == name].mean(axis=0) for name in names])
    return {
        "nc3": collapse.nc3(geometry, file.weights),
        "nc4": collapse.nc4(features, means, file.weights, file.bias),
    }


def spread(geometry: ClassGeometry, values: Array, seed: int, confidence: float) -> Spread:
    """Mean and median over resolved ordered pairs, and the interval of the mean over resampled classes."""
    usable = np.asarray(geometry.resolved) & ~np.eye(geometry.classes, dtype=bool)
    filled = np.where(usable, np.nan_to_num(np.asarray(values)), 0.0)
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


def _resampled_geometries(
    geometry: ClassGeometry, features: Array, labels: Array, estimator: str, seed: int
) -> list[tuple[ClassGeometry, ClassGeometry]]:
    """(resampled, reference) geometries: samples drawn with replacement within each class.

    In the resampled world the truth is the plug-in geometry of the file. Left out above a size where
    16 more geometries would take long.
    """
    if features.size * geometry.classes > 5e7:
        return []
    order = np.argsort(labels, kind="stable")
    sorted_labels = labels[order]
    bounds = np.flatnonzero(np.r_[True, sorted_labels[1:] != sorted_labels[:-1], True])
    reference = ClassGeometry.from_features(features, labels, estimator="plugin")
    found = []
    for b in range(RESAMPLES):
        rng = stream(seed, "measure", "samples", b)
        rows = np.concatenate([order[rng.integers(lo, hi, hi - lo)] for lo, hi in pairwise(bounds)])
        try:
            again = ClassGeometry.from_features(
                features[rows], np.repeat(labels[order][bounds[:-1]], np.diff(bounds)), estimator=estimator
            )
        except ValueError:
            continue
        if again.coincident_pair is None:
            found.append((again, reference))
    return found


@dataclass(frozen=True)
class BoundSpread:
    """The uncertainty of a bound's logarithm: normal, or Student with ``freedom`` degrees where that is
    finite.

    ``centre`` is the logarithm with its bias taken off, ``value`` the bound as it was computed; an interval
    always holds that too.
    """

    value: float
    centre: float
    deviation: float
    freedom: float = math.inf

    def interval(self, confidence: float) -> tuple[float, float]:
        from scipy.special import ndtri, stdtrit

        if math.isinf(self.deviation) or not self.value > 0:
            return 0.0, math.inf
        tail = (1 + confidence) / 2
        factor = float(ndtri(tail) if math.isinf(self.freedom) else stdtrit(self.freedom, tail))
        half = factor * self.deviation
        low, high = (math.exp(min(self.centre + sign * half, 700.0)) for sign in (-1, 1))
        return min(low, self.value), max(high, self.value)


def bound_spread(
    bound: Bound,
    setting: Setting,
    granted: Granted,
    geometry: ClassGeometry,
    resampled: list[tuple[ClassGeometry, ClassGeometry]],
    value: float,
) -> BoundSpread | None:
    """How far the bound is known. Moments of margins: by the jackknife over groups of samples, which sees
    the drawn supports too. All others: by drawing samples again within the classes. None where neither is
    possible."""
    if bound.reads_margins:
        views = geometry.left_out(setting.shots)
        return jackknifed(value, [bound.evaluate(view, setting, granted) for view in views])
    if not resampled:
        return None
    logs = _logs([bound.evaluate(again, setting, granted) for again, _ in resampled])
    centre = math.log(value) if 0 < value < math.inf else 0.0
    if logs is None or len(logs) < 3:
        return BoundSpread(value, centre, math.inf)
    return BoundSpread(value, centre, float(np.std(logs, ddof=1)))


def jackknifed(value: float, left_out: Sequence[BoundValue]) -> BoundSpread:
    """From the values without each group of samples, on the scale of logarithms: the least over coefficients
    is biased downward, about as much more so the fewer the samples, and the jackknife takes that off (Efron
    and Stein 1981)."""
    logs, count = _logs(left_out), len(left_out)
    if logs is None or count < 3 or not 0 < value < math.inf:
        return BoundSpread(value, 0.0, math.inf)
    mean = float(np.mean(logs))
    centre = count * math.log(value) - (count - 1) * mean
    deviation = math.sqrt((count - 1) / count * float(np.sum((np.asarray(logs) - mean) ** 2)))
    return BoundSpread(value, centre, deviation, count - 1.0)


def _logs(answers: Sequence[BoundValue]) -> list[float] | None:
    """None where a value is missing, 0 or infinite."""
    found = []
    for answer in answers:
        if isinstance(answer, NotApplicable) or not 0 < answer.value < math.inf:
            return None
        found.append(math.log(answer.value))
    return found


def softened(
    verdict: Verdict,
    bound: Bound,
    setting: Setting,
    estimate: Estimate,
    features: Array,
    labels: Array,
    granted: Granted,
    *,
    tests: int,
    seed: int = ROOT_SEED,
) -> Verdict:
    """A flat `violated` from estimated moments of features (samples, dimension), unless their own
    uncertainty explains it: then `undecided`. Samples are drawn again within classes."""
    if verdict.outcome != "violated" or verdict.value is None:
        return verdict
    geometry = ClassGeometry.from_features(features, labels, seed=seed)
    resampled = _resampled_geometries(geometry, features, labels, geometry.estimator, seed)
    spread = bound_spread(bound, setting, granted, geometry, resampled, verdict.value)
    unknown = BoundSpread(verdict.value, 0.0, math.inf)
    return _soften(verdict, unknown if spread is None else spread, estimate, tests)


def _soften(verdict: Verdict, spread: BoundSpread, estimate: Any, tests: int) -> Verdict:
    """A flat `violated` needs the interval of the bound as well; otherwise it is `undecided`."""
    if verdict.outcome != "violated":
        return verdict
    level = 1 - FAMILY_WISE_ERROR / tests
    low, high = spread.interval(level)
    strict = estimate.at(level)
    if strict.low > high or strict.high < low:
        return verdict
    return replace(verdict, outcome="undecided", reason="within the uncertainty of the estimated moments")


def _warnings(file: FeatureFile, geometry: ClassGeometry, estimator: str) -> tuple[str, ...]:
    found = []
    names, counts = np.unique(file.labels, return_counts=True)
    fewest = int(counts.min())
    if estimator == "plugin" and fewest < 10 * FEW_SAMPLES:
        found.append(
            f"plug-in moments from as few as {fewest} samples a class are biased: CDNV and the bounds come "
            "out too small; use the debiased estimator"
        )
    elif fewest < FEW_SAMPLES:
        found.append(
            f"class {names[int(counts.argmin())]} has {fewest} samples: moments, and so bounds, are uncertain"
        )
    if geometry.unresolved_pairs:
        shown = ", ".join(f"{a}-{b}" for a, b in geometry.unresolved_pairs[:5])
        more = ", ..." if len(geometry.unresolved_pairs) > 5 else ""
        found.append(
            f"{len(geometry.unresolved_pairs)} pair(s) of classes have no positive de-biased distance "
            f"({shown}{more}); they are left out of CDNV and count as 1 in pair bounds"
        )
    return tuple(found)
