"""Features by rows, wherever they lie: in memory, in a file, in several files, scaled, or a choice of rows.

Whatever has ``shape`` (samples, dimension), ``dtype`` and rows by slices and by row numbers will do; NumPy
arrays do. Files are read with ``pread``: what has been read is not held.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from simulations.runtime.errors import InputError
from simulations.runtime.row_source import RowSource
from theory.array import Floats, Integers

BLOCK_BYTES = 1 << 22
GAP = 16
"""Rows that are read along with those asked for, rather than reading twice."""
SPARE = 1 << 12
"""Bytes that are read for nothing sooner than called for again."""


def blocks(source: RowSource, size: int = BLOCK_BYTES) -> Iterator[tuple[slice, Floats]]:
    """(rows, features of them) in order, ``size`` bytes at a time."""
    samples, dimension = source.shape
    step = max(1, size // max(1, source.dtype.itemsize * dimension))
    for start in range(0, samples, step):
        part = slice(start, min(start + step, samples))
        yield part, source[part]


T = TypeVar("T")


def apply(function: Callable[..., T], features: RowSource, *arguments: object) -> T:
    """``function(features, *arguments)``, where the features are: rows that lie elsewhere have ``apply``."""
    there = getattr(features, "apply", None)
    result: T = function(features, *arguments) if there is None else there(function, *arguments)
    return result


def numbers_of(rows: slice | Integers, samples: int) -> Integers:
    """Row numbers of a slice, of a mask or of themselves."""
    if isinstance(rows, slice):
        return np.arange(samples)[rows]
    numbers = np.asarray(rows)
    return np.flatnonzero(numbers) if numbers.dtype == bool else numbers


class RunReader:
    """Rows of something that reads a range of rows at a time: ``read(start, stop)``."""

    gap = GAP

    def __init__(
        self, read: Callable[[int, int], Floats], shape: tuple[int, int], dtype: np.dtype[Any]
    ) -> None:
        self._read, self.shape, self.dtype = read, (int(shape[0]), int(shape[1])), np.dtype(dtype)

    def __getitem__(self, rows: slice | Integers) -> Floats:
        if isinstance(rows, slice):
            start, stop, step = rows.indices(self.shape[0])
            if step == 1:
                return self._read(start, max(stop, start))
        wanted = numbers_of(rows, self.shape[0])
        block = np.empty((len(wanted), self.shape[1]), dtype=self.dtype)
        order = np.argsort(wanted, kind="stable")
        ordered = wanted[order]
        breaks = np.flatnonzero(np.diff(ordered) > self.gap) + 1
        starts, stops = np.append(0, breaks), np.append(breaks, len(ordered))
        if len(ordered):
            self._gather(block, order, ordered, starts, stops)
        return block

    def _gather(
        self, block: Floats, places: Integers, numbers: Integers, starts: Floats, stops: Floats
    ) -> None:
        """Fill ``found[places]`` with rows ``numbers``, in order, run by run."""
        for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
            first, last = int(numbers[start]), int(numbers[stop - 1])
            block[places[start:stop]] = self._read(first, last + 1)[numbers[start:stop] - first]


class StoredRows(RunReader):
    """Rows that lie one after another in a file, ``offset`` bytes from its beginning; ``opened``: the number
    of a file that is open already, which is closed here."""

    def __init__(
        self,
        path: Path,
        offset: int,
        shape: tuple[int, int],
        dtype: np.dtype[Any],
        opened: int | None = None,
    ) -> None:
        super().__init__(self._from_file, shape, dtype)
        self._path, self._offset = path, offset
        # A row by itself is one call; wide ones are not read for nothing.
        self.gap = min(GAP, SPARE // max(1, self.dtype.itemsize * self.shape[1]))
        self._width = self.dtype.itemsize * self.shape[1]
        try:
            self._file = os.open(path, os.O_RDONLY) if opened is None else opened
        except OSError as wrong:
            raise InputError(f"cannot be read: {wrong.strerror}; check it", file=path) from None

    def __del__(self) -> None:
        if hasattr(self, "_file"):
            os.close(self._file)

    def _gather(
        self, block: Floats, places: Integers, numbers: Integers, starts: Floats, stops: Floats
    ) -> None:
        single = stops - starts == 1
        alone = starts[single]
        # Straight into place: of shuffled samples every row of a class lies by itself.
        view, width, file = memoryview(block.reshape(-1).view(np.uint8).data), self._width, self._file
        offsets = self._offset + numbers[alone] * width
        targets = places[alone] * width
        for offset, target in zip(offsets.tolist(), targets.tolist(), strict=True):
            if os.preadv(file, [view[target : target + width]], offset) != width:
                self._fill(view[target : target + width], offset)
        super()._gather(block, places, numbers, starts[~single], stops[~single])

    def _fill(self, view: memoryview, offset: int) -> None:
        done = 0
        while done < len(view):
            got = os.preadv(self._file, [view[done:]], offset + done)
            if got <= 0:
                raise InputError("ends too early; it has changed while it was read", file=self._path)
            done += got

    def _from_file(self, start: int, stop: int) -> Floats:
        buffer = np.empty((stop - start, self.shape[1]), dtype=self.dtype)
        self._fill(memoryview(buffer.reshape(-1).view(np.uint8).data), self._offset + start * self._width)
        return buffer


class Chosen:
    """Some rows of a source, by their numbers."""

    def __init__(self, source: RowSource, chosen: Integers) -> None:
        self._source, self._chosen = source, np.asarray(chosen)
        self.shape, self.dtype = (len(self._chosen), source.shape[1]), source.dtype

    def __getitem__(self, rows: slice | Integers) -> Floats:
        wanted = self._chosen[rows]
        if len(wanted) and wanted[-1] - wanted[0] == len(wanted) - 1 and np.all(np.diff(wanted) == 1):
            return self._source[int(wanted[0]) : int(wanted[-1]) + 1]
        return self._source[wanted]


class UnitLength:
    """Rows scaled to length 1. A row of zeros is the caller's to refuse."""

    def __init__(self, source: RowSource) -> None:
        self._source = source
        self.shape, self.dtype = source.shape, np.dtype(np.float64)

    def __getitem__(self, rows: slice | Integers) -> Floats:
        block = np.asarray(self._source[rows], dtype=np.float64)
        values: Floats = block / np.linalg.norm(block, axis=1)[:, None]
        return values


