"""What a lemma is, and the list of all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import sympy as sp

from proofs.kernel.steps import Instance

Claims = tuple[list[Any], Any]
"""What must be shown first, and what follows: SymPy claims, or the kernel's own."""


@dataclass(frozen=True)
class Lemma:
    """Call it with arguments to get an instance. ``theorem``: it is more than a line of a textbook, so that a
    proof which cites it is reduced to it."""

    name: str
    title: str
    reference: str
    build: Callable[..., Claims]
    theorem: bool = False

    @property
    def statement(self) -> str:
        """What it says, in words."""
        return (self.build.__doc__ or "").strip()

    def __call__(self, *arguments: object) -> Instance:
        """The lemma at these arguments. Raises ValueError where they do not suit it."""
        needs, gives = self.build(*arguments)
        return Instance(self.name, arguments, tuple(needs), gives)


_ALL: dict[str, Lemma] = {}
LEMMAS: Mapping[str, Lemma] = MappingProxyType(_ALL)
_closed: list[bool] = []


def close() -> None:
    """From now on there is no new lemma: a proof cannot bring its own."""
    _closed.append(True)


def lemma(title: str, reference: str, *, theorem: bool = False) -> Callable[[Callable[..., Claims]], Lemma]:
    """Enter a lemma into ``LEMMAS`` under its function's name, while the kernel is being loaded."""
    if _closed:
        raise ValueError(
            "lemmas are the kernel's: a proof shows what it needs, or assumes it under its own name"
        )

    def enter(build: Callable[..., Claims]) -> Lemma:
        if build.__name__ in _ALL:
            raise ValueError(f"two lemmas are called {build.__name__}")
        entry = Lemma(build.__name__, title, reference, build, theorem)
        _ALL[entry.name] = entry
        return entry

    return enter


def le(left: sp.Expr, right: sp.Expr) -> sp.Basic:
    """A relation that SymPy doesn't decide on its own."""
    return sp.Le(left, right, evaluate=False)
