"""Every bound beside the measured error: values from estimated moments, their intervals, verdicts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from simulations.engines.base import Question
from simulations.engines.pool import pool_errors
from simulations.engines.pool.rows import Rows
from simulations.estimates import Estimate
from simulations.features.cluster.episodes import remote_pool_errors
from simulations.features.cluster.source import RemoteRows
from simulations.features.resampling import Resamples, deviation, interval, jackknifed, resamples
from simulations.runtime.randomness import ROOT_SEED
from simulations.runtime.row_source import RowSource
from simulations.verdicts.evaluate import Row, few_shot_bounds
from simulations.verdicts.verdict import FAMILY_WISE_ERROR, Verdict, judge
from theory.array import Floats, Integers, NumPyArray
from theory.assumptions import Granted
from theory.bound import Bound, Value
from theory.bound.matrix import MatrixBound
from theory.geometry import ClassGeometry
from theory.setting import Setting

Intervals = dict[tuple[float, int, str], tuple[float, float]]


@dataclass(frozen=True, eq=False)
class Subject:
    """The measurement: which features, which settings, and at what confidence. members: row numbers of each
    class."""

    features: RowSource
    labels: NumPyArray
    members: Sequence[Integers]
    geometry: ClassGeometry
    granted: Granted
    estimator: str
    seed: int = ROOT_SEED
    confidence: float = 0.95
    device: str = "cpu"

    @cached_property
    def rows(self) -> Rows:
        """The features as episodes take them, for every number of shots the same."""
        return Rows.of(self.features)


def rows_with_verdicts(
    subject: Subject, shots: Sequence[int], ways: Sequence[int], tell: Callable[[Row], None]
) -> tuple[tuple[Row, ...], Intervals]:
    """The measured error with a verdict for every bound, and an interval for each; ``tell`` is called with
    every row as soon as it is computed."""
    halves = resamples(subject.geometry, subject.features, subject.members, subject.estimator, subject.seed)
    moments = _Moments(subject.geometry, subject.granted, halves)
    tests = len(shots) * len(ways)
    rows: list[Row] = []
    intervals: Intervals = {}
    for n in shots:
        estimates = _errors(subject, n, ways)
        for k, estimate in zip(ways, estimates, strict=True):
            setting, verdicts = Setting(n, k), []
            for bound in few_shot_bounds():
                answer = bound.evaluate(subject.geometry, setting, subject.granted)
                verdict = judge(bound, answer, estimate, tests=tests)
                # One optimisation a class and resample would take long; it matters only for a violation.
                costly = isinstance(bound, MatrixBound) and verdict.outcome != "violated"
                if isinstance(answer, Value) and not costly:
                    span = _span(bound, setting, answer, moments)
                    if span is not None:
                        intervals[(n, k, bound.name)] = span(subject.confidence)
                    verdict = _soften(verdict, span, estimate, tests)
                verdicts.append(verdict)
            rows.append(Row(setting, estimate, tuple(verdicts)))
            tell(rows[-1])
    return tuple(rows), intervals


def _errors(subject: Subject, shots: int, ways: Sequence[int]) -> list[Estimate]:
    seed, confidence = subject.seed, subject.confidence
    if isinstance(subject.features, RemoteRows):
        return remote_pool_errors(
            subject.features, subject.members, Question(shots, tuple(ways)), seed=seed, confidence=confidence
        )
    return pool_errors(
        subject.rows,
        subject.labels,
        shots,
        ways,
        seed=seed,
        confidence=confidence,
        device=subject.device,
    )


Span = Callable[[float], tuple[float, float]]


@dataclass(frozen=True, eq=False)
class _Moments:
    """Estimated moments that a bound is evaluated at, and halves of the samples behind them."""

    geometry: ClassGeometry
    granted: Granted
    halves: Resamples | None


def _span(bound: Bound, setting: Setting, answer: Value, moments: _Moments) -> Span | None:
    """The bound's interval at any confidence. Moments of margins: by the jackknife over groups of
    samples, which sees the drawn supports too. All others: from halves of the samples. None where neither
    is possible."""
    geometry, granted, halves = moments.geometry, moments.granted, moments.halves
    if bound.reads_margins:
        views = (
            geometry.left_out_nearest(setting.shots, setting.ways)
            if bound.reads_nearest
            else geometry.left_out(setting.shots)
        )
        return jackknifed(answer.value, [bound.evaluate(view, setting, granted) for view in views]).interval
    if halves is None:
        return None
    spread = deviation(bound, setting, granted, halves, answer.per_class)
    other = bound.evaluate(geometry.with_sample_spectra(), setting, granted)
    second = other.value if isinstance(other, Value) else None
    return lambda confidence: interval(answer.value, second, spread, confidence, len(halves.pairs))


@dataclass(frozen=True, eq=False)
class MeasuredSetting:
    """The error in one setting, and the features (samples, dimension) and labels it was measured on."""

    setting: Setting
    estimate: Estimate
    features: Floats
    labels: NumPyArray


def allow_for_uncertainty(
    verdict: Verdict, bound: Bound, measured: MeasuredSetting, granted: Granted, *, tests: int
) -> Verdict:
    """A flat `violated` from estimated moments, unless their own uncertainty explains it: then `undecided`.
    Halves of the samples of every class tell it."""
    features, labels = measured.features, measured.labels
    if verdict.outcome != "violated" or verdict.value is None:
        return verdict
    geometry = ClassGeometry.from_features(features, labels, seed=ROOT_SEED)
    _, inverse = np.unique(labels, return_inverse=True)
    members = [np.flatnonzero(inverse == c) for c in range(geometry.classes)]
    halves = None
    if not bound.reads_margins:
        halves = resamples(geometry, features, members, geometry.estimator, ROOT_SEED)
    answer = Value(verdict.value, verdict.per_class)
    span = _span(bound, measured.setting, answer, _Moments(geometry, granted, halves))
    return _soften(verdict, span, measured.estimate, tests)


def _soften(verdict: Verdict, span: Span | None, estimate: Estimate, tests: int) -> Verdict:
    """A flat `violated` needs the interval of the bound as well, which is that of the mean over classes;
    otherwise it is `undecided`."""
    if verdict.outcome != "violated":
        return verdict
    level = 1 - FAMILY_WISE_ERROR / tests
    low, high = (0.0, math.inf) if span is None else span(level)
    strict = estimate.at(level)
    if verdict.queries is None and (strict.low > high or strict.high < low):
        return verdict
    return replace(verdict, outcome="undecided", reason="within the uncertainty of the estimated moments")
