"""How a proof is written down. Nothing here is trusted: the kernel reads the finished proof."""

from __future__ import annotations

from dataclasses import dataclass, field

import sympy as sp

from proofs.kernel.steps import Instance, Premise, Proof, Step
from proofs.kernel.terms import mean, random_symbols
from proofs.ledger.notebook import proof_html
from theory.bound import Statement
from theory.evaluation.optimise import FreeParameter

__all__ = ["Argument", "Instance", "Proof", "domain"]


@dataclass(frozen=True)
class WrittenProof(Proof):
    """A proof that shows itself in a notebook; nothing of it has been checked yet."""

    def _repr_html_(self) -> str:
        return proof_html(self)


@dataclass
class Argument:
    """Writes a proof down, in the order of the argument."""

    name: str
    goal: sp.Basic
    premises: list[Premise] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    @classmethod
    def about(cls, bound: Statement) -> Argument:
        """An argument for a statement of the catalogue: its very relation, its abbreviations, its condition
        and the domain of its parameter."""
        argument = cls(bound.name, bound.relation)
        for symbol, meaning in bound.where:
            argument.define(symbol.name, symbol, meaning)
        if bound.condition != sp.true:
            argument.assume("condition", "the statement's condition", bound.condition)
        if bound.free is not None:
            argument.assume("domain", f"the domain of {bound.free.symbol}", domain(bound.free))
        return argument

    def assume(self, name: str, says: str, claim: sp.Basic) -> None:
        """A hypothesis. Unless it says what a symbol of the catalogue means, or is the statement's own, it is
        named wherever the verdict is."""
        self.premises.append(Premise(name, says, claim))

    def fix(self, name: str, symbol: sp.Symbol, says: str = "") -> sp.Symbol:
        """A number that is chosen before anything is drawn, one for all classes."""
        claim = sp.Eq(symbol, symbol, evaluate=False)
        self.premises.append(Premise(name, says or f"{symbol} is any number", claim, role="number"))
        return symbol

    def define(self, name: str, symbol: sp.Basic, meaning: sp.Expr, says: str = "") -> sp.Basic:
        """A name for an expression; a random scalar must name the vectors it depends on."""
        claim = sp.Eq(symbol, meaning, evaluate=False)
        self.premises.append(Premise(name, says or f"meaning of {symbol}", claim, symbol))
        return symbol

    @property
    def random(self) -> frozenset[sp.Symbol]:
        """The symbols that this argument has defined as names of something random."""
        named: frozenset[sp.Symbol] = frozenset()
        for premise in self.premises:
            symbol = premise.defines
            if symbol is not None and symbol.is_Symbol and random_symbols(premise.claim.args[1], named):
                named |= {symbol}
        return named

    def mean(self, expression: sp.Expr) -> sp.Expr:
        """Expectation, which leaves alone what isn't random here."""
        return mean(expression, self.random)

    def identity(self, name: str, says: str, claim: sp.Basic, *uses: str) -> None:
        """An equation of polynomials, once the equations it uses are put in."""
        self.steps.append(Step(name, "identity", says, claim, uses))

    def inequality(self, name: str, says: str, claim: sp.Basic, *uses: str) -> None:
        """Anything that follows from the premises used by the order of real numbers; Z3 decides."""
        self.steps.append(Step(name, "inequality", says, claim, uses))

    def expectation(self, name: str, says: str, claim: sp.Basic, *uses: str) -> None:
        """An equation of expectations of polynomials in inner products."""
        self.steps.append(Step(name, "expectation", says, claim, uses))

    def interval(self, name: str, says: str, claim: sp.Basic, evidence: object, *uses: str) -> None:
        """An inequality on a box, by ball arithmetic."""
        self.steps.append(Step(name, "interval", says, claim, uses, evidence))

    def cite(self, name: str, says: str, instance: Instance, *uses: str) -> None:
        """The conclusion of a lemma at particular arguments."""
        self.steps.append(Step(name, "cited", says, instance.gives, uses, instance))

    def finish(self) -> WrittenProof:
        """The proof, not checked yet."""
        return WrittenProof(self.name, self.goal, tuple(self.premises), tuple(self.steps))


def domain(free: FreeParameter) -> sp.Basic:
    """Where a free parameter may lie, as a claim about its symbol."""
    lower = sp.Rational(free.lower)
    start = sp.Ge(free.symbol, lower) if free.closed else sp.Gt(free.symbol, lower)
    return start if free.upper == sp.oo else sp.And(start, sp.Lt(free.symbol, free.upper))
