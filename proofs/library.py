"""Where the proofs are: for each statement the file of the same path and name as in ``theory``.

A proof file has a function ``proof(bound)`` that writes the argument for whatever statement it is handed; the
kernel then insists that its last claim is that statement. Being in the folder is all it takes to be found.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from functools import cache
from types import ModuleType
from typing import Any

from proofs import interval, smt
from proofs.kernel import SECONDS, Ledger, Proof, check
from theory import catalogue

SECTIONS = ("few_shot", "new_samples", "new_classes", "transfer")


@cache
def _modules() -> dict[str, ModuleType]:
    """The proof file of every statement; a file about several names them in ``PROVES``."""
    found = {}
    for section in SECTIONS:
        package = importlib.import_module(f"proofs.{section}")
        for entry in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"proofs.{section}.{entry.name}")
            if hasattr(module, "proof"):
                found.update(dict.fromkeys(getattr(module, "PROVES", (entry.name,)), module))
    return found


@cache
def taken() -> dict[str, str]:
    """Statements that are taken whole from a paper, each with the reason that its file gives."""
    files = pkgutil.iter_modules(importlib.import_module("proofs.transfer").__path__)
    modules = {entry.name: importlib.import_module(f"proofs.transfer.{entry.name}") for entry in files}
    return {name: module.TAKEN for name, module in modules.items() if hasattr(module, "TAKEN")}


@cache
def orderings() -> dict[str, Any]:
    """Theorems about the catalogue's own statements: each relates several of them."""
    from proofs.few_shot.ordering import ORDERINGS

    return {ordering.name: ordering for ordering in ORDERINGS}


def names() -> tuple[str, ...]:
    """Everything that ``prove`` answers for, in reading order: an approximation claims nothing to prove."""
    claims = (bound.name for bound in catalogue.STATEMENTS if bound.kind != "approximation")
    return (*claims, *orderings())


def statement(name: str) -> Any:
    """The statement of that name, with its ``relation``. Raises KeyError naming the nearest names."""
    return orderings()[name] if name in orderings() else catalogue.get(name)


def write(bound: Any) -> Proof | None:
    """The argument for this statement (or for a mutant of it), or None where there is no file for it."""
    module = _modules().get(bound.name)
    if module is None:
        return None
    maker: Callable[[Any], Proof] = module.proof
    return maker(bound)


def has_proof(name: str) -> bool:
    """Whether a proof file argues for the statement of that name. Checks nothing: ``run`` does."""
    return name in _modules() or name in orderings()


def load_solvers() -> None:
    """Raise ``SolverMissing``, with what to install, where Z3 or Arb is not there."""
    smt.load_z3()
    interval.load_flint()


def prove_statement(bound: Any, *, stop_early: bool = False, seconds: float = SECONDS) -> Ledger:
    """Check the argument for this statement, and that it ends in the statement itself."""
    try:
        argument = write(bound)
    except (ValueError, TypeError) as error:
        return Ledger(bound.name, "failed", bound.relation, reason=f"the argument cannot be written: {error}")
    if argument is None and bound.name in taken():
        if bound.relation != statement(bound.name).relation:
            return Ledger(bound.name, "failed", bound.relation, reason="it is not the published statement")
        return Ledger(bound.name, "published", bound.relation, reason=taken()[bound.name])
    if argument is None:
        return Ledger(bound.name, "no proof", bound.relation, reason="no proof file")
    ledger = check(argument, stop_early=stop_early, seconds=seconds)
    if argument.goal != bound.relation:
        return Ledger(bound.name, "failed", bound.relation, reason="its goal is not the statement")
    return ledger


def run(wanted: Iterable[str] | None = None) -> list[Ledger]:
    """Ledgers in the order asked for; of everything when nothing is. Raises ``SolverMissing``, KeyError."""
    load_solvers()
    return [prove_statement(statement(name)) for name in (names() if wanted is None else wanted)]
