"""How the samples of a class were drawn, and how large they can be."""

from __future__ import annotations

from dataclasses import dataclass

from theory.assumptions import Granted
from theory.assumptions.sampling.base import SampleAssumption
from theory.evidence import Evidence, SourceSamples
from theory.inheritance import override
from theory.setting import Setting


@dataclass(frozen=True)
class IndependentSamples(SampleAssumption):
    """The samples within each class are independent; the classes themselves may be drawn in any way."""

    sentence = "the samples of every class are independent draws from it"


@dataclass(frozen=True)
class MinimumSamples(SampleAssumption):
    """Refuses evidence with fewer than ``samples`` samples of a class."""

    samples: int = 2
    sentence = "enough samples of every source class"

    @override
    def evidence_refusal(self, evidence: Evidence, setting: Setting, granted: Granted) -> str | None:
        if isinstance(evidence, SourceSamples) and evidence.samples_per_class >= self.samples:
            return None
        samples = evidence.samples_per_class if isinstance(evidence, SourceSamples) else "none"
        return f"needs at least {self.samples} samples of every source class, not {samples}"


@dataclass(frozen=True)
class BoundedFeatures(SampleAssumption):
    """|f(x)| <= ``radius`` for every input, known beforehand and not read off the samples."""

    radius: float | None = None
    sentence = "every feature has norm at most a known radius R"

    def __post_init__(self) -> None:
        if self.radius is not None and not self.radius > 0:
            raise ValueError(f"BoundedFeatures: the radius must be positive, not {self.radius}")

    @override
    def evidence_refusal(self, evidence: Evidence, setting: Setting, granted: Granted) -> str | None:
        assumed = granted.get(self.name)
        if not isinstance(assumed, BoundedFeatures) or assumed.radius is None:
            return f"needs BoundedFeatures with its radius: {self.sentence}"
        if isinstance(evidence, SourceSamples) and evidence.largest_norm > assumed.radius * (1 + 1e-12):
            return f"a feature has norm {evidence.largest_norm:.6g}, above the radius {assumed.radius:g}"
        return None

    @override
    def symbol_values(self) -> dict[str, float]:
        return {} if self.radius is None else {"R": self.radius}
