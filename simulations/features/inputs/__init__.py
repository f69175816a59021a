"""Files of features, one kind of file a module: by its suffix, or a directory of shards; else an npz file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from simulations.features.feature_file import FeatureFile, load_npz
from simulations.features.inputs.hdf5 import load_hdf5
from simulations.features.inputs.npy import load_folder, load_npy
from simulations.features.inputs.parquet import load_parquet
from simulations.features.inputs.safetensors import load_safetensors
from simulations.features.inputs.torch_file import load_torch
from simulations.features.inputs.zarr import is_zarr, load_zarr

READERS: dict[str, Callable[[Path], FeatureFile]] = {
    ".npy": load_npy,
    ".parquet": load_parquet,
    ".safetensors": load_safetensors,
    ".pt": load_torch,
    ".pth": load_torch,
    ".h5": load_hdf5,
    ".hdf5": load_hdf5,
    ".zarr": load_zarr,
}


def load_features(path: str | Path) -> FeatureFile:
    """Check a features file or a directory of shards.

    Raises InputError: one line with file, field and remedy; where a library is missing, it names the extra.
    """
    path = Path(path)
    if path.is_dir() and is_zarr(path):
        return load_zarr(path)
    if path.is_dir():
        return load_folder(path)
    return READERS.get(path.suffix.lower(), load_npz)(path)
