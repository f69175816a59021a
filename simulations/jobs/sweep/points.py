"""The populations of a grid, made when they are asked for: there may be a million."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, TypeVar, overload

T = TypeVar("T")


@dataclass(frozen=True)
class SweepPoint:
    """One population of the grid: its TOML form, and where on the axes it lies."""

    name: str
    spec: dict[str, Any]
    axes: dict[str, Any]


@dataclass(frozen=True)
class Family:
    """A population's fixed keys, and lists of values for those that vary: their product, the last axis
    fastest."""

    name: str
    fixed: dict[str, Any]
    vary: dict[str, list[Any]]

    @property
    def count(self) -> int:
        """How many populations it makes."""
        return math.prod(len(values) for values in self.vary.values())

    def point(self, index: int) -> SweepPoint:
        """The population with this number; the last axis varies fastest."""
        axes: dict[str, Any] = {}
        for name, values in reversed(self.vary.items()):
            index, place = divmod(index, len(values))
            axes[name] = values[place]
        axes = {name: axes[name] for name in self.vary}
        return SweepPoint(self.name, {**self.fixed, **axes}, axes)

    def samples(self, most: int) -> Iterator[int]:
        """Indices that between them take every value of every axis, each with the others at their first and
        at their last; all indices where they are ``most`` or fewer."""
        if self.count <= most:
            yield from range(self.count)
            return
        steps = [1]
        for values in reversed(list(self.vary.values())[1:]):
            steps.append(steps[-1] * len(values))
        lengths = [len(values) for values in reversed(self.vary.values())]
        last = self.count - 1
        for step, length in zip(steps, lengths, strict=True):
            for place in range(0, length, -(-length * len(steps) * 2 // most) or 1):
                yield place * step
                yield last - place * step
        yield last


class Lazy(Sequence[T]):
    """``count`` things, each made by ``make(index)`` when it is asked for."""

    def __init__(self, count: int, make: Callable[[int], T]) -> None:
        self._count, self._make = count, make

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        if isinstance(index, slice):
            return tuple(self._make(k) for k in range(*index.indices(self._count)))
        index += self._count if index < 0 else 0
        if not 0 <= index < self._count:
            raise IndexError(f"there are {self._count}, not {index + 1}")
        return self._make(index)


class Points(Lazy[SweepPoint]):
    """The points of several families, one family after the other."""

    def __init__(self, families: Sequence[Family]) -> None:
        self.families = tuple(families)
        self._ends = list(accumulate(family.count for family in self.families))
        super().__init__(self._ends[-1] if self._ends else 0, self._point)

    def _point(self, index: int) -> SweepPoint:
        place = bisect_right(self._ends, index)
        family = self.families[place]
        return family.point(index - self._ends[place] + family.count)

    def __iter__(self) -> Iterator[SweepPoint]:
        return (family.point(k) for family in self.families for k in range(family.count))
