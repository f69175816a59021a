"""A main process with workers, and what its workers do, for tests that kill it."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulations.runtime import exits, workers


@dataclass(frozen=True)
class Call:
    function: Any
    arguments: tuple[Any, ...]
    label: str = ""
    weight: float = 1.0


def here(folder: str, busy: bool) -> None:
    """Leave this worker's number in ``folder``, then work for a minute."""
    (Path(folder) / str(os.getpid())).touch()
    begun = time.monotonic()
    while time.monotonic() - begun < 60:
        if busy:
            sum(range(10_000))
        else:
            time.sleep(0.05)


def main(folder: str, busy: str) -> int:
    def command() -> int:
        with workers.open_workers(2) as pool:
            pool.run([Call(here, (folder, busy == "busy")) for _ in range(2)])
        return 0

    return exits.guarded(command, lambda wrong: None)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
