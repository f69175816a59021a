"""tr(S_i S_j) for all pairs of classes from centred blocks: no p x p matrix beyond the memory set aside.

Stripes of rows of all covariances at once, from the diagonal to the right; what they add to the sum over
entries of S_i S_j is one symmetric product of the stripes, each as one long row a class.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from array_api_compat import device, is_numpy_array

from theory.array import Array
from theory.geometry.blocks import CentredBlocks
from theory.geometry.scratch import Scratch

STRIPES = 120 * 1024 * 1024
"""Bytes that the stripes of all covariances may take at a time."""
STRIPE_ROWS = 48


def trace_products(blocks: CentredBlocks, counts: Sequence[int], like: Array) -> Array:
    """(classes, classes): plug-in tr(S_i S_j), in the blocks' unit; ``like`` is an array of the namespace."""
    xp, p, classes = blocks.xp, blocks.dimension, len(counts)
    total = xp.zeros((classes, classes), dtype=xp.float64, device=device(like))
    scratch = Scratch()
    for rows in passes(p, classes):
        stripes = _Stripes(xp, rows, p, classes, scratch, like)
        for c, block in blocks.pieces(scratch):
            stripes.add(c, block)
        for stripe in stripes.held:
            # Beyond the diagonal every entry stands for two.
            flat = xp.reshape(stripe, (classes, -1))
            total += 2 * (flat @ flat.T)
            diagonal = xp.linalg.diagonal(stripe[:, :, : stripe.shape[1]])
            total -= diagonal @ diagonal.T
    sizes = xp.asarray([float(count) for count in counts], dtype=xp.float64, device=device(like))
    total /= sizes[:, None] * sizes[None, :]
    return total


class _Stripes:
    """Sums of x x' over each class for stripes of rows that follow each other, zero below the diagonal.

    held : for each stripe (classes, height, width), its first column that of its first row.
    """

    def __init__(
        self, xp: Any, rows: list[slice], p: int, classes: int, scratch: Scratch, like: Array
    ) -> None:
        self._xp, self._rows, self._scratch = xp, rows, scratch
        self._start, self._stop = rows[0].start, rows[-1].stop
        shapes = [(classes, each.stop - each.start, p - each.start) for each in rows]
        self._numpy = is_numpy_array(like)
        self._fresh = [self._numpy] * classes
        if not self._numpy:
            self.held = [xp.zeros(shape, dtype=xp.float64, device=device(like)) for shape in shapes]
            return
        # One piece of memory for every pass: new pages would cost as much as the sums in them.
        ends = np.cumsum([math.prod(shape) for shape in shapes])
        parts = np.split(scratch.view("stripes", (int(ends[-1]),)), ends[:-1])
        self.held = [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
        self._square = np.zeros((self._stop - self._start,) * 2)

    def add(self, c: int, block: Array) -> None:
        square, beyond = self._products(block)
        for each, stripe in zip(self._rows, self.held, strict=True):
            rows = slice(each.start - self._start, each.stop - self._start)
            near, far = stripe[c, :, : self._stop - each.start], stripe[c, :, self._stop - each.start :]
            if self._fresh[c]:
                near[:, :], far[:, :] = square[rows, rows.start :], beyond[rows, :]
            else:
                near += square[rows, rows.start :]
                far += beyond[rows, :]
        self._fresh[c] = False

    def _products(self, block: Array) -> tuple[Array, Array]:
        """Of the columns of these rows: with each other (upper triangle), and with the columns after them."""
        left, right = block[:, self._start : self._stop], block[:, self._stop :]
        if not self._numpy:
            return self._xp.triu(left.T @ left), left.T @ right
        from scipy.linalg.blas import dsyrk

        # Half the work of a product. What is the lower triangle to BLAS is the upper one of the transpose.
        dsyrk(1.0, left.T, c=self._square.T, lower=1, overwrite_c=1)
        return self._square, self._scratch.product("beyond", left.T, right)


def passes(p: int, classes: int) -> Iterator[list[slice]]:
    """Stripes of rows of p x p matrices, as many at a time as those of all classes fit the memory set aside:
    each time costs a pass over the features. A stripe begins at the diagonal, so narrow ones waste little on
    what is symmetric."""
    height = max(1, min(STRIPE_ROWS, p, STRIPES // (8 * p * classes)))
    held: list[slice] = []
    used = 0
    for start in range(0, p, height):
        size = 8 * classes * height * (p - start)
        if held and used + size > STRIPES:
            yield held
            held, used = [], 0
        held.append(slice(start, min(start + height, p)))
        used += size
    yield held
