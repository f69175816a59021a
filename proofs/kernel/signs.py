"""What is known to be positive, at least zero, or not zero: by the meaning of symbols, and by facts.

A polynomial is positive if each of its terms is at least zero and one is more; or if a fact says so of it,
perhaps with a smaller number added.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from fractions import Fraction

from proofs.kernel.nodes import INFINITY, RELATIONS, TRUE, ZERO, Node, conjuncts, node, number, sub
from proofs.kernel.polynomials import Monomial, Poly, as_node, coefficient_order, divided, plus, shared_atoms
from proofs.kernel.sorts import NONNEGATIVE, POSITIVE, Sorts, meaning

_NONNEGATIVE_OPS = ("prob", "norm", "abs", "ChiSquareLess", "NormalOrthant", "KlUpper", "MixtureUpper")


class Signs(ABC):
    """Signs of terms in normal form, under what is known."""

    @abstractmethod
    def poly(self, term: Node) -> Poly:
        """The polynomial that a term is."""

    @abstractmethod
    def canon(self, term: Node) -> Node:
        """The same for terms, or claims, that are one by the rules of ``Forms``."""

    @abstractmethod
    def times(self, first: Poly, second: Poly) -> Poly:
        """The product of two polynomials."""

    @abstractmethod
    def power(self, poly: Poly, times: int) -> Poly:
        """A whole power of a polynomial."""

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
        shared = shared_atoms(poly)
        shared = {atom: power for atom, power in shared.items() if self._more(atom)}
        stripped = divided(poly, shared)
        if len(poly) == 1 and not next(iter(stripped)):
            stripped = poly  # a product of positive numbers, as the fact claims
        return as_node(plus({}, stripped, 1 / abs(min(stripped.items(), key=coefficient_order)[1])))

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
        size = abs(min(poly.items(), key=coefficient_order)[1])
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
