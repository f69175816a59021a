"""Checks a proof: its form, its definitions, its hypotheses, and every step."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import sympy as sp

from proofs.kernel.checkers import CHECKERS, StepToCheck
from proofs.kernel.hypotheses import Hypothesis, objection, sorted_by_owner
from proofs.kernel.nodes import Node, is_claim, walk
from proofs.kernel.reading import read
from proofs.kernel.solver import TOO_LONG, Obligation
from proofs.kernel.sorts import Sorts, meaning
from proofs.kernel.steps import Outcome, Premise, Proof, Step
from proofs.kernel.terms import is_scalar
from theory.quantities import TABLE

SECONDS = 10.0
"""Limit of one obligation in processor time; no answer within it is failure."""

_confirmed: dict[tuple[object, ...], Outcome] = {}


@dataclass
class Checked:
    """The result of checking a proof: why it fails, if it does; every step's outcome; its hypotheses."""

    reason: str = ""
    steps: tuple[tuple[Step, Outcome], ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()
    readings: dict[str, str] = field(default_factory=dict)
    """What symbols with several possible meanings mean in it."""
    seconds: float = 0.0


def run(
    proof: Proof,
    granted: tuple[sp.Basic, ...] = (),
    *,
    stop_early: bool = False,
    seconds: float = SECONDS,
) -> Checked:
    """Check every step in order; with ``stop_early`` give up at the first that fails. ``granted`` is what the
    statement itself assumes: any other hypothesis is the author's."""
    started = time.perf_counter()
    result = Checked()
    try:
        result.reason = malformed(proof)
        sorts = sorts_of(proof) if not result.reason else Sorts({})
        if not result.reason:
            result.hypotheses = sorted_by_owner(proof, granted)
            result.reason = objection(proof, sorts, result.hypotheses)
    except (ValueError, TypeError, ArithmeticError, AttributeError, LookupError, RecursionError) as error:
        result.reason, sorts = str(error), Sorts({})
    if not result.reason:
        _steps(proof, sorts, result, stop_early=stop_early, seconds=seconds)
    result.readings = dict(sorts.roles)
    result.seconds = time.perf_counter() - started
    return result


def _steps(proof: Proof, sorts: Sorts, result: Checked, *, stop_early: bool, seconds: float) -> None:
    known = {premise.name: premise.claim for premise in proof.premises}
    done = []
    for step in proof.steps:
        outcome = check_step(step, tuple(known[name] for name in step.uses), sorts, seconds)
        done.append((step, outcome))
        known[step.name] = step.claim
        if not outcome.holds:
            result.reason = result.reason or f"step '{step.name}': {outcome.detail}"
            if stop_early:
                break
    result.steps = tuple(done)


def check_step(step: Step, premises: tuple[sp.Basic, ...], sorts: Sorts, seconds: float = SECONDS) -> Outcome:
    """Run the step's checker. Answers are kept with all that they depend on, but for cited lemmas, which are
    quick, and may give a symbol a role in the proof."""
    try:
        claims = tuple(map(read, premises))
        claim = read(step.claim)
        if not is_claim(claim):
            return Outcome(False, "a step claims something true or false")
        # A solver sees the claims and what defines their terms; the calculus of means is kept more warily.
        state = sorts.state_of((claim, *claims)) if step.kind == "inequality" else sorts.state
        # The evidence itself: two symbols of one name may be written alike.
        key = None if step.kind == "cited" else (step.kind, claim, claims, step.evidence, state)
        if key is not None and key in _confirmed:
            return _confirmed[key]
        outcome = CHECKERS[step.kind](StepToCheck(claim, claims, step.evidence, sorts, seconds))
    except (ValueError, TypeError, ArithmeticError, AttributeError, LookupError, RecursionError) as error:
        return Outcome(False, f"{type(error).__name__}: {error}")
    if key is not None and outcome.detail != TOO_LONG:  # with more time there may be an answer
        _confirmed[key] = outcome
    return outcome


def obligations(proof: Proof) -> Iterator[tuple[Step, Obligation]]:
    """The obligations for Z3, step by step."""
    known = {premise.name: premise.claim for premise in proof.premises}
    sorts = sorts_of(proof)
    for step in proof.steps:
        if step.kind == "inequality":
            yield step, Obligation(tuple(read(known[name]) for name in step.uses), read(step.claim), sorts)
        known[step.name] = step.claim


def sorts_of(proof: Proof) -> Sorts:
    """The sorts of the proof's terms, from its definitions and numbers."""
    definitions = {
        read(premise.defines): read(premise.claim.args[1])
        for premise in proof.premises
        if premise.defines is not None
    }
    numbers = frozenset(read(_number_of(premise)) for premise in proof.premises if premise.role == "number")
    sorts = Sorts(definitions, numbers)
    others = [read(premise.claim) for premise in proof.premises if premise.defines is None]
    sorts.premises = tuple(claim for claim in others)
    sorts.mentioned = frozenset().union(*(walk(claim) for claim in (*others, *definitions.values())))
    return sorts


def _number_of(premise: Premise) -> sp.Basic:
    """The symbol that a premise of the kind ``number`` introduces: the claim's one symbol."""
    claim = premise.claim
    return claim.args[0] if claim.args else claim


def malformed(proof: Proof) -> str:
    """Why the proof cannot even be read, or an empty string."""
    written = (proof.goal, *(each.claim for each in proof.premises), *(step.claim for step in proof.steps))
    if not all(isinstance(claim, sp.Basic) for claim in written):
        return "claims are SymPy's, which are read: the kernel's own terms are not for writing proofs"
    if not proof.steps or proof.steps[-1].claim != proof.goal:
        return "the last step does not claim the statement itself"
    known: set[str] = set()
    met: set[Node] = set()
    for premise in proof.premises:
        if premise.name in known:
            return f"two premises are called '{premise.name}'"
        problem = _bad_premise(premise, met, proof)
        if problem:
            return problem
        known.add(premise.name)
        met |= walk(read(premise.claim))
    for step in proof.steps:
        if step.name in known:
            return f"two steps are called '{step.name}'"
        for name in step.uses:
            if name not in known:
                return f"step '{step.name}' uses '{name}', which is not known there"
        known.add(step.name)
    return ""


def _bad_premise(premise: Premise, met: set[Node], proof: Proof) -> str:
    if premise.role == "number":
        symbol = _number_of(premise)
        if not isinstance(symbol, sp.Symbol) or read(symbol).op != "sym" or meaning(symbol) is not None:
            return f"'{premise.name}' introduces no new number"
        if symbol in proof.defined or premise.claim != sp.Eq(symbol, symbol, evaluate=False):
            return f"'{premise.name}' claims more than that {symbol} is a number"
        return ""
    if premise.defines is None:
        return "" if is_claim(read(premise.claim)) else f"'{premise.name}' claims nothing"
    return _bad_definition(premise, met, proof)


_DEFINED_BY_STATEMENTS = frozenset(
    TABLE[name].symbol for name in ("eps_i", "eps_j", "eta_i", "eta_j") if name in TABLE
)
"""Radii: quantities in some statements, abbreviations in others."""


def _bad_definition(premise: Premise, met: set[Node], proof: Proof) -> str:
    symbol, claim = premise.defines, premise.claim
    if not isinstance(claim, sp.Eq) or claim.args[0] != symbol:
        return f"'{premise.name}' is not a definition of {symbol}"
    if not (isinstance(symbol, sp.Symbol) or is_scalar(symbol)):
        return f"only a symbol or a named random number can be given a meaning, not {symbol}"
    left, right = read(symbol), read(claim.args[1])
    if isinstance(symbol, sp.Symbol) and symbol not in _DEFINED_BY_STATEMENTS and meaning(symbol) is not None:
        return f"{symbol} has a meaning of its own, so '{premise.name}' cannot define it"
    if left in met or left in walk(right):
        return f"{symbol} has a meaning already when '{premise.name}' defines it"
    if left.op == "scalar":
        earlier = {
            read(other.defines): read(other.claim.args[1])
            for other in proof.premises[: proof.premises.index(premise)]
            if other.defines is not None
        }
        sorts = Sorts(earlier)
        if not sorts.sources(right) <= sorts.sources(left):
            return f"{symbol} depends on more than it declares"
    return ""
