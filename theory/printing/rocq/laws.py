"""Statements about a named law: a bound that holds on it, and the existence of laws near a limit.

A named law is a definition of ``proofs/formal/library/laws.v``, tested against the suite's population of that
name. What describes its largest eigenvalue is not a hypothesis there but part of the claim: it exists.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from theory.assumptions import FollowsLaw, MinimumShots
from theory.bound import Bound, ExistenceStatement, LawBound
from theory.printing.rocq.algebra import NotPrintable, expression
from theory.printing.rocq.parts import definition, proposition_of, symbols, variables_of
from theory.printing.rocq.scopes import AT_MEANS, PAIR
from theory.quantities import lam_i, n, v_i, v_j


@dataclass(frozen=True)
class NamedLaw:
    """The variables of a law's definitions and what they must satisfy; the two classes made of them."""

    variables: str
    domain: tuple[str, ...]
    own: str
    other: str


LAWS = {
    "constant_is_sharp": NamedLaw(
        "(p : nat) (q : R) (mui muj : 'rV[R]_p)",
        ("0 < q", "q < 1", "muj != mui"),
        "half_way_law q mui muj",
        "half_way_law q muj mui",
    ),
    "cdnv_is_optimal": NamedLaw(
        "(p n : nat) (d lam_i v_i v_j : R)",
        (
            "(1 <= n)%N",
            "0 < d",
            "0 < lam_i",
            "lam_i <= v_i",
            "v_i <= p.+1%:R * lam_i",
            "0 <= v_j",
        ),
        "rare_draws_own p n d lam_i v_i v_j t",
        "rare_draws_other p n d lam_i v_j t",
    ),
}
"""The laws by the name that ``FollowsLaw`` gives."""


def law_of(bound: Bound) -> NamedLaw:
    """The law that a statement is about. Raises ``NotPrintable`` for one without a definition in Rocq."""
    for assumption in bound.assumptions:
        if isinstance(assumption, FollowsLaw) and assumption.law in LAWS:
            return LAWS[assumption.law]
    raise NotPrintable(f"{bound.name}: the law that it is about has no definition in Rocq")


def requirements(bound: Bound) -> list[str]:
    """What a statement about a law requires beyond the definitions of all: lines for its file's head."""
    lines = ["From Collapse.library Require Import laws."] * isinstance(bound, LawBound | ExistenceStatement)
    if isinstance(bound, ExistenceStatement):
        lines.append(f"From Collapse.statements.few_shot Require Import {bound.of}.")
    return lines


def law_statement(bound: LawBound) -> str:
    """A lower bound: its value on the law, which has a largest eigenvalue, is at most the law's error."""
    law, used = law_of(bound), symbols(bound)
    if bound.kind != "lower" or not any(
        isinstance(a, MinimumShots) and math.isinf(a.shots) for a in bound.assumptions
    ):
        raise NotPrintable(f"{bound.name}: only lower bounds at infinitely many shots have a form in Rocq")
    if variables_of(used, bound, PAIR) != [("lam_i", "R")]:
        raise NotPrintable(f"{bound.name}: its quantities have no form in a statement about a law")
    value = definition(bound, AT_MEANS, [("lam_i", "R")], bound.statement)
    goal = (
        f"let ci := {law.own} in",
        f"let cj := {law.other} in",
        "exists2 lam_i, is_largest_eigenvalue ci lam_i &",
        f"  {bound.name}_bound ci cj lam_i <= pair_error_at_means ci cj",
    )
    binders = f"(R : rcfType) {law.variables}"
    return f"{value}\n\n{proposition_of(f'{bound.name}_statement', binders, law.domain, goal)}"


def existence_statement(bound: ExistenceStatement) -> str:
    """The limit at noise t = 0: however little room is left, with little enough noise the law's moments (in a
    common unit) are as near as that to those it is made for, and its error over the other bound is at least
    the statement but for that room."""
    law, used = law_of(bound), symbols(bound)
    words = {lam_i: "lam_i", v_i: "v_i", v_j: "v_j"}
    if not used <= {*words, n}:
        raise NotPrintable(f"{bound.name}: its quantities have no form in an existence statement")
    head = f"Definition {bound.name}_bound (R : rcfType) (n : nat) (lam_i v_i v_j : R) : R :="
    value = f"{head}\n  {expression(bound.statement, PAIR, words)}."
    goal = (
        "forall room, 0 < room -> exists2 most, 0 < most & forall t, 0 < t -> t < most ->",
        f"let ci := {law.own} in",
        f"let cj := {law.other} in",
        "exists s lam : R,",
        "  [/\\ probability ci, probability cj, distance ci cj = d & is_largest_eigenvalue ci lam] /\\",
        "  [/\\ 0 < s, `|lam / s - lam_i| <= room, `|variance ci / s - v_i| <= room &",
        "      `|variance cj / s - v_j| <= room] /\\",
        f"  {bound.name}_bound n lam_i v_i v_j - room <=",
        f"    pair_error n n ci cj / {bound.of}_bound n ci cj lam",
    )
    binders = f"(R : rcfType) {law.variables}"
    return f"{value}\n\n{proposition_of(f'{bound.name}_statement', binders, law.domain, goal)}"
