"""Questions to Z3: whether premises contradict a negated claim, and whether they contradict each other."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

from proofs.kernel.cpu_limit import CpuLimit
from proofs.kernel.forms import Forms
from proofs.kernel.nodes import Node
from proofs.kernel.sorts import Sorts
from proofs.kernel.translation import Z3, Translator

TOO_LONG = "no answer within the time limit"


class SolverMissing(RuntimeError):
    """A solver that proofs need is not installed."""


def load_z3() -> ModuleType:
    """Z3. Raises ``SolverMissing``."""
    try:
        import z3
    except ImportError:
        raise SolverMissing("proofs need Z3: pip install 'neural-collapse-transfer[prove]'") from None
    module: ModuleType = z3
    return module


@dataclass(frozen=True)
class Answer:
    """``proved`` means unsatisfiable; ``detail`` says why not, with Z3's counterexample if it has one."""

    proved: bool
    detail: str = ""


class Obligation:
    """Premises that must contradict the negated claim."""

    def __init__(self, premises: tuple[Node, ...], claim: Node, sorts: Sorts | None = None) -> None:
        self.premises, self.claim = premises, claim
        self.sorts = Sorts({}) if sorts is None else sorts
        self.forms = Forms(self.sorts, premises)

    def _assertions(self, *, whole_sides: bool = False) -> tuple[Any, list[Z3]]:
        translator = Translator(load_z3(), self.forms, whole_sides=whole_sides)
        body = [translator.truth(premise) for premise in self.premises]
        body.append(translator.z3.Not(translator.truth(self.claim)))
        return translator.z3, translator.facts + body

    def ask_z3(self, seconds: float) -> Answer:
        """Unsatisfiable means proved; satisfiable, unknown or out of processor time means not."""
        if self._chain():
            return Answer(True)
        z3, assertions = self._assertions()
        detail = TOO_LONG
        for solver in (z3.Then("simplify", "solve-eqs", "qfnra-nlsat").solver(), z3.Solver()):
            solver.add(*assertions)
            try:
                with CpuLimit(z3.main_ctx(), seconds / 2):
                    answer = solver.check()
            except z3.Z3Exception as error:
                detail = str(error)
                continue
            if answer == z3.unsat:
                return Answer(True)
            if answer == z3.sat:
                return Answer(False, "there is a counterexample")
        return Answer(False, detail)

    def _chain(self) -> bool:
        """Whether it follows with the sides of all relations taken for numbers of which nothing is known:
        what is contradictory then is so for what they stand for."""
        if len(self.premises) < 2:
            return False
        z3, assertions = self._assertions(whole_sides=True)
        solver = z3.Solver()
        solver.add(*assertions)
        with CpuLimit(z3.main_ctx(), 0.2):
            return bool(solver.check() == z3.unsat)

    def smtlib(self) -> str:
        """The obligation as an SMT-LIB 2 script; a solver must answer ``unsat``."""
        z3, assertions = self._assertions()
        solver = z3.Solver()
        solver.add(*assertions)
        return "(set-logic QF_NRA)\n" + str(solver.to_smt2())


Consistent = Literal["yes", "no", "unknown"]


def contradiction(named: dict[str, Node], sorts: Sorts, seconds: float) -> tuple[Consistent, tuple[str, ...]]:
    """Whether numbers can meet these claims at once; if not, the names of some that contradict each other."""
    z3 = load_z3()
    forms = Forms(sorts)
    translator = Translator(z3, forms)
    truths = {}
    for name, claim in named.items():
        truths[name] = translator.truth(claim)
    solver = z3.Solver()
    solver.add(*translator.facts)
    labels = {}
    for name, truth in truths.items():
        label = z3.Bool(f"premise {name}")
        labels[str(label)] = name
        solver.assert_and_track(truth, label)
    try:
        with CpuLimit(z3.main_ctx(), seconds):
            answer = solver.check()
    except z3.Z3Exception:
        return "unknown", ()
    if answer == z3.unsat:
        core = tuple(
            labels[str(label).strip("|")] for label in solver.unsat_core() if str(label).strip("|") in labels
        )
        return "no", core or tuple(named)
    return ("yes", ()) if answer == z3.sat else ("unknown", ())
