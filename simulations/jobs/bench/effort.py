"""How much a bench may cost, and where its rows go as soon as each is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

FULL = 64
"""Repetitions from which a variance is precise enough to quote: those of ``--full``."""
DEFAULT = 6
SMOKE = 3
"""Repetitions up to which a run only shows that it works: small sizes, no figure to quote."""
_Size = TypeVar("_Size")


def ignore(label: str, figures: object) -> None:
    """A row that is not passed on."""


@dataclass(frozen=True)
class BenchEffort:
    """``repetitions`` behind each variance; ``row`` is called with (label, figures) when a row is known."""

    repetitions: int = DEFAULT
    row: Callable[[str, Any], None] = ignore

    def choose(self, smoke: _Size, default: _Size, full: _Size) -> _Size:
        """The size that goes with the effort: of a smoke test, of a run in two minutes, of a full run."""
        return smoke if self.repetitions <= SMOKE else default if self.repetitions < FULL else full

    def keep(self, rows: dict[str, Any], label: str, figures: object) -> None:
        """Put a row into ``rows`` and pass it on."""
        rows[label] = figures
        self.row(label, figures)
