"""HDF5 files: data sets ``features``, ``labels`` and the others at the root."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from simulations.features.archive import FIELDS
from simulations.features.feature_file import FeatureFile
from simulations.features.inputs.base import feature_file_of, library, reading
from simulations.features.rows import RunReader
from theory.array import NumPyArray


def load_hdf5(path: Path) -> FeatureFile:
    """Raises InputError: one line with file, field and remedy."""
    h5py = library("h5py", "hdf5", path)
    with reading(path):
        file = h5py.File(path, "r")
        arrays: dict[str, Any] = {name: file[name] for name in FIELDS if name in file}
        return feature_file_of(path, {name: _plain(name, value) for name, value in arrays.items()})


def _plain(name: str, stored: Any) -> NumPyArray | RunReader:  # noqa: ANN401 - a data set of that library
    if name == "features" and len(stored.shape) == 2:
        return RunReader(lambda start, stop: np.asarray(stored[start:stop]), stored.shape, stored.dtype)
    if stored.dtype.hasobject:
        return np.array([str(text) for text in stored.asstr()[...].tolist()])
    return np.asarray(stored)
