"""What installed packages add, by entry point. A broken one is named in one line and stops nothing."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import entry_points
from typing import Any

PROBLEMS: list[str] = []
"""One line for each entry point that could not be used, for the command to print."""


def load(group: str, kind: type, used_names: Iterable[str] = ()) -> list[Any]:
    """The objects of an entry-point ``group``: instances (or subclasses) of ``kind``, sorted by name.

    used_names : names that an object may not bring (its ``name``, where it has one).
    """
    values, names = [], set(used_names)
    for entry in sorted(entry_points(group=group), key=lambda entry: entry.name):
        try:
            value = entry.load()
            if not (isinstance(value, kind) or (isinstance(value, type) and issubclass(value, kind))):
                raise TypeError(f"is a {type(value).__name__}, not a {kind.__name__}")
            name = getattr(value, "name", entry.name)
            if name in names:
                raise ValueError(f"the name '{name}' exists")
        except Exception as wrong:
            message = f"{type(wrong).__name__}: {' '.join(str(wrong).split())}"
            PROBLEMS.append(f"plug-in '{entry.name}' ({group}, {entry.value}) is left out: {message}")
            continue
        names.add(name)
        values.append(value)
    return values
