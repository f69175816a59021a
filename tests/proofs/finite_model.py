"""Random finite models in exact fractions: three classes of numbers on the line, every draw written out.

A claim is evaluated for every ordered pair of classes and every outcome of the draws, straight from its SymPy
text: nothing of the kernel is used. What has no value (1/0, the root of a negative number) gets an arbitrary
one, the same whenever it is met: a claim that the kernel accepts must hold whatever it is. exp and log are
those of base two, which obey the same rules, and have values in fractions.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property
from math import isqrt
from typing import Any

import sympy as sp

from proofs.kernel.model import a, b, b_l, xi
from proofs.kernel.terms import D, D_l, Dot, Moment, Norm, is_scalar
from theory import quantities as Q
from theory.expressions import (
    Avg,
    Expect,
    ForEveryOther,
    MaxOver,
    Prob,
    SumOver,
    SumOverPairs,
    class_error,
    few_shot_error,
    margin,
)

CLASSES = range(3)
Pair = tuple[int, int]
Outcome = tuple[Fraction, ...]
"""The query, and how far the centre of each class is off."""
RANDOM_TERMS = frozenset({xi, a, b, b_l, margin})
SUMS = (Avg, SumOver, MaxOver, SumOverPairs)


class Irrational(Exception):
    """A value that is not a fraction: this model cannot decide the claim."""


class Model:
    """One model; ``meanings`` are the definitions of a proof, ``free`` its numbers fixed in advance."""

    def __init__(self, seed: int, meanings: dict[sp.Basic, sp.Expr], free: tuple[sp.Symbol, ...]) -> None:
        self.rng = random.Random(seed)
        self.meanings = meanings
        self.shots = self.rng.choice((1, 1, 1, 2))
        self.laws = [self._law() for _ in CLASSES]
        self.means = [Fraction(place, 2) for place in self.rng.sample(range(-9, 10), len(CLASSES))]
        self.free = {symbol: self._number() for symbol in free}
        self.unspecified: dict[Any, Fraction] = {}
        self._still_values: dict[Any, Fraction] = {}
        self._is_random: dict[Any, bool] = {}
        self._outcomes: dict[int, list[tuple[Outcome, Fraction]]] = {}

    def _number(self) -> Fraction:
        return Fraction(self.rng.randint(-8, 8), self.rng.choice((1, 2, 4)))

    def _law(self) -> list[tuple[Fraction, Fraction]]:
        """Two centred atoms with their probabilities."""
        share, place = Fraction(self.rng.randint(1, 3), 4), Fraction(self.rng.randint(0, 4), 2)
        return [(place * (1 - share), share), (-place * share, 1 - share)]

    def pairs(self) -> Iterator[Pair]:
        """All ordered pairs of classes."""
        return itertools.permutations(CLASSES, 2)

    @cached_property
    def centres(self) -> list[list[tuple[Fraction, Fraction]]]:
        """Of each class how far its centre, a mean of draws, may be off, with the probabilities."""
        laws = []
        for law in self.laws:
            share: dict[Fraction, Fraction] = {}
            for chosen in itertools.product(law, repeat=self.shots):
                place, weight = sum((x for x, _ in chosen), Fraction(0)) / self.shots, Fraction(1)
                for _, q in chosen:
                    weight *= q
                share[place] = share.get(place, Fraction(0)) + weight
            laws.append(list(share.items()))
        return laws

    def outcomes(self, own: int) -> list[tuple[Outcome, Fraction]]:
        """Query of a class, and all centres, with their probability."""
        if own not in self._outcomes:
            outcomes = self._outcomes[own] = []
            for chosen in itertools.product(self.laws[own], *self.centres):
                weight = Fraction(1)
                for _, share in chosen:
                    weight *= share
                outcomes.append((tuple(place for place, _ in chosen), weight))
        return self._outcomes[own]

    # -- claims --------------------------------------------------------------------------------------
    def refutes(self, claim: sp.Basic) -> bool:
        """Whether the claim is false for some pair of classes and some outcome."""
        is_random = self.random(claim)
        for pair in self.pairs():
            for outcome, _ in self.outcomes(pair[0]) if is_random else self.outcomes(pair[0])[:1]:
                if not self.truth(claim, pair, outcome):
                    return True
        return False

    def random(self, term: sp.Basic) -> bool:
        """Whether something drawn is left outside the expectations."""
        is_random = self._is_random.get(term)
        if is_random is None:
            if isinstance(term, Expect | Prob):
                is_random = False
            elif term in self.meanings:
                is_random = self.random(self.meanings[term])
            else:
                is_random = term in RANDOM_TERMS or any(map(self.random, term.args))
            self._is_random[term] = is_random
        return is_random

    def written_random(self, term: sp.Basic) -> bool:
        """Whether something drawn stands in a term as it is written, whatever it is defined as: that settles
        which mean is meant."""
        if term in RANDOM_TERMS or any(map(self.written_random, term.args)):
            return True
        return term in self.meanings and self.written_random(self.meanings[term])

    def _case_values(self, cases: sp.Piecewise, pair: Pair, at: Outcome) -> tuple[Fraction, ...]:
        """The values that a function by cases is made of: where no case is met its value is anything, and the
        same for the same of them (the conditions are all false there)."""
        return tuple(self.value(part, pair, at) for part, _ in cases.args)

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
        if type(claim) is ForEveryOther:
            return all(self.truth(claim.args[0], (pair[0], j), at) for j in CLASSES if j != pair[0])
        if isinstance(claim, ForEveryOther):  # of all pairs: not of what is drawn, which differs between them
            self._still(claim)
            return all(self.truth(claim.args[0], other, at) for other in self.pairs())
        if not isinstance(claim, sp.core.relational.Relational):
            raise Irrational(str(claim))
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

    def _still(self, term: sp.Basic) -> None:
        if any(map(self.random, term.args)):
            raise Irrational(f"draws of several query classes: {term}")

    # -- numbers -------------------------------------------------------------------------------------
    def value(self, term: Any, pair: Pair, at: Outcome) -> Fraction:
        """The value of a term there."""
        if self.random(term):
            return self._value(term, pair, at)
        key = (term, pair)
        result = self._still_values.get(key)
        if result is None:
            result = self._still_values[key] = self._value(term, pair, at)
        return result

    def _value(self, term: Any, pair: Pair, at: Outcome) -> Fraction:
        if isinstance(term, sp.Rational):
            return Fraction(int(term.p), int(term.q))
        if term is sp.oo:  # only ever the larger side
            return Fraction(10**30)
        if term in self.meanings:
            return self.value(self.meanings[term], pair, at)
        if term in self.free:
            return self.free[term]
        if term == margin:
            gap = self.means[pair[1]] - self.means[pair[0]]
            return (at[0] - gap - at[1 + pair[1]]) ** 2 - (at[0] - at[1 + pair[0]]) ** 2
        if isinstance(term, sp.Symbol):
            return self._quantity(term, pair)
        if isinstance(term, Expect | Prob):
            return self._mean(term, pair)
        if isinstance(term, SUMS):
            return self._over_classes(term, pair, at)
        if isinstance(term, Dot):
            return self.vector(term.args[0], pair, at) * self.vector(term.args[1], pair, at)
        if isinstance(term, Norm):
            return abs(self.vector(term.args[0], pair, at))
        if isinstance(term, Moment):
            return self._moment(term, pair, at)
        if isinstance(term, sp.Piecewise):
            for part, where in term.args:
                if self.truth(where, pair, at):
                    return self.value(part, pair, at)
            return self._some("case", self._case_values(term, pair, at))
        if is_scalar(term):
            raise Irrational(str(term))
        return self._function(term, [self.value(part, pair, at) for part in term.args])

    def _function(self, term: Any, parts: list[Fraction]) -> Fraction:
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
        if isinstance(term, sp.exp) and parts[0].denominator == 1 and abs(parts[0]) < 100:
            return Fraction(2) ** int(parts[0])
        if isinstance(term, sp.log):
            return self._logarithm(parts[0])
        raise Irrational(str(term))

    def _logarithm(self, value: Fraction) -> Fraction:
        if value <= 0:
            return self._some("log", value)
        place = value.numerator.bit_length() - value.denominator.bit_length()
        if Fraction(2) ** place != value:
            raise Irrational(f"log {value}")
        return Fraction(place)

    def vector(self, term: Any, pair: Pair, at: Outcome) -> Fraction:
        """A vector of the line."""
        (third,) = set(CLASSES) - set(pair)
        own, other = pair
        places = {xi: at[0], a: at[1 + own], b: at[1 + other], b_l: at[1 + third]}
        places[D], places[D_l] = (self.means[c] - self.means[own] for c in (other, third))
        if term in places:
            return places[term]
        parts = sp.Add.make_args(sp.expand(term))
        if len(parts) > 1:
            return sum((self.vector(part, pair, at) for part in parts), Fraction(0))
        whole = Fraction(1)
        for factor in sp.Mul.make_args(parts[0]):
            whole *= places[factor] if factor in places else self.value(factor, pair, at)
        return whole

    def _moment(self, term: Any, pair: Pair, at: Outcome) -> Fraction:
        """E of the product of a fresh draw with vectors that are given."""
        (third,) = set(CLASSES) - set(pair)
        which = {"i": pair[0], "j": pair[1], "l": third}[str(term.args[0])]
        along = Fraction(1)
        for vector in term.args[1:]:
            along *= self.vector(vector, pair, at)
        return along * self._moments(which, len(term.args) - 1)

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
        """Of what is drawn given the classes; of what is not, over the pool of all three."""
        inside, total = term.args[0], Fraction(0)
        if isinstance(term, Expect) and not self.written_random(inside):
            pairs = list(self.pairs())
            values = (self.value(inside, other, self.outcomes(other[0])[0][0]) for other in pairs)
            return sum(values, Fraction(0)) / len(pairs)
        for outcome, weight in self.outcomes(pair[0]):
            if isinstance(term, Expect):
                total += weight * self.value(inside, pair, outcome)
            else:
                total += weight * self.truth(inside, pair, outcome)
        return total

    def _over_classes(self, term: Any, pair: Pair, at: Outcome) -> Fraction:
        pairs = list(self.pairs())
        if isinstance(term, Avg):
            self._still(term)
        else:
            pairs = [other for other in pairs if other[0] == pair[0]]
        values = [self.value(term.args[0], other, at) for other in pairs]
        if isinstance(term, MaxOver):
            return max(values)
        return sum(values, Fraction(0)) / (len(values) if isinstance(term, Avg) else 1)

    def _quantity(self, symbol: sp.Symbol, pair: Pair) -> Fraction:
        own, other = pair
        (third,) = set(CLASSES) - set(pair)
        second, fourth = ([self._moments(c, q) for c in CLASSES] for q in (2, 4))
        gap, gap_l = (self.means[c] - self.means[own] for c in (other, third))
        values = {
            Q.n: Fraction(self.shots), Q.k: Fraction(len(CLASSES)), Q.p: Fraction(1),
            Q.d: abs(gap), Q.for_class_l(Q.d): abs(gap_l), Q.v_i: second[own], Q.lam_i: second[own],
            Q.dir_i: second[own], Q.v_j: second[other], Q.dir_j: second[other],
            Q.for_class_l(Q.v_j): second[third], Q.M4_i: fourth[own], Q.M4_j: fourth[other],
            Q.kap_i: fourth[own], Q.trS2_i: second[own] ** 2, Q.trS2_j: second[other] ** 2,
            Q.trSS: second[own] * second[other], Q.Dt_j: gap * self._moments(other, 3),
            Q.DSD_jl: gap * gap_l * second[own],
        }  # fmt: skip
        if symbol in (class_error, few_shot_error):
            return self._error(range(3) if symbol == few_shot_error else (own,))
        if symbol not in values:
            raise Irrational(f"no value for {symbol}")
        return values[symbol]

    def _error(self, classes: Any) -> Fraction:
        """How often some other centre is at least as near to the query as its own."""
        wrong = Fraction(0)
        for own in classes:
            for at, weight in self.outcomes(own):
                margins = (self.value(margin, (own, j), at) for j in CLASSES if j != own)
                wrong += weight * (min(margins) <= 0)
        return wrong / len(classes)

    def _moments(self, which: int, q: int) -> Fraction:
        return sum((share * place**q for place, share in self.laws[which]), Fraction(0))
