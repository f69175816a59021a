"""A damaged store is put out of the way, never removed: rows may still be saved from it by hand."""

from __future__ import annotations

from pathlib import Path

from simulations.runtime.errors import InputError

BESIDE = ("", "-wal", "-shm")
"""SQLite's files of one data base."""


def set_aside(path: Path, real: Path, problem: str) -> InputError:
    """Rename the files of the store at ``real`` and say so, ready to be raised. Raises OSError where that
    fails."""
    for number in range(1, 1000):
        target = real.with_name(f"{real.name}.damaged-{number}")
        if not target.exists():
            break
    for ending in BESIDE:
        file = real.with_name(real.name + ending)
        if file.exists():
            file.rename(target.with_name(target.name + ending))
    return InputError(
        f"is damaged ({problem[:120]}) and was set aside as {target.name}; put a copy back, or run the same "
        "command again to start anew",
        file=path,
    )
