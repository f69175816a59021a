"""Safetensors files: tensors ``features``, ``labels`` (whole numbers) and the others. bfloat16 is widened."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from simulations.features.archive import FIELDS
from simulations.features.feature_file import FeatureFile
from simulations.features.inputs.base import feature_file_of, library, reading
from simulations.features.rows import Converted, RunReader, StoredRows
from simulations.runtime.row_source import RowSource
from theory.array import Floats, NumPyArray


def load_safetensors(path: Path) -> FeatureFile:
    """Raises InputError: one line with file, field and remedy."""
    safetensors = library("safetensors", "safetensors", path)
    with reading(path):
        file = safetensors.safe_open(str(path), framework="numpy")
        names = [name for name in FIELDS if name in file.keys()]  # noqa: SIM118 - it is no mapping
        return feature_file_of(path, {name: _tensor(file, path, name) for name in names})


class TensorFile(Protocol):
    """What safetensors opens; it comes without types."""

    def get_slice(self, name: str) -> Any:  # noqa: ANN401 - a class of safetensors, which has no types
        """A tensor whose rows are read when they are asked for."""

    def get_tensor(self, name: str) -> NumPyArray:
        """A whole tensor."""


def _tensor(file: TensorFile, path: Path, name: str) -> RowSource | NumPyArray:
    part = file.get_slice(name)
    shape = tuple(part.get_shape())
    if part.get_dtype() == "BF16":
        return _widened(path, name, shape)
    if name == "features" and len(shape) == 2:
        return RunReader(lambda start, stop: np.asarray(part[start:stop]), shape, np.asarray(part[:1]).dtype)
    return file.get_tensor(name)


def _widened(path: Path, name: str, shape: tuple[int, ...]) -> RowSource | NumPyArray:
    """bfloat16 is the upper half of a float32, which NumPy knows."""
    with path.open("rb") as raw:
        length = int.from_bytes(raw.read(8), "little")
        begin = json.loads(raw.read(length))[name]["data_offsets"][0]
    rows = (shape[0], int(np.prod(shape[1:], dtype=int)))
    stored = StoredRows(path, 8 + length + begin, rows, np.dtype("<u2"))

    def widen(halves: NumPyArray) -> Floats:
        return (halves.astype(np.uint32) << 16).view(np.float32)

    return (
        Converted(stored, widen, np.dtype(np.float32)) if len(shape) == 2 else widen(stored[:]).reshape(shape)
    )
