"""Where the proofs are: for each statement the file of the same path and name as in ``theory``.

A proof file has a function ``proof(bound)`` that writes the argument for whatever statement it is handed; the
kernel then insists that its last claim is that statement. Being in the folder is all it takes to be found.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from types import ModuleType
from typing import Any

import sympy as sp

from proofs.argument import domain
from proofs.formal.state import formal_state
from proofs.kernel import SECONDS, Proof
from proofs.kernel.identities import load_flint
from proofs.kernel.solver import load_z3
from proofs.ledger import Ledger, check
from theory import catalogue
from theory.assumptions import Assumption
from theory.bound import SECTIONS, Statement
from theory.quantities import k, l, m


@cache
def _modules() -> dict[str, ModuleType]:
    """The proof file of every statement; a file about several names them in ``PROVES``."""
    modules = {}
    for section in SECTIONS:
        package = importlib.import_module(f"proofs.{section}")
        for entry in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"proofs.{section}.{entry.name}")
            if hasattr(module, "proof"):
                modules.update(dict.fromkeys(getattr(module, "PROVES", (entry.name,)), module))
    return modules


@cache
def cited_from_papers() -> dict[str, str]:
    """Statements that are taken whole from a paper, each with the reason that its file gives."""
    files = pkgutil.iter_modules(importlib.import_module("proofs.transfer").__path__)
    modules = {entry.name: importlib.import_module(f"proofs.transfer.{entry.name}") for entry in files}
    return {name: module.WHY_CITED for name, module in modules.items() if hasattr(module, "WHY_CITED")}


@cache
def orderings() -> dict[str, Any]:
    """Theorems about the catalogue's own statements: each relates several of them."""
    from proofs.few_shot.ordering import ORDERINGS

    return {ordering.name: ordering for ordering in ORDERINGS}


def names() -> tuple[str, ...]:
    """Every statement that ``prove`` handles, in reading order; approximations are left out, as they make no
    claim to prove."""
    claims = (bound.name for bound in catalogue.STATEMENTS if bound.kind != "approximation")
    return (*claims, *orderings())


def statement(name: str) -> Statement:
    """The statement of that name, with its ``relation``. Raises KeyError naming the nearest names."""
    return orderings()[name] if name in orderings() else catalogue.get(name)


def write(bound: Statement) -> Proof | None:
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
    load_z3()
    load_flint()


def prove_statement(bound: Statement, *, stop_early: bool = False, seconds: float = SECONDS) -> Ledger:
    """Check the argument for this statement, and that it ends in the statement itself."""
    try:
        argument = write(bound)
    except (ValueError, TypeError) as error:
        return Ledger(bound.name, "failed", bound.relation, reason=f"the argument cannot be written: {error}")
    if argument is None and bound.name in cited_from_papers():
        if bound.relation != statement(bound.name).relation:
            return Ledger(bound.name, "failed", bound.relation, reason="it is not the published statement")
        return Ledger(bound.name, "published", bound.relation, reason=cited_from_papers()[bound.name])
    if argument is None:
        return Ledger(bound.name, "no proof", bound.relation, reason="no proof file")
    ledger = check_argument(argument, bound, stop_early=stop_early, seconds=seconds)
    return with_formal_verdict(ledger, bound) if ledger.holds else ledger


def check_argument(
    argument: Proof, bound: Statement, *, stop_early: bool = False, seconds: float = SECONDS
) -> Ledger:
    """Check an argument, a user's own perhaps, for this very statement: hypotheses that are not the
    statement's own are its author's, and listed in the ledger."""
    problem = _other_statement(argument, bound)
    if problem:
        return Ledger(bound.name, "failed", bound.relation, reason=problem)
    return check(argument, own_assumptions(bound), stop_early=stop_early, seconds=seconds)


def with_formal_verdict(ledger: Ledger, bound: Statement) -> Ledger:
    """The ledger, called formal where a proof assistant has checked this very statement of the catalogue."""
    if bound.name not in names():
        return ledger
    own = statement(bound.name)
    if any(getattr(own, part) != getattr(bound, part) for part in ("relation", "where", "condition", "free")):
        return ledger
    state = formal_state(bound.name)
    if state.verdict == "none":
        return ledger
    return replace(ledger, verdict="formal", formally=state.sentence)


def own_assumptions(bound: Statement) -> tuple[sp.Basic, ...]:
    """What a statement itself assumes: its condition, the domain of its parameter, how many classes and
    samples it asks for."""
    claims = [bound.condition] if bound.condition != sp.true else []
    if bound.free is not None:
        claims.append(domain(bound.free))
    for assumption in bound.assumptions:
        claims += _least_counts(assumption)
    return tuple(claims)


def _least_counts(assumption: Assumption) -> list[sp.Basic]:
    """The claim that there are at least so many classes or samples."""
    kind = type(assumption).__name__
    if kind == "EnoughClasses":
        return [sp.Ge(l, k, evaluate=False)]
    if kind == "TwoClasses":
        return [sp.Eq(k, 2, evaluate=False)]
    symbol, least = {"MinimumClasses": (l, "classes"), "MinimumSamples": (m, "samples")}.get(kind, (None, ""))
    return [] if symbol is None else [sp.Ge(symbol, sp.Integer(getattr(assumption, least)), evaluate=False)]


def _other_statement(argument: Proof, bound: Statement) -> str:
    """Why an argument is not about this very statement, abbreviations included; else an empty string."""
    if argument.goal != bound.relation:
        return "its goal is not the statement"
    meanings = {premise.defines: premise.claim.args[1] for premise in argument.premises if premise.defines}
    for symbol, meaning in bound.where:
        if symbol in meanings and meanings[symbol] != meaning:
            return f"it gives {symbol} another meaning than the statement does"
        if symbol in argument.goal.free_symbols and symbol not in meanings:
            return f"it does not say what {symbol} means in the statement"
    return ""


def run(wanted: Iterable[str] | None = None) -> list[Ledger]:
    """Ledgers in the order asked for; of everything when nothing is. Raises ``SolverMissing``, KeyError."""
    load_solvers()
    return [prove_statement(statement(name)) for name in (names() if wanted is None else wanted)]
