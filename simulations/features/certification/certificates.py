"""The result of a certification, in words and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from simulations.features.head_lineage import HeadLineage
from simulations.verdicts.chance import above_chance, remark

RESTS_ON = (
    "source classes and new classes are drawn independently from one population of classes",
    "the feature map was not trained on these source classes (one that was makes all of this void)",
    "samples of a class are independent draws from it",
)
WHAT_SOURCE_MEANS = (
    "Source classes are classes that the feature map has NOT been trained on; from classes that it was "
    "trained on every number below is void, since it comes out too low."
)
WHY_THEY_DIFFER = (
    "The interval over classes says how the error would vary with other classes from the population; the "
    "interval over episodes only how it would vary with other episodes of these very classes. More episodes "
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
        """Whether it is at least 1, so that every error obeys it."""
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
    warnings: tuple[str, ...] = ()
    """Warnings: certificates that the measured error contradicts, and samples that are not independent
    draws."""
    notes: tuple[str, ...] = ()
    head: HeadLineage | None = None
    """The lineage of a map that the features went through."""

    def to_json(self) -> dict[str, Any]:
        """Plain data: one entry of the command's JSON document."""
        measured = self.measured
        return {
            "shots": self.shots,
            "ways": self.ways,
            "confidence": self.confidence,
            "source": {"classes": self.classes, "smallest_class": self.smallest_class},
            "map": None if self.head is None else self.head.to_json(),
            "certificates": [
                {
                    "name": each.name,
                    "value": each.value,
                    "observed": each.observed,
                    "vacuous": each.vacuous if each.value is not None else None,
                    "above_chance": above_chance(each.value, self.ways),
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
            "warnings": list(self.warnings),
            "notes": list(self.notes),
            "advice": list(self.advice),
            "seed": self.seed,
        }

    def lines(self) -> list[str]:
        """The same in plain words."""
        texts = [f"WARNING: {text}" for text in self.warnings]
        texts += [WHAT_SOURCE_MEANS, *self.notes]
        texts += [
            f"{self.ways}-way {self.shots}-shot error on new classes, from {self.classes} source classes, "
            f"each bound at confidence {self.confidence:.12g}:"
        ]
        for certificate in self.certificates:
            if certificate.value is None:
                texts.append(f"  {certificate.name}: none, {certificate.reason}")
                continue
            text = f"  {certificate.name}: at most {certificate.value:.4g}"
            if comparison := remark(certificate.value, self.ways):
                text += f" ({comparison})"
            if certificate.observed is not None:
                text += f" (observed on source classes: {certificate.observed:.4g})"
            texts.append(text)
        texts += ["These rest on:", *(f"  - {sentence}" for sentence in RESTS_ON), *self.advice]
        if self.measured is not None:
            m = self.measured
            texts += [
                f"Measured on {m.classes} new classes: {m.error:.4g}",
                f"  interval over classes:  [{m.over_classes[0]:.4g}, {m.over_classes[1]:.4g}]",
                f"  interval over episodes: [{m.over_episodes[0]:.4g}, {m.over_episodes[1]:.4g}] "
                f"({m.episodes} episodes)",
                WHY_THEY_DIFFER,
            ]
        return texts


def too_low(
    certificates: Sequence[Certificate], measured: Measured | None, confidence: float
) -> tuple[str, ...]:
    """The warning where the error measured on classes kept apart exceeds its certificate."""
    if measured is None:
        return ()
    warnings = []
    for certificate in certificates:
        if certificate.value is None or measured.error <= certificate.value:
            continue
        sure = measured.over_classes[0] > certificate.value
        likely = (
            "that is not due to chance: the map was trained on the source classes, or source and new "
            "classes are not drawn from one population"
            if sure
            else f"a true certificate fails once in {1 / (1 - confidence):.3g} times; more likely the map "
            "was trained on the source classes, or source and new classes are not drawn from one population"
        )
        warnings.append(
            f"the error measured on {measured.classes} new classes, {measured.error:.4g}, is above the "
            f"{certificate.name} of {certificate.value:.4g}: {likely}. Do not use it"
        )
    return tuple(warnings)
