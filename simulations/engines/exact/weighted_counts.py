"""How much of each weighted set of distances lies within each of many limits: the most expensive part of
enumeration. Whole distances in a moderate range are counted in a table; others are not even sorted.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from theory.array import Array, Floats, Integers, array_namespace, is_numpy_array, to_numpy, weights_by_place

TABLE = 1 << 20
"""Whole distances below this are counted in a table."""
RUNGS = 4
"""Buckets of the ladder for each limit, about: most then hold one limit or none."""
STEPS = 6
LARGEST = np.iinfo(np.int64).max


def shares_within(
    others: Sequence[tuple[Array, Array]], limits: Array, probability: Array, slack: Array | None = None
) -> tuple[Array, Array]:
    """For ``others``, pairs of (distances, their probabilities): (others, limits) P(distance <= limit), and
    ``probability`` of the limits in the order of the columns, which need not be that of ``limits``.

    ``slack`` (limits,), of one sign, moves each limit outwards or inwards; it must not fall as limits grow.
    """
    reach = limits if slack is None else limits + slack
    if not is_numpy_array(limits) or limits.dtype.kind == "O":
        return _sorted(others, reach, probability)
    sets = [(to_numpy(distances), to_numpy(chance)) for distances, chance in others]
    if limits.dtype == np.int64 and all(distances.max() < TABLE for distances, _ in sets):
        rows = []
        for distances, chance in sets:
            cumulative = np.cumsum(weights_by_place(distances, chance))
            rows.append(cumulative[np.minimum(limits, len(cumulative) - 1)])
        return np.stack(rows), probability
    order = np.argsort(limits)
    ranked = to_numpy(reach)[order]
    if slack is not None:
        # Next to 0 a limit moved inwards may pass the one before it: none may count more than a later one.
        ranked = np.minimum.accumulate(ranked[::-1])[::-1]
    ladder = _Ladder(ranked)
    return np.stack([ladder.shares(*each) for each in sets]), probability[order]


def _sorted(others: Sequence[tuple[Array, Array]], reach: Array, probability: Array) -> tuple[Array, Array]:
    """The same by sorting every set, in any namespace (and for Python's integers)."""
    xp = array_namespace(probability)
    rows = []
    for distances, chance in others:
        if is_numpy_array(distances):
            order: Array = np.argsort(distances)
            count: Array = np.searchsorted(distances[order], to_numpy(reach), side="right")
        else:
            order = xp.argsort(distances)
            count = xp.searchsorted(xp.take(distances, order), reach, side="right")
        cumulative = xp.cumulative_sum(xp.take(chance, order), include_initial=True)
        rows.append(xp.take(cumulative, count))
    return xp.stack(rows), probability


class _Ladder:
    """Sorted limits with a table from equal steps of distance to the number of limits below them.

    The step of a distance is a monotone function of it in floating point too, so the table never counts a
    limit that is not below the distance; the few of its own step that are follow one by one.
    """

    def __init__(self, reach: Floats) -> None:
        self.reach, self.low = (
            np.append(reach, np.inf if reach.dtype.kind == "f" else LARGEST),
            float(reach[0]),
        )
        self.steps = 1 << max(4, (RUNGS * len(reach)).bit_length() - 1)
        width = float(reach[-1]) - self.low
        self.scale = (self.steps - 2) / width if width * 1e300 > self.steps else 0.0
        counts = np.bincount(self._step(reach), minlength=self.steps + 2)
        self.below = np.zeros(self.steps + 2, dtype=np.int32)
        np.cumsum(counts[:-1], out=self.below[1:])

    def _step(self, values: Floats) -> Integers:
        # Step 0 lies below all limits; beyond the last limit all are alike.
        along = (values - self.low) * self.scale
        steps: Integers = (np.clip(along, -1.0, self.steps) + 1.0).astype(np.int32)
        return steps

    def shares(self, distances: Floats, probability: Floats) -> Floats:
        """(limits,): sum of the probabilities of distances <= limit."""
        place = self.below[self._step(distances)]
        moved = self.reach[place] < distances
        place += moved
        active = np.flatnonzero(moved)
        for _ in range(STEPS):
            active = active[self.reach[place[active]] < distances[active]]
            place[active] += 1
        if len(active):
            place[active] = np.searchsorted(self.reach[:-1], distances[active])
        mass = weights_by_place(place, probability, len(self.reach))
        return np.cumsum(mass[:-1])
