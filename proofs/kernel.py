"""The proof kernel: named steps, their checkers, and the ledger of what was checked.

A proof is a list of steps. Each has a claim, the premises it uses (earlier steps, hypotheses and
definitions, by name) and one of five kinds of checker; it sees those premises and nothing else. A proof
holds when every step is confirmed and the last claim is, structurally, the relation it set out to prove.

Claims hold for all classes that meet the hypotheses and, where random vectors are mentioned outside an
expectation, for every outcome. That is why a step about one j may be summed over j, and averaged.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import sympy as sp

from proofs.smt import Obligation
from proofs.terms import RANDOM_SCALARS, sources

Kind = Literal["identity", "inequality", "interval", "expectation", "cited"]
KINDS: tuple[Kind, ...] = ("identity", "inequality", "interval", "expectation", "cited")
SECONDS = 10.0
"""Time limit of one obligation; no answer within it is failure."""


@dataclass(frozen=True)
class Instance:
    """A lemma at particular arguments: what must be shown first, and what follows."""

    lemma: str
    arguments: tuple[Any, ...]
    needs: tuple[sp.Basic, ...]
    gives: sp.Basic


@dataclass(frozen=True)
class Step:
    """``says`` is the step in one sentence, ``uses`` the names of its premises."""

    name: str
    kind: Kind
    says: str
    claim: sp.Basic
    uses: tuple[str, ...] = ()
    evidence: Any = None


@dataclass(frozen=True)
class Premise:
    """A hypothesis of the theorem, or (``defines``) the meaning of a new symbol."""

    name: str
    says: str
    claim: sp.Basic
    defines: sp.Basic | None = None


@dataclass(frozen=True)
class Proof:
    """What is to be shown, from which hypotheses, by which steps."""

    name: str
    goal: sp.Basic
    premises: tuple[Premise, ...]
    steps: tuple[Step, ...]

    @property
    def defined(self) -> frozenset[sp.Basic]:
        return frozenset(premise.defines for premise in self.premises if premise.defines is not None)

    def _repr_html_(self) -> str:
        from proofs.notebook import proof_html

        return proof_html(self)


@dataclass(frozen=True)
class Outcome:
    holds: bool
    detail: str = ""


# -- the five checkers -----------------------------------------------------------------------------------
def _rewritten(expression: sp.Expr, premises: tuple[sp.Basic, ...]) -> sp.Expr:
    """The expression with the left sides of the premises' equations replaced by their right sides."""
    equations = {claim.args[0]: claim.args[1] for claim in premises if isinstance(claim, sp.Eq)}
    for _ in range(len(equations) + 1):
        further = expression.xreplace(equations)
        if further == expression:
            break
        expression = further
    return expression


def vanishes(expression: sp.Expr) -> bool:
    """Whether the numerator over a common denominator is the zero polynomial."""
    numerator = sp.fraction(sp.together(expression))[0]
    previous = None
    while numerator != previous:
        previous, numerator = numerator, sp.expand(numerator)
    return bool(numerator == 0)


def _nonzero(base: sp.Expr, premises: tuple[sp.Basic, ...]) -> bool:
    """Whether a denominator is known to differ from zero."""
    known = {claim.args[0] for claim in premises if isinstance(claim, sp.Gt | sp.Ne) and claim.args[1] == 0}
    known |= {claim.args[1] for claim in premises if isinstance(claim, sp.Lt | sp.Ne) and claim.args[0] == 0}
    return bool(base.is_nonzero or base in known)


def _identity(step: Step, premises: tuple[sp.Basic, ...], proof: Proof) -> Outcome:
    if not isinstance(step.claim, sp.Eq):
        return Outcome(False, "an identity is an equation")
    left, right = (_rewritten(side, premises) for side in step.claim.args)
    left_over = (left.free_symbols | right.free_symbols) & proof.defined
    if any(symbol.is_nonnegative or symbol.is_nonzero for symbol in left_over):
        return Outcome(False, "the sign of an abbreviation is not known without its meaning")
    # A quotient whose denominator may vanish is any number: it must cancel as it stands.
    difference = left - right
    signs = tuple(
        claim.func(*(_rewritten(side, premises) for side in claim.args), evaluate=False)
        for claim in premises
        if isinstance(claim, sp.Gt | sp.Lt | sp.Ne)
    )
    unsafe = {
        power: sp.Function("reciprocal")(power.base) ** -power.exp
        for power in difference.atoms(sp.Pow)
        if power.exp.is_negative and not _nonzero(power.base, premises + signs)
    }
    return Outcome(vanishes(difference.xreplace(unsafe)), "the two sides differ")


