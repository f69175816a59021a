"""Which maps features went through, and on what those were fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from theory.array import Flags


@dataclass(frozen=True, eq=False)
class HeadLineage:
    """Which maps, in order, and what they were fitted on; ``split`` is None where nothing is fitted.

    fitted_parameters : numbers that the heads chose while fitting (a shrinkage).
    fitted (samples,) : the rows they were fitted on.
    """

    names: tuple[str, ...]
    split: str | None
    classes: int
    samples: int
    fitted_parameters: dict[str, float]
    fitted: Flags

    def sentence(self) -> str:
        """What was fitted on what, in one line."""
        if self.split is None:
            return f"map: {', '.join(self.names)} (nothing is fitted)"
        parameters = "".join(f"; {name} {value:.3g}" for name, value in self.fitted_parameters.items())
        return (
            f"map: {', '.join(self.names)}, fitted on split {self.split} alone "
            f"({self.classes} classes, {self.samples} samples){parameters}"
        )

    def to_json(self) -> dict[str, Any]:
        """The stable JSON form."""
        return {
            "maps": list(self.names),
            "fitted_on": None
            if self.split is None
            else {"split": self.split, "classes": self.classes, "samples": self.samples},
            **self.fitted_parameters,
        }
