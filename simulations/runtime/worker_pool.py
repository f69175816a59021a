"""A process pool whose workers never outlive the process that started them.

Each worker holds the reading end of a pipe. Nothing is ever written to it: it ends when its only writer is
gone, by ``end`` or because the process died, even of SIGKILL, and then the worker ends itself.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import connection, resource_tracker
from multiprocessing.process import BaseProcess
from typing import ParamSpec, TypeVar

from theory.inheritance import override

P = ParamSpec("P")
R = TypeVar("R")


class WorkerPool(ProcessPoolExecutor):
    """``jobs`` fresh interpreters (spawned, never forked). They ignore Ctrl-C and a closing terminal, which
    reach the whole group of processes: the main process decides what happens then."""

    def __init__(self, jobs: int, prepare: Callable[..., None], *arguments: object) -> None:
        """``prepare(*arguments)`` is what each worker does first; importable, with picklable arguments."""
        reading, self._writing = multiprocessing.Pipe(duplex=False)
        super().__init__(
            max_workers=jobs,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=partial(follow, reading, prepare, *arguments),
        )
        self._jobs = jobs
        self._children: set[BaseProcess] = set()

    @override
    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        if len(self._children) >= self._jobs:
            return super().submit(fn, *args, **kwargs)
        before = set(multiprocessing.active_children())
        with _interrupts_blocked():
            future = super().submit(fn, *args, **kwargs)
        self._children |= set(multiprocessing.active_children()) - before
        return future

    def end(self) -> None:
        """End the workers now, whatever they are doing, and wait until they are gone."""
        self._writing.close()
        for child in self._children:
            child.terminate()
        self.shutdown(wait=True)


def follow(parent: connection.Connection, prepare: Callable[..., None], *arguments: object) -> None:
    """In a worker: end this process silently when ``parent`` ends; then ``prepare``."""

    def watch() -> None:
        connection.wait([parent])
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="parent watch").start()
    prepare(*arguments)


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Children started meanwhile ignore Ctrl-C; this process gets it as soon as they have started."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # its own start would unblock the signals again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
