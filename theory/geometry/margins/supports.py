"""Supports drawn for a sweep, and the samples that are queries against them, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from theory.array import Array, Flags, Floats, Integers, NumPyArray, array_namespace, device
from theory.geometry.blocks import CentredBlocks


@dataclass(frozen=True, eq=False)
class Supports:
    """counts[c] (supports, samples of c): how often a sample is drawn; kept[c] (1 + groups, supports): 1
    where a support has no sample of the group left out (row 0: nothing is); is_query[c] (1 + groups,
    samples): the same of queries."""

    counts: list[NumPyArray]
    kept: list[NumPyArray]
    is_query: list[NumPyArray]
    apart: bool


def times_chosen(chosen: Integers, size: int) -> Floats:
    """(supports, size): how often each sample is in each support, from the numbers ``chosen`` (supports,
    shots)."""
    times = np.zeros((len(chosen), size))
    np.add.at(times, (np.arange(len(chosen))[:, None], chosen), 1.0)
    return times


def left_out(group: Integers, groups: int) -> Flags:
    """(1 + groups, samples): which samples are left out with each group; none in row 0."""
    out: Flags = np.arange(-1, groups)[:, None] == group[None, :]
    out[0] = False
    return out


@dataclass(frozen=True, eq=False)
class Queries:
    """rows (B, p): samples of one class that are queries; free (supports, B): 1 where the query is not in
    the support of its own class; is_query (1 + groups, B): 0 where it is left out with the group."""

    rows: Array
    free: Array
    is_query: Array


def queries_by_class(
    blocks: CentredBlocks, drawn_supports: Supports, like: Array, width: int
) -> Iterator[tuple[int, Queries | None, bool]]:
    """The class of every piece of samples, the queries among them if there are any, and whether the class is
    complete with it. On the device of ``like``; pieces are cut as for rows of ``width`` numbers."""
    xp = array_namespace(like)
    read = [0] * len(drawn_supports.counts)
    for c, rows in blocks.pieces(width=width):
        counts, is_query = drawn_supports.counts[c], drawn_supports.is_query[c]
        here = slice(read[c], read[c] + int(rows.shape[0]))
        read[c] = here.stop
        chosen = np.flatnonzero(is_query[0, here])
        queries = None
        if len(chosen):
            free = counts[:, here] == 0 if drawn_supports.apart else np.ones(counts[:, here].shape)
            free, counted = (
                xp.asarray(part[:, chosen] * 1.0, device=device(like)) for part in (free, is_query[:, here])
            )
            rows = xp.take(rows, xp.asarray(chosen, device=device(like)), axis=0)
            queries = Queries(rows, free, counted)
        yield c, queries, read[c] == counts.shape[1]


def stacked(by_class: dict[int, Array], classes: int) -> Array:
    """Moments (groups, orders, classes) of every query class side by side; 0 for those that are missing."""
    some = next(iter(by_class.values()))
    xp = array_namespace(some)
    nothing = xp.zeros_like(some)
    return xp.stack([by_class.get(c, nothing) for c in range(classes)], axis=2)
