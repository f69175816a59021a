"""Squared distances of class means."""

from __future__ import annotations

from typing import Annotated

from theory.array import Array, Namespace, device, floats

NEAR = 1e-3
"""Squared distances below this share of the squared norms are recomputed from differences."""


def squared_distances(
    xp: Namespace, means: Annotated[Array, "classes p"]
) -> Annotated[Array, "classes classes"]:
    """All |mean_i - mean_j|^2; pairs that the product form would cancel are recomputed from differences."""
    centred = means - xp.mean(means, axis=0)[None, :]
    squares = xp.sum(centred * centred, axis=1)
    sums = squares[:, None] + squares[None, :]
    apart_squared = sums - 2 * (centred @ centred.T)
    count = int(means.shape[0])
    apart = 1 - xp.eye(count, dtype=xp.float64, device=device(means))
    apart_squared = apart_squared * apart
    near = xp.logical_and(apart_squared < NEAR * sums, apart > 0)
    for i in range(count):
        if bool(xp.any(near[i, :])):
            gaps = means - means[i, :][None, :]
            exact = xp.sum(gaps * gaps, axis=1)
            row = xp.where(near[i, :], exact, apart_squared[i, :])
            apart_squared[i, :] = row
    return apart_squared


def median_distance(xp: Namespace, squares: Annotated[Array, "classes classes"]) -> float:
    """Median of the positive distances, 1 where there is none."""
    flat = xp.sort(xp.reshape(squares, (-1,)))
    positive = int(xp.sum(xp.astype(flat > 0, xp.int64)))
    if positive == 0:
        return 1.0
    return float(xp.sqrt(flat[int(flat.shape[0]) - positive + positive // 2]))


def near_classes(xp: Namespace, squares: Array, means: Array) -> list[bool]:
    """(classes,): whether another mean is near, compared with the largest norm, so that differences of
    products with the two means would lose digits."""
    centred = means - xp.mean(means, axis=0)[None, :]
    largest = xp.max(xp.vecdot(centred, centred))
    # The least of each row is its own 0.
    second = xp.sort(squares, axis=1)[:, 1]
    return [each < NEAR * float(largest) for each in floats(second)]
