"""Where features come from: which classes, which draw of their samples, and what the map had seen before.

A lineage travels with the numbers. The hypothesis "the map was fixed before these classes were drawn" is
read off it, so that a learned map cannot be taken for a fixed one on the classes it was learned from.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class MapRecord:
    """What a feature map had seen when it was made.

    classes : identities of the classes whose samples it was learned from; empty for a fixed map.
    draws   : identities of the draws of samples it was learned from.
    family  : number of maps, each with this record, that it was picked from (in any way).
    norm    : Frobenius norm, for a linear map; None otherwise.
    """

    name: str
    classes: frozenset[Hashable] = frozenset()
    draws: frozenset[Hashable] = frozenset()
    family: int = 1
    norm: float | None = None

    def __post_init__(self) -> None:
        if self.family < 1:
            raise ValueError(f"a family holds at least one map, not {self.family}")

    @property
    def learned(self) -> bool:
        """Whether the map saw any class or draw."""
        return bool(self.classes or self.draws)

    @staticmethod
    def picked_from(records: Sequence[MapRecord]) -> MapRecord:
        """The record of one map picked, in any way, from maps with these records."""
        if not records:
            raise ValueError("there is no map to pick from")
        return MapRecord(
            f"one of {len(records)} maps",
            frozenset().union(*(record.classes for record in records)),
            frozenset().union(*(record.draws for record in records)),
            sum(record.family for record in records),
        )

    def then(self, outer: MapRecord) -> MapRecord:
        """The record of ``outer`` applied after this map: it has seen what either of them has."""
        return MapRecord(
            f"{outer.name} of {self.name}",
            self.classes | outer.classes,
            self.draws | outer.draws,
            self.family * outer.family,
        )


@dataclass(frozen=True)
class Lineage:
    """Identities of the classes, the draw that their samples belong to, and the record of the feature map.

    ``None`` stands for not known: hypotheses about it then rest on what the user grants.
    """

    classes: tuple[Hashable, ...] | None = None
    draw: Hashable | None = None
    feature_map: MapRecord | None = None

    def select(self, positions: Iterable[int]) -> Lineage:
        """The lineage of some of the classes, in the order given."""
        chosen = None if self.classes is None else tuple(self.classes[index] for index in positions)
        return Lineage(chosen, self.draw, self.feature_map)


UNKNOWN = Lineage()


@dataclass(frozen=True)
class SplitLineage:
    """The lineages of successive test blocks, each with the map that it tests."""

    blocks: tuple[Lineage, ...] = ()


NO_SPLIT = SplitLineage()
