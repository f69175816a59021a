"""Base of the assumptions about how classes, samples and feature maps came about.

They are read off the evidence and its lineage. Where the lineage is silent the owner vouches by name;
where it speaks, no word of the owner outweighs it.
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
