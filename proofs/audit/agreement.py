"""A second solver's opinion of every inequality."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from proofs import kernel, library
from proofs.audit.second_solver import ask_cvc5
from proofs.kernel import Proof, Step
from proofs.kernel.smt import Obligation


@dataclass(frozen=True)
class Agreement:
    """How many obligations Z3 proved, on how many cvc5 agrees, and where it finds the opposite."""

    proved: int
    agreed: int
    opposed: tuple[str, ...]

    @property
    def share(self) -> float:
        return self.agreed / self.proved if self.proved else 1.0


def second_opinion(names: Iterator[str] | list[str] | None = None, seconds: float = 2.0) -> Agreement:
    """Ask cvc5 about every obligation of kind ``inequality``, by its SMT-LIB 2 export."""
    proved, agreed, opposed = 0, 0, []
    asked: set[Obligation] = set()
    for name in names if names is not None else library.names():
        proof = library.write(library.statement(name))
        if proof is None:
            continue
        for step, question in obligations(proof):
            if question in asked:
                continue
            asked.add(question)
            answer = ask_cvc5(question.smtlib(), seconds)
            proved += 1
            agreed += answer == "unsat"
            if answer == "sat":
                opposed.append(f"{name}: {step.name}")
    return Agreement(proved, agreed, tuple(opposed))


def obligations(proof: Proof) -> Iterator[tuple[Step, Obligation]]:
    """What the solvers are asked, step by step."""
    known = {premise.name: premise.claim for premise in proof.premises}
    for step in proof.steps:
        if step.kind == "inequality":
            yield step, kernel.obligation(step, tuple(known[name] for name in step.uses), proof)
        known[step.name] = step.claim
