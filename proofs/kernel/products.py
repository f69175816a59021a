"""Products, reciprocals, roots and exponentials of polynomials: what cancels, where that is defined."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

from proofs.kernel.nodes import ONE, ZERO, Node, node, number
from proofs.kernel.polynomials import (
    Monomial,
    Poly,
    add_to,
    as_node,
    base_of,
    by_serial,
    coefficient_order,
    content,
    divided,
    factors_of,
    inverse_root,
    plain_times,
    plus,
    root_of_number,
    shared_atoms,
)
from proofs.kernel.reading import square_of_length
from proofs.kernel.signs import Signs
from theory.inheritance import override


class Products(Signs):
    """The rules by which products of atoms become simpler."""

    @override
    def power(self, poly: Poly, times: int) -> Poly:
        """A whole power of a polynomial."""
        value: Poly = {(): Fraction(1)}
        for _ in range(times):
            value = self.times(value, poly)
        return value

    @override
    def times(self, first: Poly, second: Poly) -> Poly:
        """The product of two polynomials."""
        for one_side, other in ((first, second), (second, first)):
            if len(one_side) == 1 and () in one_side:
                scale = one_side[()]
                return dict(other) if scale == 1 else {key: scale * value for key, value in other.items()}
        total: Poly = {}
        for one, x in first.items():
            for two, y in second.items():
                if not one or not two:
                    add_to(total, {one or two: x * y})
                    continue
                add_to(total, self._product(one, two), x * y)
        return total

    def _product(self, one: Monomial, two: Monomial) -> Poly:
        """The product of two monomials."""
        product = self._products.get((one, two))
        if product is None:
            whole: dict[Node, int] = dict(one)
            for atom, power in two:
                whole[atom] = whole.get(atom, 0) + power
            if self._may_simplify(whole):
                product = self._tidied(whole)
            else:
                product = {tuple(sorted(whole.items(), key=by_serial)): Fraction(1)}
            self._products[one, two] = product
        return product

    @staticmethod
    def _may_simplify(monomial: dict[Node, int]) -> bool:
        """Whether a product may have a simpler form."""
        return any(
            atom.op in ("inv", "root", "exp") or (power > 1 and atom.op in ("norm", "abs"))
            for atom, power in monomial.items()
        )

    def _tidied(self, monomial: dict[Node, int]) -> Poly:
        """Products of roots and reciprocals of one base, of exponentials, of lengths."""
        exponent = ZERO
        bases: dict[Node, Fraction] = {}
        value: Poly = {(): Fraction(1)}
        rest: dict[Node, int] = {}
        for atom, power in monomial.items():
            base, share = base_of(atom)
            if atom.op == "exp":
                exponent = node("add", exponent, node("mul", number(power), atom.args[0]))
            elif atom.op in ("norm", "abs") and power > 1:
                inside = square_of_length(atom) if atom.op == "norm" else node("pow", atom.args[0], 2)
                value = self.times(value, self.power(self.poly(inside), power // 2))
                if power % 2:
                    rest[atom] = 1
            elif base is not atom or any(
                base_of(other)[0] is atom for other in monomial if other is not atom
            ):
                bases[base] = bases.get(base, Fraction(0)) + share * power
            else:
                rest[atom] = power
        for base in bases:
            parts = {atom: power for atom, power in monomial.items() if base_of(atom)[0] is base}
            rest_of, whole = self._together(base, bases[base], parts)
            for atom, power in rest_of.items():
                rest[atom] = rest.get(atom, 0) + power
            value = self.times(value, whole)
        if exponent is not ZERO:
            value = self.times(value, self._exponential(exponent))
        key = tuple(sorted(rest.items(), key=by_serial))
        return plain_times({key: Fraction(1)}, value)

    def _together(self, base: Node, total: Fraction, parts: dict[Node, int]) -> tuple[dict[Node, int], Poly]:
        """One power of ``base``, as far as it is known to be defined: what stays an atom, and the rest."""
        one: Poly = {(): Fraction(1)}
        if self.positive(base):
            whole = total.numerator // total.denominator
            left = total - whole
            atoms: dict[Node, int] = {}
            if left:
                atoms[node("root", base, left.denominator)] = left.numerator
            if whole < 0:
                atoms[node("inv", base)] = -whole
                return atoms, one
            return atoms, self.power(self.poly(base), whole)
        if self.nonzero(base) and all(part.op != "root" and not inverse_root(part) for part in parts):
            if total < 0:
                return {node("inv", base): int(-total)}, one
            return {}, self.power(self.poly(base), int(total))
        if self.nonnegative(base) and all(part.op != "inv" for part in parts):
            whole, left = divmod(total, 1)
            atoms = {node("root", base, left.denominator): left.numerator} if left else {}
            return atoms, self.power(self.poly(base), int(whole))
        return dict(parts), one

    def _inverse_of(self, below: Node) -> Poly:
        """The reciprocal of a product is that of its factors, where none of them is zero."""
        factors = factors_of(below)
        if len(factors) > 1 and all(self.nonzero(part) for part in factors):
            value: Poly = {(): Fraction(1)}
            for part in factors:
                value = self.times(value, self._reciprocal(self.poly(part)))
            return value
        return self._reciprocal(self.poly(below))

    def _reciprocal(self, poly: Poly) -> Poly:
        form = as_node(poly)
        if form.op == "num" and form.args[0]:
            return {(): 1 / form.args[0]}
        if len(poly) == 1:
            ((monomial, scale),) = poly.items()
            if all(self.nonzero(atom) for atom, _ in monomial):
                value: Poly = {(): 1 / scale}
                for atom, power in monomial:
                    value = self.times(value, self.power(self._one_over(atom), power))
                return value
        scale = content(poly) if len(poly) > 1 and self.nonzero(form) else Fraction(1)
        if scale != 1:
            return {((node("inv", as_node(plus({}, poly, 1 / scale))), 1),): 1 / scale}
        return {((node("inv", form), 1),): Fraction(1)}

    def _one_over(self, atom: Node) -> Poly:
        if atom.op == "inv" and self.nonzero(atom.args[0]):
            return self.poly(atom.args[0])
        if atom.op == "exp":
            return self._exponential(node("mul", number(-1), atom.args[0]))
        if atom.op == "root" and self.positive(atom.args[0]):
            base, degree = atom.args
            atoms, _ = self._together(base, Fraction(-1, degree), {})
            return {tuple(sorted(atoms.items(), key=by_serial)): Fraction(1)}
        return {((node("inv", atom), 1),): Fraction(1)}

    def _root_of(self, inside: Node, degree: int) -> Poly:
        """The root of a product in which a factor occurs twice: that is taken out as it is written."""
        factors: dict[Node, int] = {}
        for factor in factors_of(inside):
            form = self.canon(factor)
            factors[form] = factors.get(form, 0) + 1
        twice = {
            form: times // 2 for form, times in factors.items() if times > 1 and form.op in ("poly", "term")
        }
        if degree != 2 or not twice:
            return self._root(self.poly(inside), degree)
        value: Poly = {(): Fraction(1)}
        rest: Poly = {(): Fraction(1)}
        for form, times in factors.items():
            if form in twice:
                value = self.times(value, self.power(self.poly(node("abs", form)), twice[form]))
                times -= 2 * twice[form]
            rest = self.times(rest, self.power(self.poly(form), times))
        return self.times(value, self._root(rest, degree))

    def _root(self, poly: Poly, degree: int) -> Poly:
        """A root; factors of which none is negative are taken out of it: whatever the root of a negative
        number is, sqrt(a b) = sqrt(a) sqrt(b) for a >= 0."""
        form = as_node(poly)
        if form is ZERO or form is ONE:
            return poly
        poly, below = self._cleared(poly)
        shared = shared_atoms(poly)
        outside = {atom: power for atom, power in shared.items() if self._at_least(atom)}
        if degree == 2:
            outside |= {
                atom: power - power % 2 for atom, power in shared.items() if power > 1 and atom not in outside
            }
        scale = content(poly)
        value = root_of_number(scale, degree)
        for atom, power in (*outside.items(), *below.items()):
            base = atom if self._at_least(atom) else node("abs", atom)
            atoms, whole = self._root_of_power(base, Fraction(power, degree))
            key = tuple(sorted(atoms.items(), key=by_serial))
            value = self.times(value, self.times({key: Fraction(1)}, whole))
        inside = as_node(plus({}, divided(poly, outside), 1 / scale))
        if inside is ONE:
            return value
        return self.times(value, {((node("root", inside, degree), 1),): Fraction(1)})

    def _root_of_power(self, base: Node, total: Fraction) -> tuple[dict[Node, int], Poly]:
        if base.op == "inv" and self.positive(base.args[0]):
            return self._together(base.args[0], -total, {})
        if base.op == "root" and self.nonnegative(base.args[0]):
            return self._root_of_power(base.args[0], total / base.args[1])
        whole, left = divmod(total, 1)
        atoms = {node("root", base, left.denominator): left.numerator} if left else {}
        return atoms, self.power(self.poly(base), int(whole))

    def _size(self, inside: Node) -> Poly:
        """An absolute value, positive factors taken out."""
        poly, below = self._cleared(self.poly(inside))
        shared = {atom: power for atom, power in shared_atoms(poly).items() if self._more(atom)}
        scale = content(poly)
        rest = plus({}, divided(poly, shared), 1 / scale)
        if min(rest.items(), key=coefficient_order)[1] < 0:
            rest = plus({}, rest, Fraction(-1))
        atoms = {**shared}
        value: Poly = {((node("abs", as_node(rest)), 1),): scale}
        for atom, power in (*atoms.items(), *below.items()):
            value = self.times(value, {((atom, power),): Fraction(1)})
        return value

    def _exponential(self, exponent: Node) -> Poly:
        """exp of a sum; a logarithm inside is undone where it is one of a positive number."""
        inside = self.poly(exponent)
        value: Poly = {(): Fraction(1)}
        left: Poly = {}
        for monomial, scale in inside.items():
            logarithm = len(monomial) == 1 and monomial[0][0].op == "log" and monomial[0][1] == 1
            if logarithm and scale.denominator == 1 and self.positive(monomial[0][0].args[0]):
                base = self.poly(monomial[0][0].args[0])
                part = self.power(base, abs(int(scale)))
                value = self.times(value, part if scale > 0 else self._reciprocal(part))
            else:
                left = plus(left, {monomial: scale})
        if left:
            value = plain_times(value, {((node("exp", as_node(left)), 1),): Fraction(1)})
        return value

    def _logarithm(self, inside: Node) -> Poly:
        form = self.canon(inside)
        if form.op == "exp":
            return self.poly(form.args[0])
        if form.op == "num" and form.args[0] > 0:
            total: Poly = {}
            for value, sign in ((form.args[0].numerator, 1), (form.args[0].denominator, -1)):
                for prime, times in sp.factorint(value).items():
                    atom = node("log", number(int(prime)))
                    total = plus(total, {((atom, 1),): Fraction(sign * times)})
            return total
        return {((node("log", form), 1),): Fraction(1)}
