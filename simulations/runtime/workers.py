"""Worker processes, and the one loop that feeds them. Imports nothing heavy: ``start`` must run before NumPy.

Every task runs in a worker, also with one job: the numbers then cannot depend on how many there are. A worker
ends as soon as the process that started it is gone, in whatever way that ended. A task whose worker died is
tried again with nothing beside it, so that the death is known to be its own; after three it is given up.
"""

from __future__ import annotations

import asyncio
import os
import sys
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from typing import Any, Generic, Protocol, TypeVar

from simulations.runtime.errors import InputError
from simulations.runtime.gpu_errors import gpu_error
from simulations.runtime.worker_pool import WorkerPool

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
MOST_JOBS = 1024
MOST_DEATHS = 3
"""A task whose worker dies so often is given up."""
WAITING = 4
"""Tasks handed over for each worker: enough to keep it busy, few enough to lose little to a death."""
TICK_SECONDS = 0.5
CANCELLED = (CancelledError, asyncio.CancelledError)


class Call(Protocol):
    """The interface of a task for a pool."""

    @property
    def function(self) -> Callable[..., Any]:
        """The function that a worker calls."""

    @property
    def arguments(self) -> tuple[Any, ...]:
        """The arguments of that call; picklable."""

    @property
    def label(self) -> str:
        """Its label on a progress bar."""

    @property
    def weight(self) -> float:
        """Its rough cost: the most expensive start first."""


C = TypeVar("C", bound=Call)
Progress = Callable[[int, int, str], None]
"""Called with (tasks done, tasks in all, what was just finished)."""


class WorkerDied(BrokenExecutor):
    """A call was given up because its worker died with it every time; ``str()`` says how often."""


@dataclass(frozen=True)
class Ended(Generic[C]):
    """How a call ended: with a ``value``, or with what was ``raised`` (``WorkerDied`` included)."""

    call: C
    value: Any = None
    raised: Exception | None = None


def start() -> None:
    """One thread of linear algebra a worker: the workers themselves are the parallelism."""
    for name in THREADS:
        os.environ[name] = "1"


def quiet() -> None:
    """No warning with the path of a source file reaches a user: the place for them is the tests, where
    arithmetic's are errors. ``python -W`` overrides it."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")


Preparation = tuple[Callable[..., Any], tuple[Any, ...]]
PREPARATIONS: list[Preparation] = []
"""What every worker does before its first task, in order: importable functions with their arguments."""


def prepare(preparations: Sequence[Preparation]) -> None:
    """In a worker, before its first task. With a user's file in it, what it prints goes to stderr: the
    answer is the parent's alone."""
    start()
    quiet()
    if preparations:
        with suppress(OSError):
            os.dup2(2, 1)
    for function, arguments in preparations:
        function(*arguments)


def default_jobs(device: str = "cpu") -> int:
    """The processors that this process may use; one process on a GPU, each of which would hold a context of
    several hundred MB there."""
    if device == "gpu":
        return 1
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


def _readable(function: Callable[..., Any], *arguments: object) -> object:
    """The function's result; an error of CuPy as one line, since CuPy's own may not survive the way back."""
    try:
        return function(*arguments)
    except Exception as wrong:
        line = gpu_error(wrong)
        if line is None:
            raise
        raise InputError(line) from None


class Workers:
    """``fresh`` makes an executor, again when one breaks; ``count`` is how many calls run at once.

    ``tend`` is called when nothing ends for half a second, or a call comes back undone: it may bring workers
    back, and raises InputError where there is no hope of any.
    """

    def __init__(
        self, fresh: Callable[[], Executor], count: int, tend: Callable[[], None] = lambda: None
    ) -> None:
        self.count, self.tend = count, tend
        self._fresh = fresh
        self._executor: Executor | None = None

    def executor(self) -> Executor:
        """The one in use, made when first needed."""
        if self._executor is None:
            self._executor = self._fresh()
        return self._executor

    def drop(self, running: Iterable[Future[Any]] = ()) -> None:
        """Leave the executor at once, with all that it runs and holds."""
        executor, self._executor = self._executor, None
        if isinstance(executor, WorkerPool):
            executor.end()
        elif executor is not None:
            with suppress(Exception):  # a scheduler that went away holds nothing any more
                for future in running:  # Dask's executor does not know ``cancel_futures``
                    future.cancel()
                executor.shutdown(wait=False)

    def run(
        self, calls: Sequence[Call], progress: Progress | None = None, into: list[Any] | None = None
    ) -> list[Any]:
        """Results in the order of ``calls``; the heaviest start first. The first failure is raised.

        into : an empty list to hold them as they come, with None for what has not ended: whoever is
            interrupted can tell what was found so far.
        """
        places: dict[int, list[int]] = {}
        for index, call in enumerate(calls):
            places.setdefault(id(call), []).append(index)
        results: list[Any] = [] if into is None else into
        results[:] = [None] * len(calls)
        done = 0
        with closing(self.ended(sorted(calls, key=lambda call: -call.weight))) as batches:
            for ended in chain.from_iterable(batches):
                if ended.raised is not None:
                    raise ended.raised
                results[places[id(ended.call)].pop()] = ended.value
                done += 1
                if progress is not None:
                    progress(done, len(calls), ended.call.label)
        return results

    def ended(self, calls: Iterable[C]) -> Generator[list[Ended[C]], None, None]:
        """How each call ended, in batches as they end; an empty batch every half second without one.

        ``calls`` is read as workers become free. Close the generator to drop what runs and waits.
        """
        return _Loop(self, iter(calls)).batches()


