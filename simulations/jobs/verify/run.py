"""The main job: every claim of the catalogue checked, at one family-wise error, into one ``Run``."""

from __future__ import annotations

import importlib.metadata
import platform
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

from simulations.jobs.verify.chapters import CHAPTERS
from simulations.jobs.verify.chapters.base import Chapter, Findings, Request, Task
from simulations.runtime.randomness import ROOT_SEED
from simulations.runtime.version import version
from simulations.runtime.workers import Progress, Workers, default_jobs, open_workers
from simulations.verdicts.verdict import FAMILY_WISE_ERROR

SCHEMA = 1
PACKAGES = ("numpy", "scipy", "sympy", "matplotlib")


@dataclass(frozen=True)
class Run:
    """The result of a run.

    tests    : interval statements made; each has error ``FAMILY_WISE_ERROR`` / tests.
    seconds  : wall-clock time of the checks.
    busiest  : (title of a chapter, seconds of its tasks added up over the workers), the longest first;
        `collapse verify` adds proofs and figures, which follow the checks.
    """

    seed: int
    full: bool
    jobs: int
    tests: int
    seconds: float
    versions: Mapping[str, str]
    chapters: tuple[Findings, ...]
    busiest: tuple[tuple[str, float], ...] = ()

    @property
    def violations(self) -> tuple[str, ...]:
        """Every sentence of every chapter on a bound that was violated."""
        return tuple(sentence for findings in self.chapters for sentence in findings.violations)

    @property
    def exit_status(self) -> int:
        """1 if a bound was violated that the catalogue does not list as refuted, else 0."""
        return 1 if self.violations else 0

    def counts(self) -> dict[str, int]:
        """Verdicts by outcome, over all chapters."""
        total: dict[str, int] = {}
        for findings in self.chapters:
            for statement in findings.statements:
                for outcome, count in statement.counts.items():
                    total[outcome] = total.get(outcome, 0) + count
        return total

    def to_json(self) -> dict[str, Any]:
        """Plain data: the document ``report/results.json``."""
        return {
            "schema": SCHEMA,
            "version": version(),
            "seed": self.seed,
            "full": self.full,
            "jobs": self.jobs,
            "seconds": self.seconds,
            "family_wise_error": FAMILY_WISE_ERROR,
            "tests": self.tests,
            "versions": dict(self.versions),
            "exit_status": self.exit_status,
            "violations": list(self.violations),
            "known_refutations": [each for findings in self.chapters for each in findings.known],
            "chapters": {
                findings.chapter.name: {
                    "title": findings.chapter.title,
                    "statements": [
                        {
                            "name": each.name,
                            "counts": dict(each.counts),
                            "worst_ratio": each.worst_ratio,
                            "worst_where": each.worst_where or None,
                        }
                        for each in findings.statements
                    ],
                    **findings.data,
                }
                for findings in self.chapters
            },
        }


def run(  # noqa: PLR0913 - public: one keyword for each option of the verb, and what tests replace
    seed: int = ROOT_SEED,
    jobs: int | None = None,
    full: bool = False,
    progress: Progress | None = None,
    *,
    chapters: Sequence[Chapter] = CHAPTERS,
    device: str = "cpu",
    workers: Workers | None = None,
) -> Run:
    """Check everything. The numbers depend on ``seed``, ``full`` and the kind of ``device`` ("cpu" or
    "gpu", as ``device.pick`` found it), never on ``jobs``.

    Calls worker processes by ``spawn``: a script that calls this needs ``if __name__ == "__main__"``.
    ``workers`` is a pool that is open already (``jobs`` then only goes into the record).
    """
    begun = time.perf_counter()
    request = Request(seed, full, device)
    jobs = default_jobs(device) if jobs is None else jobs
    if jobs < 1:
        raise ValueError(f"jobs must be at least 1, not {jobs}")
    batches = [list(chapter.tasks(request)) for chapter in chapters]
    with open_workers(jobs) if workers is None else nullcontext(workers) as open_pool:
        calls = [timed(task) for batch in batches for task in batch]
        results = split(open_pool.run(calls, progress), batches)
    seconds = [sum(seconds for seconds, _ in batch) for batch in results]
    results = [[result for _, result in batch] for batch in results]
    tests = sum(chapter.tests(batch) for chapter, batch in zip(chapters, results, strict=True))
    findings = tuple(
        chapter.gather(batch, max(tests, 1)) for chapter, batch in zip(chapters, results, strict=True)
    )
    return Run(
        seed=seed,
        full=full,
        jobs=jobs,
        tests=tests,
        seconds=time.perf_counter() - begun,
        versions=versions(),
        chapters=findings,
        busiest=longest_first(
            [(chapter.title, spent) for chapter, spent in zip(chapters, seconds, strict=True)]
        ),
    )


def longest_first(spent: Iterable[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    """(what, seconds), the longest first."""
    return tuple(sorted(spent, key=lambda entry: -entry[1]))


def timed(task: Task) -> Task:
    """The same task with the seconds that it takes in its worker before its result."""
    return replace(task, function=_with_seconds, arguments=(task,))


def _with_seconds(task: Task) -> tuple[float, Any]:
    begun = time.perf_counter()
    result = task.function(*task.arguments)
    return time.perf_counter() - begun, result


def split(results: list[Any], batches: Sequence[Sequence[object]]) -> list[list[Any]]:
    """Results of all batches in one list, cut up again batch by batch."""
    rest = iter(results)
    return [[next(rest) for _ in batch] for batch in batches]


def versions() -> dict[str, str]:
    """Versions of this package, Python and the numerical libraries."""
    by_name = {"neural-collapse-transfer": version(), "python": platform.python_version()}
    return by_name | {name: importlib.metadata.version(name) for name in PACKAGES}
