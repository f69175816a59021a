"""Silence for array code that computes both branches of a case."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

Note = Callable[[str, int], None]
"""What NumPy calls with the name of what went wrong, and its flag."""
_note: ContextVar[Note | None] = ContextVar("note", default=None)


def quiet(xp: object) -> contextlib.AbstractContextManager[Any]:
    """Silences NumPy's warnings; other namespaces give none."""
    errstate = getattr(xp, "errstate", None)
    if errstate is None:
        return contextlib.nullcontext()
    note = _note.get()
    flags = {} if note is None else {"over": "call", "under": "call", "call": note}
    silence: contextlib.AbstractContextManager[Any] = errstate(**{"all": "ignore", **flags})
    return silence


@contextlib.contextmanager
def noted(note: Note | None) -> Iterator[None]:
    """Where silence begins within, results beyond double precision call ``note``."""
    token = _note.set(note)
    try:
        yield
    finally:
        _note.reset(token)
