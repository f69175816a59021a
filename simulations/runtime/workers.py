"""The process pool of the main job. Imports nothing heavy: ``start`` must run before NumPy is loaded.

Every task runs in a worker, also with one job: the numbers then cannot depend on how many there are.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from simulations.runtime.card_errors import card_error
from simulations.runtime.errors import InputError

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


class Call(Protocol):
    @property
    def function(self) -> Callable[..., Any]: ...
    @property
    def arguments(self) -> tuple[Any, ...]: ...
    @property
    def label(self) -> str: ...
    @property
    def weight(self) -> float: ...


Progress = Callable[[int, int, str], None]
"""Called with (tasks done, tasks in all, what was just finished)."""


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
    """The processors that this process may use; one process on a card, each of which would hold a context of
    several hundred MB there."""
    if device == "gpu":
        return 1
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


def _readable(function: Callable[..., Any], *arguments: Any) -> Any:
    """The function's result; an error of CuPy as one line, since CuPy's own may not survive the way back."""
    try:
        return function(*arguments)
    except Exception as wrong:
        line = card_error(wrong)
        if line is None:
            raise
        raise InputError(line) from None


class Pool:
    def __init__(self, executor: ProcessPoolExecutor) -> None:
        self._executor = executor

    def run(self, calls: Sequence[Call], progress: Progress | None = None) -> list[Any]:
        """Results in the order of ``calls``; the heaviest start first. The first failure is raised."""
        order = sorted(range(len(calls)), key=lambda index: -calls[index].weight)
        futures: dict[Future[Any], int] = {}
        for index in order:
            call = calls[index]
            futures[self._executor.submit(_readable, call.function, *call.arguments)] = index
        results: list[Any] = [None] * len(calls)
        pending, done = set(futures), 0
        while pending:
            finished, pending = wait(pending, return_when=FIRST_COMPLETED)
            for future in finished:
                results[futures[future]] = future.result()
                done += 1
                if progress is not None:
                    progress(done, len(calls), calls[futures[future]].label)
        return results


@contextmanager
def pool(jobs: int) -> Iterator[Pool]:
    """A pool of ``jobs`` fresh interpreters (never forked: safe with threads). Ctrl-C drops what waits."""
    # A spawned worker imports the caller's script, and NumPy with it, before any initializer: only what it
    # inherits comes early enough.
    before = {name: os.environ.get(name) for name in THREADS}
    start()
    executor = ProcessPoolExecutor(
        max_workers=jobs,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=prepare,
        initargs=(list(PREPARATIONS),),
    )
    try:
        yield Pool(executor)
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
