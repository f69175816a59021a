"""Which samples are supports and which are queries, group by group.

A group draws ``sets`` disjoint supports for every class and queries outside all of them. Given one of the
supports, a sample outside it is as likely as any other to lie outside the rest too: every query may be
compared with every support of its group.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from theory.array import Floats, Integers


def supports(
    table: Annotated[Integers, "classes most"],
    sizes: Annotated[Integers, "classes"],
    count: int,
    rng: np.random.Generator,
) -> Annotated[Integers, "classes count"]:
    """(classes, count) positions in the rows of ``table`` (classes, most), without replacement and in random
    order."""
    classes, most = table.shape
    if count**2 <= most:
        return _few(sizes, count, rng)
    order = rng.permuted(np.tile(np.arange(most), (classes, 1)), axis=1)
    if np.any(sizes < most):
        # Places that hold no sample move behind those that do, which keep their random order.
        empty = order >= sizes[:, None]
        order = np.take_along_axis(order, np.argsort(empty, axis=1, kind="stable"), axis=1)
    return order[:, :count]


def _few(sizes: Integers, count: int, rng: np.random.Generator) -> Integers:
    """The same with replacement, drawn again until all of a class differ: seldom twice for so few."""
    chosen = rng.integers(0, sizes[:, None], (len(sizes), count))
    while True:
        ordered = np.sort(chosen, axis=1)
        again = np.flatnonzero(np.any(ordered[:, 1:] == ordered[:, :-1], axis=1))
        if not len(again):
            return chosen
        chosen[again] = rng.integers(0, sizes[again, None], (len(again), count))


def queries(
    numbers: Annotated[Integers, "classes most"],
    sizes: Annotated[Integers, "classes"],
    supports: Annotated[Integers, "classes taken"],
    count: int,
    rng: np.random.Generator,
) -> tuple[Annotated[Integers, "classes count"], Annotated[Floats, "classes count"]]:
    """(classes, count) positions outside ``taken`` (classes, m), and the weight of each.

    ``numbers`` (classes, most) are whole, 0 where there is no sample: the chance of a sample is proportional
    to its number among those left. Stratified: each of ``count`` equal parts of the cumulated numbers gives
    one query; their order is then shuffled. The weight, (mean number left) / (number of the sample), makes
    the weighted mean over queries unbiased for the mean over all samples left.
    """
    classes, most = numbers.shape
    left = numbers.copy()
    np.put_along_axis(left, supports, 0, axis=1)
    # One line for all classes: each has its own stretch.
    line = np.cumsum(left)
    ends = line[most - 1 :: most]
    total = np.diff(ends, prepend=0)
    aims = (np.arange(count) + rng.random((classes, count))) * (total[:, None] / count)
    aims = np.minimum(aims.astype(np.int64), total[:, None] - 1) + (ends - total)[:, None]
    chosen = np.searchsorted(line, aims.ravel(), side="right").reshape(classes, count)
    chosen = rng.permuted(chosen - np.arange(classes)[:, None] * most, axis=1)
    mean = total / (sizes - supports.shape[1])
    return chosen, mean[:, None] / np.take_along_axis(numbers, chosen, axis=1)
