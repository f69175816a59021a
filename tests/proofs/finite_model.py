"""Random finite models in exact fractions: three classes of numbers on the line, every draw written out.

A claim is evaluated for every ordered pair of classes and every outcome of the draws, straight from its SymPy
text: nothing of the kernel is used. What has no value (1/0, the root of a negative number) gets an arbitrary
one, the same whenever it is met: a claim that the kernel accepts must hold whatever it is.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from fractions import Fraction
from math import isqrt
from typing import Any

import sympy as sp

from proofs.kernel.model import a, b, xi
from proofs.kernel.terms import D, Dot, Norm, is_scalar
from theory.expressions import Avg, Expect, MaxOver, Prob, SumOver
from theory.quantities import M4_i, M4_j, d, dir_i, dir_j, k, lam_i, n, p, trS2_i, trS2_j, trSS, v_i, v_j

CLASSES = range(3)
Pair = tuple[int, int]
Outcome = dict[sp.Symbol, Fraction]


class Irrational(Exception):
    """A root that is no fraction: this model says nothing of the claim."""


class Model:
    """One model; ``meanings`` are the definitions of a proof, ``free`` its numbers fixed in advance."""

    def __init__(self, seed: int, meanings: dict[sp.Basic, sp.Expr], free: tuple[sp.Symbol, ...]) -> None:
        self.rng = random.Random(seed)
        self.meanings = meanings
        self.shots = self.rng.choice((1, 2))
        self.laws = [self._law() for _ in CLASSES]
        self.means = [Fraction(place, 2) for place in self.rng.sample(range(-9, 10), len(CLASSES))]
        self.free = {symbol: self._number() for symbol in free}
        self.unspecified: dict[Any, Fraction] = {}
        self._means: dict[Any, Fraction] = {}

    def _number(self) -> Fraction:
        return Fraction(self.rng.randint(-8, 8), self.rng.choice((1, 2, 4)))

    def _law(self) -> list[tuple[Fraction, Fraction]]:
        """Two centred atoms with their probabilities."""
        share, place = Fraction(self.rng.randint(1, 3), 4), Fraction(self.rng.randint(0, 4), 2)
        return [(place * (1 - share), share), (-place * share, 1 - share)]

    def pairs(self) -> Iterator[Pair]:
        """All ordered pairs of classes."""
        return itertools.permutations(CLASSES, 2)

    def outcomes(self, pair: Pair) -> Iterator[tuple[Outcome, Fraction]]:
        """Query and centres with their probability."""
        own, other = (self.laws[c] for c in pair)
        draws = [own, *[own] * self.shots, *[other] * self.shots]
        for chosen in itertools.product(*draws):
            weight = Fraction(1)
            for _, share in chosen:
                weight *= share
            places = [place for place, _ in chosen]
            if weight:
                at_a = sum(places[1 : 1 + self.shots], Fraction(0)) / self.shots
                at_b = sum(places[1 + self.shots :], Fraction(0)) / self.shots
                yield {xi: places[0], a: at_a, b: at_b}, weight

    # -- claims --------------------------------------------------------------------------------------
    def refutes(self, claim: sp.Basic) -> bool:
        """Whether the claim is false for some pair of classes and some outcome."""
        for pair in self.pairs():
            random_claim = self._random(claim)
            for outcome, _ in self.outcomes(pair) if random_claim else [({}, Fraction(1))]:
                if not self.truth(claim, pair, outcome):
                    return True
        return False

    def _random(self, term: sp.Basic) -> bool:
        if isinstance(term, Expect | Prob):
            return False
        if term in self.meanings:
            return self._random(self.meanings[term])
        return term in (xi, a, b) or any(map(self._random, term.args))

    def truth(self, claim: Any, pair: Pair, at: Outcome) -> bool:
        """Whether a claim holds there."""
        if claim in (sp.true, sp.false):
            return bool(claim == sp.true)
        if isinstance(claim, sp.And):
            return all(self.truth(part, pair, at) for part in claim.args)
        if isinstance(claim, sp.Or):
            return any(self.truth(part, pair, at) for part in claim.args)
        if isinstance(claim, sp.Not):
            return not self.truth(claim.args[0], pair, at)
        if isinstance(claim, sp.Implies):
            return not self.truth(claim.args[0], pair, at) or self.truth(claim.args[1], pair, at)
        left, right = (self.value(side, pair, at) for side in claim.args)
        if isinstance(claim, sp.Eq):
            return left == right
        if isinstance(claim, sp.Ne):
            return left != right
        if isinstance(claim, sp.Le):
            return left <= right
        if isinstance(claim, sp.Lt):
            return left < right
        return left >= right if isinstance(claim, sp.Ge) else left > right

    # -- numbers -------------------------------------------------------------------------------------
    def value(self, term: Any, pair: Pair, at: Outcome) -> Fraction:
        """The value of a term there."""
        if isinstance(term, sp.Rational):
            return Fraction(int(term.p), int(term.q))
        if term in self.meanings:
            return self.value(self.meanings[term], pair, at)
        if term in self.free:
            return self.free[term]
        if isinstance(term, sp.Symbol):
            return self._quantity(term, pair)
        if isinstance(term, Expect | Prob):
            return self._mean(term, pair)
        if isinstance(term, Avg | SumOver | MaxOver):
            return self._over_classes(term, pair, at)
        if isinstance(term, Dot):
            return self.vector(term.args[0], pair, at) * self.vector(term.args[1], pair, at)
        if isinstance(term, Norm):
            return abs(self.vector(term.args[0], pair, at))
        parts = [self.value(part, pair, at) for part in term.args] if not is_scalar(term) else []
        if isinstance(term, sp.Add):
            return sum(parts, Fraction(0))
        if isinstance(term, sp.Mul):
            whole = Fraction(1)
            for part in parts:
                whole *= part
            return whole
        if isinstance(term, sp.Pow):
            return self._power(parts[0], term.args[1])
        if isinstance(term, sp.Abs):
            return abs(parts[0])
        if isinstance(term, sp.Min | sp.Max):
            return min(parts) if isinstance(term, sp.Min) else max(parts)
        if isinstance(term, sp.floor):
            return Fraction(parts[0].numerator // parts[0].denominator)
        raise Irrational(str(term))

    def vector(self, term: Any, pair: Pair, at: Outcome) -> Fraction:
        """A vector of the line."""
        if term == D:
            return self.means[pair[1]] - self.means[pair[0]]
        if term in (xi, a, b):
            return at[term]
        parts = sp.Add.make_args(sp.expand(term))
        if len(parts) > 1:
            return sum((self.vector(part, pair, at) for part in parts), Fraction(0))
        whole = Fraction(1)
        for factor in sp.Mul.make_args(parts[0]):
            held = factor in (D, xi, a, b)
            whole *= self.vector(factor, pair, at) if held else self.value(factor, pair, at)
        return whole

    def _power(self, base: Fraction, exponent: Any) -> Fraction:
        if not isinstance(exponent, sp.Rational):
            raise Irrational(str(exponent))
        if exponent.q != 1:
            base = self._root(base, int(exponent.q))
        if exponent < 0:
            base = 1 / base if base else self._some("inverse", base)
        return base ** abs(int(exponent.p))

    def _root(self, base: Fraction, degree: int) -> Fraction:
        """Any value for a negative number that goes with sqrt(a b) = sqrt(a) sqrt(b) for a >= 0."""
        if base < 0:
            return self._some("root", degree) * self._root(-base, degree)
        root = Fraction(round(base.numerator ** (1 / degree)), round(base.denominator ** (1 / degree)))
        if degree == 2:
            root = Fraction(isqrt(base.numerator), isqrt(base.denominator))
        if root**degree != base:
            raise Irrational(str(base))
        return root

    def _some(self, what: str, of: Any) -> Fraction:
        return self.unspecified.setdefault((what, of), self._number())

    def _mean(self, term: Any, pair: Pair) -> Fraction:
        key = (term, pair)
        if key not in self._means:
            inside = term.args[0]
            total = Fraction(0)
            for outcome, weight in self.outcomes(pair):
                if isinstance(term, Expect):
                    total += weight * self.value(inside, pair, outcome)
                else:
                    total += weight * self.truth(inside, pair, outcome)
            self._means[key] = total
        return self._means[key]

    def _over_classes(self, term: Any, pair: Pair, at: Outcome) -> Fraction:
        pairs = list(self.pairs())
        if not isinstance(term, Avg):
            pairs = [other for other in pairs if other[0] == pair[0]]
        values = [self.value(term.args[0], other, at) for other in pairs]
        if isinstance(term, MaxOver):
            return max(values)
        return sum(values, Fraction(0)) / (len(values) if isinstance(term, Avg) else 1)

    def _quantity(self, symbol: sp.Symbol, pair: Pair) -> Fraction:
        own, other = (self._moments(c) for c in pair)
        gap = self.means[pair[1]] - self.means[pair[0]]
        values = {
            n: Fraction(self.shots), k: Fraction(len(CLASSES)), p: Fraction(1), d: abs(gap),
            v_i: own[0], lam_i: own[0], dir_i: own[0], v_j: other[0], dir_j: other[0],
            M4_i: own[1], M4_j: other[1], trS2_i: own[0] ** 2, trS2_j: other[0] ** 2, trSS: own[0] * other[0],
        }  # fmt: skip
        if symbol not in values:
            raise Irrational(f"no value for {symbol}")
        return values[symbol]

    def _moments(self, which: int) -> tuple[Fraction, Fraction]:
        law = self.laws[which]
        second, fourth = (sum((w * x**q for x, w in law), Fraction(0)) for q in (2, 4))
        return second, fourth
