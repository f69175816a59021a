"""Certificates: an upper bound on the few-shot error on new classes, from source classes alone.

Three of them, sharpest last: from the geometry of the classes, from the errors of pairs, from episodes.
All rest on classes drawn independently from one population, and on a map that was not trained on them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulations.errors import InputError
from simulations.estimate import BoundedMean, kl_lower, kl_upper
from simulations.features_file import FeatureFile
from simulations.randomness import ROOT_SEED, stream
from theory import catalogue
from theory.assumptions import Assumption
from theory.bound import NotApplicable, Value
from theory.confidence_bound import ConfidenceBound
from theory.evidence import EpisodeErrors, Evidence, KernelSample, SourceSamples
from theory.sampling import BoundedFeatures, FixedFeatureMap, IndependentClasses, IndependentSamples
from theory.setting import Setting

Array = Any
SPLITS = 40
PERMUTATIONS = 200
RESTS_ON = (
    "source classes and new classes are drawn independently from one population of classes",
    "the feature map was not trained on these source classes (one that was makes all of this void)",
    "samples of a class are independent draws from it",
)
WHY_THEY_DIFFER = (
    "The interval over classes asks how the error would move with other classes from the population; the "
    "interval over episodes only how it would move with other episodes of these very classes. More episodes "
    "narrow the second and never the first."
)


@dataclass(frozen=True)
class Certificate:
    """One upper bound on the transfer error. ``value`` is None where ``reason`` says why there is none."""

    name: str
    value: float | None
    observed: float | None
    reason: str | None = None

    @property
    def vacuous(self) -> bool:
        return self.value is not None and self.value >= 1


@dataclass(frozen=True)
class Measured:
    """The error on classes that no certificate has seen, with the two intervals."""

    error: float
    classes: int
    over_classes: tuple[float, float]
    over_episodes: tuple[float, float]
    episodes: int


@dataclass(frozen=True)
class Certification:
    """Everything that `collapse certify` prints for one number of shots and ways."""

    classes: int
    smallest_class: int
    shots: int
    ways: int
    confidence: float
    certificates: tuple[Certificate, ...]
    measured: Measured | None
    advice: tuple[str, ...]
    seed: int

    def to_json(self) -> dict[str, Any]:
        """Plain data: one entry of the command's JSON document."""
        measured = self.measured
        return {
            "shots": self.shots,
            "ways": self.ways,
            "confidence": self.confidence,
            "source": {"classes": self.classes, "smallest_class": self.smallest_class},
            "certificates": [
                {
                    "name": each.name,
                    "value": each.value,
                    "observed": each.observed,
                    "vacuous": each.vacuous if each.value is not None else None,
                    "reason": each.reason,
                }
                for each in self.certificates
            ],
            "new": None
            if measured is None
            else {
                "error": measured.error,
                "classes": measured.classes,
                "episodes": measured.episodes,
                "over_classes": {"low": measured.over_classes[0], "high": measured.over_classes[1]},
                "over_episodes": {"low": measured.over_episodes[0], "high": measured.over_episodes[1]},
                "why_they_differ": WHY_THEY_DIFFER,
            },
            "rests_on": list(RESTS_ON),
            "advice": list(self.advice),
            "seed": self.seed,
        }

    def lines(self) -> list[str]:
        """The same in plain words."""
        found = [
            f"{self.ways}-way {self.shots}-shot error on new classes, from {self.classes} source classes, "
            f"each bound at confidence {self.confidence:g}:"
        ]
        for each in self.certificates:
            if each.value is None:
                found.append(f"  {each.name}: none, {each.reason}")
                continue
            seen = "" if each.observed is None else f" (observed on source classes: {each.observed:.4g})"
            found.append(f"  {each.name}: at most {each.value:.4g}{' (vacuous)' * each.vacuous}{seen}")
        found += ["These rest on:", *(f"  - {sentence}" for sentence in RESTS_ON), *self.advice]
        if self.measured is not None:
            m = self.measured
            found += [
                f"Measured on {m.classes} new classes: {m.error:.4g}",
                f"  interval over classes:  [{m.over_classes[0]:.4g}, {m.over_classes[1]:.4g}]",
                f"  interval over episodes: [{m.over_episodes[0]:.4g}, {m.over_episodes[1]:.4g}] "
                f"({m.episodes} episodes)",
                WHY_THEY_DIFFER,
            ]
        return found


