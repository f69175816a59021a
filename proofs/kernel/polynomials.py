"""Polynomials with rational coefficients in atoms: sums, common factors, the one term that stands for each.

Nothing here knows a sign: what may be cancelled, and when a root may be taken, is decided in ``products``.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd, isqrt, lcm

import sympy as sp

from proofs.kernel.nodes import ZERO, Node, node, number

Monomial = tuple[tuple[Node, int], ...]
"""Atoms with their powers, by serial number."""
Poly = dict[Monomial, Fraction]
"""Coefficients of monomials; none is 0."""


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
    add_to(total, second, scale)
    return total


def add_to(total: Poly, more: Poly, scale: Fraction | int = 1) -> None:
    """Add scale more to a polynomial that is not shared."""
    for monomial, value in more.items():
        part = value if scale == 1 else scale * value
        present = total.get(monomial)
        whole = part if present is None else present + part
        if whole:
            total[monomial] = whole
        else:
            total.pop(monomial, None)


def by_serial(pair: tuple[Node, int]) -> int:
    """The order of atoms in a monomial."""
    return pair[0].serial


def plain_times(first: Poly, second: Poly) -> Poly:
    """The product, where no two atoms make a simpler form."""
    total: Poly = {}
    for one, x in first.items():
        for two, y in second.items():
            whole: dict[Node, int] = dict(one)
            for atom, power in two:
                whole[atom] = whole.get(atom, 0) + power
            add_to(total, {tuple(sorted(whole.items(), key=by_serial)): x * y})
    return total


def factors_of(term: Node) -> list[Node]:
    """The factors that a term is written with."""
    if term.op == "mul" or (term.op == "add" and len(term.args) == 1):
        return [factor for part in term.args for factor in factors_of(part)]
    if term.op == "pow":
        times: int = term.args[1]
        return factors_of(term.args[0]) * times
    return [term]


def shared_atoms(poly: Poly) -> dict[Node, int]:
    """The atoms that all parts of a polynomial have in common, with the least power."""
    shared: dict[Node, int] | None = None
    for monomial in poly:
        powers = dict(monomial)
        if shared is None:
            shared = powers
        else:
            shared = {atom: min(power, powers[atom]) for atom, power in shared.items() if atom in powers}
    return shared or {}


def divided(poly: Poly, shared: dict[Node, int]) -> Poly:
    """A polynomial without a factor that all its parts have."""
    if not shared:
        return poly
    total: Poly = {}
    for monomial, scale in poly.items():
        rest = tuple((a, p - shared.get(a, 0)) for a, p in monomial if p > shared.get(a, 0))
        total[rest] = scale
    return total


def content(poly: Poly) -> Fraction:
    """The largest positive number that leaves whole coefficients without a common factor."""
    above = gcd(*(value.numerator for value in poly.values()))
    return Fraction(above, lcm(*(value.denominator for value in poly.values())))


def coefficient_order(item: tuple[Monomial, Fraction]) -> list[tuple[int, int]]:
    """The order of monomials by which the first one is picked."""
    return [(atom.serial, power) for atom, power in item[0]]


def base_of(atom: Node) -> tuple[Node, Fraction]:
    """What an atom is a power of, and which."""
    if atom.op == "root":
        return atom.args[0], Fraction(1, atom.args[1])
    if atom.op == "inv":
        if atom.args[0].op == "root":
            return atom.args[0].args[0], Fraction(-1, atom.args[0].args[1])
        return atom.args[0], Fraction(-1)
    return atom, Fraction(1)


def inverse_root(atom: Node) -> bool:
    """Whether an atom is one over a root."""
    return bool(atom.op == "inv" and atom.args[0].op == "root")


def root_of_number(value: Fraction, degree: int) -> Poly:
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
        half = root_of_number(Fraction(isqrt(inside)), degree // 2)
        return plus({}, half, scale)
    return {((node("root", number(inside), degree), 1),): scale}
