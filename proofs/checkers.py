"""The five checkers: each sees a step, the claims of its premises, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from proofs.smt import Obligation
from proofs.steps import Instance, Kind, Outcome, Proof, Step
from proofs.terms import sources


def _rewritten(expression: sp.Expr, premises: tuple[sp.Basic, ...]) -> sp.Expr:
    """The expression with the left sides of the premises' equations replaced by their right sides."""
    equations = {claim.args[0]: claim.args[1] for claim in premises if isinstance(claim, sp.Eq)}
    for _ in range(len(equations) + 1):
        further = expression.xreplace(equations)
        if further == expression:
            break
        expression = further
    return expression


def vanishes(expression: sp.Expr) -> bool:
    """Whether the numerator over a common denominator is the zero polynomial."""
    numerator = sp.fraction(sp.together(expression))[0]
    previous = None
    while numerator != previous:
        previous, numerator = numerator, sp.expand(numerator)
    return bool(numerator == 0)


def _nonzero(base: sp.Expr, premises: tuple[sp.Basic, ...]) -> bool:
    """Whether a denominator is known to differ from zero."""
    known = {claim.args[0] for claim in premises if isinstance(claim, sp.Gt | sp.Ne) and claim.args[1] == 0}
    known |= {claim.args[1] for claim in premises if isinstance(claim, sp.Lt | sp.Ne) and claim.args[0] == 0}
    return bool(base.is_nonzero or base in known)


def _identity(step: Step, premises: tuple[sp.Basic, ...], proof: Proof, seconds: float) -> Outcome:
    if not isinstance(step.claim, sp.Eq):
        return Outcome(False, "an identity is an equation")
    left, right = (_rewritten(side, premises) for side in step.claim.args)
    left_over = (left.free_symbols | right.free_symbols) & proof.defined
    if any(symbol.is_nonnegative or symbol.is_nonzero for symbol in left_over):
        return Outcome(False, "the sign of an abbreviation is not known without its meaning")
    # A quotient whose denominator may vanish is any number: it must cancel as it stands.
    difference = left - right
    signs = tuple(
        claim.func(*(_rewritten(side, premises) for side in claim.args), evaluate=False)
        for claim in premises
        if isinstance(claim, sp.Gt | sp.Lt | sp.Ne)
    )
    unsafe = {
        power: sp.Function("reciprocal")(power.base) ** -power.exp
        for power in difference.atoms(sp.Pow)
        if power.exp.is_negative and not _nonzero(power.base, premises + signs)
    }
    return Outcome(vanishes(difference.xreplace(unsafe)), "the two sides differ")


def _expectation(step: Step, premises: tuple[sp.Basic, ...], proof: Proof, seconds: float) -> Outcome:
    from proofs.expectation import normal

    if not isinstance(step.claim, sp.Eq):
        return Outcome(False, "an expectation is an equation")
    left, right = (_rewritten(side, premises) for side in step.claim.args)
    if sources(left) | sources(right):
        return Outcome(False, "something random is left outside the expectations")
    try:
        return Outcome(vanishes(normal(left) - normal(right)), "the two sides differ")
    except ValueError as error:
        return Outcome(False, str(error))


def _inequality(step: Step, premises: tuple[sp.Basic, ...], proof: Proof, seconds: float) -> Outcome:
    answer = obligation(step, premises, proof).ask_z3(seconds)
    return Outcome(answer.proved, answer.detail)


def obligation(step: Step, premises: tuple[sp.Basic, ...], proof: Proof) -> Obligation:
    """What the solvers are asked for a step of kind ``inequality``."""
    return Obligation(premises, step.claim, proof.defined)


def _interval(step: Step, premises: tuple[sp.Basic, ...], proof: Proof, seconds: float) -> Outcome:
    from proofs.interval import confirm

    outcome: Outcome = confirm(step.claim, step.evidence, premises)
    return outcome


def _cited(step: Step, premises: tuple[sp.Basic, ...], proof: Proof, seconds: float) -> Outcome:
    from proofs.lemmas import LEMMAS

    instance = step.evidence
    if not isinstance(instance, Instance) or instance.lemma not in LEMMAS:
        return Outcome(False, "there is no such lemma")
    # Built anew: what a proof file says that a lemma gives is not believed.
    if instance != LEMMAS[instance.lemma](*instance.arguments) or instance.gives != step.claim:
        return Outcome(False, "the claim is not what the lemma gives")
    for needed in instance.needs:
        if needed != sp.true and not any(_entails(premise, needed) for premise in (sp.true, *premises)):
            return Outcome(False, f"nothing discharges the lemma's hypothesis {needed}")
    return Outcome(True)


def _entails(premise: sp.Basic, needed: sp.Basic) -> bool:
    """Whether a premise is what a lemma needs; an equation also serves as an inequality."""
    if isinstance(needed, sp.Eq | sp.Le | sp.Ge) and needed.args[0] == needed.args[1]:
        return True
    if isinstance(premise, sp.Eq) and isinstance(needed, sp.Le | sp.Ge) and premise.args == needed.args:
        return True
    return same(premise, needed)


def same(first: sp.Basic, second: sp.Basic) -> bool:
    """Whether two claims are one: equal, or relations whose sides differ by the same polynomial."""
    if first == second:
        return True
    if isinstance(first, sp.Implies) and isinstance(second, sp.Implies):
        return all(same(x, y) for x, y in zip(first.args, second.args, strict=True))
    pair = (_as_difference(first), _as_difference(second))
    if pair[0] is None or pair[1] is None:
        return False
    return bool(pair[0][0] == pair[1][0] and sp.expand(pair[0][1] - pair[1][1]) == 0)


def _as_difference(claim: sp.Basic) -> tuple[str, sp.Expr] | None:
    for relation, sign in ((sp.Le, 1), (sp.Ge, -1), (sp.Lt, 1), (sp.Gt, -1)):
        if isinstance(claim, relation):
            strict = "<" if relation in (sp.Lt, sp.Gt) else "<="
            return strict, sign * (claim.args[0] - claim.args[1])
    return None


CHECKERS: Mapping[Kind, Callable[[Step, tuple[sp.Basic, ...], Proof, float], Outcome]] = {
    "identity": _identity,
    "inequality": _inequality,
    "interval": _interval,
    "expectation": _expectation,
    "cited": _cited,
}