def certify(
    file: FeatureFile,
    *,
    shots: int,
    ways: int = 2,
    confidence: float = 0.95,
    radius: float | None = None,
    normalize: str | None = None,
    seed: int = ROOT_SEED,
) -> Certification:
    """Certificates from the samples of split ``source`` (all samples where the file has no split).

    radius    : largest norm that a feature can have, known beforehand; the collapse-based bound needs it.
    normalize : ``l2`` scales every feature to norm 1 first, and the radius is then 1.
    Raises InputError: fewer than 2 source classes (or than ``ways``), a class with fewer than shots + 1
    samples, a confidence outside (0, 1), a radius below the largest norm, a class in both splits.
    """
    if not 0 < confidence < 1:
        raise InputError(f"must lie strictly between 0 and 1, not {confidence:g}", field="--confidence")
    if shots < 1 or ways < 2:
        raise InputError("shots must be at least 1 and ways at least 2", field="--shots")
    features = np.asarray(file.features, dtype=np.float64)
    if normalize == "l2":
        norms = np.sqrt(np.sum(features**2, axis=1, keepdims=True))
        if not np.all(norms > 0):
            raise InputError("a feature is zero and cannot be scaled to norm 1", file=file.path)
        features, radius = features / norms, 1.0
    elif normalize is not None:
        raise InputError(f"is l2 or left out, not '{normalize}'", field="--normalize")
    source, new = _splits(file)
    groups = _groups(features, file.labels, source)
    _check(file, groups, shots, ways)
    if radius is not None:
        largest = float(np.sqrt(max(np.max(np.sum(group**2, axis=1)) for group in groups)))
        if not radius >= largest * (1 - 1e-12):
            raise InputError(f"{radius:g} is below the largest feature norm, {largest:.6g}", field="--radius")
    failure, setting = 1 - confidence, Setting(shots, ways)
    rng = stream(seed, "certify", shots, ways)
    kernel, episodes, _ = _errors(groups, shots, ways, rng)
    certificates = (
        _collapse_bound(groups, radius, setting, failure),
        _certificate("pair_certificate", KernelSample(kernel), setting, failure, _pair_mean(kernel)),
        _certificate(
            "episode_certificate",
            EpisodeErrors(np.asarray(np.mean(episodes)), len(groups), ways),
            setting,
            failure,
            float(np.mean(episodes)),
        ),
    )
    return Certification(
        classes=len(groups),
        smallest_class=min(map(len, groups)),
        shots=shots,
        ways=ways,
        confidence=confidence,
        certificates=certificates,
        measured=None if new is None else _measure(file, features, new, groups, shots, ways, failure, seed),
        advice=_advice(certificates, len(groups), ways, failure, radius),
        seed=seed,
    )


def _splits(file: FeatureFile) -> tuple[Array, Array | None]:
    everything = np.ones(len(file.labels), dtype=bool)
    if file.split is None:
        return everything, None
    source, new = file.split == "source", file.split == "new"
    if not np.any(source):
        raise InputError("no sample has split 'source'", file=file.path, field="split")
    shared = sorted(set(file.labels[source].tolist()) & set(file.labels[new].tolist()), key=str)
    if shared:
        raise InputError(
            f"class {shared[0]} is in both splits, so it is not new", file=file.path, field="split"
        )
    return source, new if np.any(new) else None


def _groups(features: Array, labels: Array, mask: Array) -> list[Array]:
    chosen, names = features[mask], labels[mask]
    return [chosen[names == label] for label in np.unique(names)]


def _check(file: FeatureFile, groups: Sequence[Array], shots: int, ways: int) -> None:
    if len(groups) < 2:
        raise InputError(f"{len(groups)} source class; at least 2 are needed", file=file.path, field="labels")
    if len(groups) < ways:
        raise InputError(f"{len(groups)} source classes make no {ways}-way episode", field="--ways")
    smallest = min(map(len, groups))
    if smallest < shots + 1:
        raise InputError(
            f"a source class has {smallest} samples; {shots} shots need at least {shots + 1}",
            file=file.path,
            field="labels",
        )


