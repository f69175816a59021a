"""The proof kernel: named steps, their checkers, and the ledger of what was checked.

A proof is a list of steps. Each has a claim, the premises it uses (earlier steps, hypotheses and
definitions, by name) and one of five kinds of checker; it sees those premises and nothing else. A proof
holds when every step is confirmed and the last claim is, structurally, the relation it set out to prove.

Claims hold for all classes that meet the hypotheses and, where random vectors are mentioned outside an
expectation, for every outcome. That is why a step about one j may be summed over j, and averaged.
"""

from __future__ import annotations

import time

import sympy as sp

from proofs.argument import Argument as Argument
from proofs.argument import domain as domain
from proofs.checkers import CHECKERS
from proofs.checkers import obligation as obligation
from proofs.ledger import Ledger as Ledger
from proofs.smt import TOO_LONG
from proofs.steps import KINDS as KINDS
from proofs.steps import Instance as Instance
from proofs.steps import Kind as Kind
from proofs.steps import Outcome as Outcome
from proofs.steps import Premise as Premise
from proofs.steps import Proof as Proof
from proofs.steps import Step as Step
from proofs.terms import RANDOM_SCALARS, sources

SECONDS = 10.0
"""Limit of one obligation in processor time; no answer within it is failure."""

_confirmed: dict[tuple[object, ...], Outcome] = {}


def check_step(step: Step, premises: tuple[sp.Basic, ...], proof: Proof, seconds: float = SECONDS) -> Outcome:
    """Run the step's checker. Answers are kept: a step with these premises needs checking once."""
    key = (step.kind, step.claim, premises, step.evidence, proof.defined)
    if key in _confirmed:
        return _confirmed[key]
    try:
        outcome = CHECKERS[step.kind](step, premises, proof, seconds)
    except (ValueError, TypeError, ZeroDivisionError) as error:
        outcome = Outcome(False, f"{type(error).__name__}: {error}")
    if outcome.detail != TOO_LONG:  # with more time there may be an answer
        _confirmed[key] = outcome
    return outcome


def check(proof: Proof, *, stop_early: bool = False, seconds: float = SECONDS) -> Ledger:
    """Check every step in order; with ``stop_early`` give up at the first that fails."""
    started = time.perf_counter()
    reason = _malformed(proof)
    known = {premise.name: premise.claim for premise in proof.premises}
    done: list[tuple[Step, Outcome]] = []
    for step in proof.steps if not reason else ():
        outcome = check_step(step, tuple(known[name] for name in step.uses), proof, seconds)
        done.append((step, outcome))
        known[step.name] = step.claim
        if not outcome.holds:
            reason = reason or f"step '{step.name}': {outcome.detail}"
            if stop_early:
                break
    return Ledger(
        proof.name,
        "failed" if reason else "proved",
        proof.goal,
        proof.premises,
        tuple(done),
        reason,
        time.perf_counter() - started,
    )


def _malformed(proof: Proof) -> str:
    """Why the proof cannot even be read, or an empty string."""
    if not proof.steps or proof.steps[-1].claim != proof.goal:
        return "the last step does not claim the statement itself"
    known: set[str] = set()
    met: set[sp.Basic] = set()
    for premise in proof.premises:
        if premise.name in known:
            return f"two premises are called '{premise.name}'"
        if premise.defines is not None:
            problem = _bad_definition(premise, met)
            if problem:
                return problem
        known.add(premise.name)
        met |= _atoms(premise.claim)
    for step in proof.steps:
        if step.name in known:
            return f"two steps are called '{step.name}'"
        for name in step.uses:
            if name not in known:
                return f"step '{step.name}' uses '{name}', which is not known there"
        known.add(step.name)
    return ""


def _atoms(claim: sp.Basic) -> set[sp.Basic]:
    return set(claim.free_symbols) | set(claim.atoms(sp.core.function.AppliedUndef))


def _bad_definition(premise: Premise, met: set[sp.Basic]) -> str:
    symbol, claim = premise.defines, premise.claim
    if not isinstance(claim, sp.Eq) or claim.args[0] != symbol:
        return f"'{premise.name}' is no definition of {symbol}"
    if symbol in met or symbol in _atoms(claim.args[1]):
        return f"{symbol} has a meaning already when '{premise.name}' defines it"
    drawn, known = sources(claim.args[1]), sources(symbol)
    # A random scalar may depend on anything: what is defined by one is a random scalar too.
    if not drawn - RANDOM_SCALARS <= known or (drawn & RANDOM_SCALARS and not known & RANDOM_SCALARS):
        return f"{symbol} depends on more than it says"
    return ""