def _expectation(step: Step, premises: tuple[sp.Basic, ...], proof: Proof) -> Outcome:
    from proofs.expectation import normal

    if not isinstance(step.claim, sp.Eq):
        return Outcome(False, "an expectation is an equation")
    left, right = (_rewritten(side, premises) for side in step.claim.args)
    if sources(left) | sources(right):
        return Outcome(False, "something random is left outside the expectations")
    try:
        return Outcome(vanishes(normal(left) - normal(right)), "the two sides differ")
    except ValueError as error:
        return Outcome(False, str(error))


def _inequality(step: Step, premises: tuple[sp.Basic, ...], proof: Proof) -> Outcome:
    answer = obligation(step, premises, proof).ask_z3(_limit)
    return Outcome(answer.proved, answer.detail)


def obligation(step: Step, premises: tuple[sp.Basic, ...], proof: Proof) -> Obligation:
    """What the solvers are asked for a step of kind ``inequality``."""
    return Obligation(premises, step.claim, proof.defined)


def _interval(step: Step, premises: tuple[sp.Basic, ...], proof: Proof) -> Outcome:
    from proofs.interval import confirm

    outcome: Outcome = confirm(step.claim, step.evidence, premises)
    return outcome


def _cited(step: Step, premises: tuple[sp.Basic, ...], proof: Proof) -> Outcome:
    from proofs.lemmas import LEMMAS

    instance = step.evidence
    if not isinstance(instance, Instance) or instance.lemma not in LEMMAS:
        return Outcome(False, "there is no such lemma")
    # Built anew: what a proof file says that a lemma gives is not believed.
    if instance != LEMMAS[instance.lemma](*instance.arguments) or instance.gives != step.claim:
        return Outcome(False, "the claim is not what the lemma gives")
    for needed in instance.needs:
        if needed != sp.true and not any(_entails(premise, needed) for premise in (sp.true, *premises)):
            return Outcome(False, f"nothing discharges the lemma's hypothesis {needed}")
    return Outcome(True)


def _entails(premise: sp.Basic, needed: sp.Basic) -> bool:
    """Whether a premise is what a lemma needs; an equation also serves as an inequality."""
    if isinstance(needed, sp.Eq | sp.Le | sp.Ge) and needed.args[0] == needed.args[1]:
        return True
    if isinstance(premise, sp.Eq) and isinstance(needed, sp.Le | sp.Ge) and premise.args == needed.args:
        return True
    return same(premise, needed)


def same(first: sp.Basic, second: sp.Basic) -> bool:
    """Whether two claims are one: equal, or relations whose sides differ by the same polynomial."""
    if first == second:
        return True
    if isinstance(first, sp.Implies) and isinstance(second, sp.Implies):
        return all(same(x, y) for x, y in zip(first.args, second.args, strict=True))
    pair = (_as_difference(first), _as_difference(second))
    if pair[0] is None or pair[1] is None:
        return False
    return bool(pair[0][0] == pair[1][0] and sp.expand(pair[0][1] - pair[1][1]) == 0)


def _as_difference(claim: sp.Basic) -> tuple[str, sp.Expr] | None:
    for relation, sign in ((sp.Le, 1), (sp.Ge, -1), (sp.Lt, 1), (sp.Gt, -1)):
        if isinstance(claim, relation):
            strict = "<" if relation in (sp.Lt, sp.Gt) else "<="
            return strict, sign * (claim.args[0] - claim.args[1])
    return None


CHECKERS: Mapping[Kind, Callable[[Step, tuple[sp.Basic, ...], Proof], Outcome]] = {
    "identity": _identity,
    "inequality": _inequality,
    "interval": _interval,
    "expectation": _expectation,
    "cited": _cited,
}

_confirmed: dict[tuple[object, ...], Outcome] = {}
_limit = SECONDS


def check_step(step: Step, premises: tuple[sp.Basic, ...], proof: Proof) -> Outcome:
    """Run the step's checker. Answers are kept: a step with these premises needs checking once."""
    key = (step.kind, step.claim, premises, step.evidence, proof.defined)
    if key not in _confirmed:
        try:
            _confirmed[key] = CHECKERS[step.kind](step, premises, proof)
        except (ValueError, TypeError, ZeroDivisionError) as error:
            _confirmed[key] = Outcome(False, f"{type(error).__name__}: {error}")
    return _confirmed[key]


