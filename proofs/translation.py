"""From SymPy claims to Z3.

Only real arithmetic is translated. Every other term (a probability, an expectation, an inner product, a
logarithm) becomes a real number of which nothing is known but the sign that its symbol declares.
Roots are fresh numbers with their powers; a quotient by zero may have any value.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from proofs.terms import Dot, Event, Norm
from theory.expressions import ForEveryOther, Prob

Z3 = Any


class Translator:
    """Translates claims about one set of symbols; ``facts`` collects what defines the fresh numbers.

    ``undeclared`` are symbols whose declared sign is a claim to be proved, not a hypothesis.
    """

    def __init__(
        self, z3: Any, undeclared: frozenset[sp.Basic] = frozenset(), *, whole_sides: bool = False
    ) -> None:
        self.z3 = z3
        self.undeclared = undeclared
        self.whole_sides = whole_sides
        self.facts: list[Z3] = []
        self._reals: dict[sp.Basic, Z3] = {}
        self._count = 0

    # -- numbers ---------------------------------------------------------------------------------------
    def real(self, term: sp.Expr) -> Z3:
        if term not in self._reals:
            self._reals[term] = self._real(term)
        return self._reals[term]

    def _side(self, side: sp.Expr) -> Z3:
        if not self.whole_sides or side.is_Rational:
            return self.real(side)
        key = sp.Function("_side")(side)
        if key not in self._reals:
            self._reals[key] = self._fresh("s")
        return self._reals[key]

    def _fresh(self, hint: str) -> Z3:
        self._count += 1
        return self.z3.Real(f"{hint}{self._count}")

    def _real(self, term: sp.Expr) -> Z3:
        z3 = self.z3
        if term.is_Rational:
            return z3.RealVal(f"{term.p}/{term.q}")
        if isinstance(term, Prob):
            # What an event says inside is not read, so it may mention infinity.
            return self._opaque(term)
        if term.is_Float or term.has(sp.oo, -sp.oo, sp.zoo, sp.nan):
            raise ValueError(f"no exact real number: {term}")
        if isinstance(term, sp.Add):
            return z3.Sum(*(self.real(part) for part in term.args))
        if isinstance(term, sp.Mul):
            return z3.Product(*(self.real(part) for part in term.args))
        if isinstance(term, sp.Pow):
            return self._power(*term.as_base_exp())
        if isinstance(term, sp.Piecewise):
            value = self._fresh("unspecified")
            for part, condition in reversed(term.args):
                value = z3.If(self.truth(condition), self.real(part), value)
            return value
        if isinstance(term, sp.Min | sp.Max):
            value = self.real(term.args[0])
            for part in map(self.real, term.args[1:]):
                first = value <= part if isinstance(term, sp.Min) else value >= part
                value = z3.If(first, value, part)
            return value
        if isinstance(term, sp.Abs):
            value = self.real(term.args[0])
            return z3.If(value >= 0, value, -value)
        return self._opaque(term)

    def _opaque(self, term: sp.Expr) -> Z3:
        value = self._fresh("t")
        if isinstance(term, Norm):
            self.facts += [value >= 0, value * value == self.real(Dot(term.args[0], term.args[0]))]
        elif term not in self.undeclared:
            if term.is_positive:
                self.facts.append(value > 0)
            elif term.is_nonnegative:
                self.facts.append(value >= 0)
        return value

    def _power(self, base: sp.Expr, exponent: sp.Expr) -> Z3:
        if not exponent.is_Rational:
            return self._opaque(base**exponent)
        if exponent < 0:
            inverse, below = self._fresh("q"), self.real(base**-exponent)
            known = (base**-exponent).is_positive and not base.free_symbols & self.undeclared
            defined = inverse * below == 1
            self.facts.append(defined if known else self.z3.Implies(below != 0, defined))
            return inverse
        if exponent.q == 1:
            return self._times(self.real(base), int(exponent))
        root = self._root(base, int(exponent.q))
        return self._times(root, int(exponent.p))

    def _times(self, value: Z3, power: int) -> Z3:
        return value if power == 1 else self.z3.Product(*([value] * power))

    def _root(self, base: sp.Expr, degree: int) -> Z3:
        key = sp.Function("_root")(base, degree)
        if key not in self._reals:
            root, inside = self._fresh("r"), self.real(base)
            defined = self.z3.And(root >= 0, self._times(root, degree) == inside)
            known = base.is_nonnegative and not base.free_symbols & self.undeclared
            self.facts.append(defined if known else self.z3.Implies(inside >= 0, defined))
            self._reals[key] = root
        return self._reals[key]

    # -- truths ------------------------------------------------------------------------------------------
    def truth(self, claim: sp.Basic) -> Z3:
        z3 = self.z3
        if claim in (sp.true, sp.false):
            return z3.BoolVal(claim == sp.true)
        if isinstance(claim, sp.And):
            return z3.And(*map(self.truth, claim.args))
        if isinstance(claim, sp.Or):
            return z3.Or(*map(self.truth, claim.args))
        if isinstance(claim, sp.Not):
            return z3.Not(self.truth(claim.args[0]))
        if isinstance(claim, sp.Implies):
            return z3.Implies(*map(self.truth, claim.args))
        if isinstance(claim, ForEveryOther | Event):
            if claim not in self._reals:
                self._count += 1
                self._reals[claim] = z3.Bool(f"fact{self._count}")
            return self._reals[claim]
        if isinstance(claim, sp.core.relational.Relational):
            return self._relation(claim)
        raise ValueError(f"not a claim about real numbers: {claim}")

    def _relation(self, claim: sp.Basic) -> Z3:
        left, right = claim.args
        if right == sp.oo and isinstance(claim, sp.Le | sp.Lt):
            return self.z3.BoolVal(True)
        if isinstance(right, sp.Piecewise) and right.has(sp.oo):
            # A case whose value is infinite claims nothing.
            earlier: list[Z3] = []
            cases = []
            for part, condition in right.args:
                here = self.z3.And(self.truth(condition), *map(self.z3.Not, earlier))
                cases.append(self.z3.Implies(here, self.truth(claim.func(left, part, evaluate=False))))
                earlier.append(self.truth(condition))
            return self.z3.And(*cases)
        a, b = (self._side(side) for side in (left, right))
        if isinstance(claim, sp.Eq):
            return a == b
        if isinstance(claim, sp.Ne):
            return a != b
        if isinstance(claim, sp.Le):
            return a <= b
        if isinstance(claim, sp.Lt):
            return a < b
        return a >= b if isinstance(claim, sp.Ge) else a > b
