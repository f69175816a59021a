"""Random arguments of one or two steps, most of them nearly right: what the kernel is let loose on."""

from __future__ import annotations

import random
from dataclasses import dataclass

import sympy as sp

from proofs import Argument, lemmas
from proofs.kernel import Instance, Proof
from proofs.kernel.model import a, b, xi
from proofs.kernel.terms import D, Dot, Norm
from theory.expressions import Expect, pair_error
from theory.quantities import d, lam_i, n, trS2_i, trSS, v_i, v_j

NUMBERS = sp.symbols("f_0 f_1", real=True)
"""Numbers fixed in advance."""
NAMES = (
    sp.Symbol("u_0", real=True),
    sp.Symbol("w_0", positive=True),
    sp.Symbol("y_0", nonnegative=True),
    sp.Symbol("z_0", integer=True),
)
"""Names for definitions; what they declare is as often false as not."""
QUANTITIES = (v_i, v_j, d, n, lam_i)
DOTS = (Dot(xi, xi), Dot(a, a), Dot(b, b), Dot(xi, a), Dot(xi, D), Dot(D, b), Dot(a, b), Dot(xi, b))


@dataclass
class Draw:
    """One random argument, and what its symbols mean."""

    proof: Proof
    meanings: dict[sp.Basic, sp.Expr]


def draw(seed: int) -> Draw | None:
    """The argument of this number; None where SymPy or a lemma refuses to write it down."""
    rng = random.Random(seed)
    try:
        return _Writer(rng).write()
    except (ValueError, TypeError, ZeroDivisionError, AttributeError):
        return None


class _Writer:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.names: list[sp.Symbol] = []
        self.meanings: dict[sp.Basic, sp.Expr] = {}

    def write(self) -> Draw:
        p = Argument("random", sp.true)
        for symbol in NUMBERS:
            p.fix(str(symbol), symbol)
        for symbol in self.rng.sample(NAMES, self.rng.randint(0, 3)):
            meaning = self._meaning()
            p.define(str(symbol), symbol, meaning)
            self.names.append(symbol)
            self.meanings[symbol] = meaning
        uses = [str(symbol) for symbol in (*self.names,) if self.rng.random() < 0.9]
        kind = self.rng.choice(("identity", "identity", "inequality", "expectation", "cited", "cited"))
        if kind == "cited":
            instance = self._instance()
            p.cite("it", "Cited.", instance, *uses)
        else:
            claim = getattr(self, f"_{kind}")()
            getattr(p, kind)("it", "A claim.", claim, *uses)
        p.goal = p.steps[-1].claim
        return Draw(p.finish(), self.meanings)

    def _meaning(self) -> sp.Expr:
        """A number as often as an expression; zero and negative numbers among them."""
        kind = self.rng.random()
        if kind < 0.45:
            return sp.Rational(self.rng.choice((-4, -2, -1, 0, 0, 1, 2, 4)), self.rng.choice((1, 1, 4)))
        if kind < 0.6:
            return self.rng.choice(DOTS)
        return self._term(2)

    def _term(self, depth: int, *, random_too: bool = False) -> sp.Expr:
        rng = self.rng
        if depth == 0 or rng.random() < 0.2:
            leaves = [*NUMBERS, *self.names * 2, *QUANTITIES[:3]]
            if random_too:
                leaves += DOTS
            return rng.choice(leaves) if rng.random() < 0.85 else sp.Integer(rng.randint(-2, 3))
        first = self._term(depth - 1, random_too=random_too)
        kind = rng.random()
        if kind < 0.12:
            return sp.sqrt(first)
        if kind < 0.25:
            return first ** rng.choice((2, 2, -1))
        second = self._term(depth - 1, random_too=random_too)
        return {0: first + second, 1: first - second, 2: first * second, 3: first / second}[rng.randint(0, 3)]

    def _rewritten(self, term: sp.Expr) -> sp.Expr:
        """The same by the rules of a careless hand: definitions put in, cancelled, roots undone."""
        rng = self.rng
        if rng.random() < 0.6:
            for _ in range(3):
                term = term.subs(self.meanings)
        change = rng.choice((sp.expand, sp.together, sp.cancel, sp.powdenest, lambda x: x))
        changed: sp.Expr = change(term)
        if rng.random() < 0.25:
            changed += rng.choice((0, 0, 1, *NUMBERS))
        return changed

    def _identity(self) -> sp.Basic:
        left = self._term(3, random_too=self.rng.random() < 0.3)
        return sp.Eq(left, self._rewritten(left), evaluate=False)

    def _inequality(self) -> sp.Basic:
        left = self._term(2)
        right = self._rewritten(left) + self.rng.choice((0, 0, 1, v_i, left**2, *self.names))
        return sp.Le(left, right, evaluate=False)

    def _expectation(self) -> sp.Basic:
        rng = self.rng
        first, second = (rng.choice((*DOTS, *self.names, Dot(xi, xi))) for _ in range(2))
        values = (0, v_i, v_i / n, v_j / n, d**2 * v_i, trS2_i / n, trSS / n, v_i * v_j / n)
        guess = rng.choice((Expect(first) * Expect(second), *values))
        return sp.Eq(Expect(first * second), guess, evaluate=False)

    def _instance(self) -> Instance:
        rng = self.rng
        X, Y = (rng.choice((*DOTS, *self.names, Norm(a))) ** rng.choice((1, 2)) for _ in range(2))
        t = rng.choice((*self.names, *NUMBERS, d, v_i, n, Dot(a, a) + 1, sp.Integer(1)))
        scale = rng.choice((*self.names, *NUMBERS, n, 1 / n, d, v_i, v_j))
        q = rng.choice((v_i, v_j, d, v_i * v_j))
        made = (
            lambda: lemmas.markov(sp.Ge(X, t, evaluate=False), X, t),
            lambda: lemmas.average_linear((scale, q), (rng.choice((n, *NUMBERS)), v_j)),
            lambda: lemmas.sum_scaled(scale, q),
            lambda: lemmas.monotone(X, X + Y**2),
            lambda: lemmas.jensen_square(X),
            lambda: lemmas.at_most_max(q),
            lambda: lemmas.average_swapped(q),
            lambda: lemmas.triangle(rng.choice((a, b, D)), rng.choice((b, xi, -a))),
            lambda: lemmas.minkowski(sp.Integer(2), X, Y),
            lambda: lemmas.power_monotone(t, t + Y**2, sp.Integer(2)),
            lambda: lemmas.cantelli(X, t, Y),
            lambda: lemmas.jensen_length(D + b, D),
            lambda: lemmas.floor_at_least(t, sp.S.Zero),
            lambda: lemmas.at_most_one(sp.Ge(X, t, evaluate=False)),
            lambda: lemmas.sum_monotone(q, q + scale**2),
            lambda: lemmas.more_likely(sp.Ge(X, t + 1, evaluate=False), pair_error.args[0]),
        )
        return rng.choice(made)()
