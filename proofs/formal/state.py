"""Has Rocq checked this theorem?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from proofs.formal import record
from proofs.formal.files import theorems

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
        """The state of the formal proof, in one sentence for a reader."""
        if self.verdict == "none":
            return "no formal proof"
        how = "checked here" if self.verdict == "checked" else "recorded, not re-run here"
        return f"formal: {self.theorem} in {self.file}, {how}; {COVERS}"


def formal_state(name: str) -> FormalState:
    """What Rocq has checked of the catalogue's statement ``name`` (or of a comparison such as
    ``ordering_cdnv``)."""
    theorem = theorems().get(name)
    if theorem is None:
        return FormalState("none")
    now, file = record.fingerprint(theorem), f"proofs/formal/{theorem.proof}"
    if record.read(record.local_record()).get(name) == now:
        return FormalState("checked", theorem.qualified, file)
    if record.read(record.RECORD).get(name) == now:
        return FormalState("recorded", theorem.qualified, file)
    return FormalState("none")
