"""Statements and proofs that assume less: a condition, a parameter's domain or a hypothesis made looser."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import sympy as sp

from proofs.argument import domain
from proofs.audit.mutants import Mutant, changes
from proofs.kernel import Premise, Proof
from proofs.kernel.reading import read
from proofs.kernel.solver import Obligation
from theory.bound import Statement
from theory.evaluation.optimise import FreeParameter
from theory.quantities import TABLE

WHOLE = {TABLE[name].symbol for name in ("n", "n_i", "n_j", "k", "p", "l", "m", "F")}
WHOLE |= {entry.symbol for entry in TABLE.values() if entry.name in ("L_pool", "B_ep", "N_fold", "N_blocks")}
"""Counts: between two whole numbers there is nothing to gain."""


def domain_mutants(bound: Statement) -> Iterator[Mutant]:
    """The statement under conditions changed in a number, dropped or no longer strict, and for parameters
    beyond each end of their domain."""
    if bound.condition != sp.true:
        for change, claim in _looser(bound.condition):
            yield Mutant(f"condition: {change}", dataclasses.replace(bound, condition=claim))
    if bound.free is None:
        return
    for change, free in _wider(bound.free):
        yield Mutant(f"domain of {free.symbol}: {change}", dataclasses.replace(bound, free=free))


def _wider(free: FreeParameter) -> Iterator[tuple[str, Any]]:
    for factor in (sp.Rational(9, 10), sp.Rational(1, 2), sp.S.Zero):
        if free.lower:
            lower = factor * sp.Rational(free.lower)
            yield f"start {free.lower} to {lower}", dataclasses.replace(free, lower=lower)
    if not free.closed:
        yield "start included", dataclasses.replace(free, closed=True)
    if free.upper != sp.oo:
        yield "no end", dataclasses.replace(free, upper=sp.oo)
        for change, upper in changes(free.upper):
            yield f"end, {change}", dataclasses.replace(free, upper=upper)


def widens(bound: Statement, mutant: Statement) -> bool:
    """Whether the mutant claims anything where the statement doesn't: not unless Z3 shows that."""
    return not _follows(_where(mutant), _where(bound), 2.0)


def _where(bound: Statement) -> sp.Basic:
    own = bound.condition
    for symbol, meaning in reversed(bound.where):
        own = own.subs(symbol, meaning)
    return own if bound.free is None else sp.And(own, domain(bound.free), evaluate=False)


def looser_hypotheses(proof: Proof) -> Iterator[tuple[str, Proof]]:
    """The proof from weaker hypotheses: one left out, or one whose number is changed so that it assumes
    less."""
    for place, premise in enumerate(proof.premises):
        if premise.defines is not None or premise.role == "number" or premise.name in ("condition", "domain"):
            continue
        yield f"{premise.name}: left out", _from_less(proof, premise)
        for change, claim in _looser(premise.claim):
            if claim == sp.true or not _says_less(premise.claim, claim):
                continue
            looser = dataclasses.replace(premise, claim=claim)
            premises = (*proof.premises[:place], looser, *proof.premises[place + 1 :])
            yield f"{premise.name}: {change}", dataclasses.replace(proof, premises=premises)


def _from_less(proof: Proof, left_out: Premise) -> Proof:
    steps = tuple(
        dataclasses.replace(step, uses=tuple(name for name in step.uses if name != left_out.name))
        for step in proof.steps
    )
    kept = tuple(premise for premise in proof.premises if premise.name != left_out.name)
    return dataclasses.replace(proof, premises=kept, steps=steps)


def _says_less(claim: sp.Basic, looser: sp.Basic) -> bool:
    return _follows(claim, looser, 1.0) and not _follows(looser, claim, 1.0)


def _follows(premise: sp.Basic, claim: sp.Basic, seconds: float) -> bool:
    """Whether Z3 shows that the one claim gives the other."""
    return Obligation((read(premise),), read(claim)).ask_z3(seconds).proved


def _looser(claim: sp.Basic) -> Iterator[tuple[str, sp.Basic]]:
    """Changes of a claim that may loosen it; equations have no looser form but none at all."""
    yield "left out", sp.true
    parts = sp.And.make_args(claim)
    for part in parts:
        rest = [other for other in parts if other != part]
        if rest:
            yield f"{part} left out", sp.And(*rest, evaluate=False)
        for change, looser in _looser_relation(part):
            yield change, sp.And(looser, *rest, evaluate=False) if rest else looser


def _looser_relation(claim: sp.Basic) -> Iterator[tuple[str, sp.Basic]]:
    if not isinstance(claim, sp.Ge | sp.Gt | sp.Le | sp.Lt):
        return
    left, right = claim.args
    if isinstance(claim, sp.Gt | sp.Lt):
        loose = sp.Ge if isinstance(claim, sp.Gt) else sp.Le
        yield f"{claim} no longer strict", loose(left, right, evaluate=False)
    if right.is_Integer and (left in WHOLE or isinstance(left, sp.floor)):
        step = -1 if isinstance(claim, sp.Ge | sp.Gt) else 1
        yield f"{right} to {right + step} in {claim}", claim.func(left, right + step, evaluate=False)
        return
    if right.is_Rational and right != 0:
        for factor in (sp.Rational(9, 10), sp.Rational(11, 10)):
            yield f"{right} to {factor * right} in {claim}", claim.func(left, factor * right, evaluate=False)
    for side in (left, right):
        for change, changed in changes(side):
            sides = (changed, right) if side is left else (left, changed)
            yield f"{change} in {claim}", claim.func(*sides, evaluate=False)
