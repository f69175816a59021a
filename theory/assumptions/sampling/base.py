"""Base of the assumptions about how classes, samples and feature maps came about.

They are read off the evidence and its lineage. Where the lineage says nothing, the user may grant an
assumption by name; where it contradicts one, granting it has no effect.
"""

from __future__ import annotations

from dataclasses import dataclass

from theory.assumptions import Assumption, Granted
from theory.evidence import Evidence
from theory.geometry import ClassGeometry
from theory.inheritance import override
from theory.setting import Setting


@dataclass(frozen=True)
class SampleAssumption(Assumption):
    """A hypothesis about evidence. By default it must have been granted by name."""

    def evidence_refusal(self, evidence: Evidence, setting: Setting, granted: Granted) -> str | None:
        """Why the evidence does not meet the hypothesis, or None when it does."""
        return None if self.name in granted else f"needs {self.name}: {self.sentence}"

    @override
    def refusal(self, geometry: ClassGeometry, setting: Setting, granted: Granted) -> str | None:
        return f"{self.name} is about samples of source classes, not about a class geometry"
