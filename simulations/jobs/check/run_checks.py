"""All checks of a user's own statements, the quickest first.

An upper bound on the few-shot error meets extremal laws around and beyond every change of its regime and the
populations whose error is exact (the first answer), then the rest of the matrix, drawn populations, and the
attack. Other kinds of statements have checks of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from simulations.attack.hunt import hunt
from simulations.attack.probing.grid import LAWS
from simulations.attack.probing.orders import Order, orders
from simulations.attack.probing.regimes import read
from simulations.attack.probing.results import LawSearch, Probed
from simulations.attack.probing.search import SearchLimits, search_law, spread_of
from simulations.attack.target import Target
from simulations.jobs.check import matrix
from simulations.jobs.check.checked import CheckedBound, CheckedCell
from simulations.jobs.check.finding import Finding
from simulations.jobs.check.matrix import MatrixCall
from simulations.jobs.check.other_kinds import check_other_kind
from simulations.jobs.check.properties import Properties, check_properties
from simulations.jobs.check.proving import prove
from simulations.jobs.check.statement_mistakes import (
    answers,
    families_alone,
    problems,
    unsatisfied,
)
from simulations.plugins.load import Extension, load_extension
from simulations.plugins.mistakes import unprintable
from simulations.runtime.workers import Progress, Workers
from theory.bound import Bound

if TYPE_CHECKING:
    from proofs.ledger import Ledger

ATTACK_SECONDS = 20.0
QUICK_SECONDS, LONG_SECONDS = 2.5, 20.0
"""How long one law's probes may take for one bound, before the first answer and after it."""


def mistakes(extension: Extension) -> list[str]:
    """Mistakes in the file, one line each."""
    lines = [line for bound in extension.bounds.values() for line in problems(bound)]
    lines += families_alone(extension)
    if lines or not extension.bounds:
        return lines
    everywhere = list(matrix.populations(extension))
    for bound in extension.bounds.values():
        if matrix.on_populations(bound):
            lines += unsatisfied(bound, [population for _, population in everywhere])
            lines += answers(bound, everywhere)
    return lines or [line for line in map(unprintable, extension.bounds.values()) if line]


@dataclass
class _Answers:
    """The results so far for each bound."""

    cells: list[CheckedCell] = field(default_factory=list)
    laws: dict[str, list[LawSearch]] = field(default_factory=dict)
    orders: dict[str, tuple[Order, ...]] = field(default_factory=dict)
    findings: dict[str, tuple[Finding, ...]] = field(default_factory=dict)
    properties: dict[str, Properties] = field(default_factory=dict)


@dataclass(frozen=True)
class Listener:
    """Functions called during a check: ``progress`` when a task ends, ``first`` with the first answer,
    ``phase`` with a description of the next step."""

    progress: Progress | None = None
    first: Callable[[list[CheckedBound]], None] = lambda checked: None
    phase: Callable[[str], None] = lambda text: None


SILENT = Listener()


def check(  # noqa: PLR0913 - what is checked, its limits, and the functions called on the way
    extension: Extension,
    workers: Workers,
    *,
    seed: int,
    seconds: float = ATTACK_SECONDS,
    quick: bool = False,
    listener: Listener = SILENT,
) -> list[CheckedBound]:
    """Run every check on every statement of the file.

    quick : stop at the first answer. seconds : of the attack on each bound.
    """
    if not extension.bounds:
        return []
    bounds = list(extension.bounds.values())
    incoming = _Answers()
    early, late = matrix.calls(extension, seed)
    if not any(matrix.on_populations(bound) for bound in bounds):
        early, late = [], []
    tasks = [*_first_tasks(extension, seed, quick), *early]
    listener.phase(f"checking {', '.join(extension.bounds)}: {len(tasks)} tasks to the first answer")
    ended: list[object] = []
    try:
        _collect(tasks, workers.run(tasks, listener.progress, into=ended), incoming)
    except KeyboardInterrupt as stopped:
        stopped.args = tuple(text for text in (_so_far(bounds, tasks, ended),) if text)
        raise
    proofs = {bound.name: prove(extension, bound) for bound in bounds}
    so_far = [_summary_of(bound, incoming, proofs[bound.name]) for bound in bounds]
    listener.first(so_far)
    if quick:
        return so_far
    tasks = [*_drawn_tasks(extension, seed), *late]
    listener.phase(f"sampled and drawn populations: {len(tasks)} tasks")
    _collect(tasks, workers.run(tasks, listener.progress), incoming)
    results = []
    for bound in bounds:
        one = _summary_of(bound, incoming, proofs[bound.name])
        if is_upper(bound):
            listener.phase(f"attack on {bound.name}: about {seconds:g} s")
            target = Target(bound.name, str(extension.path))
            attack = hunt(target, workers, seed=seed, seconds=seconds, probes=False)
            one = replace(one, attack=attack)
        results.append(one)
    return results


