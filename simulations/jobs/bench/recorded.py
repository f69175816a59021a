"""Bench documents that ship with the package, one a device: ``results/cpu.json``, ``results/<GPU>.json``."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

from simulations.runtime.files import write_text

FOLDER = Path(__file__).parent / "results"


def path_of(device: str) -> Path:
    """Where the document of a device (its name as in ``device.Device``) lies, whether or not there is one."""
    return FOLDER / (re.sub(r"[^a-z0-9]+", "-", device.lower()).strip("-") + ".json")


def finite(value: Any) -> Any:  # noqa: ANN401 - a JSON document, as deep as it may be
    """The document with None in place of numbers that JSON does not know."""
    if isinstance(value, dict):
        return {key: finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def record(document: dict[str, Any]) -> Path:
    """Write the document where ``recorded`` finds it. Raises InputError when that cannot be written."""
    path = path_of(document["device"])
    write_text(path, json.dumps(finite(document), indent=1, allow_nan=False) + "\n")
    return path


def joined(document: dict[str, Any]) -> dict[str, Any]:
    """The recorded document of the device with the sections of ``document`` in place of its own or besides;
    ``separate`` says of each of them on what machine, and how, it was measured. ``document`` where there is
    none."""
    before = recorded(document["device"])
    if before is None:
        return document
    how = {name: document[name] for name in ("machine", "repetitions", "seconds")}
    separate = {**before.get("separate", {}), **dict.fromkeys(document["sections"], how)}
    return {**before, "sections": {**before["sections"], **document["sections"]}, "separate": separate}


def recorded(device: str = "cpu") -> dict[str, Any] | None:
    """The recorded document, or None where that device has not been measured."""
    try:
        document: dict[str, Any] = json.loads(path_of(device).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return document
