"""The recorded run: features in half precision (``trace.npz``) and everything else (``trace.json``).

The figures of the report are computed from the features by the installed version; the metrics recorded at the
time of training are kept for comparison.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from simulations.experiments.network.record.measures import GROUPS, Labelled
from simulations.runtime.errors import InputError
from simulations.runtime.files import write_bytes, write_text
from theory.array import Floats

PACKAGED = Path(__file__).parent / "runs"
LARGEST_BYTES = 4_000_000


@dataclass(frozen=True, eq=False)
class Trace:
    """A recorded run. ``record`` is the JSON document; ``arrays`` hold features and labels."""

    record: Mapping[str, Any]
    arrays: Mapping[str, Floats]

    @property
    def epochs(self) -> tuple[int, ...]:
        """Epochs whose features are recorded, in order."""
        return tuple(self.record["recorded_epochs"])

    def groups(self, epoch: int) -> dict[str, Labelled]:
        """Features (n, p) float16 and labels of every recorded group at one epoch."""
        return {
            name: Labelled(self.arrays[f"{name}_{epoch}"], self.arrays[f"{name}_labels"])
            for name in GROUPS
            if f"{name}_labels" in self.arrays
        }


def write(folder: Path, record: Mapping[str, Any], arrays: Mapping[str, Floats]) -> None:
    """Write ``trace.npz``, then ``trace.json`` with its SHA-256. Raises InputError where it cannot."""
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)  # type: ignore[arg-type]  # one might be called as its option is
    digest = hashlib.sha256(content.getvalue()).hexdigest()
    write_bytes(folder / "trace.npz", content.getvalue())
    document = {"schema": 1, "features_sha256": digest, **record}
    write_text(folder / "trace.json", json.dumps(document, indent=1, allow_nan=False) + "\n")


def load(folder: Path = PACKAGED) -> Trace:
    """Read a recorded run. Raises InputError when a file is missing, damaged or not the one recorded."""
    record = _record(folder / "trace.json")
    path = folder / "trace.npz"
    content = _read(path)
    if hashlib.sha256(content).hexdigest() != record["features_sha256"]:
        raise InputError(
            "is not what was recorded: its SHA-256 differs from the one in trace.json; record the run anew "
            "with collapse network, or install the package again",
            file=path,
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    trace = Trace(record, arrays)
    _check(trace, path)
    return trace


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as wrong:
        raise InputError(
            f"cannot be read: {wrong.strerror or wrong}; record the run anew with collapse network", file=path
        ) from None


def _record(path: Path) -> dict[str, Any]:
    content = _read(path)
    try:
        record = json.loads(content)
        wanted = {"schema", "features_sha256", "recorded_epochs", "history", "data", "recipe", "seed"}
        if not isinstance(record, dict) or not wanted <= set(record) or record["schema"] != 1:
            raise ValueError
    except ValueError:
        raise InputError("is not a record of a run; make one with collapse network", file=path) from None
    return record


def _check(trace: Trace, path: Path) -> None:
    for epoch in trace.epochs:
        for name in GROUPS:
            labels = trace.arrays.get(f"{name}_labels")
            if labels is None and name != "new":
                continue
            values = trace.arrays.get(f"{name}_{epoch}")
            if labels is None or values is None or values.ndim != 2 or len(values) != len(labels):
                raise InputError(f"lacks group {name} of epoch {epoch}; record the run anew", file=path)
            if values.dtype != np.float16 or not np.all(np.isfinite(values)):
                raise InputError(f"holds no finite half-precision numbers for {name}_{epoch}", file=path)
