"""One check of a statement, with its outcome in words and numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["holds", "violated", "undecided", "weak", "scored", "not_applicable"]


@dataclass(frozen=True)
class Finding:
    """``weak`` : the check would not have noticed a clearly false statement.

    check : what was done, in a few words. text : the result, in one sentence with its numbers. numbers : the
    same as data.
    """

    check: str
    outcome: Outcome
    text: str
    numbers: dict[str, float] = field(default_factory=dict)
