"""Bench documents that ship with the package, one a device: ``results/cpu.json``, ``results/<card>.json``."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "results"


def path_of(device: str) -> Path:
    """Where the document of a device (its name as in ``device.Device``) lies, whether or not there is one."""
    return FOLDER / (re.sub(r"[^a-z0-9]+", "-", device.lower()).strip("-") + ".json")


def recorded(device: str = "cpu") -> dict[str, Any] | None:
    """The recorded document, or None where that device has not been measured."""
    try:
        found: dict[str, Any] = json.loads(path_of(device).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return found
