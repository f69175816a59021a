"""What a lemma is, and the list of all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp

from proofs.steps import Instance


@dataclass(frozen=True)
class Lemma:
    """Call it with arguments to get an instance."""

    name: str
    title: str
    reference: str
    build: Callable[..., tuple[list[sp.Basic], sp.Basic]]

    @property
    def statement(self) -> str:
        return (self.build.__doc__ or "").strip()

    def __call__(self, *arguments: Any) -> Instance:
        needs, gives = self.build(*arguments)
        return Instance(self.name, arguments, tuple(needs), gives)


LEMMAS: dict[str, Lemma] = {}


def lemma(title: str, reference: str) -> Callable[[Callable[..., tuple[list[sp.Basic], sp.Basic]]], Lemma]:
    """Enter a lemma into ``LEMMAS`` under its function's name."""

    def enter(build: Callable[..., tuple[list[sp.Basic], sp.Basic]]) -> Lemma:
        entry = Lemma(build.__name__, title, reference, build)
        LEMMAS[entry.name] = entry
        return entry

    return enter


def le(left: sp.Expr, right: sp.Expr) -> sp.Basic:
    """A relation that SymPy doesn't decide on its own."""
    return sp.Le(left, right, evaluate=False)