class Stacked:
    """Sources one after another, as the shards of a data set."""

    def __init__(self, parts: Sequence[RowSource]) -> None:
        self._parts = tuple(parts)
        self._starts = np.cumsum([0, *(part.shape[0] for part in parts)])
        self.shape = (int(self._starts[-1]), parts[0].shape[1])
        self.dtype = np.result_type(*(part.dtype for part in parts))

    def __getitem__(self, rows: slice | Integers) -> Floats:
        wanted = numbers_of(rows, self.shape[0])
        block = np.empty((len(wanted), self.shape[1]), dtype=self.dtype)
        where = np.searchsorted(self._starts, wanted, side="right") - 1
        for part in np.unique(where):
            here = np.flatnonzero(where == part)
            own = wanted[here] - self._starts[part]
            contiguous = len(own) and own[-1] - own[0] == len(own) - 1 and np.all(np.diff(own) == 1)
            block[here] = self._parts[part][slice(int(own[0]), int(own[-1]) + 1) if contiguous else own]
        return block


class Converted:
    """Rows of another kind of number, for what NumPy has no kind for or is no floating-point kind."""

    def __init__(self, source: RowSource, convert: Callable[[Floats], Floats], dtype: np.dtype[Any]) -> None:
        self._source, self._convert = source, convert
        self.shape, self.dtype = source.shape, np.dtype(dtype)

    def __getitem__(self, rows: slice | Integers) -> Floats:
        return self._convert(self._source[rows])


class Mapped:
    """Rows under a map to another dimension, each by itself."""

    def __init__(self, source: RowSource, transform: Callable[[Floats], Floats], dimension: int) -> None:
        self._source, self._transform = source, transform
        self.shape, self.dtype = (source.shape[0], dimension), np.dtype(np.float64)

    def __getitem__(self, rows: slice | Integers) -> Floats:
        return self._transform(self._source[rows])
