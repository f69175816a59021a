"""Assumptions about how classes, samples and feature maps came about.

They are read off the evidence and its lineage. Where the lineage is silent the owner vouches by name;
where it speaks, no word of the owner outweighs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from theory.assumptions import Assumption, Granted

if TYPE_CHECKING:
    from theory.evidence import Evidence
    from theory.geometry import ClassGeometry
    from theory.lineage import Lineage
    from theory.setting import Setting


@dataclass(frozen=True)
class SampleAssumption(Assumption):
    """A hypothesis about evidence. By default it must have been granted by name."""

    def evidence_refusal(self, evidence: Evidence, setting: Setting, granted: Granted) -> str | None:
        """Why the evidence does not meet the hypothesis, or None when it does."""
        return None if self.name in granted else f"needs {self.name}: {self.sentence}"

    def refusal(self, geometry: ClassGeometry, setting: Setting, granted: Granted) -> str | None:
        return f"{self.name} is about samples of source classes, not about a class geometry"

    def brings(self) -> dict[str, float]:
        """Values for statement symbols, by symbol name."""
        return {}


# -- classes -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class IndependentClasses(SampleAssumption):
    sentence = "source classes and new classes are drawn independently from one population of classes"

    def evidence_refusal(self, evidence: Evidence, setting: Setting, granted: Granted) -> str | None:
        if "DistinctClassesFromPool" in granted:
            return "the classes are distinct members of a finite pool, hence not drawn independently"
        return super().evidence_refusal(evidence, setting, granted)


@dataclass(frozen=True)
class DistinctClassesFromPool(SampleAssumption):
    """The l source classes are a uniformly random subset of a pool of ``size`` distinct classes."""

    size: int | None = None
    sentence = "the source classes are drawn without replacement from a finite pool of distinct classes"

    def evidence_refusal(self, evidence: Evidence, setting: Setting, granted: Granted) -> str | None:
        if "IndependentClasses" in granted:
            return (
                "the classes are drawn independently, so they are no distinct members of a finite pool: "
                "two of them may coincide"
            )
        held = granted.get(self.name)
        if not isinstance(held, DistinctClassesFromPool) or held.size is None:
            return f"needs DistinctClassesFromPool with its size: {self.sentence}"
        if held.size < evidence.class_count:
            return f"{evidence.class_count} distinct classes cannot come from a pool of {held.size}"
        names = evidence.lineage.classes
        if names is not None and len(set(names)) < len(names):
            return "a class occurs twice among the source classes, so they are not distinct"
        return None

    def brings(self) -> dict[str, float]:
        return {} if self.size is None else {"L_pool": float(self.size)}


@dataclass(frozen=True)
class BoundedCdnv(SampleAssumption):
    """CDNV (half) of every two classes of the pool is at most ``largest``.

    It can hold for a finite pool of distinct classes only: for classes drawn independently it is false
    unless they have no variance (``bounded_cdnv_is_impossible``).
    """

    largest: float | None = None
    sentence = "the CDNV of any two classes of the pool is at most a known V_max"

    def __post_init__(self) -> None:
        if self.largest is not None and not self.largest > 0:
            raise ValueError(f"BoundedCdnv: the largest CDNV must be positive, not {self.largest}")

    def evidence_refusal(self, evidence: Evidence, setting: Setting, granted: Granted) -> str | None:
        if "DistinctClassesFromPool" not in granted:
            return (
                "CDNV is not bounded over classes drawn independently: two draws come arbitrarily close with "
                "positive probability (bounded_cdnv_is_impossible); use pair_bound_new_classes"
            )
        held = granted.get(self.name)
        if not isinstance(held, BoundedCdnv) or held.largest is None:
            return f"needs BoundedCdnv with its value: {self.sentence}"
        if evidence.geometry is not None:
            from theory.collapse import cdnv

            seen = float(evidence.geometry.xp.max(cdnv(evidence.geometry, "half")))
            if not seen <= held.largest:
                return f"two source classes have CDNV {seen:.6g}, above V_max = {held.largest:g}"
        return None

    def brings(self) -> dict[str, float]:
        return {} if self.largest is None else {"V_max": self.largest}


@dataclass(frozen=True)
class MinimumClasses(SampleAssumption):
    classes: int = 2
    sentence = "enough source classes"

    def evidence_refusal(self, evidence: Evidence, setting: Setting, granted: Granted) -> str | None:
        if evidence.class_count >= self.classes:
            return None
        return f"needs at least {self.classes} source classes, not {evidence.class_count}"


@dataclass(frozen=True)
class EnoughClasses(SampleAssumption):
    sentence = "at least as many source classes as ways"

    def evidence_refusal(self, evidence: Evidence, setting: Setting, granted: Granted) -> str | None:
        if evidence.class_count >= setting.ways:
            return None
        return f"{setting.ways} ways need as many source classes, not {evidence.class_count}"


# -- samples -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class IndependentSamples(SampleAssumption):
    sentence = "the samples of every class are independent draws from it"


@dataclass(frozen=True)
class MinimumSamples(SampleAssumption):
    samples: int = 2
    sentence = "enough samples of every source class"

    def evidence_refusal(self, evidence: Evidence, setting: Setting, granted: Granted) -> str | None:
        from theory.evidence import SourceSamples

        if isinstance(evidence, SourceSamples) and evidence.samples_per_class >= self.samples:
            return None
        seen = evidence.samples_per_class if isinstance(evidence, SourceSamples) else "none"
        return f"needs at least {self.samples} samples of every source class, not {seen}"


@dataclass(frozen=True)
class BoundedFeatures(SampleAssumption):
    """|f(x)| <= ``radius`` for every input, known beforehand and not read off the samples."""

    radius: float | None = None
    sentence = "every feature has norm at most a known radius R"

    def __post_init__(self) -> None:
        if self.radius is not None and not self.radius > 0:
            raise ValueError(f"BoundedFeatures: the radius must be positive, not {self.radius}")

    def evidence_refusal(self, evidence: Evidence, setting: Setting, granted: Granted) -> str | None:
        from theory.evidence import SourceSamples

        held = granted.get(self.name)
        if not isinstance(held, BoundedFeatures) or held.radius is None:
            return f"needs BoundedFeatures with its radius: {self.sentence}"
        if isinstance(evidence, SourceSamples) and evidence.largest_norm > held.radius * (1 + 1e-12):
            return f"a feature has norm {evidence.largest_norm:.6g}, above the radius {held.radius:g}"
        return None

    def brings(self) -> dict[str, float]:
        return {} if self.radius is None else {"R": self.radius}


# -- feature maps ----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class FixedFeatureMap(SampleAssumption):
    """The map was fixed before these classes (or samples) were drawn.

    One of finitely many maps fixed in advance (``FiniteFamilyOfMaps``) meets it too: the statements pay
    for the choice with log |F|.
    """

    before: Literal["classes", "samples"] = "classes"
    sentence = "the feature map was fixed before these classes were drawn"

    def evidence_refusal(self, evidence: Evidence, setting: Setting, granted: Granted) -> str | None:
        return self.lineage_refusal(evidence.lineage, granted)

    def lineage_refusal(self, lineage: Lineage, granted: Granted) -> str | None:
        record = lineage.feature_map
        if record is None:
            if self.name in granted or "FiniteFamilyOfMaps" in granted:
                return None
            return f"needs FixedFeatureMap: {self.sentence}, and nothing is recorded of how it came about"
        if not record.learned:
            return None
        if self.before == "samples":
            if lineage.draw is None:
                return f"the map '{record.name}' is learned, and these samples do not say which draw they are"
            if lineage.draw in record.draws:
                return (
                    f"the map '{record.name}' was learned from these very samples, so it was not "
                    "fixed before they were drawn: measure on fresh samples"
                )
            return None
        if lineage.classes is None:
            return f"the map '{record.name}' is learned, and these classes do not say who they are"
        shared = [name for name in lineage.classes if name in record.classes]
        if not shared:
            return None
        return (
            f"the map '{record.name}' was learned from {len(shared)} of these {len(lineage.classes)} "
            "classes, so it was not fixed before they were drawn: keep classes apart, or use "
            "progressive_certificate, k_fold_certificate or linear_maps"
        )


@dataclass(frozen=True)
class FiniteFamilyOfMaps(SampleAssumption):
    """The map was picked, in any way, from ``size`` maps that were fixed in advance; brings |F| = size."""

    size: int = 1
    sentence = "the feature map is one of finitely many that were fixed before these classes were drawn"

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ValueError(f"FiniteFamilyOfMaps: the size must be at least 1, not {self.size}")

    def brings(self) -> dict[str, float]:
        return {"F": float(self.size)}


@dataclass(frozen=True)
class BoundedLinearMaps(SampleAssumption):
    """f = Wx with |W|_F <= ``norm`` and |x| <= ``inputs``, W learned in any way, even from these classes.

    ``floor`` is a distance fixed in advance; mapped means nearer than that count as confused in proportion.
    """

    norm: float | None = None
    inputs: float | None = None
    floor: float | None = None
    sentence = "features are linear in inputs of known norm, by a matrix of known Frobenius norm"

    def __post_init__(self) -> None:
        for name in ("norm", "inputs", "floor"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"BoundedLinearMaps: {name} must be positive, not {value}")

    def evidence_refusal(self, evidence: Evidence, setting: Setting, granted: Granted) -> str | None:
        held = granted.get(self.name)
        if not isinstance(held, BoundedLinearMaps) or None in (held.norm, held.inputs, held.floor):
            return f"needs BoundedLinearMaps with norm, inputs and floor: {self.sentence}"
        record = evidence.lineage.feature_map
        if record is None:
            return None
        if record.norm is None:
            return f"the map '{record.name}' is not linear"
        assert held.norm is not None
        if record.norm > held.norm * (1 + 1e-12):
            return f"the map '{record.name}' has Frobenius norm {record.norm:.6g}, above {held.norm:g}"
        return None

    def brings(self) -> dict[str, float]:
        pairs = (("Lam", self.norm), ("R_x", self.inputs), ("floor_d", self.floor))
        return {name: value for name, value in pairs if value is not None}


@dataclass(frozen=True)
class LearnedFromOtherBlocks(SampleAssumption):
    """Every map f_r was learned without the classes of the block that it is tested on.

    ``order`` progressive: from the blocks before it only. ``folds``: from the other blocks.
    """

    order: str = "progressive"
    sentence = "each map was learned without the classes of the block that it is tested on"

    def evidence_refusal(self, evidence: Evidence, setting: Setting, granted: Granted) -> str | None:
        from theory.evidence import BlockErrors

        assert isinstance(evidence, BlockErrors)
        if evidence.order != self.order:
            return f"the blocks are in {evidence.order} order; this statement is about {self.order} order"
        blocks = evidence.split.blocks
        if not blocks:
            return None if self.name in granted else f"needs {self.name}: {self.sentence}"
        if len(blocks) != len(evidence.sizes):
            return f"{len(evidence.sizes)} blocks but {len(blocks)} lineages"
        for index, block in enumerate(blocks):
            where = f"block {index}: "
            reason = FixedFeatureMap().lineage_refusal(block, granted)
            if reason is not None:
                return where + reason
            record = block.feature_map
            if record is not None and record.family > 1:
                return where + "the map was picked from a family, and this statement is about one procedure"
            if record is None or self.order == "folds":
                continue
            for later in blocks[index + 1 :]:
                if later.classes is not None and record.classes & set(later.classes):
                    return where + f"the map '{record.name}' was learned from classes of a later block"
        return self._repeated(evidence)

    def _repeated(self, evidence: Any) -> str | None:
        if self.order == "folds" and len(set(evidence.sizes)) > 1:
            return "folds must hold the same number of classes"
        return None


@dataclass(frozen=True)
class Stability(SampleAssumption):
    """The map learned from all classes and a map learned from all but one block differ by at most ``beta``
    in transfer error. Explicit and untested: nothing in the data can vouch for it."""

    beta: float = 0.0
    sentence = (
        "the learning procedure is stable: leaving a block out moves the transfer error by at most beta"
    )