class _Loop(Generic[C]):
    def __init__(self, workers: Workers, calls: Iterator[C]) -> None:
        self.workers, self.calls = workers, calls
        self.left = True
        self.suspects: deque[C] = deque()
        self.running: dict[Future[Any], C] = {}
        self.deaths: dict[int, int] = {}
        self.alone: C | None = None
        """A suspect that runs with nothing beside it."""
        self.untaken: deque[C] = deque()
        """Calls that an executor did not take, or gave back undone."""

    def batches(self) -> Generator[list[Ended[C]], None, None]:
        complete = False
        try:
            while self.left or self.suspects or self.untaken or self.running:
                sent = self._fill()
                batch, sound = self._collect() if sent and self.running else ([], sent)
                if not sound:
                    self.workers.drop(self.running)
                    batch += self._suspected()
                for ended in batch:
                    self.deaths.pop(id(ended.call), None)
                yield batch
            complete = True
        finally:
            if not complete:  # Ctrl-C and every failure come through here
                self.workers.drop(self.running)

    def _fill(self) -> bool:
        """Hand calls over: suspects one at a time with nothing beside them. False when the pool is broken."""
        if self.running and (self.suspects or self.alone is not None):
            return True
        self.alone = None
        try:
            if self.suspects:
                self._submit(self.suspects[0])
                self.alone = self.suspects.popleft()
                return True
            while (self.left or self.untaken) and len(self.running) < WAITING * self.workers.count:
                if not self.untaken:
                    call = next(self.calls, None)
                    if call is None:
                        self.left = False
                        break
                    self.untaken.append(call)
                self._submit(self.untaken[0])
                self.untaken.popleft()
        except BrokenExecutor:
            return False
        return True

    def _submit(self, call: C) -> None:
        self.running[self.workers.executor().submit(_readable, call.function, *call.arguments)] = call

    def _collect(self) -> tuple[list[Ended[C]], bool]:
        """What has ended by now, and whether the executor is sound."""
        finished, _ = wait(self.running, timeout=TICK_SECONDS, return_when=FIRST_COMPLETED)
        if not finished:
            self.workers.tend()
        batch: list[Ended[C]] = []
        for future in finished:
            call = self.running[future]
            try:
                batch.append(Ended(call, future.result()))
            except BrokenExecutor:
                return batch, False
            except CANCELLED:  # by a scheduler that went away: nothing is known against the call
                self.untaken.append(call)
                self.workers.tend()
            except Exception as wrong:  # the caller's to judge: one bad call need not end the others
                if type(wrong).__name__ != "KilledWorker":
                    batch.append(Ended(call, raised=wrong))
                elif self.alone is call:
                    deaths = getattr(wrong, "allowed_failures", MOST_DEATHS - 1) + 1
                    batch.append(Ended(call, raised=WorkerDied(f"its worker died {deaths} times")))
                else:  # Dask blames whatever its dead workers held
                    self.suspects.append(call)
            del self.running[future]
        return batch, True

    def _suspected(self) -> list[Ended[C]]:
        """The executor broke: everything that it held is under suspicion. Those given up."""
        given_up: list[Ended[C]] = []
        for call in self.running.values():
            self.deaths[id(call)] = self.deaths.get(id(call), 0) + 1
            if self.deaths[id(call)] >= MOST_DEATHS:
                given_up.append(Ended(call, raised=WorkerDied(f"its worker died {MOST_DEATHS} times")))
            else:
                self.suspects.append(call)
        self.running.clear()
        return given_up


def check_jobs(jobs: int) -> int:
    """Raises InputError on a number of processes that no machine starts."""
    if not 1 <= jobs <= MOST_JOBS:
        raise InputError(f"is {jobs:.6g}; use 1 to {MOST_JOBS} worker processes", field="--jobs")
    return jobs


@contextmanager
def open_workers(jobs: int) -> Iterator[Workers]:
    """A pool of ``jobs`` fresh interpreters (never forked: safe with threads), started when first needed.

    Raises InputError when ``jobs`` is not between 1 and 1024.
    """
    # A spawned worker imports the caller's script, and NumPy with it, before any initializer: only what it
    # inherits comes early enough.
    before = {name: os.environ.get(name) for name in THREADS}
    check_jobs(jobs)
    start()
    workers = Workers(lambda: WorkerPool(jobs, prepare, list(PREPARATIONS)), jobs)
    try:
        yield workers
    finally:
        workers.drop()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
