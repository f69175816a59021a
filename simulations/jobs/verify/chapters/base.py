"""A chapter of the main job: its tasks, and its findings.

The main job asks every chapter for its tasks, runs them all in one pool, adds up how many interval
statements the run makes, and only then lets each chapter judge its results at that shared error level.
Figures and HTML are made of the findings by ``simulations.report.sections``; nothing here draws.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

OUTCOMES = ("holds", "violated", "undecided", "vacuous", "not_applicable", "scored")


@dataclass(frozen=True)
class Request:
    """The options of the run. ``full`` gives narrower intervals at about ten times the time.
    ``device`` is where engines and the transfer experiment run, "cpu" or "gpu"."""

    seed: int
    full: bool = False
    device: str = "cpu"


@dataclass(frozen=True)
class Task:
    """A call that a worker process makes: a module-level function and picklable arguments.

    ``label`` is shown beside the progress bar. Everything random must come from a stream by path.
    ``weight`` is a rough cost, used to start long tasks first.
    """

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    label: str
    weight: float = 1.0


@dataclass(frozen=True)
class StatementCount:
    """The result of one statement over a run: counts by outcome, the worst error / bound and where."""

    name: str
    counts: Mapping[str, int]
    worst_ratio: float | None = None
    worst_where: str = ""


@dataclass(frozen=True)
class Findings:
    """The findings of a chapter. ``data`` is what ``results.json`` holds; ``detail`` is the chapter's own
    record of what was computed, which its section of the report reads.

    ``violations`` are sentences, each with its witness; ``known`` those that the catalogue lists.
    """

    chapter: Chapter
    statements: tuple[StatementCount, ...]
    violations: tuple[str, ...]
    data: Mapping[str, Any]
    detail: Any = None
    known: tuple[str, ...] = ()


class Chapter(ABC):
    """One subject of the report."""

    name: ClassVar[str]
    title: ClassVar[str]
    place: ClassVar[float]
    """Order in the report: the least comes first."""

    @abstractmethod
    def tasks(self, request: Request) -> Sequence[Task]:
        """Independent pieces of work; results come back to ``gather`` in this order."""

    @abstractmethod
    def tests(self, results: Sequence[Any]) -> int:
        """How many interval statements the chapter rests on (its share of the family-wise error)."""

    @abstractmethod
    def gather(self, results: Sequence[Any], tests: int) -> Findings:
        """Judge the results, for a run that rests on ``tests`` interval statements in all."""
