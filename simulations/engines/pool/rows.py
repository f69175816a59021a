"""Stored features by class, about a common origin and in units of their spread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np

from simulations.runtime.arrays import namespace
from simulations.runtime.device import device_stream, place, require_memory_on
from simulations.runtime.row_source import RowSource
from theory.array import Array, Floats, Integers

MOST_KEPT = 1 << 26
"""Numbers of a pool up to which a float32 copy of it is kept."""
BLOCK = 1 << 20
"""Numbers read at a time."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Samples, shifted and scaled as they are asked for: what is a tie must not depend on the scale."""

    features: RowSource
    shift: Floats
    scale: float
    copy: Floats | None
    """All rows as ``quick`` gives them, for pools that are not large."""
    _placed: dict[str, Array] = field(default_factory=dict, compare=False)

    @staticmethod
    def of(features: RowSource) -> Rows:
        """``features`` (samples, dimension) of any real kind, read block by block."""
        kind = (
            np.dtype(features.dtype) if features.dtype in (np.float32, np.float64) else np.dtype(np.float64)
        )
        total, least, most = np.zeros(features.shape[1]), np.inf, -np.inf
        for part in _slices(features):
            block = np.asarray(features[part], dtype=kind)
            total += block.sum(axis=0, dtype=np.float64)
            least, most = np.minimum(least, block.min(axis=0)), np.maximum(most, block.max(axis=0))
        # Any common shift is right; one that is a float of the features' own kind costs no digits.
        shift = (total / features.shape[0]).astype(kind)
        scale = float(np.max(np.maximum(most - shift, shift - least))) or 1.0
        rows = Rows(features, shift, scale, None)
        if features.shape[0] * features.shape[1] > MOST_KEPT:
            return rows
        copy = np.empty(features.shape, dtype=np.float32)
        for part in _slices(features):
            copy[part] = rows.quick(part)
        return Rows(features, shift, scale, copy)

    def stored(self, rows: Integers) -> Floats:
        """As they are stored, neither shifted nor scaled, in float64."""
        return np.asarray(self.features[rows]).astype(np.float64)

    def quick(self, rows: Integers | slice, out: Floats | None = None) -> Floats:
        """float32, off by a few units in the last place, for row numbers (any shape) or a slice; into ``out``
        where that saves memory."""
        if isinstance(rows, slice):
            return self._scaled(self.features[rows]) if self.copy is None else self.copy[rows]
        if self.copy is not None:
            # "clip" writes straight into ``out``.
            kept: Floats = np.take(self.copy, rows, axis=0, out=out, mode="raise" if out is None else "clip")
            return kept
        # Row numbers in more than one dimension only arrays take as they are.
        return self._scaled(
            self.features[rows.ravel()].reshape(*rows.shape, -1) if rows.ndim > 1 else self.features[rows]
        )

    def on_device(self, kind: str) -> Array:
        """All rows as ``quick`` gives them, on a device that ``pick`` has found; sent there once, block by
        block. Raises InputError where they do not fit."""
        if kind not in self._placed:
            shape, width = self.features.shape, np.dtype(np.float32).itemsize
            require_memory_on(kind, width * shape[0] * shape[1], f"{shape[0]} samples of {shape[1]} features")
            xp = namespace(device_stream(kind, 0))
            values = xp.zeros(shape, dtype=xp.float32)
            for part in _slices(self.features):
                values[part, :] = place(kind, self.quick(part))
            self._placed[kind] = values
        return self._placed[kind]

    def _scaled(self, stored: Floats) -> Floats:
        values = np.asarray(stored, dtype=self.shift.dtype) - self.shift
        # Before the cast: float32 does not hold 1e100.
        values /= values.dtype.type(self.scale)
        return values.astype(np.float32, copy=False)


def table_of(members: Sequence[Integers]) -> Annotated[Integers, "classes most"]:
    """(classes, most) indices of each class's samples, -1 where a class has fewer."""
    table = np.full((len(members), max(map(len, members))), -1)
    for row, own in zip(table, members, strict=True):
        row[: len(own)] = own
    return table


def _slices(features: RowSource) -> Iterator[slice]:
    step, count = max(1, BLOCK // features.shape[1]), features.shape[0]
    return (slice(start, min(start + step, count)) for start in range(0, count, step))
