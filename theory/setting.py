"""The setting of a few-shot task: how many shots, how many ways."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real


@dataclass(frozen=True)
class Setting:
    """A k-way n-shot question.

    shots : support draws of each class, at least 1; ``math.inf`` puts every centre at its class mean.
    ways  : classes to tell apart, at least 2.

    Raises ValueError outside these ranges.
    """

    shots: float
    ways: int

    def __post_init__(self) -> None:
        for name, value in (("shots", self.shots), ("ways", self.ways)):
            if not isinstance(value, Real) or isinstance(value, bool):
                raise ValueError(f"{name} must be a number, not {value!r}")
        if not self.shots >= 1 or (math.isfinite(self.shots) and self.shots != int(self.shots)):
            raise ValueError(f"shots must be a whole number of at least 1, not {self.shots}")
        if self.ways < 2 or self.ways != int(self.ways):
            raise ValueError(f"ways must be a whole number of at least 2, not {self.ways}")

    @property
    def shots_text(self) -> str:
        """The number of shots, or ``inf``."""
        return "inf" if math.isinf(self.shots) else str(int(self.shots))
