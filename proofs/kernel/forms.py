"""Polynomial normal forms of terms: what counts as the same, and what is known to be positive.

A term is a polynomial with rational coefficients in *atoms* (symbols, roots, reciprocals, expectations, ...)
whose own parts are in normal form. Nothing cancels unless it is known to be defined: 1/z times z is 1 only if
z is known to differ from zero, the square of a root is what it is the root of only if that is known to be at
least zero. What is known: the signs that symbols have by their meaning, and the premises of the step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from math import gcd, isqrt, lcm

import sympy as sp

from proofs.kernel.nodes import (
    FALSE,
    INFINITY,
    ONE,
    RELATIONS,
    TRUE,
    ZERO,
    Node,
    conjuncts,
    is_claim,
    node,
    number,
    sub,
)
from proofs.kernel.reading import square_of_length
from proofs.kernel.sorts import MEANS, NONNEGATIVE, POSITIVE, Sorts, meaning
from proofs.kernel.terms import LENGTHS

Monomial = tuple[tuple[Node, int], ...]
Poly = dict[Monomial, Fraction]

_NONNEGATIVE_OPS = ("prob", "norm", "abs", "ChiSquareLess", "NormalOrthant", "KlUpper", "MixtureUpper")


def as_node(poly: Poly) -> Node:
    """The one term that stands for a polynomial."""
    if not poly:
        return ZERO
    if len(poly) == 1:
        ((monomial, scale),) = poly.items()
        if not monomial:
            return number(scale)
        if scale == 1 and len(monomial) == 1 and monomial[0][1] == 1:
            return monomial[0][0]
    key = sorted(poly.items(), key=lambda item: [(atom.serial, power) for atom, power in item[0]])
    terms = tuple(
        node("term", scale.numerator, scale.denominator, *(part for pair in monomial for part in pair))
        for monomial, scale in key
    )
    return node("poly", *terms)


def plus(first: Poly, second: Poly, scale: Fraction = Fraction(1)) -> Poly:
    """first + scale second."""
    total = dict(first)
    _add(total, second, scale)
    return total


def _add(total: Poly, more: Poly, scale: Fraction | int = 1) -> None:
    """Add scale more to a polynomial, in place: no other reference to it may exist."""
    for monomial, value in more.items():
        part = value if scale == 1 else scale * value
        present = total.get(monomial)
        whole = part if present is None else present + part
        if whole:
            total[monomial] = whole
        else:
            total.pop(monomial, None)


def _by_serial(pair: tuple[Node, int]) -> int:
    return pair[0].serial


class Forms:
    """Normal forms under what is known: signs by meaning (``sorts`` says what is defined), and facts."""

    def __init__(self, sorts: Sorts, facts: Iterable[Node] = ()) -> None:
        self.sorts = sorts
        self._polys: dict[Node, Poly] = {}
        self._canons: dict[Node, Node] = {}
        self._products: dict[tuple[Monomial, Monomial], Poly] = {}
        self._known: dict[tuple[str, Node], bool] = {}
        self._scales: dict[Node, Node] = {}
        self._positive: set[Node] = set()
        self._nonnegative: set[Node] = set()
        self._nonzero: set[Node] = set()
        self._limits: dict[Node, tuple[Fraction, bool]] = {}
        claims = [part for fact in facts for part in conjuncts(fact)]
        claims = [claim for claim in claims if claim.op in RELATIONS]
        for _ in range(2):  # what one fact says may be needed to read another
            known: tuple[set[Node], set[Node], set[Node]] = (set(), set(), set())
            for claim in claims:
                self._learn(claim, *known)
            self._positive, self._nonnegative, self._nonzero = known
            self._limits = self._lower_limits(known[0], known[1])
            for memory in (self._polys, self._canons, self._products, self._known, self._scales):
                memory.clear()

    def _learn(self, claim: Node, positive: set[Node], nonnegative: set[Node], nonzero: set[Node]) -> None:
        left, right = claim.args
        if INFINITY in claim.args or "oo" in (left.op, right.op):
            return
        try:
            surplus = self._scaled(sub(right, left))
        except ValueError:
            return
        if claim.op == "lt":
            positive.add(surplus)
        elif claim.op == "le":
            nonnegative.add(surplus)
        elif claim.op == "ne":
            nonzero |= {surplus, self._scaled(node("mul", number(-1), surplus))}

    def _scaled(self, term: Node) -> Node:
        scaled = self._scales.get(term)
        if scaled is None:
            scaled = self._scales[term] = self._without_scale(term)
        return scaled

    def _without_scale(self, term: Node) -> Node:
        """The term without positive factors that all its parts share, which change no sign."""
        poly, _ = self._cleared(self.poly(term))
        if not poly:
            return ZERO
        shared = _shared(poly)
        shared = {atom: power for atom, power in shared.items() if self._more(atom)}
        stripped = _divided(poly, shared)
        if len(poly) == 1 and not next(iter(stripped)):
            stripped = poly  # a product of positive numbers, which is what the fact claims
        return as_node(plus({}, stripped, 1 / abs(min(stripped.items(), key=_order)[1])))

    def _cleared(self, poly: Poly) -> tuple[Poly, dict[Node, int]]:
        """A polynomial times the denominators that are known to be positive; and their reciprocals."""
        below: dict[Node, int] = {}
        for _ in range(4):
            most: dict[Node, int] = {}
            for monomial in poly if len(poly) > 1 else ():
                for atom, power in monomial:
                    if atom.op == "inv" and self.positive_base(atom.args[0]):
                        most[atom] = max(power, most.get(atom, 0))
            if not most:
                break
            for atom, power in most.items():
                below[atom] = below.get(atom, 0) + power
                poly = self.times(poly, self.power(self.poly(atom.args[0]), power))
        return poly, below

    def positive_base(self, base: Node) -> bool:
        """Whether what a reciprocal is of is plainly positive: made of numbers that are."""
        if base in self._positive or self._more(base):
            return True
        poly = self.poly(base)
        return (
            bool(poly)
            and all(
                scale > 0 and all(power % 2 == 0 or self._at_least(atom) for atom, power in monomial)
                for monomial, scale in poly.items()
            )
            and any(all(self._more(atom) for atom, _ in monomial) for monomial in poly)
        )

    def _bound(self, form: Node) -> tuple[Node, Fraction]:
        """What varies of a term, in one scale, and the number that is added to it."""
        poly = dict(self.poly(form))
        number_added = poly.pop((), Fraction(0))
        if not poly:
            return ZERO, number_added
        size = abs(min(poly.items(), key=_order)[1])
        return as_node(plus({}, poly, 1 / size)), number_added / size

    def _lower_limits(self, positive: set[Node], nonnegative: set[Node]) -> dict[Node, tuple[Fraction, bool]]:
        """What varies of the facts, with the most that it is known to be at least."""
        limits: dict[Node, tuple[Fraction, bool]] = {}
        for facts, strict in ((nonnegative, False), (positive, True)):
            for fact in facts:
                varying, added = self._bound(fact)
                if varying is not ZERO:
                    limits[varying] = max(limits.get(varying, (-added, strict)), (-added, strict))
        return limits

    def _above(self, form: Node) -> tuple[bool, bool]:
        """Whether a limit from below shows that a term is at least zero, and that it is more."""
        varying, added = self._bound(form)
        if varying is ZERO or varying not in self._limits:
            return False, False
        least, strict = self._limits[varying]
        return least + added >= 0, least + added > 0 or (least + added == 0 and strict)

    # -- signs -------------------------------------------------------------------------------------
    def sign(self, atom: Node) -> str:
        """The sign that a symbol has by its meaning, unless the proof defines it."""
        if atom in self.sorts.definitions:
            return ""
        known = meaning(atom.args[0])
        return "" if known is None else known[0]

    def _answer(self, question: str, term: Node, find: Callable[[Node], bool]) -> bool:
        """An answer, kept once it is found."""
        key = (question, term)
        answer = self._known.get(key)
        if answer is None:
            answer = self._known[key] = find(term)
        return answer

    def positive(self, term: Node) -> bool:
        """Whether the term is known to be greater than zero."""
        return self._answer("positive", term, self._is_positive)

    def nonnegative(self, term: Node) -> bool:
        """Whether the term is known to be at least zero."""
        return self._answer("nonnegative", term, self._is_nonnegative)

    def nonzero(self, term: Node) -> bool:
        """Whether the term is known to differ from zero."""
        return self._answer("nonzero", term, self._is_nonzero)

    def _is_positive(self, term: Node) -> bool:
        form = self._scaled(term)
        if form in self._positive or self._above(form)[1]:
            return True
        poly = self.poly(form)
        some = False
        for monomial, scale in poly.items():
            if scale < 0 or not all(power % 2 == 0 or self._at_least(atom) for atom, power in monomial):
                return False
            some = some or all(self._more(atom) for atom, power in monomial)
        return some

    def _is_nonnegative(self, term: Node) -> bool:
        form = self._scaled(term)
        if form in self._nonnegative or form in self._positive or self._above(form)[0]:
            return True
        return all(
            scale > 0 and all(power % 2 == 0 or self._at_least(atom) for atom, power in monomial)
            for monomial, scale in self.poly(form).items()
        )

    def _is_nonzero(self, term: Node) -> bool:
        form = self._scaled(term)
        if form in self._nonzero or self.positive(form):
            return True
        if self.positive(node("mul", number(-1), form)):
            return True
        poly = self.poly(form)
        if len(poly) == 1:
            ((monomial, _),) = poly.items()
            return all(atom in self._nonzero or self._more(atom) for atom, _ in monomial)
        return False

    def _more(self, atom: Node) -> bool:
        """Whether an atom is greater than zero."""
        if atom in self._positive or atom.op in ("exp", "pi"):
            return True
        if atom.op == "sym":
            return self.sign(atom) == POSITIVE
        if atom.op in ("inv", "root"):
            return self.positive(atom.args[0])
        if atom.op == "max":
            return any(self.positive(part) for part in atom.args)
        if atom.op == "min":
            return all(self.positive(part) for part in atom.args)
        return atom.op == "case" and atom.args[-2] is TRUE and all(map(self._positive_value, atom.args[1::2]))

    def _positive_value(self, value: Node) -> bool:
        return value is INFINITY or self.positive(value)

    def _at_least(self, atom: Node) -> bool:
        """Whether an atom is at least zero."""
        if atom in self._nonnegative or atom.op in _NONNEGATIVE_OPS or self._more(atom):
            return True
        if atom.op == "sym":
            return self.sign(atom) == NONNEGATIVE
        if atom.op == "dot":
            return atom.args[0] is atom.args[1]
        if atom.op == "moment":
            vectors = atom.args[1:]
            return all(vectors.count(vector) % 2 == 0 for vector in vectors)
        if atom.op in ("root", "floor"):
            return self.nonnegative(atom.args[0])
        if atom.op == "max":
            return any(self.nonnegative(part) for part in atom.args)
        if atom.op == "min":
            return all(self.nonnegative(part) for part in atom.args)
        if atom.op == "case" and atom.args[-2] is TRUE:
            return all(value is INFINITY or self.nonnegative(value) for value in atom.args[1::2])
        return False

    # -- polynomials -------------------------------------------------------------------------------
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
                _add(total, self.poly(part))
            return total
        if op == "term":
            value: Poly = {(): Fraction(term.args[0], term.args[1])}
            for atom, power in zip(term.args[2::2], term.args[3::2], strict=True):
                value = self.times(value, self.power(self.poly(atom), power))
            return value
        if op == "add":
            total = {}
            for part in term.args:
                _add(total, self.poly(part))
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

    def power(self, poly: Poly, times: int) -> Poly:
        """A whole power of a polynomial."""
        value: Poly = {(): Fraction(1)}
        for _ in range(times):
            value = self.times(value, poly)
        return value

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
                    _add(total, {one or two: x * y})
                    continue
                _add(total, self._product(one, two), x * y)
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
                product = {tuple(sorted(whole.items(), key=_by_serial)): Fraction(1)}
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
            base, share = _base(atom)
            if atom.op == "exp":
                exponent = node("add", exponent, node("mul", number(power), atom.args[0]))
            elif atom.op in ("norm", "abs") and power > 1:
                inside = square_of_length(atom) if atom.op == "norm" else node("pow", atom.args[0], 2)
                value = self.times(value, self.power(self.poly(inside), power // 2))
                if power % 2:
                    rest[atom] = 1
            elif base is not atom or any(_base(other)[0] is atom for other in monomial if other is not atom):
                bases[base] = bases.get(base, Fraction(0)) + share * power
            else:
                rest[atom] = power
        for base in bases:
            parts = {atom: power for atom, power in monomial.items() if _base(atom)[0] is base}
            rest_of, whole = self._together(base, bases[base], parts)
            for atom, power in rest_of.items():
                rest[atom] = rest.get(atom, 0) + power
            value = self.times(value, whole)
        if exponent is not ZERO:
            value = self.times(value, self._exponential(exponent))
        key = tuple(sorted(rest.items(), key=_by_serial))
        return self._plain_times({key: Fraction(1)}, value)

    @staticmethod
    def _plain_times(first: Poly, second: Poly) -> Poly:
        total: Poly = {}
        for one, x in first.items():
            for two, y in second.items():
                whole: dict[Node, int] = dict(one)
                for atom, power in two:
                    whole[atom] = whole.get(atom, 0) + power
                _add(total, {tuple(sorted(whole.items(), key=_by_serial)): x * y})
        return total

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
        if self.nonzero(base) and all(part.op != "root" and not _inverse_root(part) for part in parts):
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
        factors = _factors(below)
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
        scale = _content(poly) if len(poly) > 1 and self.nonzero(form) else Fraction(1)
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
            return {tuple(sorted(atoms.items(), key=_by_serial)): Fraction(1)}
        return {((node("inv", atom), 1),): Fraction(1)}

    def _root_of(self, inside: Node, degree: int) -> Poly:
        """The root of a product in which a factor occurs twice: that is taken out as it is written."""
        factors: dict[Node, int] = {}
        for factor in _factors(inside):
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
        shared = _shared(poly)
        outside = {atom: power for atom, power in shared.items() if self._at_least(atom)}
        if degree == 2:
            outside |= {
                atom: power - power % 2 for atom, power in shared.items() if power > 1 and atom not in outside
            }
        scale = _content(poly)
        value = _root_of_number(scale, degree)
        for atom, power in (*outside.items(), *below.items()):
            base = atom if self._at_least(atom) else node("abs", atom)
            atoms, whole = self._root_of_power(base, Fraction(power, degree))
            key = tuple(sorted(atoms.items(), key=_by_serial))
            value = self.times(value, self.times({key: Fraction(1)}, whole))
        inside = as_node(plus({}, _divided(poly, outside), 1 / scale))
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

    # -- atoms -------------------------------------------------------------------------------------
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

    def _size(self, inside: Node) -> Poly:
        """An absolute value, positive factors taken out."""
        poly, below = self._cleared(self.poly(inside))
        shared = {atom: power for atom, power in _shared(poly).items() if self._more(atom)}
        scale = _content(poly)
        rest = plus({}, _divided(poly, shared), 1 / scale)
        if min(rest.items(), key=_order)[1] < 0:
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
            value = self._plain_times(value, {((node("exp", as_node(left)), 1),): Fraction(1)})
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

    # -- terms and claims in normal form -----------------------------------------------------------
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
        if claim.op in ("eq", "ne") and surplus and min(surplus.items(), key=_order)[1] < 0:
            surplus = plus({}, surplus, Fraction(-1))
        if surplus:
            size = abs(min(surplus.items(), key=_order)[1])
            surplus = plus({}, surplus, 1 / size)
        return node(claim.op, ZERO, as_node(surplus))


def _factors(term: Node) -> list[Node]:
    """The factors that a term is written with."""
    if term.op == "mul" or (term.op == "add" and len(term.args) == 1):
        return [factor for part in term.args for factor in _factors(part)]
    if term.op == "pow":
        times: int = term.args[1]
        return _factors(term.args[0]) * times
    return [term]


def _shared(poly: Poly) -> dict[Node, int]:
    """The atoms that all parts of a polynomial have in common, with the least power."""
    shared: dict[Node, int] | None = None
    for monomial in poly:
        powers = dict(monomial)
        if shared is None:
            shared = powers
        else:
            shared = {atom: min(power, powers[atom]) for atom, power in shared.items() if atom in powers}
    return shared or {}


def _divided(poly: Poly, shared: dict[Node, int]) -> Poly:
    """A polynomial without a factor that all its parts have."""
    if not shared:
        return poly
    total: Poly = {}
    for monomial, scale in poly.items():
        rest = tuple((a, p - shared.get(a, 0)) for a, p in monomial if p > shared.get(a, 0))
        total[rest] = scale
    return total


def _content(poly: Poly) -> Fraction:
    """The largest positive number that leaves whole coefficients without a common factor."""
    above = gcd(*(value.numerator for value in poly.values()))
    return Fraction(above, lcm(*(value.denominator for value in poly.values())))


def _unknown(term: Node) -> bool:
    """Whether a matrix, of which no sort is known, is inside."""
    return term.op == "matrix" or any(map(_unknown, term.parts))


def _order(item: tuple[Monomial, Fraction]) -> list[tuple[int, int]]:
    return [(atom.serial, power) for atom, power in item[0]]


def _infinite(term: Node) -> bool:
    return term.op == "case" and INFINITY in term.args


def _base(atom: Node) -> tuple[Node, Fraction]:
    """What an atom is a power of, and which."""
    if atom.op == "root":
        return atom.args[0], Fraction(1, atom.args[1])
    if atom.op == "inv":
        if atom.args[0].op == "root":
            return atom.args[0].args[0], Fraction(-1, atom.args[0].args[1])
        return atom.args[0], Fraction(-1)
    return atom, Fraction(1)


def _inverse_root(atom: Node) -> bool:
    return bool(atom.op == "inv" and atom.args[0].op == "root")


def _root_of_number(value: Fraction, degree: int) -> Poly:
    """The root of a positive rational number: whole parts taken out, and nothing below a fraction line."""
    under = value.numerator * value.denominator ** (degree - 1)
    outside, inside = 1, 1
    for prime, times in sp.factorint(under).items():
        outside *= int(prime) ** (times // degree)
        inside *= int(prime) ** (times % degree)
    scale = Fraction(outside, value.denominator)
    if inside == 1:
        return {(): scale}
    if degree % 2 == 0 and isqrt(inside) ** 2 == inside:
        half = _root_of_number(Fraction(isqrt(inside)), degree // 2)
        return plus({}, half, scale)
    return {((node("root", number(inside), degree), 1),): scale}
