"""The hypotheses of a proof: which of them are the author's own, and whether they are admissible.

A hypothesis is the model's (it says what a symbol of the catalogue means), the statement's own, or the
author's. The author's must not be the goal, nor give it by itself; all of them together must not contradict
each other, the meanings of the symbols, or the definitions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import sympy as sp

from proofs.kernel.forms import Forms
from proofs.kernel.lemmas.gaussian import isotropic
from proofs.kernel.lemmas.linear_maps import input_
from proofs.kernel.lemmas.samples import feature
from proofs.kernel.model import (
    MARGIN,
    MARGIN_ALONG_AXES,
    MARGIN_L,
    NEAREST_MEANINGS,
    SAMPLE_DISTANCE,
    SHOTS,
    SOFT_MARGIN,
    WIDTH,
    off_i,
    off_j,
)
from proofs.kernel.nodes import Node, node, walk
from proofs.kernel.reading import read
from proofs.kernel.solver import Obligation, contradiction
from proofs.kernel.sorts import MEANS, Sorts, meaning
from proofs.kernel.steps import Premise, Proof
from proofs.kernel.terms import Norm
from theory.expressions import Expect, kernel, margin
from theory.quantities import (
    MARGIN_MOMENTS,
    F,
    R,
    R_x,
    V_max,
    b,
    d,
    eps_i,
    eps_j,
    eta_i,
    eta_j,
    failure,
    failure_c,
    failure_e,
    failure_s,
    k,
    l,
    lam_i,
    m,
    mean_M,
    s,
    std,
    v_hat_i,
    v_hat_j,
    v_i,
    v_j,
)

SECONDS = 1.0
"""Processor time for one question about the hypotheses."""

Whose = Literal["model", "statement", "author"]

MODEL: tuple[sp.Basic, ...] = (
    MARGIN,
    MARGIN_L,
    SHOTS,
    sp.Ge(k, 2),
    sp.Ge(l, 1),
    sp.Ge(l, 2),
    sp.Ge(m, 1),
    sp.Ge(m, 2),
    sp.Ge(F, 1),
    sp.Le(kernel, b),
    MARGIN_ALONG_AXES,
    SAMPLE_DISTANCE,
    sp.Le(lam_i, s * v_i, evaluate=False),
    sp.Le((v_i + v_j) / (2 * d**2), V_max, evaluate=False),
    sp.Le(Norm(feature), R, evaluate=False),
    sp.Le(Norm(input_), R_x, evaluate=False),
    *(sp.Le(Norm(off), eps, evaluate=False) for off, eps in ((off_i, eps_i), (off_j, eps_j))),
    *(
        sp.Le(v, estimate + eta, evaluate=False)
        for v, estimate, eta in ((v_i, v_hat_i, eta_i), (v_j, v_hat_j, eta_j))
    ),
    isotropic,
    sp.Eq(Expect(margin), mean_M, evaluate=False),
    *(
        sp.Eq(Expect((margin - mean_M) ** q), symbol, evaluate=False)
        for q, symbol in enumerate(MARGIN_MOMENTS[1:], 2)
    ),
    *NEAREST_MEANINGS,
    SOFT_MARGIN,
    WIDTH,
    *(sp.Lt(share, 1) for share in (failure, failure_s, failure_c, failure_e)),
)
"""What the symbols of the catalogue mean: definitions of margins, at least one draw, two classes to tell
apart, two samples, one map, a kernel in [0, b], norms at most R, CDNVs at most V_max, errors of samples
within their radii, classes that are Gaussian where their standard deviation is named, and failure
probabilities below one."""


@dataclass(frozen=True)
class Hypothesis:
    """A hypothesis, and whose it is: the model's, the statement's or the author's."""

    premise: Premise
    whose: Whose


def sorted_by_owner(proof: Proof, granted: tuple[sp.Basic, ...] = ()) -> tuple[Hypothesis, ...]:
    """The proof's hypotheses, in its order, without its definitions and the numbers it fixes in advance.
    ``granted``: what the statement itself assumes. Of a quantity that the proof defines, the model says
    nothing."""
    forms = Forms(Sorts({}))
    own_words = {forms.canon(read(claim)) for claim in granted}
    reached = _reached(proof)
    own_meaning = frozenset(map(read, proof.defined))
    model = [claim for claim in map(read, MODEL) if not walk(claim) & own_meaning]
    known = {forms.canon(claim) for claim in model if (_GIVEN & walk(claim)) <= reached}
    owned = []
    for premise in proof.premises:
        if premise.defines is not None or premise.role == "number":
            continue
        whole, parts = forms.canon(read(premise.claim)), sp.And.make_args(premise.claim)
        own: Whose = "author"
        if all(forms.canon(read(part)) in known for part in parts):
            own = "model"
        elif whole in own_words or all(forms.canon(read(part)) in own_words | known for part in parts):
            own = "statement"
        owned.append(Hypothesis(premise, own))
    return tuple(owned)


