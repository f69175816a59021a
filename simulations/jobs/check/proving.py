"""The proof that a user's file gives for its own bound."""

from __future__ import annotations

from typing import Any

from simulations.plugins.load import Extension
from theory.bound import Bound


def prove(extension: Extension, bound: Bound) -> Any:
    """The ledger of the file's own proof of ``bound``; None where the file has none."""
    if extension.proof is None:
        return None
    from proofs.kernel import Ledger
    from proofs.kernel import check as check_proof

    try:
        argument = extension.proof(bound)
        if argument is None:
            return None
        ledger = check_proof(argument)
    except (ValueError, TypeError) as wrong:
        return Ledger(bound.name, "failed", bound.relation, reason=f"the argument cannot be written: {wrong}")
    if argument.goal != bound.relation:
        return Ledger(bound.name, "failed", bound.relation, reason="its goal is not the statement")
    return ledger
