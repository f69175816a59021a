"""The recorded studies that ship with the package."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from simulations.experiments.network.record.trace import PACKAGED
from simulations.runtime.errors import InputError

FIELDS = {"schema", "study", "data_sha256", "target", "ways", "recipe", "runs"}


def study(name: str, folder: Path = PACKAGED) -> dict[str, Any]:
    """The record of a study, ``classes``, ``samples`` or ``settings``. Raises InputError."""
    return _read(folder / f"study-{name}.json", name)


@cache
def _read(path: Path, name: str) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if (
            not set(record) >= FIELDS
            or record["schema"] != 1
            or record["study"] != name
            or not record["runs"]
        ):
            raise ValueError
    except (OSError, ValueError, TypeError):
        raise InputError("is not a record of a study; install the package again", file=path) from None
    return dict(record)
