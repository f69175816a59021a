"""Suggestions for unknown names in a user's file."""

from __future__ import annotations

import difflib

from theory import assumptions, catalogue, quantities
from theory.assumptions import sampling
from theory.quantities import TABLE


def nearest_quantity(name: str) -> str:
    """The suggestion for a name that is not a quantity."""
    owners = [b.name for b in catalogue.STATEMENTS if any(str(symbol) == name for symbol, _ in b.where)]
    if owners:
        return f"{owners[0]} defines it for itself; to use it pass that on: where={owners[0]}.where"
    if name in TABLE and name.endswith("_at_l"):
        return f"write {name} = for_class_l({name.removesuffix('_at_l')})"
    if name in TABLE and not hasattr(quantities, name):
        return "a statement of the catalogue declares it; choose another name for your own"
    if name in TABLE:
        return f"import it: from theory.quantities import {name}"
    near = difflib.get_close_matches(name, list(TABLE), n=1, cutoff=0.5)
    return f"did you mean `{near[0]}`?" if near else "theory.quantities holds the table of names"


def nearest_assumption(name: str) -> str:
    """The suggestion for an assumption that does not exist."""
    known = [*assumptions.__all__, *sampling.__all__]
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"did you mean `{near[0]}`? Else d" if near else "d"
    return f"{hint}efine it: a frozen dataclass derived from theory.assumptions.Assumption"
