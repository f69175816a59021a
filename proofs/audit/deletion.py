"""Proofs with one step left out."""

from __future__ import annotations

import dataclasses

import sympy as sp

from proofs.kernel import Proof, Step
from proofs.ledger import check


def without(proof: Proof, step: Step) -> Proof:
    """The proof without this step, and without its mentions as a premise."""
    kept = tuple(
        dataclasses.replace(other, uses=tuple(name for name in other.uses if name != step.name))
        for other in proof.steps
        if other.name != step.name
    )
    return dataclasses.replace(proof, steps=kept)


def superfluous(proof: Proof, granted: tuple[sp.Basic, ...] = (), seconds: float = 3.0) -> list[str]:
    """Names of the steps that the proof can do without: there should be none.

    Raises ValueError where the whole proof does not hold, of which nothing can be left out."""
    whole = check(proof, granted, stop_early=True, seconds=seconds)
    if not whole.holds:
        raise ValueError(f"the proof of {proof.name} does not hold as it is: {whole.reason}")
    return [
        step.name
        for step in proof.steps
        if check(without(proof, step), granted, stop_early=True, seconds=seconds).holds
    ]
