"""Trying to break proofs: statements made stronger, steps left out, and a second solver's opinion.

A mutant is a statement with one number, exponent or sign changed, its goal with it. A proof that goes through
for a mutant is suspect unless the mutant is weaker, or is listed as true for a reason that can be read.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
import sympy as sp

from proofs import kernel, library
from proofs.kernel import Proof, Step, check
from proofs.second_solver import ask_cvc5
from proofs.smt import Obligation
from theory.expressions import REDUCTIONS, Avg, KlUpper, MixtureUpper
from theory.quantities import TABLE

OPAQUE = (KlUpper, MixtureUpper)
"""Limits that have no formula: each of their arguments is changed."""


@dataclass(frozen=True)
class Mutant:
    """``change`` says in words what was changed, and where."""

    change: str
    bound: Any


def mutants(bound: Any) -> Iterator[Mutant]:
    """Every number, exponent and sign of the statement and of its abbreviations, changed."""
    own = "relation" if not hasattr(bound, "statement") else "statement"
    for change, expression in _changes(getattr(bound, own)):
        # A statement may refuse a mutant at once (no failure probability is spent, a root is not real).
        with contextlib.suppress(ValueError, TypeError):
            yield Mutant(f"{own}: {change}", dataclasses.replace(bound, **{own: expression}))
    for place, (symbol, meaning) in enumerate(bound.where):
        for change, expression in _changes(meaning):
            where = (*bound.where[:place], (symbol, expression), *bound.where[place + 1 :])
            with contextlib.suppress(ValueError, TypeError):
                yield Mutant(f"{symbol}: {change}", dataclasses.replace(bound, where=where))


def _changes(expression: sp.Basic) -> Iterator[tuple[str, sp.Basic]]:
    for path, node in _nodes(expression, ()):
        for change, changed in _variants(node):
            yield change, _replaced(expression, path, changed)


def _nodes(node: sp.Basic, path: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], sp.Basic]]:
    yield path, node
    for place, part in enumerate(node.args):
        yield from _nodes(part, (*path, place))


def _replaced(node: sp.Basic, path: tuple[int, ...], new: sp.Basic) -> sp.Basic:
    if not path:
        return new
    parts = list(node.args)
    parts[path[0]] = _replaced(parts[path[0]], path[1:], new)
    if isinstance(node, (sp.core.relational.Relational, sp.And, *REDUCTIONS)):
        return node.func(*parts, evaluate=False)
    return node.func(*parts)


def _variants(node: sp.Basic) -> Iterator[tuple[str, sp.Basic]]:
    """Changes of one node: its numbers a tenth down and up, its exponent, the signs of its terms."""
    less, more = sp.Rational(9, 10), sp.Rational(11, 10)
    if isinstance(node, sp.Pow) and node.exp.is_Rational:
        step = 1 if node.exp.is_Integer else node.exp / 2
        for exponent in (node.exp - step, node.exp + step):
            yield f"exponent of {node} to {exponent}", node.base**exponent
    if isinstance(node, sp.Add):
        for term in node.args:
            rest = node - term
            yield f"{term} to {less * term}", rest + less * term
            yield f"{term} to {more * term}", rest + more * term
            yield f"sign of {term}", rest - term
    elif isinstance(node, OPAQUE):
        for place, argument in enumerate(node.args):
            for factor in (less, more):
                changed = (*node.args[:place], factor * argument, *node.args[place + 1 :])
                yield f"{argument} to {factor * argument} in {node}", node.func(*changed)
    elif isinstance(node, sp.Mul):
        coefficient, rest = node.as_coeff_Mul()
        if coefficient != 1:
            yield f"{coefficient} to {less * coefficient} in {node}", less * node
            yield f"{coefficient} to {more * coefficient} in {node}", more * node
            yield f"sign of {node}", -node


STILL_TRUE: dict[tuple[str, str], str] = {
    ("directional_2025", "statement: Avg(sqrt(v_i)/d) to 9*Avg(sqrt(v_i)/d)/10"): (
        "the proof takes positive parts, which halves this term: half of the published one is enough"
    ),
    ("directional_2025_sum", "statement: Avg(sqrt(v_i + v_j)/d) to 9*Avg(sqrt(v_i + v_j)/d)/10"): (
        "the proof takes positive parts, which halves this term: half of the published one is enough"
    ),
    ("ordering_moments", "relation: exponent of 1/(B + 1) to 0"): "B <= B",
    ("ordering_moments", "relation: B to 9*B/10"): "B/(1 + cB) <= B for every c >= 0",
}
"""Stronger statements that are true all the same, each with the reason."""


@dataclass(frozen=True)
class MutationReport:
    """Mutants of one statement by what became of them; ``survivors`` must be empty."""

    name: str
    tried: int
    refused: int
    weaker: int
    still_true: tuple[str, ...]
    survivors: tuple[str, ...]


def try_mutants(bound: Any, every: int = 1, seconds: float = 1.0) -> MutationReport:
    """Hand each mutant (or every ``every``-th) to the statement's own proof. A mutant whose proof goes
    through must be nowhere below the statement, or be listed in ``STILL_TRUE``."""
    tried = refused = weaker = 0
    still_true, survivors = [], []
    for mutant in list(mutants(bound))[::every]:
        tried += 1
        ledger = library.prove_statement(mutant.bound, stop_early=True, seconds=seconds)
        if ledger.verdict != "proved":
            refused += 1
        elif is_weaker(bound, mutant.bound):
            weaker += 1
        elif (bound.name, mutant.change) in STILL_TRUE:
            still_true.append(mutant.change)
        else:
            survivors.append(mutant.change)
    return MutationReport(bound.name, tried, refused, weaker, tuple(still_true), tuple(survivors))


_LOWER = ("lower", "existence", "impossibility")


def is_weaker(bound: Any, mutant: Any) -> bool:
    """Whether the mutant claims nowhere more than the statement, on random classes and shots."""
    for seed in range(6):
        geometry = _random_geometry(seed)
        for shots in (1, 2, 12):
            for own, other in zip(
                _claimed(bound, geometry, shots), _claimed(mutant, geometry, shots), strict=True
            ):
                if own == 0 and getattr(bound, "kind", "") in _LOWER:
                    continue
                if not (other == own or other >= own - 1e-9 * abs(own) - 1e-12):
                    return False
    return True


def _random_geometry(seed: int) -> Any:
    from theory.geometry import ClassGeometry

    rng = np.random.default_rng(seed)
    scale = (0.05, 0.3, 1.0, 3.0)[seed % 4]
    centres = rng.normal(size=(3, 4))
    spread = scale * rng.exponential(size=(3, 1, 4))
    samples = centres[:, None, :] + spread * (rng.exponential(size=(3, 7, 4)) - 1)
    return ClassGeometry.from_features(samples.reshape(21, 4), np.repeat(np.arange(3), 7), estimator="plugin")


def _claimed(bound: Any, geometry: Any, shots: int) -> list[float]:
    """How much the statement allows, pair by pair where it is about pairs; for an ordering its slack."""
    from theory.assumptions import Granted
    from theory.bound import AverageBound, ClassBound, NotApplicable, PairBound
    from theory.environment import GeometryEnvironment
    from theory.evaluate import evaluate
    from theory.setting import Setting

    setting = Setting(shots, 3)
    granted = Granted(assumption for assumption in bound.assumptions)
    if isinstance(bound, PairBound):
        values, _ = bound.pair_values(geometry, setting, granted)
        return [float(values[i, j]) for i in range(3) for j in range(3) if i != j]
    if hasattr(bound, "relation") and not hasattr(bound, "statement"):
        sides = bound.relation.args if isinstance(bound.relation, sp.And) else (bound.relation,)
        env = GeometryEnvironment(geometry, setting, granted)
        slack = [_written_out(bound, side.args[1] - side.args[0]) for side in sides]
        grids = [np.asarray(env._full(evaluate(part, env, "ij"), "ij")) for part in slack]
        return [float(grid[i, j]) for grid in grids for i in range(3) for j in range(3) if i != j]
    if isinstance(bound, AverageBound | ClassBound):
        value = bound.evaluate(geometry, setting, granted)
        if isinstance(value, NotApplicable):
            return [math.inf] * (1 if isinstance(bound, AverageBound) else 3)
        return list(value.per_class or (value.value,))
    if _stand_in(bound.closed_form).has(*REDUCTIONS):
        return [math.nan]  # read on evidence, not on a geometry: nothing is known of its mutants
    return _at_random_numbers(bound, shots)


def _at_random_numbers(bound: Any, seed: int) -> list[float]:
    """The statement at random positive numbers for its symbols; larger is weaker."""
    rng = np.random.default_rng(seed)
    whole = _stand_in(bound.closed_form)
    limits = sorted(whole.atoms(*OPAQUE), key=str)
    names = [sp.Symbol(f"limit_{place}", real=True) for place in range(len(limits))]
    symbols = sorted(whole.free_symbols, key=str)
    expression = whole.xreplace(dict(zip(limits, names, strict=True)))
    number = _compiled((*symbols, *names), expression)
    # A limit that both statements share may have any value.
    shared = [zlib.crc32(str(limit).encode()) / 2**32 for limit in limits]
    found = []
    for _ in range(20):
        values = {symbol: _random_value(str(symbol), rng) for symbol in _symbols()}
        value = number([values[symbol] for symbol in symbols] + shared)
        # A lower bound that is negative says nothing, and lies outside the statement's domain.
        found.append(-max(value, 0.0) if bound.kind in _LOWER else value)
    return found


def _stand_in(expression: sp.Expr) -> sp.Expr:
    """What is larger exactly when the expression is: one pair for a mean over pairs, and for the relative
    entropy limit, which increases in both of its arguments, their sum."""
    return expression.replace(Avg, lambda X: X).replace(KlUpper, lambda u, r: u + r)


@lru_cache(64)
def _compiled(symbols: tuple[sp.Symbol, ...], expression: sp.Expr) -> Callable[[list[float]], float]:
    """The expression as a function of plain numbers: infinite over zero, NaN where it is not real."""
    function = sp.lambdify(symbols, expression, "math")

    def number(values: list[float]) -> float:
        try:
            return float(function(*values))
        except (ZeroDivisionError, OverflowError):
            return math.inf
        except (ValueError, TypeError):
            return math.nan

    return number


_COUNTS = {"k": (2, 4), "folds": (2, 4), "n": (1, 9), "l": (30, 200), "m": (8, 99), "N_blocks": (1, 50)}
_COUNTS |= {"L_pool": (201, 300), "B_ep": (1, 50), "F": (1, 20)}


def _random_value(name: str, rng: np.random.Generator) -> float:
    """Within the domain of the statements: probabilities, counts, and positive numbers."""
    if name in _COUNTS:
        return int(rng.integers(*_COUNTS[name]))
    if name == "d_hat":
        return float(5 + rng.exponential())
    if name in ("R", "Y_i", "Y_j", "Yvar_i", "Yvar_j", "v_hat_i", "v_hat_j"):
        # Small against the distance now and then: a limit cut off at 1 would hide what was changed.
        return float(10 ** rng.uniform(-4, 0) * rng.exponential())
    return float(rng.uniform() / 3 if name.startswith("failure") else rng.exponential())


@cache
def _symbols() -> list[sp.Symbol]:
    """All quantities in one order: a mutant that lost one meets the same numbers for the others."""
    return sorted((entry.symbol for entry in TABLE.values()), key=str)


def _written_out(bound: Any, expression: sp.Expr) -> sp.Expr:
    for symbol, meaning in reversed(bound.where):
        expression = expression.subs(symbol, meaning)
    return expression


# -- leaving steps out -----------------------------------------------------------------------------------
def without(proof: Proof, step: Step) -> Proof:
    """The proof without this step, and without its mentions as a premise."""
    kept = tuple(
        dataclasses.replace(other, uses=tuple(name for name in other.uses if name != step.name))
        for other in proof.steps
        if other.name != step.name
    )
    return dataclasses.replace(proof, steps=kept)


def superfluous(proof: Proof, seconds: float = 3.0) -> list[str]:
    """Names of the steps that the proof can do without: there should be none."""
    return [
        step.name
        for step in proof.steps
        if check(without(proof, step), stop_early=True, seconds=seconds).verdict == "proved"
    ]


# -- two solvers -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Agreement:
    """How many obligations Z3 proved, on how many cvc5 agrees, and where it finds the opposite."""

    proved: int
    agreed: int
    opposed: tuple[str, ...]

    @property
    def share(self) -> float:
        return self.agreed / self.proved if self.proved else 1.0


def second_opinion(names: Iterator[str] | list[str] | None = None, seconds: float = 2.0) -> Agreement:
    """Ask cvc5 about every obligation of kind ``inequality``, by its SMT-LIB 2 export."""
    proved, agreed, opposed = 0, 0, []
    asked: set[Obligation] = set()
    for name in names if names is not None else library.names():
        proof = library.write(library.statement(name))
        if proof is None:
            continue
        for step, question in obligations(proof):
            if question in asked:
                continue
            asked.add(question)
            answer = ask_cvc5(question.smtlib(), seconds)
            proved += 1
            agreed += answer == "unsat"
            if answer == "sat":
                opposed.append(f"{name}: {step.name}")
    return Agreement(proved, agreed, tuple(opposed))


def obligations(proof: Proof) -> Iterator[tuple[Step, Obligation]]:
    """What the solvers are asked, step by step."""
    known = {premise.name: premise.claim for premise in proof.premises}
    for step in proof.steps:
        if step.kind == "inequality":
            yield step, kernel.obligation(step, tuple(known[name] for name in step.uses), proof)
        known[step.name] = step.claim
