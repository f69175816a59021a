"""One thing that was checked of a statement, with its outcome in words and numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["holds", "violated", "undecided", "weak", "scored", "not_applicable"]


@dataclass(frozen=True)
class Finding:
    """``weak`` : what was run would not have noticed a plainly broken statement.

    check : what was done, in a few words. text : what came of it, one sentence with its numbers.
    numbers : the same for machines.
    """

    check: str
    outcome: Outcome
    text: str
    numbers: dict[str, float] = field(default_factory=dict)
