"""Has Rocq checked this theorem?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["checked", "recorded", "none"]

COVERS = "laws with finite support, in any dimension; general laws by the kernel's own proof"
"""What a formal proof is about, to be said wherever it is shown."""


@dataclass(frozen=True)
class FormalState:
    """``checked``: compiled on this machine since its files last changed. ``recorded``: compiled by those who
    made this version, from the very same statement, proof and library, not re-run here. ``none``: there is
    no formal proof, or its files have changed since one was recorded."""

    verdict: Verdict
    theorem: str = ""
    file: str = ""

    @property
    def sentence(self) -> str:
        if self.verdict == "none":
            return "no formal proof"
        how = "checked here" if self.verdict == "checked" else "recorded, not re-run here"
        return f"formal: {self.theorem} in {self.file}, {how}; {COVERS}"


def formal_state(name: str) -> FormalState:
    """What Rocq has checked of the catalogue's statement ``name`` (or of a comparison such as
    ``ordering_cdnv``)."""
    from proofs.formal.record import verdict_of

    return verdict_of(name)
