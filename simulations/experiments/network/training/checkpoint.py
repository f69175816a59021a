"""Checkpoints: written whole or not at all, read without executing anything."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import torch

from simulations.runtime.errors import InputError
from simulations.runtime.files import write_bytes

FIELDS = {"key": str, "epoch": int, "net": dict, "optimizer": dict, "history": str, "kept": dict}


def save(path: Path, state: dict[str, Any]) -> None:
    """Replace the checkpoint: temporary name, fsync, rename. Raises InputError when it cannot be written."""
    content = io.BytesIO()
    torch.save(state, content)
    write_bytes(path, content.getvalue())


def load(path: Path, key: str) -> dict[str, Any] | None:
    """The checkpoint, None where there is none. Raises InputError on a damaged one and on another run's."""
    if not path.exists():
        return None
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception:  # whatever error the reader raises on a foreign file, the file is at fault
        raise InputError("is damaged or not a checkpoint; remove it to start anew", file=path) from None
    if not isinstance(state, dict) or any(
        not isinstance(state.get(name), kind) for name, kind in FIELDS.items()
    ):
        raise InputError("is not a checkpoint of this command; remove it to start anew", file=path)
    if state["key"] != key:
        raise InputError(
            "belongs to a run with other settings, seed or images; choose another --out, or remove it",
            file=path,
            field="key",
        )
    return state
