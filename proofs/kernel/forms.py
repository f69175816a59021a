"""Polynomial normal forms of terms: what counts as the same, and what is known to be positive.

A term is a polynomial with rational coefficients in *atoms* (symbols, roots, reciprocals, expectations, ...)
whose own parts are in normal form. Nothing cancels unless it is known to be defined: 1/z times z is 1 only if
z is known to differ from zero, the square of a root is what it is the root of only if that is known to be at
least zero. What is known: the signs that symbols have by their meaning, and the premises of the step.
"""

from __future__ import annotations

from fractions import Fraction

from proofs.kernel.nodes import (
    FALSE,
    INFINITY,
    ONE,
    RELATIONS,
    TRUE,
    ZERO,
    Node,
    is_claim,
    node,
    number,
    sub,
)
from proofs.kernel.polynomials import Poly, add_to, as_node, coefficient_order, plus
from proofs.kernel.products import Products
from proofs.kernel.sorts import MEANS
from proofs.kernel.terms import LENGTHS
from theory.inheritance import override


class Forms(Products):
    """Normal forms under what is known: signs by meaning (``sorts`` says what is defined), and facts."""

    @override
    def poly(self, term: Node) -> Poly:
        """The polynomial that a term is."""
        polynomial = self._polys.get(term)
        if polynomial is None:
            polynomial = self._polys[term] = self._poly(term)
        return polynomial

    def _poly(self, term: Node) -> Poly:  # noqa: C901 - one case for each kind of term that is trusted
        op = term.op
        if op == "num":
            return {(): term.args[0]} if term.args[0] else {}
        if op == "poly":
            total: Poly = {}
            for part in term.args:
                add_to(total, self.poly(part))
            return total
        if op == "term":
            value: Poly = {(): Fraction(term.args[0], term.args[1])}
            for atom, power in zip(term.args[2::2], term.args[3::2], strict=True):
                value = self.times(value, self.power(self.poly(atom), power))
            return value
        if op == "add":
            total = {}
            for part in term.args:
                add_to(total, self.poly(part))
            return total
        if op == "mul":
            value = {(): Fraction(1)}
            for part in term.args:
                value = self.times(value, self.poly(part))
            return value
        if op == "pow":
            return self.power(self.poly(term.args[0]), term.args[1])
        if op == "inv":
            return self._inverse_of(term.args[0])
        if op == "root":
            return self._root_of(term.args[0], term.args[1])
        return self._atom(term)

    def _atom(self, term: Node) -> Poly:  # noqa: C901 - one case for each kind of term that is trusted
        op = term.op
        if op == "exp":
            return self._exponential(term.args[0])
        if op == "log":
            return self._logarithm(term.args[0])
        if op in ("sym", "vector", "scalar", "coordinate", "matrix", "pi", "oo", "law", "index"):
            return {((term, 1),): Fraction(1)}
        if op in MEANS:
            over, inside = self.sorts.level(term), self.canon(term.args[0])
            still = not self.sorts.sources(inside) and not _unknown(inside)
            if still and (over == "expect" or not self.sorts.index(inside)):
                return self.poly(inside)
            return {((node(over, inside), 1),): Fraction(1)}
        if op == "norm":
            scales = [self.canon(scale) for scale in term.args[1::2]]
            pairs = zip(term.args[::2], scales, strict=True)
            parts = [item for pair in pairs if pair[1] is not ZERO for item in pair]
            if parts and self.poly(parts[1]) and min(self.poly(parts[1]).values()) < 0:
                # |-v| = |v|: the first coefficient's first number is positive
                first = min(self.poly(parts[1]).items(), key=lambda item: [(a.serial, p) for a, p in item[0]])
                if first[1] < 0:
                    parts[1::2] = [self.canon(node("mul", number(-1), scale)) for scale in parts[1::2]]
            if len(parts) == 2 and parts[1] is ONE and parts[0].args[0] in LENGTHS:
                return self.poly(node("sym", LENGTHS[parts[0].args[0]]))
            return {((node("norm", *parts), 1),): Fraction(1)} if parts else {}
        if op == "abs":
            inside = self.canon(term.args[0])
            return self.poly(inside) if self.nonnegative(inside) else self._size(inside)
        if op == "floor":
            inside = self.canon(term.args[0])
            if inside.op == "num":
                return self.poly(number(inside.args[0].numerator // inside.args[0].denominator))
            return {((node("floor", inside), 1),): Fraction(1)}
        if op in ("min", "max"):
            parts = sorted({self.canon(part) for part in term.args}, key=lambda part: part.serial)
            if len(parts) == 1:
                return self.poly(parts[0])
            return {((node(op, *parts), 1),): Fraction(1)}
        args = [self.canon(part) if isinstance(part, Node) else part for part in term.args]
        return {((node(op, *args), 1),): Fraction(1)}

    @override
    def canon(self, term: Node) -> Node:
        """The same for terms, or claims, that are one by the rules above."""
        canonical = self._canons.get(term)
        if canonical is None:
            canonical = self._canons[term] = (
                self._canon_claim(term) if is_claim(term) else self._canon_term(term)
            )
        return canonical

    def _canon_term(self, term: Node) -> Node:
        if term.op == "place":
            pairs = zip(term.args[::2], map(self.canon, term.args[1::2]), strict=True)
            return node("place", *(item for pair in pairs if pair[1] is not ZERO for item in pair))
        if term.op in ("oo", "law"):
            return term
        return as_node(self.poly(term))

    def _canon_claim(self, claim: Node) -> Node:
        op = claim.op
        if op in RELATIONS:
            return self._canon_relation(claim)
        if op in ("and", "or"):
            parts: list[Node] = []
            for part in map(self.canon, claim.args):
                parts += part.args if part.op == op else (part,)
            kept = {part for part in parts if part is not (TRUE if op == "and" else FALSE)}
            ordered = sorted(kept, key=lambda part: part.serial)
            if not ordered:
                return TRUE if op == "and" else FALSE
            return ordered[0] if len(ordered) == 1 else node(op, *ordered)
        if op == "not":
            return self._opposite(self.canon(claim.args[0]))
        if op == "fact":
            return node("fact", claim.args[0], *map(self.canon, claim.args[1:]))
        if op == "bool":
            return claim
        if op == "implies":
            first, second = map(self.canon, claim.args)
            if first is TRUE or second is TRUE:
                return second
            return TRUE if first is FALSE or first is second else node("implies", first, second)
        return node(op, *map(self.canon, claim.args))

    def _opposite(self, claim: Node) -> Node:
        if claim.op in ("le", "lt"):
            left, right = claim.args
            return self.canon(node("lt" if claim.op == "le" else "le", right, left))
        if claim.op in ("eq", "ne"):
            return node("ne" if claim.op == "eq" else "eq", *claim.args)
        if claim.op == "not":
            inside: Node = claim.args[0]
            return inside
        if claim.op == "bool":
            return FALSE if claim is TRUE else TRUE
        return node("not", claim)

    def _canon_relation(self, claim: Node) -> Node:
        left, right = claim.args
        if left.op == "oo" or right.op == "oo" or _infinite(left) or _infinite(right):
            return node(claim.op, self.canon(left), self.canon(right))
        surplus = self.poly(sub(right, left))
        if not surplus:
            return FALSE if claim.op in ("lt", "ne") else TRUE
        whole = as_node(surplus)
        if (claim.op == "le" and self.nonnegative(whole)) or (claim.op == "lt" and self.positive(whole)):
            return TRUE
        if claim.op in ("eq", "ne") and surplus and min(surplus.items(), key=coefficient_order)[1] < 0:
            surplus = plus({}, surplus, Fraction(-1))
        if surplus:
            size = abs(min(surplus.items(), key=coefficient_order)[1])
            surplus = plus({}, surplus, 1 / size)
        return node(claim.op, ZERO, as_node(surplus))


def _unknown(term: Node) -> bool:
    """Whether a matrix, of which no sort is known, is inside."""
    return term.op == "matrix" or any(map(_unknown, term.parts))


def _infinite(term: Node) -> bool:
    return term.op == "case" and INFINITY in term.args
