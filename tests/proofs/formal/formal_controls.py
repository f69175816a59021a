"""Wrong versions of every statement, which its proof must not prove.

Three kinds. The whole claim made a tenth stronger (from the SymPy relation); each numeral of the generated
text lowered by a tenth; each hypothesis replaced by True. A hypothesis is not cut out but replaced, because a
proof introduces as many as there are: cut out, it would fail for that reason alone.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sympy as sp

from proofs.formal import record
from proofs.formal.compile import compile_theorems
from proofs.formal.files import Theorem, theorems
from proofs.formal.generate import statement_file

TENTH_LESS, TENTH_MORE = sp.Rational(9, 10), sp.Rational(11, 10)
NUMERAL = re.compile(r"(?<![\w.+])(\d+)%:R")
PROPOSITION = re.compile(r"^Definition (\w+) : Prop :=\n  forall .*?\.$", re.M | re.S)
BLOCK = re.compile(r"^ {4}(?! ).*(?:\n {8}.*)*", re.M)


@dataclasses.dataclass(frozen=True)
class Control:
    """A wrong statement file of a theorem. ``what`` says what was done to it, ``without`` which hypothesis
    it lacks."""

    theorem: Theorem
    kind: str
    what: str
    text: str
    without: str = ""

    def refused(self, folder: Path) -> str:
        """The compiler's words about the theorem's proof; empty where the proof survives.

        Raises AssertionError if the wrong statement itself is no Rocq text: that would not be a control.
        """
        [outcome] = compile_theorems(
            [self.theorem.name], folder=folder, texts={self.theorem.statement: self.text}
        )
        assert self.theorem.statement not in outcome.reason, f"{self.what}: {outcome.reason}"
        return outcome.reason


def controls(name: str) -> list[Control]:
    """All wrong statements of a theorem."""
    theorem = theorems()[name]
    right = record.text_of(theorem.statement)
    variants = [
        Control(theorem, "claim", "the claim a tenth stronger", _with_claim(theorem, _lowered(theorem.claim)))
    ]
    variants += [Control(theorem, "constant", *wrong) for wrong in _constants(name, right)]
    variants += [Control(theorem, "hypothesis", *wrong) for wrong in _hypotheses(name, right)]
    assert all(control.text != right for control in variants)
    return variants


def _own(name: str, text: str) -> tuple[int, int]:
    """Where the definitions of this theorem stand in a statement file that may hold several."""
    places = [place.span() for place in re.finditer(r"^Definition .*?\.$(?=\n\n|\n\Z)", text, re.M | re.S)]
    of_name = re.compile(rf"Definition {name}_(bound|pair|classes|statement)\b")
    own = [(start, end) for start, end in places if of_name.match(text, start)]
    return own[0][0], own[-1][1]


def _constants(name: str, text: str) -> Iterator[tuple[str, str]]:
    start, end = _own(name, text)
    for number, numeral in enumerate(NUMERAL.finditer(text, start, end), 1):
        before = " ".join(text[max(start, numeral.start() - 24) : numeral.start()].split())
        yield (
            f"numeral {number}: 9/10 of the {numeral[1]} after '{before}'",
            f"{text[: numeral.start()]}({9 * int(numeral[1])}%:R / 10%:R){text[numeral.end() :]}",
        )


def _hypotheses(name: str, text: str) -> Iterator[tuple[str, str, str]]:
    start, end = _own(name, text)
    for proposition in PROPOSITION.finditer(text, start, end):
        for block in BLOCK.finditer(text, *proposition.span()):
            if not block[0].endswith("->") or block[0].startswith("    forall"):
                continue  # a line of the goal
            hypothesis = " ".join(block[0].split()).removesuffix(" ->")
            yield (
                f"{proposition[1]} without {hypothesis}",
                f"{text[: block.start()]}    True ->{text[block.end() :]}",
                hypothesis,
            )


def _with_claim(theorem: Theorem, claim: Any) -> str:
    group = [other for other in theorems().values() if other.statement == theorem.statement]
    return statement_file(
        [dataclasses.replace(other, claim=claim) if other == theorem else other for other in group]
    )


def _lowered(claim: Any) -> Any:
    """The bound, or the larger side of every inequality that compares bounds, times 9/10; what bounds the
    error from below, times 11/10."""
    if hasattr(claim, "statement"):
        factor = TENTH_LESS if claim.kind == "upper" else TENTH_MORE
        return dataclasses.replace(claim, statement=sp.piecewise_fold(factor * claim.statement))
    return dataclasses.replace(claim, relation=changed_relation(claim.relation))


def changed_relation(relation: Any) -> Any:
    if isinstance(relation, sp.And):
        return sp.And(*(changed_relation(part) for part in relation.args), evaluate=False)
    left, right = relation.lhs, relation.rhs
    if isinstance(relation, sp.GreaterThan):
        return relation.func(TENTH_LESS * left, right, evaluate=False)
    return relation.func(left, TENTH_LESS * right, evaluate=False)