def _errors(
    groups: Sequence[Array], shots: int, ways: int, rng: np.random.Generator
) -> tuple[Array, Array, int]:
    """Pair errors (l, l) and mean episode error of each chopped permutation.

    Every split draws each class's support anew; queries are its other samples. Ties are errors. The mean
    over splits of a pair's error depends on the two classes only, and is unbiased.
    """
    count = len(groups)
    kernel = np.zeros((count, count))
    episodes = []
    each = max(1, PERMUTATIONS // SPLITS)
    tuples = count // ways
    for _ in range(SPLITS):
        orders = [rng.permutation(len(group)) for group in groups]
        support = np.stack(
            [group[order[:shots]].mean(axis=0) for group, order in zip(groups, orders, strict=True)]
        )
        offset = support.mean(axis=0)
        centres = support - offset
        half = 0.5 * np.sum(centres**2, axis=1)
        wrong = []
        for c, (group, order) in enumerate(zip(groups, orders, strict=True)):
            scores = (group[order[shots:]] - offset) @ centres.T - half
            slack = 1e-12 * (1 + np.max(np.abs(scores), axis=1, keepdims=True))
            beaten = scores >= scores[:, c : c + 1] - slack
            beaten[:, c] = False
            wrong.append(beaten)
            kernel[c] += beaten.mean(axis=0)
        for _ in range(each):
            chosen = rng.permutation(count)[: tuples * ways].reshape(tuples, ways)
            errors = [np.mean([wrong[c][:, row].any(axis=1).mean() for c in row]) for row in chosen]
            episodes.append(errors)
    kernel /= SPLITS
    symmetric = (kernel + kernel.T) / 2
    return symmetric, np.asarray(episodes), tuples


def _pair_mean(kernel: Array) -> float:
    count = len(kernel)
    return float((kernel.sum() - np.trace(kernel)) / (count * (count - 1)))


def _certificate(
    name: str,
    evidence: Evidence,
    setting: Setting,
    failure: float,
    observed: float | None,
    extra: tuple[Assumption, ...] = (),
) -> Certificate:
    bound = catalogue.get(name)
    assert isinstance(bound, ConfidenceBound)
    # These three are what the caller vouches for; they are printed with the result.
    granted = (IndependentClasses(), FixedFeatureMap(), IndependentSamples(), *extra)
    answer = bound.evaluate(evidence, setting, granted, at={"failure": failure})
    if isinstance(answer, NotApplicable):
        return Certificate(name, None, observed, answer.reason)
    assert isinstance(answer, Value)
    if not math.isfinite(answer.value):
        return Certificate(name, None, observed, "the bound is infinite")
    return Certificate(name, answer.value, observed)


def _collapse_bound(
    groups: Sequence[Array], radius: float | None, setting: Setting, failure: float
) -> Certificate:
    name = "transfer_end_to_end"
    if radius is None:
        return Certificate(
            name,
            None,
            None,
            "it needs a radius that no feature can exceed: give --radius, or --normalize l2",
        )
    smallest = min(map(len, groups))
    features = np.stack([group[:smallest] for group in groups])
    extra = (BoundedFeatures(radius * (1 + 1e-12)),)
    return _certificate(name, SourceSamples(features), setting, failure, None, extra)


def _advice(
    certificates: Sequence[Certificate], count: int, ways: int, failure: float, radius: float | None
) -> tuple[str, ...]:
    """Which term dominates where a bound says little."""
    found = []
    episode = certificates[-1]
    floor = 1 - failure ** (1 / (count // ways))
    if episode.value is not None and floor > episode.value / 2:
        found.append(
            f"Most of the episode certificate is the number of classes: {count // ways} disjoint {ways}-way "
            f"episodes allow nothing below {floor:.3g}; more source classes would lower it."
        )
    elif episode.value is not None and episode.value >= 0.5:
        found.append("Most of the episode certificate is the error seen on the source classes themselves.")
    if certificates[0].vacuous and radius is not None:
        found.append(
            "The collapse-based bound is vacuous: its radii of order R^2/m outweigh the class variances; "
            "more samples of each class would lower it."
        )
    return tuple(found)


def _measure(
    file: FeatureFile,
    features: Array,
    new: Array,
    source: Sequence[Array],
    shots: int,
    ways: int,
    failure: float,
    seed: int,
) -> Measured:
    groups = _groups(features, file.labels, new)
    if len(groups) < ways or min(map(len, groups)) < shots + 1:
        raise InputError(
            f"the split 'new' has {len(groups)} classes, the smallest of {min(map(len, groups))} samples: "
            f"too few for {ways}-way {shots}-shot episodes",
            file=file.path,
            field="split",
        )
    _, errors, tuples = _errors(groups, shots, ways, stream(seed, "certify", "new", shots, ways))
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
