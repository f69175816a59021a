"""``.npy`` files: features with their labels beside them, or a directory of shards. Features stay there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from simulations.features.archive import FIELDS
from simulations.features.feature_file import FeatureFile
from simulations.features.inputs.base import feature_file_of, reading
from simulations.features.rows import Stacked, StoredRows
from simulations.runtime.errors import InputError
from simulations.runtime.row_source import RowSource
from theory.array import Floats


def load_npy(path: Path) -> FeatureFile:
    """``X.npy`` with ``X_labels.npy`` or ``labels.npy`` beside it (split, weights, bias, classes likewise).

    Raises InputError: one line with file, field and remedy.
    """
    with reading(path):
        arrays: dict[str, object] = {"features": _rows(path)}
        for name in FIELDS[1:]:
            for beside in (path.with_name(f"{path.stem}_{name}.npy"), path.with_name(f"{name}.npy")):
                if beside.is_file():
                    arrays[name] = _whole(beside, name)
                    break
        if "labels" not in arrays:
            raise InputError(
                f"are missing; save them as {path.stem}_labels.npy beside it, or both with numpy.savez",
                field="labels",
            )
        return feature_file_of(path, arrays)


def load_folder(path: Path) -> FeatureFile:
    """A directory with ``features*.npy`` and as many ``labels*.npy`` (and ``split*.npy``), paired in order of
    their numbers; ``weights.npy``, ``bias.npy`` and ``classes.npy`` if there are any.

    Raises InputError: one line with file, field and remedy.
    """
    with reading(path):
        shards = {name: _shards(path, name) for name in ("features", "labels", "split")}
        if not shards["features"]:
            raise InputError("is a directory without features*.npy; give a file or a directory of shards")
        for name in ("labels", "split"):
            if len(shards[name]) != len(shards["features"]) and (shards[name] or name == "labels"):
                raise InputError(
                    f"has {len(shards[name])} shards for {len(shards['features'])} of features; "
                    "give one for each",
                    field=name,
                )
        parts = [_rows(each) for each in shards["features"]]
        widths = {part.shape[1] for part in parts}
        if len(widths) > 1:
            raise InputError(
                f"shards differ in dimension: {sorted(widths)}; give one network's", field="features"
            )
        arrays: dict[str, object] = {"features": Stacked(parts) if len(parts) > 1 else parts[0]}
        for name in ("labels", "split"):
            pieces = _pieces(name, shards[name], parts)
            if pieces:
                arrays[name] = np.concatenate(pieces)
        # A file labels2.npy is the third shard of the labels: a directory has one labeling.
        for name in ("weights", "bias", "classes"):
            if (path / f"{name}.npy").is_file():
                arrays[name] = _whole(path / f"{name}.npy", name)
        return feature_file_of(path, arrays)


def _pieces(name: str, shards: Sequence[Path], parts: Sequence[RowSource]) -> list[Floats]:
    """One number or word a sample, shard by shard. Raises InputError where a shard has more or fewer."""
    pieces = [_whole(each, name) for each in shards]
    for piece, part, shard in zip(pieces, parts, shards, strict=False):
        if piece.shape != (part.shape[0],):
            raise InputError(
                f"{shard.name} has shape {piece.shape} for {part.shape[0]} samples; give one a sample",
                field=name,
            )
    return pieces


def _shards(path: Path, name: str) -> list[Path]:
    def number(shard: Path) -> tuple[list[int], str]:
        return [int(digits) for digits in re.findall(r"\d+", shard.stem)], shard.name

    return sorted(path.glob(f"{name}*.npy"), key=number)


def _whole(path: Path, name: str) -> Floats:
    array = np.load(path, allow_pickle=False, mmap_mode=None)
    if array.dtype.hasobject:
        raise InputError("holds Python objects, which are never loaded; save plain numbers", field=name)
    values: Floats = array
    return values


def _rows(path: Path) -> RowSource:
    with path.open("rb") as file:
        version = np.lib.format.read_magic(file)
        read = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        shape, fortran, dtype = read(file)
        offset = file.tell()
    if dtype.hasobject:
        raise InputError("holds Python objects, which are never loaded; save plain numbers", field="features")
    if len(shape) != 2 or 0 in shape:
        raise InputError(f"has shape {shape}; it must be (samples, dimension)", field="features")
    if path.stat().st_size < offset + dtype.itemsize * shape[0] * shape[1]:
        raise InputError("ends before its header says; save it again", field="features")
    if fortran:
        whole: RowSource = np.load(path, allow_pickle=False)
        return whole
    return StoredRows(path, offset, (shape[0], shape[1]), dtype)
