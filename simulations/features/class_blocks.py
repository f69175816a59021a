"""Rows class by class, as the passes over them want them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from simulations.runtime.row_source import RowSource
from theory.array import Floats, Integers

NUMBERS = 1 << 20
"""Read at a time."""


@dataclass(frozen=True, eq=False)
class ClassBlocks:
    """(class, some rows of it) for each of ``classes``; ``members`` are the row numbers of each class."""

    features: RowSource
    members: Sequence[Integers]
    classes: range

    def __call__(self) -> Iterator[tuple[int, Floats]]:
        """The rows of all classes."""
        return self.of_classes(self.classes)

    def of_classes(self, wanted: range) -> Iterator[tuple[int, Floats]]:
        """The rows of the classes ``wanted`` alone; the others are not read."""
        step = max(1, NUMBERS // self.features.shape[1])
        for c in self.classes:
            rows = self.members[c] if c in wanted else self.members[c][:0]
            for start in range(0, len(rows), step):
                part = rows[start : start + step]
                contiguous = part[-1] - part[0] == len(part) - 1
                here = slice(int(part[0]), int(part[-1]) + 1)
                yield c, self.features[here] if contiguous else self.features[part]
