"""Whether a term is zero: a polynomial identity, decided by FLINT's exact polynomials.

Reciprocals of what is known to differ from zero are multiplied out; all others, and all that is no
polynomial, are numbers about which nothing is known.
"""

from __future__ import annotations

from fractions import Fraction
from types import ModuleType
from typing import Any, TypeAlias

from proofs.kernel.forms import Forms
from proofs.kernel.nodes import Node
from proofs.kernel.polynomials import Monomial, Poly, plus
from proofs.kernel.solver import SolverMissing

DEPTH = 12

Flint: TypeAlias = Any
"""A ring or a polynomial of python-flint, which has no types."""


def load_flint() -> ModuleType:
    """FLINT. Raises ``SolverMissing``."""
    try:
        import flint
    except ImportError:
        raise SolverMissing("proofs need FLINT: pip install 'neural-collapse-transfer[prove]'") from None
    module: ModuleType = flint
    return module


def vanishes(term: Node, forms: Forms) -> bool:
    """Whether the term is zero whatever the numbers are, as far as what is known defines its quotients."""
    poly = forms.poly(term)
    for _ in range(DEPTH):
        if not poly:
            return True
        below = _denominators(poly, forms)
        if not below:
            return False
        poly = _multiplied_out(poly, below, forms)
    return False


def _denominators(poly: Poly, forms: Forms) -> dict[Node, int]:
    """What reciprocals are of that differs from zero, each with its highest power."""
    highest: dict[Node, int] = {}
    for monomial in poly:
        for atom, power in monomial:
            if atom.op == "inv" and forms.nonzero(atom.args[0]):
                highest[atom] = max(power, highest.get(atom, 0))
    return highest


def _multiplied_out(poly: Poly, below: dict[Node, int], forms: Forms) -> Poly:
    """The polynomial times the highest power of each denominator, by FLINT where nothing else is to do."""
    bases = {atom: forms.poly(atom.args[0]) for atom in below}
    if any(atom in below for base in bases.values() for monomial in base for atom, _ in monomial):
        return _one_at_a_time(poly, below, forms)
    flint = load_flint()
    atoms: dict[Node, int] = {}
    for source in (poly, *bases.values()):
        for monomial in source:
            for atom, _ in monomial:
                if atom not in below:
                    atoms.setdefault(atom, len(atoms))
    ring = flint.fmpq_mpoly_ctx.get([f"x{place}" for place in range(max(len(atoms), 1))], "lex")
    powers = {atom: _to_flint(bases[atom], atoms, ring, flint) for atom in below}
    total = _to_flint({}, atoms, ring, flint)
    for monomial, scale in poly.items():
        powers_of = dict(monomial)
        part = _to_flint({_without(monomial, below): scale}, atoms, ring, flint)
        for atom, most in below.items():
            part = part * powers[atom] ** (most - powers_of.get(atom, 0))
        total = total + part
    names = sorted(atoms, key=lambda atom: atoms[atom])
    back: Poly = {}
    for exponents, value in total.to_dict().items():
        parts = [(names[place], int(power)) for place, power in enumerate(exponents) if power]
        back[tuple(sorted(parts, key=lambda pair: pair[0].serial))] = Fraction(int(value.p), int(value.q))
    return _tidy(back, forms)


def _one_at_a_time(poly: Poly, below: dict[Node, int], forms: Forms) -> Poly:
    """A denominator that stands below another one is left for the next round."""
    inner = {
        atom
        for other in below
        for monomial in forms.poly(other.args[0])
        for atom, _ in monomial
        if atom in below
    }
    return _multiplied_out(poly, {atom: most for atom, most in below.items() if atom not in inner}, forms)


def _without(monomial: Monomial, below: dict[Node, int]) -> Monomial:
    return tuple(pair for pair in monomial if pair[0] not in below)


def _to_flint(poly: Poly, atoms: dict[Node, int], ring: Flint, flint: ModuleType) -> Flint:
    coefficients: dict[tuple[int, ...], Any] = {}
    for monomial, scale in poly.items():
        exponents = [0] * max(len(atoms), 1)
        for atom, power in monomial:
            exponents[atoms[atom]] += power
        key = tuple(exponents)
        coefficients[key] = coefficients.get(key, flint.fmpq(0)) + flint.fmpq(
            scale.numerator, scale.denominator
        )
    return ring.from_dict(coefficients)


def _tidy(poly: Poly, forms: Forms) -> Poly:
    """Powers of roots and of lengths that multiplying out has made."""
    total: Poly = {}
    for monomial, scale in poly.items():
        value: Poly = {(): scale}
        for atom, power in monomial:
            value = forms.times(value, forms.power({((atom, 1),): Fraction(1)}, power))
        total = plus(total, value)
    return total
