"""Claims evaluated on a finite probability space, against which the calculus and the lemmas are tested.

Every value has axes (class j, outcome), vectors one more; ``Expect`` sums over outcomes, ``SumOver`` over
classes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy as sp

from proofs.kernel.atoms import AtomOf, DrawnAt
from proofs.kernel.model import TWINS, a, b, xi
from proofs.kernel.nodes import Node
from proofs.kernel.terms import Dot, Moment, Norm
from theory.evaluation.concentration import mixture_upper
from theory.expressions import (
    Avg,
    Expect,
    ForEveryOther,
    KlUpper,
    MaxAxes,
    MaxOver,
    MixtureUpper,
    Prob,
    SumAxes,
    SumOver,
    SumOverPairs,
)
from theory.quantities import TABLE

Array = Any


@dataclass
class Space:
    weights: Array
    scalars: dict[sp.Basic, Array] = field(default_factory=dict)
    vectors: dict[sp.Symbol, Array] = field(default_factory=dict)
    laws: dict[sp.Symbol, tuple[Array, Array]] = field(default_factory=dict)
    facts: dict[sp.Basic, bool] = field(default_factory=dict)
    """What no numbers show: that a law is Gaussian, say."""
    alike: dict[sp.Symbol, list[Array]] = field(default_factory=dict)
    """What a vector symbol that stands for several vectors stands for."""

    def holds(self, claim: sp.Basic, slack: float = 1e-9) -> bool:
        return bool(np.all(self.truth(claim, slack)))

    def truth(self, claim: sp.Basic, slack: float = 0.0) -> Array:
        if claim in (sp.true, sp.false):
            return np.array(claim == sp.true)
        if isinstance(claim, sp.And):
            return np.logical_and.reduce(np.broadcast_arrays(*(self.truth(c, slack) for c in claim.args)))
        if isinstance(claim, sp.Implies):
            return ~self.truth(claim.args[0]) | self.truth(claim.args[1], slack)
        if isinstance(claim, ForEveryOther):
            return np.all(self.truth(claim.args[0]), axis=0, keepdims=True)
        if claim in self.facts:
            return np.array(self.facts[claim])
        if isinstance(claim, DrawnAt):
            where = zip((xi, a, b), claim.args, strict=True)
            same = [self._near(self.vectors[symbol], self.vector(place)) for symbol, place in where]
            return np.logical_and.reduce(np.broadcast_arrays(*same))
        if isinstance(claim, AtomOf):
            return self._is_atom(*claim.args)
        left, right = map(self.value, claim.args)
        margin = slack * (1 + np.abs(left) + np.abs(right))
        if isinstance(claim, sp.Eq):
            return np.abs(left - right) <= margin + 1e-12
        if isinstance(claim, sp.Le | sp.Lt):
            return left <= right + margin if isinstance(claim, sp.Le) else left < right
        return left >= right - margin if isinstance(claim, sp.Ge) else left > right

    @staticmethod
    def _near(first: Array, second: Array) -> Array:
        return np.max(np.abs(first - second), axis=-1) < 1e-9

    def _is_atom(self, law: sp.Symbol, place: sp.Expr, share: sp.Expr) -> Array:
        atoms, weights = self.laws[law]
        met = np.zeros(len(weights), dtype=bool)
        several = [symbol for symbol in self.alike if place.has(symbol)]
        for value in self.alike[several[0]] if several else [None]:
            at = dict(self.vectors) if value is None else {**self.vectors, several[0]: value[None, None]}
            here = Space(self.weights, self.scalars, at).vector(place)[0, 0]
            met |= self._near(atoms, here)
        return np.abs(weights @ met - self.value(share)) < 1e-9

    def value(self, term: sp.Expr) -> Array:
        if term in self.scalars:
            return np.asarray(self.scalars[term], dtype=float)
        if term.is_Rational:
            return np.array(float(term))
        if isinstance(term, Expect | Prob):
            inside = term.args[0]
            values = self.value(inside) if isinstance(term, Expect) else self.truth(inside).astype(float)
            full = np.broadcast_to(values, np.broadcast_shapes(values.shape, (1, len(self.weights))))
            return np.sum(full * self.weights, axis=-1, keepdims=True)
        if isinstance(term, sp.Sum):
            inside, (index, first, last) = term.args
            numbers = range(int(np.squeeze(self.value(first))), int(np.squeeze(self.value(last))) + 1)
            return sum((self.value(inside.subs(index, number)) for number in numbers), np.zeros((1, 1)))
        if isinstance(term, SumOver | SumAxes):
            return np.sum(self.value(term.args[0]), axis=0, keepdims=True)
        if isinstance(term, MaxOver | MaxAxes):
            return np.max(self.value(term.args[0]), axis=0, keepdims=True)
        if isinstance(term, Avg):
            return np.mean(self.value(term.args[0]), axis=0, keepdims=True)
        if isinstance(term, SumOverPairs):
            return self._over_pairs(term.args[0])
        if isinstance(term, Dot):
            return np.sum(self.vector(term.args[0]) * self.vector(term.args[1]), axis=-1)
        if isinstance(term, Norm):
            return np.sqrt(np.sum(self.vector(term.args[0]) ** 2, axis=-1))
        if isinstance(term, Moment):
            atoms, weights = self.laws[term.args[0]]
            product = np.array(1.0)
            for vector in term.args[1:]:
                product = product * (self.vector(vector) @ atoms.T)
            return np.sum(product * weights, axis=-1)
        parts = [self.value(part) for part in term.args]
        if isinstance(term, sp.Add):
            return sum(parts[1:], parts[0])
        if isinstance(term, sp.Mul):
            return _product(parts)
        if isinstance(term, sp.Pow):
            return parts[0] ** parts[1]
        if isinstance(term, sp.exp | sp.log):
            return np.exp(parts[0]) if isinstance(term, sp.exp) else np.log(parts[0])
        if isinstance(term, sp.Min):
            return np.minimum.reduce(np.broadcast_arrays(*parts))
        if isinstance(term, sp.floor):
            return np.floor(parts[0])
        if isinstance(term, KlUpper):
            return np.vectorize(_kl_upper)(*parts)
        if isinstance(term, MixtureUpper):
            return mixture_upper(*parts[:3], [float(np.squeeze(tilt)) for tilt in parts[3:]])
        if isinstance(term, sp.Abs):
            return np.abs(parts[0])
        raise ValueError(f"no value for {term!r}")

    def number(self, term: Node) -> float:
        """The value of one of the kernel's own terms, a normal form of the calculus."""
        parts = (
            [self.number(part) for part in term.parts]
            if term.op in ("add", "mul", "pow", "inv", "root")
            else []
        )
        if term.op == "num":
            return float(term.args[0])
        if term.op == "add":
            return float(sum(parts))
        if term.op == "mul":
            return float(np.prod(parts))
        if term.op == "pow":
            return parts[0] ** term.args[1]
        if term.op == "inv":
            return 1 / parts[0]
        if term.op == "root":
            return parts[0] ** (1 / term.args[1])
        if term.op == "sym":
            return float(np.squeeze(self.value(term.args[0])))
        if term.op == "expect":
            values = self.outcomes(term.args[0])
            full = np.broadcast_to(values, np.broadcast_shapes(values.shape, (1, len(self.weights))))
            return float(np.squeeze(np.sum(full * self.weights, axis=-1)))
        raise ValueError(f"no value for {term}")

    def outcomes(self, term: Node) -> Array:
        """The values of a term of the kernel's for all outcomes."""
        if term.op in ("add", "mul"):
            parts = [self.outcomes(part) for part in term.args]
            return sum(parts[1:], parts[0]) if term.op == "add" else _product(parts)
        if term.op == "pow":
            return self.outcomes(term.args[0]) ** term.args[1]
        if term.op == "dot":
            u, v = (self.vectors[part.args[0]] for part in term.args)
            return np.sum(u * v, axis=-1)
        if term.op == "norm":
            pairs = zip(term.args[::2], term.args[1::2], strict=True)
            whole = sum(self.vectors[part.args[0]] * self.number(scale) for part, scale in pairs)
            return np.sqrt(np.sum(whole**2, axis=-1))
        if term.op == "moment":
            law = next(symbol for symbol in self.laws if str(symbol) == term.args[0])
            atoms, weights = self.laws[law]
            product = np.array(1.0)
            for part in term.args[1:]:
                product = product * (self.vectors[part.args[0]] @ atoms.T)
            return np.sum(product * weights, axis=-1)
        return np.array(self.number(term))

    def vector(self, term: sp.Expr) -> Array:
        from proofs.kernel.terms import coefficients

        pieces = [
            self.vectors[symbol] * np.asarray(self.value(scale))[..., None]
            for symbol, scale in coefficients(term).items()
        ]
        return sum(pieces[1:], pieces[0])

    def _over_pairs(self, inside: sp.Expr) -> Array:
        """Sum over l != j: the twins of class j's symbols take the values of another class."""
        count = max(np.shape(value)[0] for value in self.scalars.values() if np.ndim(value) == 2)
        total = np.array(0.0)
        twins = dict(TWINS)
        twins |= {
            entry.symbol: TABLE[name + "_at_l"].symbol
            for name, entry in TABLE.items()
            if name + "_at_l" in TABLE
        }
        for shift in range(1, count):
            scalars, vectors = dict(self.scalars), dict(self.vectors)
            for symbol, other in twins.items():
                if symbol in self.scalars:
                    scalars[other] = np.roll(self.scalars[symbol], -shift, axis=0)
                if symbol in self.vectors:
                    vectors[other] = np.roll(self.vectors[symbol], -shift, axis=0)
            shifted = Space(self.weights, scalars, vectors, self.laws)
            total = total + np.sum(shifted.value(inside), axis=0, keepdims=True)
        return total


def _kl_upper(mean: float, radius: float) -> float:
    """sup{q : kl(mean, q) <= radius} by bisection."""
    low, high = min(max(mean, 0.0), 1.0), 1.0
    for _ in range(80):
        middle = (low + high) / 2
        parts = ((mean, middle), (1 - mean, 1 - middle))
        entropy = sum(u * np.log(u / q) for u, q in parts if u > 0 and q > 0)
        low, high = (middle, high) if entropy <= radius else (low, middle)
    return high


def _product(parts: list[Array]) -> Array:
    value = parts[0]
    for part in parts[1:]:
        value = value * part
    return value
