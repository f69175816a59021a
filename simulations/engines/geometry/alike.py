"""Which query classes are alike: their positions among all classes are congruent, so that one can represent
all of them."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from theory.array import Floats, Integers

SAME = 1e-12


def alike(
    means: Annotated[Floats, "classes p"], spreads: Annotated[Floats, "classes q"]
) -> tuple[list[int], Integers]:
    """Numbers of the classes that stand for all, and (classes,) the place in that list of the one that stands
    for each: spherical classes of these means (classes, dimension) with ``spreads`` (classes, quantities),
    whatever makes their laws equal.

    Two classes are alike where the others, in a canonical order, have the same Gram matrix of offsets and the
    same spreads. Ties of that order may hide that two classes are alike; they never make different classes
    appear alike.
    """
    scenes: list[tuple[Floats, Floats]] = []
    kept: list[int] = []
    place = np.zeros(len(means), dtype=np.int64)
    for i in range(len(means)):
        scene = _scene(means, spreads, i)
        for index, other in enumerate(scenes):
            if _same_gram(scene[0], other[0]) and _equal(scene[1], other[1]):
                place[i] = index
                break
        else:
            place[i] = len(scenes)
            scenes.append(scene)
            kept.append(i)
    return kept, place


def _scene(means: Floats, spreads: Floats, own: int) -> tuple[Floats, Floats]:
    offsets = np.delete(means, own, axis=0) - means[own]
    rest = np.delete(spreads, own, axis=0)
    gram = offsets @ offsets.T
    top = float(np.max(np.abs(gram))) or 1.0
    # Rounded for the order alone: equal distances differ in their last digits.
    keys = [rest[:, c] for c in range(rest.shape[1])] + [np.round(np.diag(gram) / top, 9)]
    order = np.lexsort(keys)
    return gram[np.ix_(order, order)], np.concatenate([spreads[own : own + 1], rest[order]])


def _same_gram(a: Floats, b: Floats) -> bool:
    """Every entry in units of the lengths that it belongs to: beside a far class near ones still differ."""
    lengths = np.sqrt(np.maximum(np.diag(a), np.diag(b)))
    return bool(np.all(np.abs(a - b) <= SAME * np.outer(lengths, lengths)))


def _equal(a: Floats, b: Floats) -> bool:
    """Number by number; infinite ones are equal to each other."""
    finite = np.isfinite(a)
    if not np.array_equal(finite, np.isfinite(b)):
        return False
    a, b = a[finite], b[finite]
    return bool(np.all(np.abs(a - b) <= SAME * np.maximum(np.abs(a), np.abs(b))))
