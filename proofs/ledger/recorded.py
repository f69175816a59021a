"""The record of a statement's proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from proofs.ledger.findings import Findings


@dataclass(frozen=True)
class Recorded:
    """``state`` says whether the record is of this very statement; ``reason`` why not."""

    state: Literal["recorded", "stale", "none"]
    reason: str = ""
    version: str = ""
    statement: str = ""
    ledger: Findings | None = None
