"""Random arguments of one or two steps, most of them nearly right, as input for the kernel."""

from __future__ import annotations

import random
from dataclasses import dataclass

import sympy as sp
from random_expectations import equation
from random_instances import instance

from proofs import Argument
from proofs.kernel import Proof
from proofs.kernel.interval import Box
from proofs.kernel.model import a, b, xi
from proofs.kernel.terms import D, Dot, Norm, is_scalar, scalar
from theory.expressions import Avg, Expect, MaxOver, SumOver, pair_error
from theory.quantities import d, lam_i, n, v_i, v_j

NUMBERS = sp.symbols("f_0 f_1", real=True)
"""Numbers fixed in advance."""
NAMES = (
    sp.Symbol("u_0", real=True),
    sp.Symbol("w_0", positive=True),
    sp.Symbol("y_0", nonnegative=True),
    sp.Symbol("z_0", integer=True),
    scalar("s", a),
    scalar("r", b, xi),
)
"""Names for definitions; what they declare is as often false as not."""
QUANTITIES = (v_i, v_j, d, n, lam_i)
DOTS = (Dot(xi, xi), Dot(a, a), Dot(b, b), Dot(xi, a), Dot(xi, D), Dot(D, b), Dot(a, b), Dot(xi, b))
MEANS = (Expect(Dot(a, a)), Expect(Norm(a)), Avg(v_i), SumOver(v_j), MaxOver(v_j), pair_error)
KINDS = (*["identity", "inequality", "cited"] * 6, *["expectation", "chain"] * 3, "box")
POSITIVE = (n + 1, d + n, v_i + d, d**2 + v_j + 1, n, 2 * n + v_i * v_j)


@dataclass
class Draw:
    """One random argument, the meanings of its symbols, and its hypotheses."""

    proof: Proof
    meanings: dict[sp.Basic, sp.Expr]
    assumed: tuple[sp.Basic, ...]


