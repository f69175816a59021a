"""Large files whose classes lie scattered, copied once so that the samples of a class lie together.

Every later pass reads class by class. A row at a time that is one request to the disk a sample and pass,
hours for a file that the machine cannot hold in memory; from the copy it is a few megabytes at a time. The
copy has no name: it is gone with the process, however that ends.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from simulations.features.rows import StoredRows, blocks
from simulations.runtime.row_source import RowSource
from theory.array import Floats, Integers

LARGE = 1 << 30
"""Bytes of features below which they are assumed to fit in memory beside everything else."""
CHUNK = 1 << 26
"""Bytes that are sorted at a time: within each the samples of a class lie together."""
NEAR = 1 << 16
"""Mean bytes of the runs of a class from which nothing is gained."""
SPARE = 1.05


class ClassOrdered:
    """Rows by their numbers: ranges from the source, where they lie in order; any others from the copy."""

    def __init__(self, source: RowSource, copy: RowSource, places: Integers) -> None:
        self._source, self._copy, self._places = source, copy, places
        self.shape, self.dtype = source.shape, source.dtype

    def __getitem__(self, rows: slice | Integers) -> Floats:
        return self._source[rows] if isinstance(rows, slice) else self._copy[self._places[rows]]


def arranged(features: RowSource, members: Sequence[Integers], beside: Path) -> RowSource:
    """``features`` with a copy in order of the classes, whose row numbers are ``members``; themselves where
    they are small, lie together already, or no disk has room.

    The copy goes into ``beside``, where such files have room, if it may: the folder for temporary files may
    be memory.
    """
    samples, dimension = features.shape
    size = features.dtype.itemsize * dimension * samples
    if size <= LARGE or isinstance(features, np.ndarray | ClassOrdered) or hasattr(features, "apply"):
        return features
    runs = sum(1 + int(np.count_nonzero(np.diff(rows) != 1)) for rows in members)
    if size / max(1, runs) >= NEAR:
        return features
    for folder in (beside, Path(tempfile.gettempdir())):
        try:
            if shutil.disk_usage(folder).free > SPARE * size:
                return _copied(features, members, folder)
        except OSError:  # not writable, or full by now: scattered rows are slow, not wrong
            continue
    return features


def _copied(features: RowSource, members: Sequence[Integers], folder: Path) -> RowSource:
    samples, dimension = features.shape
    number = np.empty(samples, dtype=np.intp)
    for c, rows in enumerate(members):
        number[rows] = c
    places = np.empty(samples, dtype=np.intp)
    with tempfile.TemporaryFile(dir=folder) as file:
        for part, block in blocks(features, CHUNK):
            order = np.argsort(number[part], kind="stable")
            places[part.start + order] = np.arange(part.start, part.stop)
            file.write(block[order].data)
        file.flush()
        opened = os.dup(file.fileno())
    copy = StoredRows(folder / "the copy in class order", 0, (samples, dimension), features.dtype, opened)
    return ClassOrdered(features, copy, places)