def _first_tasks(extension: Extension, seed: int, quick: bool) -> list[MatrixCall]:
    """Laws whose error is known, and the checks of other kinds of statement, on every bound of the file."""
    path, bounds = str(extension.path), list(extension.bounds.values())
    uppers = [bound for bound in bounds if is_upper(bound)]
    limit = QUICK_SECONDS if quick else LONG_SECONDS
    return [
        *(
            MatrixCall(probe_law, (path, bound.name, number, limit), f"{bound.name} on {law.name}", 9.0)
            for bound in uppers
            for number, law in enumerate(LAWS)
        ),
        *(MatrixCall(find_orders, (path, bound.name), f"orders of {bound.name}", 4.0) for bound in uppers),
        *(
            MatrixCall(other_kind, (path, bound.name, seed, quick), bound.name, 8.0)
            for bound in bounds
            if not is_upper(bound)
        ),
    ]


def _drawn_tasks(extension: Extension, seed: int) -> list[MatrixCall]:
    """Populations drawn at random, for every upper bound of the file."""
    path = str(extension.path)
    return [
        MatrixCall(draw, (path, bound.name, seed), f"drawn populations, {bound.name}", 5.0)
        for bound in extension.bounds.values()
        if is_upper(bound)
    ]


def _so_far(bounds: Sequence[Bound], tasks: Sequence[MatrixCall], ended: Sequence[object]) -> str:
    """The result of an interrupted search: one sentence for each bound; empty when no task had ended."""
    done = [(task, result) for task, result in zip(tasks, ended, strict=False) if result is not None]
    answers = _Answers()
    _collect([task for task, _ in done], [result for _, result in done], answers)
    verdicts = [_summary_of(bound, answers, None).outcome_in_words for bound in bounds] if done else []
    return f"after {len(done)} of {len(tasks)} tasks: {'; '.join(verdicts)}" if done else ""


def is_upper(bound: Bound) -> bool:
    """Whether the search for a population that violates a bound applies to this one."""
    return bound.kind == "upper" and bound.about == "few_shot_error"


def _collect(tasks: Sequence[MatrixCall], results: Sequence[object], answers: _Answers) -> None:
    for task, result in zip(tasks, results, strict=True):
        name = str(task.arguments[1])
        if isinstance(result, LawSearch):
            answers.laws.setdefault(name, []).append(result)
        elif isinstance(result, Properties):
            answers.properties[name] = result
        elif task.function is find_orders:
            answers.orders[name] = result  # type: ignore[assignment]  # what that function returns
        elif task.function is other_kind:
            answers.findings[name] = result  # type: ignore[assignment]  # what that function returns
        else:
            answers.cells += result  # type: ignore[arg-type]  # what that function returns


def _summary_of(bound: Bound, answers: _Answers, proof: Ledger | None) -> CheckedBound:
    laws = answers.laws.get(bound.name)
    probed = None
    if laws is not None:
        regimes = read(bound)
        probed = Probed(regimes, tuple(laws))
    cells = tuple(answers.cells) if matrix.on_populations(bound) else ()
    return CheckedBound(
        bound,
        cells,
        answers.properties.get(bound.name),
        None,
        tuple(matrix.sharpest(bound, cells)) if is_upper(bound) else (),
        proof,
        probed,
        answers.orders.get(bound.name, ()),
        answers.findings.get(bound.name, ()),
    )


# -- tasks, which run in workers ---------------------------------------------------------------------------
def probe_law(path: str, name: str, number: int, seconds: float) -> LawSearch:
    """One law of ``LAWS`` against one bound of the file."""
    bound = load_extension(path).bound(name)
    regimes = read(bound)
    limits = SearchLimits(seconds=seconds)
    return search_law(bound, LAWS[number], spread_of(bound, regimes), regimes.comparisons, limits)


def find_orders(path: str, name: str) -> tuple[Order, ...]:
    """How the bound compares with those of the catalogue. Runs in a worker."""
    return orders(load_extension(path).bound(name))


def other_kind(path: str, name: str, seed: int, quick: bool) -> tuple[Finding, ...]:
    """The check of a statement that is not an upper bound. Runs in a worker."""
    extension = load_extension(path)
    return check_other_kind(extension, extension.bound(name), seed, quick)


def draw(path: str, name: str, seed: int) -> Properties:
    """The properties that every bound on an error has, tested on random populations. Runs in a worker."""
    return check_properties(load_extension(path).bound(name), seed)
