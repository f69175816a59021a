"""The proof that a user's file gives for its own bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulations.plugins.load import Extension
from theory.bound import Bound

if TYPE_CHECKING:
    from proofs.ledger import Ledger


def prove(extension: Extension, bound: Bound) -> Ledger | None:
    """The ledger of the file's own proof of ``bound``; None where the file has none."""
    if extension.proof is None:
        return None
    from proofs.ledger import Ledger
    from proofs.library import check_argument

    try:
        argument = extension.proof(bound)
        if argument is None:
            return None
        return check_argument(argument, bound)
    except (ValueError, TypeError) as wrong:
        return Ledger(bound.name, "failed", bound.relation, reason=f"the argument cannot be written: {wrong}")
