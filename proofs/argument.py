"""How a proof is written down."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from proofs.steps import Instance, Kind, Premise, Proof, Step
from proofs.terms import RANDOM_SCALARS, sources


@dataclass
class Argument:
    """Writes a proof down, in the order of the argument."""

    name: str
    goal: sp.Basic
    premises: list[Premise] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    @classmethod
    def about(cls, bound: Any) -> Argument:
        """An argument for a statement of the catalogue: its very relation and its abbreviations."""
        argument = cls(bound.name, bound.relation)
        for symbol, meaning in bound.where:
            argument.define(symbol.name, symbol, meaning)
        if bound.condition != sp.true:
            argument.assume("condition", "the statement's condition", bound.condition)
        if bound.free is not None:
            argument.assume("domain", f"the domain of {bound.free.symbol}", domain(bound.free))
        return argument

    def assume(self, name: str, says: str, claim: sp.Basic) -> None:
        self.premises.append(Premise(name, says, claim))

    def define(self, name: str, symbol: sp.Basic, meaning: sp.Expr, says: str = "") -> sp.Basic:
        claim = sp.Eq(symbol, meaning, evaluate=False)
        if symbol.is_Symbol and sources(meaning) & RANDOM_SCALARS:
            RANDOM_SCALARS.add(symbol)
        self.premises.append(Premise(name, says or f"meaning of {symbol}", claim, symbol))
        return symbol

    def _step(
        self, kind: Kind, name: str, says: str, claim: sp.Basic, uses: tuple[str, ...], evidence: Any = None
    ) -> None:
        self.steps.append(Step(name, kind, says, claim, uses, evidence))

    def identity(self, name: str, says: str, claim: sp.Basic, *uses: str) -> None:
        self._step("identity", name, says, claim, uses)

    def inequality(self, name: str, says: str, claim: sp.Basic, *uses: str) -> None:
        self._step("inequality", name, says, claim, uses)

    def expectation(self, name: str, says: str, claim: sp.Basic, *uses: str) -> None:
        self._step("expectation", name, says, claim, uses)

    def interval(self, name: str, says: str, claim: sp.Basic, evidence: Any, *uses: str) -> None:
        self._step("interval", name, says, claim, uses, evidence)

    def cite(self, name: str, says: str, instance: Instance, *uses: str) -> None:
        self._step("cited", name, says, instance.gives, uses, instance)

    def finish(self) -> Proof:
        return Proof(self.name, self.goal, tuple(self.premises), tuple(self.steps))


def domain(free: Any) -> sp.Basic:
    """Where a free parameter may lie, as a claim about its symbol."""
    lower = sp.Rational(free.lower)
    start = sp.Ge(free.symbol, lower) if free.closed else sp.Gt(free.symbol, lower)
    return start if free.upper == sp.oo else sp.And(start, sp.Lt(free.symbol, free.upper))
