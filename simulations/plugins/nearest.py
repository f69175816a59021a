"""What to suggest for a name in a statement that is no quantity."""

from __future__ import annotations

import difflib

from theory import catalogue
from theory.quantities import TABLE


def nearest_quantity(name: str) -> str:
    """What to do about a name that is no quantity."""
    owners = [b.name for b in catalogue.STATEMENTS if any(str(symbol) == name for symbol, _ in b.where)]
    if owners:
        return f"{owners[0]} defines it for itself; to use it pass that on: where={owners[0]}.where"
    near = difflib.get_close_matches(name, list(TABLE), n=1, cutoff=0.5)
    return f"did you mean `{near[0]}`?" if near else "theory.quantities holds the table of names"
