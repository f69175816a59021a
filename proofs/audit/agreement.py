"""Every inequality checked by a second solver."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from proofs import library
from proofs.audit.second_solver import ask_cvc5
from proofs.kernel import obligations
from proofs.kernel.nodes import Node


@dataclass(frozen=True)
class Agreement:
    """How many obligations Z3 proved, on how many cvc5 agrees, and where it finds the opposite."""

    proved: int
    agreed: int
    opposed: tuple[str, ...]

    @property
    def share(self) -> float:
        """Confirmed by both as a share of what was proved; 1 where nothing was."""
        return self.agreed / self.proved if self.proved else 1.0


def second_opinion(names: Iterator[str] | list[str] | None = None, seconds: float = 2.0) -> Agreement:
    """Check by cvc5 every obligation of kind ``inequality``, by its SMT-LIB 2 export."""
    proved, agreed, opposed = 0, 0, []
    compared: set[tuple[tuple[Node, ...], Node]] = set()
    for name in names if names is not None else library.names():
        proof = library.write(library.statement(name))
        if proof is None:
            continue
        for step, question in obligations(proof):
            key = (question.premises, question.claim)
            if key in compared:
                continue
            compared.add(key)
            answer = ask_cvc5(question.smtlib(), seconds)
            proved += 1
            agreed += answer == "unsat"
            if answer == "sat":
                opposed.append(f"{name}: {step.name}")
    return Agreement(proved, agreed, tuple(opposed))
