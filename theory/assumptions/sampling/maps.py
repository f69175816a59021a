"""What the feature map may have seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from theory.assumptions import Granted
from theory.assumptions.sampling.base import SampleAssumption
from theory.evidence import BlockErrors, Evidence
from theory.evidence.lineage import Lineage
from theory.inheritance import override
from theory.setting import Setting


@dataclass(frozen=True)
class FixedFeatureMap(SampleAssumption):
    """The map was fixed before these classes (or samples) were drawn.

    One of finitely many maps fixed in advance (``FiniteFamilyOfMaps``) meets it too: the statements pay
    for the choice with log |F|.
    """

    before: Literal["classes", "samples"] = "classes"
    sentence = "the feature map was fixed before these classes were drawn"

    @override
    def evidence_refusal(self, evidence: Evidence, setting: Setting, granted: Granted) -> str | None:
        return self.lineage_refusal(evidence.lineage, granted)

    def lineage_refusal(self, lineage: Lineage, granted: Granted) -> str | None:
        """Why a map with this record cannot count as fixed; None when it can."""
        record = lineage.feature_map
        if record is None:
            if self.name in granted or "FiniteFamilyOfMaps" in granted:
                return None
            return f"needs FixedFeatureMap: {self.sentence}, and nothing is recorded of how it came about"
        if not record.learned:
            return None
        if self.before == "samples":
            if lineage.draw is None:
                return f"the map '{record.name}' is learned, and the draw of these samples is not recorded"
            if lineage.draw in record.draws:
                return (
                    f"the map '{record.name}' was learned from these very samples, so it was not "
                    "fixed before they were drawn: measure on fresh samples"
                )
            return None
        if lineage.classes is None:
            return f"the map '{record.name}' is learned, and the identities of these classes are not recorded"
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

    @override
    def symbol_values(self) -> dict[str, float]:
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

    @override
    def evidence_refusal(self, evidence: Evidence, setting: Setting, granted: Granted) -> str | None:
        assumed = granted.get(self.name)
        if not isinstance(assumed, BoundedLinearMaps) or None in (
            assumed.norm,
            assumed.inputs,
            assumed.floor,
        ):
            return f"needs BoundedLinearMaps with norm, inputs and floor: {self.sentence}"
        record = evidence.lineage.feature_map
        if record is None:
            return None
        if record.norm is None:
            return f"the map '{record.name}' is not linear"
        assert assumed.norm is not None
        if record.norm > assumed.norm * (1 + 1e-12):
            return f"the map '{record.name}' has Frobenius norm {record.norm:.6g}, above {assumed.norm:g}"
        return None

    @override
    def symbol_values(self) -> dict[str, float]:
        pairs = (("Lam", self.norm), ("R_x", self.inputs), ("floor_d", self.floor))
        return {name: value for name, value in pairs if value is not None}


@dataclass(frozen=True)
class LearnedFromOtherBlocks(SampleAssumption):
    """Every map f_r was learned without the classes of the block that it is tested on.

    ``order`` progressive: from the blocks before it only. ``folds``: from the other blocks.
    """

    order: str = "progressive"
    sentence = "each map was learned without the classes of the block that it is tested on"

    @override
    def evidence_refusal(self, evidence: Evidence, setting: Setting, granted: Granted) -> str | None:
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
        return None


@dataclass(frozen=True)
class Stability(SampleAssumption):
    """The map learned from all classes and a map learned from all but one block differ by at most ``beta``
    in transfer error. Explicit and untested: nothing in the data can confirm it."""

    beta: float = 0.0
    sentence = (
        "the learning procedure is stable: leaving a block out moves the transfer error by at most beta"
    )
