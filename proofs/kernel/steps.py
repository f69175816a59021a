"""What a proof is made of: premises, and steps with claims, reasons and evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import sympy as sp

Kind = Literal["identity", "inequality", "interval", "expectation", "cited"]
KINDS: tuple[Kind, ...] = ("identity", "inequality", "interval", "expectation", "cited")
Role = Literal["hypothesis", "number"]


@dataclass(frozen=True)
class Instance:
    """A lemma at particular arguments: what must be shown first, and what follows. The kernel builds both
    anew, in its own terms: these are what SymPy makes of them."""

    lemma: str
    arguments: tuple[object, ...]
    needs: tuple[sp.Basic, ...]
    gives: sp.Basic


@dataclass(frozen=True)
class Step:
    """``says`` is the step in one sentence, ``uses`` the names of its premises."""

    name: str
    kind: Kind
    says: str
    claim: sp.Basic
    uses: tuple[str, ...] = ()
    evidence: object = None


@dataclass(frozen=True)
class Premise:
    """A hypothesis, or (``defines``) the meaning of a new symbol.

    ``role`` is ``number`` where a symbol is introduced
    for a number that is fixed in advance, the same for all classes.
    """

    name: str
    says: str
    claim: sp.Basic
    defines: sp.Basic | None = None
    role: Role = "hypothesis"


@dataclass(frozen=True)
class Proof:
    """What is to be shown, from which hypotheses, by which steps."""

    name: str
    goal: sp.Basic
    premises: tuple[Premise, ...]
    steps: tuple[Step, ...]

    @property
    def defined(self) -> frozenset[sp.Basic]:
        """The symbols that its premises give a meaning to."""
        return frozenset(premise.defines for premise in self.premises if premise.defines is not None)


@dataclass(frozen=True)
class Outcome:
    """Whether a step holds, and why not."""

    holds: bool
    detail: str = ""
