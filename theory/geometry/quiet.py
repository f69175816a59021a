"""Silence for array code that computes both branches of a case."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

_on_overflow: ContextVar[str] = ContextVar("on_overflow", default="ignore")


def quiet(xp: object) -> contextlib.AbstractContextManager[Any]:
    """Silences NumPy's warnings; other namespaces give none."""
    errstate = getattr(xp, "errstate", None)
    return (
        errstate(all="ignore", over=_on_overflow.get()) if errstate is not None else contextlib.nullcontext()
    )


@contextlib.contextmanager
def overflow_raised() -> Iterator[None]:
    """Within, array code of NumPy raises FloatingPointError beyond the largest number, silenced or not."""
    token = _on_overflow.set("raise")
    try:
        yield
    finally:
        _on_overflow.reset(token)
