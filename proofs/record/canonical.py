"""Fingerprints of claims: the same for equal claims in any process, and for any order of commuting parts."""

from __future__ import annotations

import hashlib
from functools import cache

import sympy as sp

from proofs.kernel import Instance, Proof
from theory.bound import Statement

_COMMUTE = (sp.Add, sp.Mul, sp.And, sp.Or, sp.Min, sp.Max)


@cache
def _text(term: sp.Basic) -> str:
    if isinstance(term, sp.Symbol):
        known = sorted(f"{name}={value}" for name, value in term._assumptions_orig.items())
        return _digest(f"{type(term).__name__} {term.name} {' '.join(known)}")
    if not term.args:
        return _digest(f"{type(term).__name__} {term}")
    parts = [_text(part) for part in term.args]
    return _digest(f"{term.func} {' '.join(sorted(parts) if isinstance(term, _COMMUTE) else parts)}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def of_claims(*claims: object) -> str:
    """Fingerprint of SymPy expressions, texts, tuples of such, and instances of lemmas."""
    return _digest("|".join(map(_any, claims)))


def _any(item: object) -> str:
    if isinstance(item, sp.Basic):
        return _text(item)
    if isinstance(item, Instance):
        return _any((item.lemma, item.needs, item.gives))
    if isinstance(item, tuple | list):
        return "(" + ",".join(map(_any, item)) + ")"
    return repr(item)


def of_statement(bound: Statement) -> str:
    """Fingerprint of what a statement claims: relation, abbreviations, condition and domain."""
    free = bound.free
    domain = None if free is None else (free.symbol, str(free.lower), sp.sympify(free.upper), free.closed)
    return of_claims(bound.relation, tuple(bound.where), sp.sympify(bound.condition), domain)


def of_argument(proof: Proof) -> str:
    """Fingerprint of a proof: every premise and every step, with what each rests on."""
    premises = tuple((item.name, item.claim, item.defines) for item in proof.premises)
    steps = tuple((step.name, step.kind, step.claim, step.uses, step.evidence) for step in proof.steps)
    return of_claims(proof.goal, premises, steps)