_GIVEN = frozenset(map(read, (R, R_x, V_max, b, eps_i, eps_j, eta_i, eta_j, std)))
"""Symbols that exist only where something is assumed: a statement that has none of them assumes nothing of
the kind, and neither may its proof, unless under its author's name."""


def _reached(proof: Proof) -> set[Node]:
    """The goal with its abbreviations written out."""
    meanings = {
        read(premise.defines): read(premise.claim.args[1])
        for premise in proof.premises
        if premise.defines is not None
    }
    met: set[Node] = set()
    pending = [read(proof.goal)]
    while pending:
        for part in walk(pending.pop()) - met:
            met.add(part)
            if part in meanings:
                pending.append(meanings[part])
    return met


def objection(proof: Proof, sorts: Sorts, hypotheses: Iterable[Hypothesis]) -> str:
    """Why the hypotheses are not accepted, or an empty string."""
    distinct = tuple(hypotheses)
    definitions = {
        premise.name: node("eq", read(premise.defines), read(premise.claim.args[1]))
        for premise in proof.premises
        if premise.defines is not None
    }
    twice = _two_meanings(distinct)
    if twice:
        return twice
    own = [each for each in distinct if each.whose == "author"]
    others = tuple(read(each.premise.claim) for each in distinct if each.whose != "author")
    goal, meanings = read(proof.goal), (*definitions.values(), *others)
    trivial = bool(own) and Obligation(meanings, goal, sorts).ask_z3(SECONDS).proved
    for hypothesis in own if not trivial else ():
        claim = read(hypothesis.premise.claim)
        if _gives(claim, goal, meanings, sorts):
            return f"the hypothesis '{hypothesis.premise.name}' gives the statement by itself"
    if not own:
        return ""
    named = {each.premise.name: read(each.premise.claim) for each in distinct}
    wanted = set().union(*(walk(claim) for claim in named.values()))
    for name, claim in definitions.items():
        if claim.args[0] in wanted:
            named[name] = claim
    state, core = contradiction(named, sorts, SECONDS)
    if state == "no":
        which = ", ".join(f"'{name}'" for name in core)
        return f"these hypotheses contradict each other, or the meaning of their symbols: {which}"
    return ""


def _two_meanings(hypotheses: Iterable[Hypothesis]) -> str:
    """The margin has one meaning in a proof, for equal numbers of shots or along axes for unequal ones."""
    meanings: dict[sp.Basic, str] = {}
    for hypothesis in hypotheses:
        claim = hypothesis.premise.claim
        if hypothesis.whose == "author" or not isinstance(claim, sp.Eq) or not claim.args[0].is_Symbol:
            continue
        if claim.args[0] in meanings:
            first, second = meanings[claim.args[0]], hypothesis.premise.name
            return f"'{first}' and '{second}' are two meanings of {claim.args[0]}"
        meanings[claim.args[0]] = hypothesis.premise.name
    return ""


def _gives(claim: Node, goal: Node, definitions: tuple[Node, ...], sorts: Sorts) -> bool:
    while claim.op in ("forevery", "forallpairs"):  # what holds for all classes holds for those at hand
        claim = claim.args[0]
    forms = Forms(sorts)
    if forms.canon(claim) is forms.canon(goal):
        return True
    if not _subjects(claim) & _subjects(goal):
        return False
    return Obligation((claim, *definitions), goal, sorts).ask_z3(SECONDS).proved


def _subjects(claim: Node) -> set[Node]:
    """The subjects of a claim: probabilities, expectations, errors."""
    errors = ("err", "err_i", "errbar", "err_vote", "rho")
    return {
        part
        for part in walk(claim)
        if part.op in ("prob", *MEANS) or (part.op == "sym" and part.args[0].name in errors)
    } or {part for part in walk(claim) if part.op == "sym" and meaning(part.args[0]) is not None}
