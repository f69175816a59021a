"""A limit on the processor time of a solver: the load of the machine must not decide what is proved."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Protocol

_TICK = 0.02


class Interruptible(Protocol):
    """A solver's context."""

    def interrupt(self) -> object:
        """Give up the question at hand."""


class CpuLimit:
    """Interrupts a Z3 context once this process has spent ``seconds`` of processor time inside the block."""

    def __init__(self, context: Interruptible, seconds: float) -> None:
        self.context = context
        self.end = time.process_time() + seconds
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.watch = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> CpuLimit:
        self.watch.start()
        return self

    def _watch(self) -> None:
        while not self.over.wait(_TICK):
            if time.process_time() > self.end:
                with self.lock:  # never once the block is left: that would stop the next question
                    if not self.over.is_set():
                        self.context.interrupt()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self.lock:
            self.over.set()
        self.watch.join()
