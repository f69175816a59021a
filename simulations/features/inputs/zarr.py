"""zarr groups: arrays ``features``, ``labels`` and the others at the root."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from simulations.features.archive import FIELDS
from simulations.features.feature_file import FeatureFile
from simulations.features.inputs.base import feature_file_of, library, reading
from simulations.features.rows import RunReader
from theory.array import NumPyArray


def is_zarr(path: Path) -> bool:
    """Whether a directory says that it is a zarr group."""
    return path.suffix == ".zarr" or any((path / name).is_file() for name in (".zgroup", "zarr.json"))


def load_zarr(path: Path) -> FeatureFile:
    """Raises InputError: one line with file, field and remedy."""
    zarr = library("zarr", "zarr", path)
    with reading(path):
        group = zarr.open_group(str(path), mode="r")
        arrays: dict[str, Any] = {name: group[name] for name in FIELDS if name in group}
        return feature_file_of(path, {name: _plain(name, value) for name, value in arrays.items()})


def _plain(name: str, stored: Any) -> NumPyArray | RunReader:  # noqa: ANN401 - a data set of that library
    if name == "features" and len(stored.shape) == 2:
        return RunReader(lambda start, stop: np.asarray(stored[start:stop]), stored.shape, stored.dtype)
    array = np.asarray(stored[...])
    return array.astype(str) if array.dtype.kind not in "iubfUS" else array
