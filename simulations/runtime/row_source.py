"""What gives rows of features by their numbers: an array, a file, the workers of a cluster."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from theory.array import Floats, Integers


class RowSource(Protocol):
    """Rows of features."""

    @property
    def shape(self) -> tuple[int, int]:
        """(samples, dimension)."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """A floating-point kind."""

    def __getitem__(self, rows: slice | Integers) -> Floats: ...
