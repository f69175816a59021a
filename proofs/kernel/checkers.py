"""The five checkers: each sees a step's claim, those of its premises, the definitions, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp

from proofs.kernel.expectation import Calculus
from proofs.kernel.forms import Forms
from proofs.kernel.identities import vanishes
from proofs.kernel.nodes import RELATIONS, TRUE, ZERO, Node, conjuncts, node, sub
from proofs.kernel.reading import read
from proofs.kernel.solver import Obligation
from proofs.kernel.sorts import Sorts, judged_by
from proofs.kernel.steps import Instance, Kind, Outcome


@dataclass(frozen=True)
class StepToCheck:
    """A step as its checker sees it."""

    claim: Node
    premises: tuple[Node, ...]
    evidence: Any
    sorts: Sorts
    seconds: float


class Rewriting:
    """Puts the right sides of the premises' equations in for their left sides, where these are atoms."""

    def __init__(self, premises: tuple[Node, ...], sorts: Sorts) -> None:
        forms = Forms(sorts, premises)
        self.rules: dict[Node, Node] = {}
        for premise in premises:
            for claim in conjuncts(premise):
                if claim.op == "eq":
                    left, right = forms.canon(claim.args[0]), forms.canon(claim.args[1])
                    if left.op in ("num", "poly", "term") and right.op == "SumAxes":
                        self.rules.setdefault(right, claim.args[0])
                    if left.op not in ("num", "poly", "term") and left not in self.rules:
                        self.rules[left] = claim.args[1]
        claims = [
            claim for premise in premises for claim in conjuncts(premise) if claim.op in ("le", "lt", "ne")
        ]
        claims = [claim for claim in claims if "oo" not in {part.op for part in claim.args}]
        rewritten = [node(claim.op, *(self(side, forms) for side in claim.args)) for claim in claims]
        signs = (*claims, *rewritten)
        self.forms = Forms(sorts, signs)

    def __call__(self, term: Node, forms: Forms | None = None) -> Node:
        """The term with all rules applied until none changes it."""
        forms = self.forms if forms is None else forms
        for _ in range(len(self.rules) + 1):
            further = self._once(forms.canon(term))
            if further is term:
                break
            term = further
        return term

    def _once(self, term: Node) -> Node:
        if term in self.rules:
            return self.rules[term]
        if term.op in ("vector", "sym", "num", "coordinate", "scalar", "matrix"):
            return term
        if term.op == "poly":
            return node("add", *map(self._once, term.args))
        if term.op == "term":
            scale = node("num", Fraction(*term.args[:2]))
            pairs = zip(term.args[2::2], term.args[3::2], strict=True)
            powers = [
                node("pow", self._once(atom), power) if power > 1 else self._once(atom)
                for atom, power in pairs
            ]
            return node("mul", scale, *powers)
        return node(term.op, *(self._once(arg) if isinstance(arg, Node) else arg for arg in term.args))


def _identity(question: StepToCheck) -> Outcome:
    if question.claim.op != "eq":
        return Outcome(False, "an identity is an equation")
    rewrite = Rewriting(question.premises, question.sorts)
    left, right = (rewrite(side) for side in question.claim.args)
    return Outcome(vanishes(sub(left, right), rewrite.forms), "the two sides differ")


def _expectation(question: StepToCheck) -> Outcome:
    if question.claim.op != "eq":
        return Outcome(False, "an expectation is an equation")
    rewrite = Rewriting(question.premises, question.sorts)
    left, right = (rewrite(side) for side in question.claim.args)
    if question.sorts.sources(left) or question.sorts.sources(right):
        return Outcome(False, "something random is left outside the expectations")
    calculus = Calculus(rewrite.forms)
    difference = sub(*(calculus.normal(rewrite.forms.canon(side)) for side in (left, right)))
    return Outcome(vanishes(difference, rewrite.forms), "the two sides differ")


def _inequality(question: StepToCheck) -> Outcome:
    answer = Obligation(question.premises, question.claim, question.sorts).ask_z3(question.seconds)
    return Outcome(answer.proved, answer.detail)


def _interval(question: StepToCheck) -> Outcome:
    from proofs.kernel.interval import confirm

    outcome: Outcome = confirm(question.claim, question.evidence, question.premises)
    return outcome


def _check_citation(question: StepToCheck) -> Outcome:
    from proofs.kernel.lemmas import LEMMAS

    instance = question.evidence
    if not isinstance(instance, Instance) or instance.lemma not in LEMMAS:
        return Outcome(False, "there is no such lemma")
    # Built anew, without SymPy's simplifications: a proof file's own account of what a lemma gives is not
    # trusted.
    with judged_by(question.sorts), sp.evaluate(False):
        needs, gives = LEMMAS[instance.lemma].build(*instance.arguments)
    forms = Forms(question.sorts, question.premises)
    if forms.canon(read(gives)) is not forms.canon(question.claim):
        return Outcome(False, "the claim is not what the lemma gives")
    known = {forms.canon(premise) for premise in question.premises}
    known |= {forms.canon(part) for premise in question.premises for part in conjuncts(premise)}
    for needed in needs:
        if not discharged(read(needed), known, forms):
            return Outcome(False, f"nothing discharges the lemma's hypothesis {needed}")
    return Outcome(True)


def discharged(needed: Node, known: set[Node], forms: Forms) -> bool:
    """Whether a premise is what a lemma needs, or a known sign; an equation also serves as an order."""
    if needed.op == "le" and needed.args[0] is ZERO and plainly(needed.args[1], forms):
        return True
    form = forms.canon(needed)
    if form is TRUE or form in known:
        return True
    if form.op == "and":
        return all(discharged(part, known, forms) for part in form.args)
    if form.op == "implies":
        return discharged(form.args[1], known, forms)
    if form.op not in RELATIONS or "oo" in {part.op for part in form.args}:
        return False
    surplus = sub(form.args[1], form.args[0])
    if form.op == "le":
        equal = forms.canon(node("eq", *form.args))
        strict = node("lt", *form.args)
        return equal in known or forms.canon(strict) in known or forms.nonnegative(surplus)
    if form.op == "lt":
        return forms.positive(surplus)
    if form.op == "eq":
        return not forms.poly(surplus)
    return forms.nonzero(surplus)


def plainly(term: Node, forms: Forms) -> bool:
    """Whether a term is at least zero as it is written: an even power, or made of what is."""
    if term.op == "pow" and term.args[1] % 2 == 0:
        return True
    if term.op in ("add", "mul", "pow"):
        return all(plainly(part, forms) for part in term.parts)
    return forms.nonnegative(term)


CHECKERS: Mapping[Kind, Callable[[StepToCheck], Outcome]] = {
    "identity": _identity,
    "inequality": _inequality,
    "interval": _interval,
    "expectation": _expectation,
    "cited": _check_citation,
}
