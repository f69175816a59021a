"""From the kernel's terms to Z3.

Only real arithmetic is translated. Every other term (a probability, an expectation, an inner product, a
logarithm) becomes a real number about which nothing is known beyond its meaning. Terms with one normal
form become one number. Roots are fresh numbers with their powers; a quotient by zero may have any value.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from proofs.kernel.forms import Forms
from proofs.kernel.nodes import FALSE, INFINITY, TRUE, Node, node
from proofs.kernel.reading import square_of_length
from proofs.kernel.sorts import NONNEGATIVE, POSITIVE

Z3 = Any


class Translator:
    """Translates claims of one step; ``facts`` collects what defines the fresh numbers."""

    def __init__(self, z3: ModuleType, forms: Forms, *, whole_sides: bool = False) -> None:
        self.z3 = z3
        self.forms = forms
        self.whole_sides = whole_sides
        self.facts: list[Z3] = []
        self._translated: dict[Node, Z3] = {}
        self._opaque_made: dict[Node, Z3] = {}
        self._sides: dict[Node, Z3] = {}
        self._count = 0

    # -- numbers ---------------------------------------------------------------------------------------
    def real(self, term: Node) -> Z3:
        """The number that a term is."""
        if term not in self._translated:
            self._translated[term] = self._real(term)
        return self._translated[term]

    def _side(self, side: Node) -> Z3:
        if not self.whole_sides or side.op == "num":
            return self.real(side)
        key = self.forms.canon(side)
        if key not in self._sides:
            self._sides[key] = self._fresh("s")
        return self._sides[key]

    def _fresh(self, hint: str) -> Z3:
        self._count += 1
        return self.z3.Real(f"{hint}{self._count}")

    def _real(self, term: Node) -> Z3:  # noqa: C901 - one case for each kind of term that is trusted
        z3, op = self.z3, term.op
        if op == "num":
            return z3.RealVal(f"{term.args[0].numerator}/{term.args[0].denominator}")
        if op in ("add", "poly"):
            parts = [self.real(part) for part in term.args]
            return parts[0] if len(parts) == 1 else z3.Sum(*parts)  # SMT-LIB has no sum of one term
        if op == "mul":
            return z3.Product(*(self.real(part) for part in term.args))
        if op == "term":
            scale = z3.RealVal(f"{term.args[0]}/{term.args[1]}")
            pairs = zip(term.args[2::2], term.args[3::2], strict=True)
            return z3.Product(scale, *(self._times(self.real(atom), power) for atom, power in pairs))
        if op == "pow":
            return self._power(*term.args)
        if op == "inv":
            return self._inverse(term.args[0], 1)
        if op == "root":
            return self._root(*term.args)
        if op == "case":
            return self._case(term)
        if op in ("min", "max"):
            value = self.real(term.args[0])
            for part in map(self.real, term.args[1:]):
                value = z3.If(value <= part if op == "min" else value >= part, value, part)
            return value
        if op == "abs":
            value = self.real(term.args[0])
            return z3.If(value >= 0, value, -value)
        if op == "oo":
            raise ValueError("infinity is not a real number")
        return self._opaque(term)

    def _case(self, term: Node) -> Z3:
        value = self._fresh("unspecified")
        pairs = list(zip(term.args[::2], term.args[1::2], strict=True))
        for condition, part in reversed(pairs):
            value = self.z3.If(self.truth(condition), self.real(part), value)
        return value

    def _opaque(self, term: Node) -> Z3:
        key = self.forms.canon(term)
        if key.op != term.op:  # it has a simpler form
            return self.real(key)
        if key not in self._opaque_made:
            self._opaque_made[key] = self._new(key)
        return self._opaque_made[key]

    def _new(self, key: Node) -> Z3:
        value = self._fresh("t")
        if key.op == "norm":
            self.facts += [value >= 0, value * value == self.real(square_of_length(key))]
        elif key.op == "sym":
            sign = self.forms.sign(key)
            if sign in (POSITIVE, NONNEGATIVE):
                self.facts.append(value > 0 if sign == POSITIVE else value >= 0)
        elif key.op in ("exp", "pi"):
            self.facts.append(value > 0)
        elif key.op in (
            "dot",
            "moment",
            "prob",
            "floor",
            "ChiSquareLess",
            "NormalOrthant",
            "KlUpper",
            "MixtureUpper",
        ) and self.forms.nonnegative(key):
            self.facts.append(value >= 0)
        return value

    def _power(self, base: Node, times: int) -> Z3:
        if base.op == "inv":
            return self._inverse(base.args[0], times)
        return self._times(self.real(base), times)

    def _inverse(self, base: Node, times: int) -> Z3:
        key = node("inv", base, times)
        if key not in self._translated:
            inverse, below = self._fresh("q"), self._times(self.real(base), times)
            defined = inverse * below == 1
            known = self._plainly_positive(base)
            self.facts.append(defined if known else self.z3.Implies(below != 0, defined))
            self._translated[key] = inverse
        return self._translated[key]

    def _plainly_positive(self, base: Node) -> bool:
        return self.forms.positive(base)

    def _times(self, value: Z3, power: int) -> Z3:
        return value if power == 1 else self.z3.Product(*([value] * power))

    def _root(self, base: Node, degree: int) -> Z3:
        key = node("root", self.forms.canon(base), degree)
        if key not in self._opaque_made:
            root, inside = self._fresh("r"), self.real(base)
            defined = self.z3.And(root >= 0, self._times(root, degree) == inside)
            known = self.forms.nonnegative(base)
            self.facts.append(defined if known else self.z3.Implies(inside >= 0, defined))
            self._opaque_made[key] = root
        return self._opaque_made[key]

    # -- truths ------------------------------------------------------------------------------------------
    def truth(self, claim: Node) -> Z3:
        """Whether a claim holds."""
        z3, op = self.z3, claim.op
        if claim in (TRUE, FALSE):
            return z3.BoolVal(claim is TRUE)
        if op in ("and", "or"):
            return (z3.And if op == "and" else z3.Or)(*map(self.truth, claim.args))
        if op == "not":
            return z3.Not(self.truth(claim.args[0]))
        if op == "implies":
            return z3.Implies(*map(self.truth, claim.args))
        if op in ("forevery", "forallpairs", "fact"):
            key = self.forms.canon(claim)
            if key not in self._opaque_made:
                self._count += 1
                self._opaque_made[key] = z3.Bool(f"fact{self._count}")
            return self._opaque_made[key]
        if op in ("le", "lt", "eq", "ne"):
            return self._relation(claim)
        raise ValueError(f"not a claim about real numbers: {claim}")

    def _relation(self, claim: Node) -> Z3:
        left, right = claim.args
        if claim.op in ("le", "lt"):
            if right is INFINITY:
                return self.z3.BoolVal(True)
            if right.op == "case" and INFINITY in right.args:
                return self._case_by_case(claim)
        a, b = (self._side(side) for side in (left, right))
        if claim.op == "eq":
            return a == b
        if claim.op == "ne":
            return a != b
        return a <= b if claim.op == "le" else a < b

    def _case_by_case(self, claim: Node) -> Z3:
        """A case whose value is infinite is vacuous."""
        left, right = claim.args
        earlier: list[Z3] = []
        cases = []
        for condition, part in zip(right.args[::2], right.args[1::2], strict=True):
            here = self.z3.And(self.truth(condition), *map(self.z3.Not, earlier))
            cases.append(self.z3.Implies(here, self.truth(node(claim.op, left, part))))
            earlier.append(self.truth(condition))
        return self.z3.And(*cases)
