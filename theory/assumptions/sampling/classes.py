"""How the source classes were drawn."""

from __future__ import annotations

from dataclasses import dataclass

from theory.assumptions import Granted
from theory.assumptions.sampling.base import SampleAssumption
from theory.collapse import cdnv
from theory.evidence import Evidence
from theory.inheritance import override
from theory.setting import Setting


@dataclass(frozen=True)
class IndependentClasses(SampleAssumption):
    """Refuses evidence whose classes were drawn otherwise."""

    sentence = "source classes and new classes are drawn independently from one population of classes"

    @override
    def evidence_refusal(self, evidence: Evidence, setting: Setting, granted: Granted) -> str | None:
        if "DistinctClassesFromPool" in granted:
            return "the classes are distinct members of a finite pool, hence not drawn independently"
        return super().evidence_refusal(evidence, setting, granted)


@dataclass(frozen=True)
class DistinctClassesFromPool(SampleAssumption):
    """The l source classes are a uniformly random subset of a pool of ``size`` distinct classes."""

    size: int | None = None
    sentence = "the source classes are drawn without replacement from a finite pool of distinct classes"

    @override
    def evidence_refusal(self, evidence: Evidence, setting: Setting, granted: Granted) -> str | None:
        if "IndependentClasses" in granted:
            return (
                "the classes are drawn independently, so they are not distinct members of a finite pool: "
                "two of them may coincide"
            )
        pool = granted.get(self.name)
        if not isinstance(pool, DistinctClassesFromPool) or pool.size is None:
            return f"needs DistinctClassesFromPool with its size: {self.sentence}"
        if pool.size < evidence.class_count:
            return f"{evidence.class_count} distinct classes cannot come from a pool of {pool.size}"
        names = evidence.lineage.classes
        if names is not None and len(set(names)) < len(names):
            return "a class occurs twice among the source classes, so they are not distinct"
        return None

    @override
    def symbol_values(self) -> dict[str, float]:
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

    @override
    def evidence_refusal(self, evidence: Evidence, setting: Setting, granted: Granted) -> str | None:
        if "DistinctClassesFromPool" not in granted:
            return (
                "CDNV is not bounded over classes drawn independently: two draws come arbitrarily close with "
                "positive probability (bounded_cdnv_is_impossible); use pair_bound_new_classes"
            )
        assumed = granted.get(self.name)
        if not isinstance(assumed, BoundedCdnv) or assumed.largest is None:
            return f"needs BoundedCdnv with its value: {self.sentence}"
        if evidence.geometry is not None:
            largest = float(evidence.geometry.xp.max(cdnv(evidence.geometry, "half")))
            if not largest <= assumed.largest:
                return f"two source classes have CDNV {largest:.6g}, above V_max = {assumed.largest:g}"
        return None

    @override
    def symbol_values(self) -> dict[str, float]:
        return {} if self.largest is None else {"V_max": self.largest}


@dataclass(frozen=True)
class MinimumClasses(SampleAssumption):
    """Refuses evidence of fewer than ``classes`` source classes."""

    classes: int = 2
    sentence = "enough source classes"

    @override
    def evidence_refusal(self, evidence: Evidence, setting: Setting, granted: Granted) -> str | None:
        if evidence.class_count >= self.classes:
            return None
        return f"needs at least {self.classes} source classes, not {evidence.class_count}"


@dataclass(frozen=True)
class EnoughClasses(SampleAssumption):
    """Refuses more ways than there are source classes."""

    sentence = "at least as many source classes as ways"

    @override
    def evidence_refusal(self, evidence: Evidence, setting: Setting, granted: Granted) -> str | None:
        if evidence.class_count >= setting.ways:
            return None
        return f"{setting.ways} ways need as many source classes, not {evidence.class_count}"
