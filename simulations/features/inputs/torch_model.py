"""Features that a torch model gives: batch by batch, without gradients, in evaluation mode."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simulations.features.feature_file import FeatureFile
from simulations.features.inputs.npy import load_folder
from simulations.features.memory import plain
from simulations.runtime.errors import InputError, printable
from theory.array import Floats, NumPyArray

if TYPE_CHECKING:
    import torch
    from torch.nn import Module

SHARD_BYTES = 64 << 20
"""Features that are written at a time."""
Of = Callable[[Any, Any], Any]


def extract(
    model: Module,
    batches: Iterable[Any],
    *,
    features: Of | None = None,
    device: torch.device | str | None = None,
    folder: str | Path | None = None,
) -> FeatureFile:
    """What ``model`` (a torch module) makes of ``batches`` (a DataLoader, or any (inputs, labels) in turn).

    features : features(model, inputs) of a batch, (samples, ...); by default model(inputs).
    device   : where inputs go and the model is; by default where its parameters are.
    folder   : a new or empty directory to which features go in shards, for more of them than fit the memory;
        ``load_features`` reads it again. By default they are kept in memory.
    The model runs in evaluation mode and without gradients; every part is then put back into the mode that it
    was in, whatever happens. Features of more than two dimensions are flattened.
    Raises InputError, naming the field, on batches without labels and outputs that are no tensor.
    """
    import torch

    place = device if device is not None else _device(model)
    parts = _Parts(None if folder is None else _empty(Path(folder)))
    with _evaluating(model), torch.no_grad():
        for batch in batches:
            if not isinstance(batch, tuple | list) or len(batch) < 2:
                raise InputError(
                    f"are no (inputs, labels) but {type(batch).__name__}; give batches of both",
                    field="batches",
                )
            inputs = batch[0].to(place) if place is not None and hasattr(batch[0], "to") else batch[0]
            out = model(inputs) if features is None else features(model, inputs)
            parts.add(_rows(out), np.asarray(plain(batch[1])))
    return parts.file()


def _device(model: Module) -> torch.device | None:
    first = next(iter(model.parameters()), None)
    return None if first is None else first.device


@contextmanager
def _evaluating(model: Module) -> Iterator[None]:
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode


def _rows(out: object) -> Floats:
    if not hasattr(out, "detach"):
        raise InputError(
            f"gives a {type(out).__name__}; give features=lambda model, inputs: ..., a tensor", field="model"
        )
    rows: Floats = plain(out)
    return rows.reshape(len(rows), -1) if rows.ndim > 2 else rows


def _empty(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise InputError("is not empty; give a new directory", file=folder, field="folder")
    except OSError as wrong:
        raise InputError(
            f"cannot be written: {wrong.strerror}; give a new directory", file=folder, field="folder"
        ) from None
    return folder


class _Parts:
    """Features and labels as they come: in memory, or in shards of a folder."""

    def __init__(self, folder: Path | None) -> None:
        self._folder, self._shards, self._bytes = folder, 0, 0
        self._features: list[Floats] = []
        self._labels: list[Floats] = []

    def add(self, rows: Floats, labels: NumPyArray) -> None:
        if rows.ndim != 2 or labels.shape != rows.shape[:1]:
            raise InputError(
                f"has shape {printable(str(rows.shape), 60)} with labels of shape {labels.shape}; give one "
                "row and one label a sample",
                field="features",
            )
        self._features.append(rows)
        self._labels.append(labels)
        self._bytes += rows.nbytes
        if self._folder is not None and self._bytes >= SHARD_BYTES:
            self._write()

    def _write(self) -> None:
        assert self._folder is not None
        self._shards += 1
        for name, blocks in (("features", self._features), ("labels", self._labels)):
            np.save(self._folder / f"{name}-{self._shards:05d}.npy", np.concatenate(blocks))
            blocks.clear()
        self._bytes = 0

    def file(self) -> FeatureFile:
        if self._folder is not None:
            if self._features:
                self._write()
            return load_folder(self._folder)
        if not self._features:
            raise InputError("hold no batch; give at least one", field="batches")
        return FeatureFile.of(np.concatenate(self._features), np.concatenate(self._labels), name="model")
