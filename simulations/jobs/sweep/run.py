"""Run what a store lacks, in any workers; go on when a worker dies, fails or sends an invalid result."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from simulations.jobs.sweep.grid import Grid, SweepTask
from simulations.jobs.sweep.store import Store, StoredResult, StoreInUse, wait_for
from simulations.jobs.sweep.tasks import compute, payload_refusal, refusal
from simulations.runtime.errors import printable
from simulations.runtime.workers import Ended, Progress, WorkerDied, Workers

COMMIT_SECONDS, COMMIT_ROWS = 0.5, 500
Work = Callable[[str, str, dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class SweepOutcome:
    """Different tasks in all; stored before, computed and failed among them; ``damaged`` rows of the store
    that were rejected."""

    total: int
    already: int
    computed: int
    failed: int
    damaged: int = 0


@dataclass(frozen=True)
class TaskCall:
    """A task as work for a pool."""

    task: SweepTask
    work: Work
    weight: float = 1.0

    @property
    def function(self) -> Work:
        """The function that a worker calls."""
        return self.work

    @property
    def arguments(self) -> tuple[Any, ...]:
        """The arguments of that call; picklable."""
        return self.task.kind, self.task.key, self.task.body

    @property
    def label(self) -> str:
        """Its label on a progress bar."""
        return self.task.label


@dataclass
class _Missing:
    """Tasks of a grid that the store lacks, one by one: there may be a million."""

    grid: Grid
    store: Store
    work: Work
    retry: bool
    seen: set[bytes] = field(default_factory=set)
    already: int = 0
    failed: int = 0

    def __iter__(self) -> Iterator[TaskCall]:
        statuses = dict(self.store.statuses())
        ways = len(self.grid.spec.ways)
        for task in self.grid.tasks():
            digest = bytes.fromhex(task.key)
            if digest in self.seen:
                continue
            self.seen.add(digest)
            status = statuses.get(task.key)
            if status == "done" and payload_refusal(task.kind, ways, self.store.payload(task.key)):
                self.store.discard(task.key)
                status = None
            if status == "done" or (status == "failed" and not self.retry):
                self.already += 1
                self.failed += status == "failed"
            else:
                yield TaskCall(task, self.work)


class _Commits:
    """Results on their way to the store."""

    def __init__(self, store: Store, total: int, progress: Progress | None) -> None:
        self.store, self.total, self.progress = store, total, progress
        self.buffer: list[StoredResult] = []
        self.stored = 0
        self.last = time.monotonic()

    def store_if_due(self, already: int) -> None:
        """Store what has come, if it is time. While another program holds the file it is kept for later."""
        if not self.buffer:
            return
        if time.monotonic() - self.last < COMMIT_SECONDS and len(self.buffer) < COMMIT_ROWS:
            return
        try:
            self.store.add(self.buffer)
        except StoreInUse:
            return
        self._done(already)

    def finish(self, already: int) -> None:
        """Store all of it. Raises InputError."""
        if self.buffer:
            wait_for(self.store, self.buffer)
            self._done(already)

    def _done(self, already: int) -> None:
        self.stored += len(self.buffer)
        latest = str(self.buffer[-1].body.get("bound", "error"))
        self.buffer = []
        self.last = time.monotonic()
        if self.progress is not None:
            self.progress(already + self.stored, self.total, latest)


def run(  # noqa: PLR0913 - what is run, where, and what tests replace
    grid: Grid,
    store: Store,
    workers: Workers,
    progress: Progress | None = None,
    *,
    retry: bool = False,
    work: Work = compute,
) -> SweepOutcome:
    """Compute every task of ``grid`` that ``store`` lacks. ``retry`` tries failed tasks again.

    Raises InputError when the store cannot be written; what was reported to ``progress`` is kept.
    """
    missing = _Missing(grid, store, work, retry)
    commits = _Commits(store, grid.size, progress)
    failures = 0
    try:
        with closing(workers.ended(missing)) as batches:
            for batch in batches:
                results = [_result(ended, len(grid.spec.ways)) for ended in batch]
                failures += sum(result.payload is None for result in results)
                commits.buffer += results
                commits.store_if_due(missing.already)
    finally:
        # Ctrl-C comes through here too: what is finished is kept.
        commits.finish(missing.already)
    total = len(missing.seen)
    return SweepOutcome(
        total, missing.already, total - missing.already, missing.failed + failures, store.damaged
    )


def _result(ended: Ended[TaskCall], ways: int) -> StoredResult:
    task = ended.call.task
    if ended.raised is None:
        reason = refusal(task.key, task.kind, ways, ended.value)
        payload = None if reason else ended.value["payload"]
        return StoredResult(task.key, task.kind, task.body, payload, reason)
    reason = str(ended.raised)
    if not isinstance(ended.raised, WorkerDied):
        reason = printable(f"{type(ended.raised).__name__}: {reason}", 300)
    return StoredResult(task.key, task.kind, task.body, None, reason)
