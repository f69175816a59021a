"""Near-duplicate images: pairs that differ by little of their own contrast.

Two images are near-duplicates when |a - b| <= THRESHOLD * min(|a - mean a|, |b - mean b|) over the pixels.
Sums over blocks of pixels give a lower bound of |a - b| (Jensen): few pairs need to be compared in full.
"""

from __future__ import annotations

import math

import numpy as np

from theory.array import Floats, Integers, NumPyArray

THRESHOLD = 0.25
LEAST_BLOCK, BLOCKS = 4, 8
"""Blocks have a side of at least LEAST_BLOCK pixels, and at most BLOCKS of them lie along a side."""
ROWS = 256


def contrast(images: NumPyArray) -> Floats:
    """(N,) Euclidean norms of the images (N, ...) about their own means."""
    norms = [np.empty(0, np.float32)]
    for start in range(0, len(images), ROWS):
        flat = _flat(images[start : start + ROWS])
        norms.append(np.linalg.norm(flat - flat.mean(axis=1, keepdims=True), axis=1))
    return np.concatenate(norms)


def pairs_within(images: NumPyArray) -> Integers:
    """(P, 2) indices i < j of all near-duplicate pairs among images (N, H, W[, C])."""
    return _pairs(images, images, above=True)


def pairs_across(first: NumPyArray, second: NumPyArray) -> Integers:
    """(P, 2) indices (into first, into second) of all near-duplicate pairs of images (N, H, W[, C])."""
    return _pairs(first, second, above=False)


def _pairs(first: NumPyArray, second: NumPyArray, above: bool) -> Integers:
    strong_first, strong_second = contrast(first), contrast(second)
    order_first, order_second = np.argsort(strong_first), np.argsort(strong_second)
    ranked = strong_second[order_second]
    left_side, right_side = _factors(first, strong_first)[0], _factors(second, strong_second)[1][order_second]
    confirmed: list[Integers] = [np.empty((0, 2), np.int64)]
    for start in range(0, len(first), ROWS):
        rows = order_first[start : start + ROWS]
        # |a - b| <= t min(..) holds only where the two contrasts differ by a factor of at most 1 + t.
        low, high = strong_first[rows[0]] / (1 + THRESHOLD), strong_first[rows[-1]] * (1 + THRESHOLD)
        begin, end = np.searchsorted(ranked, low, "left"), np.searchsorted(ranked, high, "right")
        left, right = np.nonzero(left_side[rows] @ right_side[begin:end].T <= 0)
        left, right = rows[left], order_second[begin + right]
        if above:
            left, right = left[right > left], right[right > left]
        limits = THRESHOLD * np.minimum(strong_first[left], strong_second[right])
        confirmed.append(_confirmed(first, second, limits, left, right))
    pairs = np.concatenate(confirmed)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def _factors(images: NumPyArray, strong: Floats) -> tuple[Floats, Floats]:
    """Two matrices whose rows a, b have the product |block means of a - of b|^2 - limit(b)^2 - slack(b).

    The slack covers rounding in float32; the comparison in full settles it.
    """
    small = _blocks(images)
    squares = np.einsum("ij,ij->i", small, small)
    limits = (THRESHOLD * strong) ** 2
    one = np.ones_like(squares)
    left = np.column_stack([-2 * small, squares, one])
    right = np.column_stack([small, one, squares - limits - 1e-4 * (squares + 1)])
    return left.astype(np.float32), right.astype(np.float32)


def _confirmed(
    first: NumPyArray, second: NumPyArray, limits: Floats, left: Integers, right: Integers
) -> Integers:
    kept = np.zeros(len(left), bool)
    for start in range(0, len(left), ROWS):
        part = slice(start, start + ROWS)
        difference = _flat(first[left[part]]) - _flat(second[right[part]])
        kept[part] = np.linalg.norm(difference, axis=1) <= limits[part]
    return np.stack([left[kept], right[kept]], axis=1)


def _flat(images: NumPyArray) -> Floats:
    return images.reshape(len(images), math.prod(images.shape[1:])).astype(np.float32) / np.float32(255)


def _blocks(images: NumPyArray) -> Floats:
    """Sums over blocks divided by the side of a block, so that distances never exceed the full ones."""
    side = max(LEAST_BLOCK, -(-max(images.shape[1:3]) // BLOCKS))
    height, width = images.shape[1] // side * side, images.shape[2] // side * side
    if 0 in (height, width) or not len(images):
        return _flat(images)
    cut = images[:, :height, :width].astype(np.float32) / np.float32(255)
    shape = (len(images), height // side, side, width // side, side, -1)
    values: Floats = cut.reshape(shape).sum(axis=(2, 4)).reshape(len(images), -1) / np.float32(side)
    return values