def draw(seed: int) -> Draw | None:
    """The argument of this number; None where SymPy or a lemma refuses to write it down."""
    rng = random.Random(seed)
    try:
        return _Writer(rng).write()
    except (ValueError, TypeError, ArithmeticError, AttributeError, NotImplementedError, RecursionError):
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
            random_ones = (*DOTS, *DOTS, sp.Integer(2), v_j)
            meaning = self.rng.choice(random_ones) if is_scalar(symbol) else self._meaning()
            p.define(str(symbol), symbol, meaning)
            self.names.append(symbol)
            self.meanings[symbol] = meaning
        assumed = tuple(self._hypothesis() for _ in range(self.rng.choice((0, 0, 0, 1, 2))))
        for place, claim in enumerate(assumed):
            p.assume(f"h{place}", "assumed", claim)
        known = [*map(str, self.names), *(f"h{place}" for place in range(len(assumed)))]
        uses = [name for name in known if self.rng.random() < 0.9]
        self._step(p, self.rng.choice(KINDS), uses)
        p.goal = p.steps[-1].claim
        hypotheses = (each for each in p.premises if each.defines is None and each.role != "number")
        return Draw(p.finish(), self.meanings, tuple(each.claim for each in hypotheses))

    def _step(self, p: Argument, kind: str, uses: list[str]) -> None:
        if kind == "box":
            self._box(p)
        elif kind == "cited":
            lemma = instance(self.rng, self._leaf, self._random_leaf)
            needs = [need for need in lemma.needs if need not in (True, sp.true)]
            for place, need in enumerate(needs if self.rng.random() < 0.7 else ()):
                p.inequality(f"need {place}", "What it needs.", need, *uses)
            p.cite("it", "Cited.", lemma, *uses, *(step.name for step in p.steps))
        elif kind == "chain":
            # an equation, and what is made of it with that put in
            left = self._term(2, random_too=True)
            p.identity("first", "A claim.", sp.Eq(left, self._rewritten(left), evaluate=False), *uses)
            right = p.steps[0].claim.args[1]
            more = self._term(1, random_too=True)
            other = self.rng.choice((Expect(left * more), left + more, left * more, sp.sqrt(left)))
            claim = sp.Eq(other, other.xreplace({left: right}), evaluate=False)
            p.identity("it", "A claim.", claim, *uses, "first")
        else:
            claim = getattr(self, f"_{kind}")()
            getattr(p, kind)("it", "A claim.", claim, *uses)

    def _box(self, p: Argument) -> None:
        """A rational function of one number, on all the values that models give it."""
        x, ends = NUMBERS[0], (sp.Integer(-8), sp.Integer(8))
        box = (sp.Ge(x, ends[0], evaluate=False), sp.Le(x, ends[1], evaluate=False))
        for name, claim in zip(("low", "high"), box, strict=True):
            p.assume(name, "assumed", claim)
        left = self.rng.choice((x**2, 1 / (x**2 + 1), sp.sqrt(x + 9), x, 1 / x, sp.sqrt(x)))
        claim = sp.Lt(left, self.rng.choice((sp.Integer(1), sp.Integer(5), 2 - x, x + 20, x**2 + 65)))
        p.interval("it", "A claim.", claim, Box(((x, *ends),)), "low", "high")

    def _leaf(self) -> sp.Expr:
        """A number that is fixed, as often as not; a name may hide anything."""
        return self.rng.choice((*self.names * 2, *NUMBERS, *QUANTITIES, 1 / n, sp.Integer(1), sp.Integer(0)))

    def _random_leaf(self) -> sp.Expr:
        return self.rng.choice((*DOTS, *self.names, Norm(a), Norm(b), Dot(a, a) + 1, v_j))

    def _hypothesis(self) -> sp.Basic:
        rng = self.rng
        left, right = self._leaf(), rng.choice((0, 0, 1, self._leaf()))
        relation = rng.choice((sp.Ge, sp.Gt, sp.Ne, sp.Le, sp.Eq))
        return relation(left, right, evaluate=False)

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
            leaves = [*NUMBERS, *self.names * 2, *QUANTITIES[:4]]
            if random_too:
                leaves += [*DOTS, *MEANS, Norm(a), Norm(D + b)]
            return rng.choice(leaves) if rng.random() < 0.85 else sp.Integer(rng.randint(-2, 3))
        first = self._term(depth - 1, random_too=random_too)
        kind = rng.random()
        if kind < 0.24:
            wraps = (
                sp.sqrt, lambda x: sp.sqrt(x**2), sp.Abs, sp.exp, sp.log, sp.floor,
                lambda x: x**2, lambda x: 1 / x, lambda x: x ** sp.Rational(1, 4), lambda x: 1 / sp.sqrt(x),
            )  # fmt: skip
            wrapped: sp.Expr = rng.choice(wraps)(first)
            return wrapped
        second = self._term(depth - 1, random_too=random_too)
        if kind < 0.36:
            joins = (
                sp.Max, sp.Min, lambda x, y: sp.sqrt(x * y), lambda x, y: sp.exp(x + y),
                lambda x, y: sp.Abs(x * y),
                lambda x, y: sp.Piecewise((x, sp.Ge(y, 0)), (y, True)),
                lambda x, y: sp.Piecewise((x, sp.Gt(y, x))),
            )  # fmt: skip
            joined: sp.Expr = rng.choice(joins)(first, second)
            return joined
        return {0: first + second, 1: first - second, 2: first * second, 3: first / second}[rng.randint(0, 3)]

    def _rewritten(self, term: sp.Expr) -> sp.Expr:
        """The same by the rules of a careless hand: definitions put in, cancelled, roots undone."""
        rng = self.rng
        if rng.random() < 0.6:
            for _ in range(3):
                term = term.subs(self.meanings)
        change = rng.choice(
            (
                sp.expand, sp.together, sp.cancel, sp.powdenest, sp.factor, sp.apart, sp.expand_log,
                lambda x: sp.powsimp(x, force=True), lambda x: sp.expand(x, force=True),
                lambda x: sp.powdenest(x, force=True), lambda x: x.replace(sp.Abs, lambda y: y), lambda x: x,
            )
        )  # fmt: skip
        try:
            changed: sp.Expr = change(term)
        except (NotImplementedError, sp.PolynomialError):
            changed = term
        if rng.random() < 0.2:
            changed += rng.choice((0, 0, 1, *NUMBERS))
        return changed

    def _identity(self) -> sp.Basic:
        left = self._term(3, random_too=self.rng.random() < 0.3)
        if self.rng.random() < 0.3:  # a sum of quotients over one denominator
            first, second, third = (self._leaf() for _ in range(3))
            second, third = (self.rng.choice((each, self.rng.choice(POSITIVE))) for each in (second, third))
            left = first / second + 1 / third
            return sp.Eq(left, (first * third + second) / (second * third), evaluate=False)
        if self.rng.random() < 0.1:  # the root of a product, as it is written
            factor, other = self._leaf() + self.rng.choice((1, d, -2)), self._leaf()
            inside = sp.Mul(factor, factor, other, evaluate=False)
            root = sp.Pow(inside, sp.S.Half, evaluate=False)
            size = self.rng.choice((sp.Abs(factor), sp.Abs(factor), factor))
            return sp.Eq(root, size * sp.sqrt(other), evaluate=False)
        return sp.Eq(left, self._rewritten(left), evaluate=False)

    def _inequality(self) -> sp.Basic:
        rng = self.rng
        left = self._term(2, random_too=rng.random() < 0.3)
        right = self._rewritten(left) + rng.choice((0, 0, 1, v_i, left**2, *self.names))
        if rng.random() < 0.1:  # nothing is claimed where it is infinite
            right = sp.Piecewise((sp.oo, sp.Ge(self._leaf(), 0)), (right, True))
        claim = sp.Le(left, right, evaluate=False)
        kind = rng.random()
        if kind < 0.6:
            return claim
        other = rng.choice((sp.Gt, sp.Ne, sp.Ge))(
            self._term(1), rng.choice((0, self._leaf())), evaluate=False
        )
        if kind < 0.8:
            return sp.Implies(other, claim, evaluate=False)
        either: sp.Basic = rng.choice((sp.Or, sp.And))(
            claim, rng.choice((other, sp.Not(other))), evaluate=False
        )
        return either

    def _expectation(self) -> sp.Basic:
        return equation(self.rng, self.names)
