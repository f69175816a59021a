"""Rows class by class, as the passes over them want them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from simulations.features.rows import RowSource
from theory.array import Array

NUMBERS = 1 << 20
"""Read at a time."""


def class_blocks(
    features: RowSource, members: Sequence[Array], classes: Iterable[int]
) -> Iterator[tuple[int, Array]]:
    """(class, some rows of it) for each of ``classes``; ``members`` are the row numbers of each class."""
    step = max(1, NUMBERS // features.shape[1])
    for c in classes:
        rows = members[c]
        for start in range(0, len(rows), step):
            part = rows[start : start + step]
            contiguous = part[-1] - part[0] == len(part) - 1
            yield c, features[slice(int(part[0]), int(part[-1]) + 1) if contiguous else part]
