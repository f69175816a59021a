"""Margins against the nearest of the other classes, for classes with finitely many atoms: by enumeration.

Given the query the distances to all centres are independent. So each class's centres are enumerated once, and
where one of them lies at a given distance, the chance that it is the nearest of k - 1 drawn from the other
classes is a mean of products of the others' tails: an elementary symmetric polynomial.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from theory.array import Array
from theory.geometry.margins import central
from theory.geometry.margins.atoms import RESOLUTION, centres

MOST_PRODUCTS = 1e8
"""Multiplications for all queries and centres: a second or two."""


def nearest_moments(
    noise: Sequence[Array],
    weights: Sequence[Array],
    differences: Array,
    shots: float,
    order: int,
    ways: int,
) -> Array | None:
    """(order + 1, classes, classes): how likely class j is the nearest of the others, and of M_ij given that
    the mean and the central moments; mean 1 and no spread where it never is.

    noise[c] (K, p): atoms about their mean; differences (classes, classes, p), [i, j] = mu_j - mu_i. None
    where a class has too many centres.
    """
    classes = len(noise)
    laws = [centres(atoms, share, shots) for atoms, share in zip(noise, weights, strict=True)]
    known = [law for law in laws if law is not None]
    queries = sum(len(share) for share in weights)
    if len(known) < classes:
        return None
    if float(queries) * classes * ways * sum(len(share) for _, share in known) > MOST_PRODUCTS:
        return None
    moments = np.zeros((order + 1, classes, classes))
    moments[1] = 1.0
    for i in range(classes):
        others = [j for j in range(classes) if j != i]
        found = _of_class(i, others, noise, weights, differences, known, ways, order)
        for j, (share, of_margin) in zip(others, found, strict=True):
            if share > 0:
                moments[:, i, j] = of_margin
            moments[0, i, j] = share
    return moments


def _of_class(
    i: int,
    others: Sequence[int],
    noise: Sequence[Array],
    weights: Sequence[Array],
    differences: Array,
    laws: Sequence[tuple[Array, Array]],
    ways: int,
    order: int,
) -> list[tuple[float, Array]]:
    """For each other class the probability and the moments (order + 1,) of the margin given that."""
    shares: list[list[float]] = [[] for _ in others]
    parts: list[list[Array]] = [[] for _ in others]
    for query, weight in zip(noise[i], weights[i], strict=True):
        squares = [np.sum((laws[j][0] + differences[i, j] - query) ** 2, axis=1) for j in others]
        own = np.sum((laws[i][0] - query) ** 2, axis=1)
        mine = central.of_values(own, laws[i][1], order)
        chances = nearest_chances(squares, [laws[j][1] for j in others], ways - 1)
        for place, (j, chance) in enumerate(zip(others, chances, strict=True)):
            mass = laws[j][1] * chance
            share = float(np.sum(mass))
            if share > 0 and weight > 0:
                theirs = central.of_values(squares[place], mass / share, order)
                shares[place].append(float(weight) * share)
                parts[place].append(central.difference(theirs, mine))
    found = []
    for masses, of_query in zip(shares, parts, strict=True):
        total, mixed = math.fsum(masses), np.zeros(order + 1)
        if total > 0:
            mixed = central.mixed(np.stack(of_query, axis=1), np.array(masses) / total)
        found.append((total, mixed))
    return found


def nearest_chances(squares: Sequence[Array], weights: Sequence[Array], drawn: int) -> list[Array]:
    """For each class and each of its values the chance that it is the least, when ``drawn`` - 1 of the other
    classes are drawn with it. Of equal values that of the first class counts as the least."""
    largest = max(float(np.max(values)) for values in squares) or 1.0
    # Values that are equal but for rounding, as those of a lattice are, are equal.
    cells = [np.rint(values / largest / RESOLUTION) for values in squares]
    orders = [np.argsort(values, kind="stable") for values in cells]
    ranked = [values[order] for values, order in zip(cells, orders, strict=True)]
    tails = [
        np.append(np.cumsum(weight[order][::-1])[::-1], 0.0)
        for weight, order in zip(weights, orders, strict=True)
    ]
    found = []
    for place, values in enumerate(cells):
        sums = np.zeros((drawn, len(values)))
        sums[0] = 1.0
        for other in range(len(cells)):
            if other == place:
                continue
            first = np.searchsorted(ranked[other], values, side="right" if other < place else "left")
            beyond = tails[other][first]
            sums[1:] += beyond * sums[:-1]
        subsets = math.comb(len(cells) - 1, drawn - 1)
        found.append(np.minimum(sums[-1] / subsets, 1.0))
    return found
