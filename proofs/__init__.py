"""Why the statements are true: proofs of the catalogue that a machine has checked.

``prove()`` proves everything, ``prove("cdnv_sharp")`` one statement; see ``proofs/README.md``.
"""

from __future__ import annotations

from proofs.kernel import lemmas, terms  # isort: skip
from proofs.argument import Argument
from proofs.ledger import Ledger, check
from proofs.library import has_proof, names, run

__all__ = ["Argument", "Ledger", "check", "has_proof", "lemmas", "names", "prove", "run", "terms"]


def prove(name: str | None = None) -> list[Ledger]:
    """Ledgers of one statement or, without a name, of all. Raises KeyError on an unknown name."""
    return run(None if name is None else [name])
