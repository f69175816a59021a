"""Run what a store lacks, on any executor; survive workers that die, lie or never end well.

A task whose worker died is tried again alone, so that the death can be laid at its door; after three it is
recorded as failed and the sweep goes on.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass, field
from typing import Any

from simulations.jobs.sweep.executors import MOST_DEATHS, Workers
from simulations.jobs.sweep.grid import Grid, Task
from simulations.jobs.sweep.store import Store
from simulations.jobs.sweep.tasks import compute, refusal
from simulations.runtime.errors import printable

WAITING = 4
"""Tasks handed over for each worker: enough to keep it busy, few enough to lose little to a death."""
COMMIT_SECONDS, COMMIT_ROWS = 0.5, 500
Progress = Callable[[int, int, str], None]
"""Called with (tasks safely stored, tasks in all, the latest)."""
Work = Callable[[str, str, dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Outcome:
    total: int
    already: int
    computed: int
    failed: int


@dataclass
class _Sweep:
    store: Store
    workers: Workers
    work: Work
    progress: Progress | None
    total: int
    stored: int
    queue: deque[Task]
    suspects: deque[Task] = field(default_factory=deque)
    running: dict[Future[Any], Task] = field(default_factory=dict)
    deaths: dict[str, int] = field(default_factory=dict)
    alone: set[str] = field(default_factory=set)
    buffer: list[tuple[str, str, Any, dict[str, Any] | None, str | None]] = field(default_factory=list)
    last_commit: float = field(default_factory=time.monotonic)
    failures: int = 0

    def loop(self) -> None:
        executor = self.workers.fresh()
        try:
            while self.queue or self.suspects or self.running:
                if not self._fill(executor) or not self._collect():
                    self._close(executor)
                    self._bury()
                    executor = self.workers.fresh()
                self._commit(force=False)
        finally:
            # Ctrl-C comes through here too: what is finished is kept.
            self._commit(force=True)
            self._close(executor)

    def _close(self, executor: Executor) -> None:
        # Dask's executor does not know ``cancel_futures``.
        for future in self.running:
            future.cancel()
        executor.shutdown(wait=False)

    def _fill(self, executor: Executor) -> bool:
        """Hand tasks over: suspects one at a time with nothing beside them. False when the pool is broken."""
        try:
            if self.suspects:
                if not self.running:
                    self._submit(executor, self.suspects[0])
                    self.alone.add(self.suspects.popleft().key)
                return True
            while self.queue and len(self.running) < WAITING * self.workers.count:
                self._submit(executor, self.queue[0])
                self.queue.popleft()
        except BrokenExecutor:
            return False
        return True

    def _submit(self, executor: Executor, task: Task) -> None:
        future = executor.submit(self.work, task.kind, task.key, task.body)
        self.running[future] = task

    def _collect(self) -> bool:
        """Take what is finished. False when the executor broke."""
        finished, _ = wait(self.running, timeout=COMMIT_SECONDS, return_when=FIRST_COMPLETED)
        for future in finished:
            task = self.running[future]
            try:
                result = future.result()
            except BrokenExecutor:
                return False
            except Exception as wrong:  # recorded with its reason: one bad task must not end a sweep
                if type(wrong).__name__ == "KilledWorker":
                    self._suspect(task, getattr(wrong, "allowed_failures", MOST_DEATHS - 1) + 1)
                else:
                    self._keep(task, None, printable(f"{type(wrong).__name__}: {wrong}", 300))
            else:
                reason = refusal(task.key, task.kind, len(task.body["ways"]), result)
                self._keep(task, None if reason else result["payload"], reason)
            del self.running[future]
        return True

    def _suspect(self, task: Task, deaths: int) -> None:
        """Dask has given the task up. It blames whatever its dead workers held: only alone is it the task."""
        if task.key in self.alone:
            self._keep(task, None, f"its worker died {deaths} times")
        else:
            self.suspects.append(task)

    def _bury(self) -> None:
        """The executor broke: everything it held is under suspicion."""
        for task in self.running.values():
            self.deaths[task.key] = self.deaths.get(task.key, 0) + 1
            if self.deaths[task.key] >= MOST_DEATHS:
                self._keep(task, None, f"its worker died {MOST_DEATHS} times")
            else:
                self.suspects.append(task)
        self.running.clear()

    def _keep(self, task: Task, payload: dict[str, Any] | None, reason: str | None) -> None:
        self.failures += payload is None
        self.buffer.append((task.key, task.kind, task.body, payload, reason))

    def _commit(self, force: bool) -> None:
        due = time.monotonic() - self.last_commit >= COMMIT_SECONDS or len(self.buffer) >= COMMIT_ROWS
        if not self.buffer or not (force or due):
            return
        self.store.add(self.buffer)
        self.stored += len(self.buffer)
        last = self.buffer[-1][2]
        self.buffer = []
        self.last_commit = time.monotonic()
        if self.progress is not None:
            self.progress(self.stored, self.total, str(last.get("bound", "error")))


def run(
    grid: Grid,
    store: Store,
    workers: Workers,
    progress: Progress | None = None,
    *,
    retry: bool = False,
    work: Work = compute,
) -> Outcome:
    """Compute every task of ``grid`` that ``store`` lacks. ``retry`` tries failed tasks again.

    Raises InputError when the store cannot be written; what was reported to ``progress`` is kept.
    """
    tasks = {task.key: task for task in grid.tasks()}
    settled = set(store.done()) if retry else set(store.done()) | set(store.failed())
    missing = deque(task for key, task in tasks.items() if key not in settled)
    already = len(tasks) - len(missing)
    sweep = _Sweep(store, workers, work, progress, len(tasks), already, missing)
    waiting = len(missing)
    if waiting:
        sweep.loop()
    failed = sum(key in tasks for key in store.failed())
    return Outcome(len(tasks), already, waiting, failed)
