"""Silence for array code that computes both branches of a case."""

from __future__ import annotations

import contextlib
from typing import Any


def quiet(xp: object) -> contextlib.AbstractContextManager[Any]:
    """Silences NumPy's warnings; other namespaces give none."""
    errstate = getattr(xp, "errstate", None)
    return errstate(all="ignore") if errstate is not None else contextlib.nullcontext()
