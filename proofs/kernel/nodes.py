"""The kernel's own terms: trees in which nothing is simplified, cancelled or decided by itself.

Every term is a real number and every operation is total: 1/0, the root or the logarithm of a negative number
and an unmatched case have some value, of which nothing is known. So equals may always be put in for equals,
and what is to be cancelled, or undone, has to be shown to be defined. Equal trees are one object.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

_POOL: dict[tuple[Any, ...], Node] = {}


class Node:
    """An operation and its arguments. Make one with ``node``; two equal ones are the same object."""

    __slots__ = ("args", "op", "serial")

    op: Any
    args: tuple[Any, ...]
    serial: int

    def __repr__(self) -> str:
        return f"({self.op} {' '.join(map(str, self.args))})" if self.args else str(self.op)

    @property
    def parts(self) -> tuple[Node, ...]:
        """The arguments that are terms or claims."""
        return tuple(arg for arg in self.args if isinstance(arg, Node))


def node(op: object, *args: object) -> Node:
    """The one term with this operation and these arguments."""
    key = (op, *args)
    known = _POOL.get(key)
    if known is None:
        known = Node.__new__(Node)
        known.op, known.args, known.serial = op, args, len(_POOL)
        _POOL[key] = known
    return known


def number(value: str | int | Fraction) -> Node:
    """A rational number."""
    return node("num", Fraction(value))


ZERO, ONE = number(0), number(1)
TRUE, FALSE = node("bool", True), node("bool", False)
INFINITY = node("oo")
RELATIONS = ("le", "lt", "eq", "ne")
CLAIMS = (*RELATIONS, "and", "or", "not", "implies", "bool", "forevery", "forallpairs", "fact")


def is_claim(term: Node) -> bool:
    """Whether it is something true or false, not a number."""
    return term.op in CLAIMS


def sub(left: Node, right: Node) -> Node:
    """left - right."""
    return node("add", left, node("mul", number(-1), right))


def conjuncts(claim: Node) -> tuple[Node, ...]:
    """The claims that a conjunction is made of, all the way down."""
    if claim.op != "and":
        return (claim,)
    return tuple(part for each in claim.args for part in conjuncts(each))


def walk(term: Node) -> set[Node]:
    """The term and all terms inside it."""
    met: set[Node] = set()
    pending = [term]
    while pending:
        here = pending.pop()
        if here not in met:
            met.add(here)
            pending += here.parts
    return met