# -- whole proofs --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Ledger:
    """What was checked: every step with its verdict, and what the proof rests on."""

    name: str
    verdict: Literal["proved", "failed", "no proof"]
    goal: sp.Basic
    premises: tuple[Premise, ...] = ()
    steps: tuple[tuple[Step, Outcome], ...] = ()
    reason: str = ""
    seconds: float = 0.0

    def _repr_html_(self) -> str:
        from proofs.notebook import ledger_html

        return ledger_html(self)

    @property
    def by_kind(self) -> dict[str, int]:
        return {kind: sum(step.kind == kind for step, _ in self.steps) for kind in KINDS}

    @property
    def lemmas(self) -> tuple[str, ...]:
        cited = [step.evidence.lemma for step, _ in self.steps if step.kind == "cited"]
        return tuple(dict.fromkeys(cited))

    def summary(self) -> dict[str, Any]:
        """One row of a table: theorem, steps by kind, lemmas, seconds, verdict."""
        return {
            "name": self.name,
            "verdict": self.verdict,
            "steps": self.by_kind,
            "lemmas": list(self.lemmas),
            "seconds": round(self.seconds, 3),
            "reason": self.reason or None,
        }

    def to_json(self) -> dict[str, Any]:
        """The whole ledger in plain dictionaries, claims as LaTeX and MathML."""
        from proofs.lemmas import LEMMAS
        from proofs.printing import latex, mathml

        def claim(item: sp.Basic) -> dict[str, str]:
            return {"latex": latex(item), "mathml": mathml(item)}

        return {
            **self.summary(),
            "goal": claim(self.goal),
            "premises": [
                {
                    "name": premise.name,
                    "role": "hypothesis" if premise.defines is None else "definition",
                    "says": premise.says,
                    "claim": claim(premise.claim),
                }
                for premise in self.premises
            ],
            "ledger": [
                {
                    "name": step.name,
                    "kind": step.kind,
                    "says": step.says,
                    "uses": list(step.uses),
                    "lemma": step.evidence.lemma if step.kind == "cited" else None,
                    "holds": outcome.holds,
                    "detail": None if outcome.holds else outcome.detail,
                    "claim": claim(step.claim),
                }
                for step, outcome in self.steps
            ],
            "references": {name: LEMMAS[name].reference for name in self.lemmas},
        }


def check(proof: Proof, *, stop_early: bool = False, seconds: float = SECONDS) -> Ledger:
    """Check every step in order; with ``stop_early`` give up at the first that fails."""
    global _limit
    _limit = seconds
    started = time.perf_counter()
    reason = _malformed(proof)
    known = {premise.name: premise.claim for premise in proof.premises}
    done: list[tuple[Step, Outcome]] = []
    for step in proof.steps if not reason else ():
        outcome = check_step(step, tuple(known[name] for name in step.uses), proof)
        done.append((step, outcome))
        known[step.name] = step.claim
        if not outcome.holds:
            reason = reason or f"step '{step.name}': {outcome.detail}"
            if stop_early:
                break
    return Ledger(
        proof.name,
        "failed" if reason else "proved",
        proof.goal,
        proof.premises,
        tuple(done),
        reason,
        time.perf_counter() - started,
    )


def _malformed(proof: Proof) -> str:
    """Why the proof cannot even be read, or an empty string."""
    if not proof.steps or proof.steps[-1].claim != proof.goal:
        return "the last step does not claim the statement itself"
    known: set[str] = set()
    met: set[sp.Basic] = set()
    for premise in proof.premises:
        if premise.name in known:
            return f"two premises are called '{premise.name}'"
        if premise.defines is not None:
            problem = _bad_definition(premise, met)
            if problem:
                return problem
        known.add(premise.name)
        met |= _atoms(premise.claim)
    for step in proof.steps:
        if step.name in known:
            return f"two steps are called '{step.name}'"
        for name in step.uses:
            if name not in known:
                return f"step '{step.name}' uses '{name}', which is not known there"
        known.add(step.name)
    return ""


def _atoms(claim: sp.Basic) -> set[sp.Basic]:
    return set(claim.free_symbols) | set(claim.atoms(sp.core.function.AppliedUndef))


def _bad_definition(premise: Premise, met: set[sp.Basic]) -> str:
    symbol, claim = premise.defines, premise.claim
    if not isinstance(claim, sp.Eq) or claim.args[0] != symbol:
        return f"'{premise.name}' is no definition of {symbol}"
    if symbol in met or symbol in _atoms(claim.args[1]):
        return f"{symbol} has a meaning already when '{premise.name}' defines it"
    drawn, known = sources(claim.args[1]), sources(symbol)
    # A random scalar may depend on anything: what is defined by one is a random scalar too.
    if not drawn - RANDOM_SCALARS <= known or (drawn & RANDOM_SCALARS and not known & RANDOM_SCALARS):
        return f"{symbol} depends on more than it says"
    return ""


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
            argument.assume("domain", f"the domain of {bound.free.symbol}", _domain(bound.free))
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


def _domain(free: Any) -> sp.Basic:
    lower = sp.Rational(free.lower)
    start = sp.Ge(free.symbol, lower) if free.closed else sp.Gt(free.symbol, lower)
    return start if free.upper == sp.oo else sp.And(start, sp.Lt(free.symbol, free.upper))
