"""Stored features by class, about a common origin and in units of their spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from theory.array import Array

HELD = 1 << 27
"""Numbers of a pool up to which a float32 copy of it is kept."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Samples, shifted and scaled as they are asked for: what is a tie must not depend on the scale."""

    features: Array
    shift: Array
    scale: float
    copy: Array | None
    """All rows as ``quick`` gives them, for pools that are not large."""

    @staticmethod
    def of(features: Array) -> Rows:
        """``features`` (samples, dimension) of any real kind."""
        features = np.asarray(features)
        if features.dtype not in (np.float32, np.float64):
            features = features.astype(np.float64)
        # Any common shift is right; one that is a float of the features' own kind costs no digits.
        shift = features.mean(axis=0, dtype=np.float64).astype(features.dtype)
        far = np.maximum(features.max(axis=0) - shift, shift - features.min(axis=0))
        rows = Rows(features, shift, float(np.max(far)) or 1.0, None)
        if features.size > HELD:
            return rows
        return Rows(features, shift, rows.scale, rows.quick(slice(None)))

    def exact(self, rows: Any) -> Array:
        """float64."""
        found = self.features[rows].astype(np.float64)
        found -= self.shift
        found /= self.scale
        return found

    def quick(self, rows: Any, out: Array | None = None) -> Array:
        """float32, off by a few units in the last place, for row numbers (any shape) or a slice; into ``out``
        where that saves memory."""
        if self.copy is not None and isinstance(rows, slice):
            return self.copy[rows]
        if self.copy is not None:
            # "clip" writes straight into ``out``.
            return np.take(self.copy, rows, axis=0, out=out, mode="raise" if out is None else "clip")
        found = self.features[rows] - self.shift
        # Before the cast: float32 does not hold 1e100.
        found /= found.dtype.type(self.scale)
        return found.astype(np.float32, copy=False)


def table_of(members: list[Array]) -> Array:
    """(classes, most) indices of each class's samples, -1 where a class has fewer."""
    table = np.full((len(members), max(map(len, members))), -1)
    for row, own in zip(table, members, strict=True):
        row[: len(own)] = own
    return table
