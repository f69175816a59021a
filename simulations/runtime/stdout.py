"""Standard output is reserved for the command's own output: what a user's code prints goes to stderr."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def stdout_to_stderr() -> Iterator[int | None]:
    """Of this process, of code that keeps the old ``sys.stdout``, and of processes started meanwhile.

    Yields the descriptor of the real stdout, for output that must appear before the end; None without one.
    """
    stdout = sys.stdout
    with contextlib.suppress(OSError, ValueError):
        stdout.flush()
    try:
        saved = os.dup(1)
        os.dup2(2, 1)
    except OSError:  # a process without one of the two has nothing to divert
        saved = None
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield saved
    finally:
        if saved is not None:
            with contextlib.suppress(OSError, ValueError):
                stdout.flush()
            os.dup2(saved, 1)
            os.close(saved)
