"""Certificates: an upper bound on the few-shot error on new classes, from source classes alone.

Three of them, sharpest last: from the geometry of the classes, from the errors of pairs, from episodes.
All rest on classes drawn independently from one population, and on a map that was not trained on them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulations.estimates import BoundedMean, kl_lower, kl_upper
from simulations.features import FeatureFile, require
from simulations.features.certification.certificates import Certificate, Certification, Measured, too_low
from simulations.features.certification.checks import ClassRows, check_options, prepare
from simulations.features.certification.episodes import episode_errors
from simulations.features.notices import dependent
from simulations.features.size_limits import require_for_certificates
from simulations.runtime.errors import InputError
from simulations.runtime.randomness import ROOT_SEED, stream
from theory import catalogue
from theory.array import Floats
from theory.assumptions import Assumption
from theory.assumptions.sampling import (
    BoundedFeatures,
    FixedFeatureMap,
    IndependentClasses,
    IndependentSamples,
)
from theory.bound import NotApplicable, Value
from theory.bound.confidence import ConfidenceBound
from theory.evidence import EpisodeErrors, Evidence, KernelSample, SourceSamples
from theory.setting import Setting


def certify(  # noqa: PLR0913 - public: one keyword for each thing that can be asked
    file: FeatureFile,
    *,
    shots: int,
    ways: int = 2,
    confidence: float = 0.95,
    radius: float | None = None,
    normalize: str | None = None,
    min_samples: int | None = None,
    seed: int = ROOT_SEED,
) -> Certification:
    """Certificates from the samples of split ``source`` (all samples where the file has no split).

    file      : from ``load_features`` or ``FeatureFile.of``. Where it has samples of split ``new``, the error
        on their classes is measured beside the certificates.
    radius    : largest norm that a feature can have, known beforehand; the collapse-based bound needs it.
    normalize : ``l2`` scales every feature to norm 1 first, and the radius is then 1.
    min_samples : leaves out the classes of fewer samples.
    Raises InputError: fewer than 2 source classes (or than ``ways``), a class with fewer than shots + 1
    samples, a confidence outside (0, 1), a radius below the largest norm, a class in both splits.
    """
    check_options(shots, ways, confidence)
    file = require(file) if min_samples is None else require(file).at_least(min_samples)
    given = prepare(file, shots, ways, radius, normalize)
    groups, radius = given.source, given.radius
    for source in (groups, given.new or ()):
        try:
            require_for_certificates(len(source))
        except InputError as wrong:
            raise wrong.within(file.path) from None
    failure = 1 - confidence
    wanted = _Wanted(Setting(shots, ways), failure)
    rng = stream(seed, "certify", shots, ways)
    kernel, episodes, _ = episode_errors(groups, shots, ways, rng)
    certificates = (
        _collapse_bound(wanted, groups, radius),
        _certificate(wanted, "pair_certificate", KernelSample(kernel), _pair_mean(kernel)),
        _certificate(
            wanted,
            "episode_certificate",
            EpisodeErrors(np.asarray(np.mean(episodes)), len(groups), ways),
            float(np.mean(episodes)),
        ),
    )
    measured = None if given.new is None else _measure(given.new, shots, ways, failure, seed)
    return Certification(
        notes=file.notes if file.head is None else (*file.notes, file.head.sentence()),
        head=file.head,
        warnings=(
            *too_low(certificates, measured, confidence),
            *dependent(groups[0].features, [group.rows for group in groups]),
        ),
        classes=len(groups),
        smallest_class=min(map(len, groups)),
        shots=shots,
        ways=ways,
        confidence=confidence,
        certificates=certificates,
        measured=measured,
        advice=_advice(certificates, len(groups), ways, failure, radius),
        seed=seed,
    )


def _pair_mean(kernel: Floats) -> float:
    count = len(kernel)
    return float((kernel.sum() - np.trace(kernel)) / (count * (count - 1)))


@dataclass(frozen=True)
class _Wanted:
    """What all certificates are about: shots and ways, and how likely each may be wrong."""

    setting: Setting
    failure: float


def _certificate(
    wanted: _Wanted,
    name: str,
    evidence: Evidence,
    observed: float | None,
    extra: tuple[Assumption, ...] = (),
) -> Certificate:
    bound = catalogue.get(name)
    assert isinstance(bound, ConfidenceBound)
    # These three are granted by the caller; they are printed with the result.
    granted = (IndependentClasses(), FixedFeatureMap(), IndependentSamples(), *extra)
    answer = bound.evaluate(evidence, wanted.setting, granted, at={"failure": wanted.failure})
    if isinstance(answer, NotApplicable):
        return Certificate(name, None, observed, answer.reason)
    assert isinstance(answer, Value)
    if not math.isfinite(answer.value):
        return Certificate(name, None, observed, "the bound is infinite")
    return Certificate(name, answer.value, observed)


def _collapse_bound(wanted: _Wanted, groups: Sequence[ClassRows], radius: float | None) -> Certificate:
    name = "transfer_end_to_end"
    if radius is None:
        return Certificate(
            name,
            None,
            None,
            "it needs a radius that no feature can exceed: give --radius, or --normalize l2",
        )
    smallest = min(map(len, groups))
    features = np.stack([group.samples()[:smallest] for group in groups])
    extra = (BoundedFeatures(radius * (1 + 1e-12)),)
    return _certificate(wanted, name, SourceSamples(features), None, extra)


def _advice(
    certificates: Sequence[Certificate], count: int, ways: int, failure: float, radius: float | None
) -> tuple[str, ...]:
    """Which term dominates where a bound is loose."""
    sentences = []
    episode = certificates[-1]
    floor = 1 - failure ** (1 / (count // ways))
    if episode.value is not None and floor > episode.value / 2:
        sentences.append(
            f"Most of the episode certificate is the number of classes: {count // ways} disjoint {ways}-way "
            f"episodes allow nothing below {floor:.3g}; more source classes would lower it."
        )
    elif episode.value is not None and episode.value >= 0.5:
        sentences.append(
            "Most of the episode certificate is the error seen on the source classes themselves."
        )
    if certificates[0].vacuous and radius is not None:
        sentences.append(
            "The collapse-based bound is vacuous: its radii of order R^2/m outweigh the class variances; "
            "more samples of each class would lower it."
        )
    return tuple(sentences)


def _measure(groups: Sequence[ClassRows], shots: int, ways: int, failure: float, seed: int) -> Measured:
    _, errors, tuples = episode_errors(groups, shots, ways, stream(seed, "certify", "new", shots, ways))
    flat = errors.reshape(-1)
    mean = float(np.mean(flat))
    rate = math.log(2 / failure) / tuples
    usual = BoundedMean(len(flat), mean, float(np.var(flat, ddof=1)) if len(flat) > 1 else 0.0)
    return Measured(
        error=mean,
        classes=len(groups),
        over_classes=(kl_lower(mean, rate), kl_upper(mean, rate)),
        over_episodes=usual.interval(1 - failure),
        episodes=len(flat),
    )
