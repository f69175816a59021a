"""A whole statement file: the bound as a function of the laws, and the propositions made of it.

What a class shape claims becomes: for a ``PairBound`` the claim for an ordered pair and, for k classes, that
the error is at most the sum over pairs; for an ``AverageBound`` the claim about the error of k classes; for a
``ClassBound`` the claim for the queries of one class and its mean over classes. Statements about a named law
are in ``laws``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy as sp

from theory.bound import AverageBound, Bound, ClassBound, ExistenceStatement, LawBound, PairBound, Statement
from theory.bound.matrix import MatrixBound
from theory.evidence.evidence import SourceSamples
from theory.printing.rocq.algebra import NotPrintable, expression
from theory.printing.rocq.laws import existence_statement, law_statement, requirements
from theory.printing.rocq.matrices import matrix_statement
from theory.printing.rocq.parts import (
    arguments_of,
    condition,
    definition,
    domain,
    finite,
    hypotheses_of,
    lets,
    proposition,
    reduces,
    symbols,
    variables_of,
)
from theory.printing.rocq.scopes import BEYOND, CLASSES, PAIR, SAMPLES
from theory.quantities import lookup

_HEADER = """From mathcomp Require Import all_ssreflect all_algebra.
From Collapse.library Require Import vectors expectation quantities.
{more}
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.
"""


def header(claims: Iterable[Any]) -> str:
    """The head of a file that states these."""
    more: dict[str, None] = {}
    for claim in claims:
        fields = {entry.field for symbol in symbols(claim) if (entry := lookup(symbol))}
        files = sorted({BEYOND[field] for field in fields & BEYOND.keys()})
        files += ["spectrum"] * isinstance(claim, MatrixBound)
        more |= dict.fromkeys(f"From Collapse.library Require Import {file}." for file in files)
        more |= dict.fromkeys(requirements(claim) if isinstance(claim, Bound) else ())
    return _HEADER.format(more="".join(f"{line}\n" for line in more))


def statement(bound: Statement) -> str:
    """The definitions and propositions of a bound, without the header.

    Raises ``NotPrintable`` for a statement that is not about finite laws over a real closed field.
    """
    if isinstance(bound, PairBound):
        return _pair(bound)
    if isinstance(bound, AverageBound | ClassBound):
        return _classes(bound)
    if isinstance(bound, MatrixBound):
        return matrix_statement(bound)
    if isinstance(bound, LawBound):
        return law_statement(bound)
    if isinstance(bound, ExistenceStatement):
        return existence_statement(bound)
    if isinstance(bound, Bound) and getattr(bound, "reads", None) is SourceSamples and bound.kind == "upper":
        return _samples(bound)
    raise NotPrintable(f"{bound.name}: a {type(bound).__name__} has no form in Rocq yet")


def comparison(name: str, theorem: Statement) -> str:
    """The proposition of a theorem that compares bounds, pair by pair or in the mean over pairs."""
    claims = theorem.relation.args if isinstance(theorem.relation, sp.And) else (theorem.relation,)
    used = symbols(theorem)
    about_pairs = any("i" in (entry.index if (entry := lookup(s)) else "") for s in used) and not any(
        claim.atoms(sp.Function) and reduces(claim) for claim in claims
    )
    scope = PAIR if about_pairs else CLASSES
    abbreviations, names = lets(theorem.where, scope)
    claim = " /\\ ".join(f"({expression(c, scope, names)})" for c in claims)
    hypotheses = [*hypotheses_of(used, (), scope), *condition(theorem, scope)]
    return proposition(
        f"{name}_statement", scope, variables_of(used, theorem, scope), hypotheses, (*abbreviations, claim)
    )


# -- the three shapes ----------------------------------------------------------------------------------
def _pair(bound: PairBound) -> str:
    used, claim, extra = symbols(bound), *finite(bound.statement)
    value = definition(bound, PAIR, variables_of(used, bound, PAIR), claim)
    arguments = [v for v, _ in variables_of(used, bound, PAIR)]
    bound_here = " ".join((f"{bound.name}_bound n", "ci", "cj", *arguments))
    bound_there = " ".join((f"{bound.name}_bound n", "(c i)", "(c j)", *arguments_of(used, bound)))
    parts = [value]
    for scope, name, goal in (
        (PAIR, "pair", f"pair_error n n ci cj <= {bound_here}"),
        (CLASSES, "classes", f"few_shot_error c n <= union_over_classes (fun i j => {bound_there})"),
    ):
        hypotheses = [
            *hypotheses_of(used, bound.assumptions, scope),
            *domain(bound, scope),
            *condition(bound, scope, extra),
        ]
        parts.append(
            proposition(f"{bound.name}_{name}", scope, variables_of(used, bound, scope), hypotheses, (goal,))
        )
    parts.append(f"Definition {bound.name}_statement : Prop := {bound.name}_pair /\\ {bound.name}_classes.")
    return "\n\n".join(parts)


def _classes(bound: Bound) -> str:
    used, claim, extra = symbols(bound), *finite(bound.statement)
    variables = variables_of(used, bound, CLASSES)
    value = definition(bound, CLASSES, variables, claim, "i" if isinstance(bound, ClassBound) else "")
    arguments = " ".join(("c", *(v for v, _ in variables)))
    hypotheses = [
        *hypotheses_of(used, bound.assumptions, CLASSES),
        *domain(bound, CLASSES),
        *condition(bound, CLASSES, extra),
    ]
    if not isinstance(bound, ClassBound):
        goal = f"few_shot_error c n <= {bound.name}_bound n {arguments}"
        return "\n\n".join(
            (value, proposition(f"{bound.name}_statement", CLASSES, variables, hypotheses, (goal,)))
        )
    goals = (
        f"(forall i, class_error c n i <= {bound.name}_bound n {arguments} i) /\\",
        f"few_shot_error c n <= (ways R I)^-1 * \\sum_i {bound.name}_bound n {arguments} i",
    )
    return "\n\n".join((value, proposition(f"{bound.name}_statement", CLASSES, variables, hypotheses, goals)))


def _samples(bound: Bound) -> str:
    used, claim, extra = symbols(bound), *finite(bound.statement)
    used |= bound.left_hand_side.free_symbols
    abbreviations, names = lets(bound.where, SAMPLES)
    variables = variables_of(used, bound, SAMPLES)
    goal = f"{expression(bound.left_hand_side, SAMPLES)} <= {expression(claim, SAMPLES, names)}"
    conditions = [f"{text} ->" for text in condition(bound, SAMPLES, extra, names)]
    hypotheses = hypotheses_of(used, bound.assumptions, SAMPLES)
    body = (*abbreviations, *conditions, goal)
    return proposition(f"{bound.name}_statement", SAMPLES, variables, hypotheses, body)
