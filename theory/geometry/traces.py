"""tr(S_i S_j) for all pairs of classes from centred blocks: no p x p matrix beyond the memory set aside.

Where samples are fewer than what p x p matrices would cost, by the Gram matrix of all samples: its squares,
summed over blocks of classes. Else by stripes of rows of all covariances at once, from the diagonal to the
right; what they add to the sum over entries of S_i S_j is one symmetric product of the stripes, each as one
long row a class. Large products run in float32: rows are centred, so all that is lost is 1e-6 of a trace.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Annotated

import numpy as np
from array_api_compat import array_namespace, device, is_numpy_array
from scipy.linalg.blas import dsyrk, ssyrk

from theory.array import Array
from theory.geometry.blocks import CentredBlocks
from theory.geometry.scratch import Scratch

STRIPES = 100 << 20
"""Numbers that the stripes of all covariances may take at a time; a quarter of that in float64, where they
are long and seldom many."""
STRIPE_ROWS, WIDE_ROWS, WIDE = 48, 128, 1024
"""Rows of a stripe, and of one of matrices of at least ``WIDE`` columns."""
LARGE_WORK = 1e10
"""Multiplications from which NumPy's products run in float32."""
MOST_KEPT = 1 << 25
"""Numbers of all centred samples that the Gram matrix may hold."""


def trace_products(
    blocks: CentredBlocks, counts: Sequence[int], like: Array
) -> Annotated[Array, "classes classes"]:
    """(classes, classes): plug-in tr(S_i S_j), in the blocks' unit; ``like`` is an array of the namespace."""
    xp, p, classes = blocks.xp, blocks.dimension, len(counts)
    total = xp.zeros((classes, classes), dtype=xp.float64, device=device(like))
    # Of one piece of memory for every pass: new pages would cost as much as the sums in them.
    stripes = Scratch(np.float32 if _single(p, counts, like) else np.float64)
    for rows in parts(p, counts, like):
        total = total + sum_of(blocks, counts, like, rows, stripes)
    sizes = xp.asarray([float(count) for count in counts], dtype=xp.float64, device=device(like))
    return total / (sizes[:, None] * sizes[None, :])


def parts(dimension: int, counts: Sequence[int], like: Array) -> list[list[slice] | None]:
    """What the sums are made of, a pass over the features each: stripes of rows, or None for the Gram
    matrix."""
    by_gram, by_stripes = _work(dimension, counts)
    if by_gram < by_stripes and sum(counts) * dimension <= MOST_KEPT:
        return [None]
    return list(passes(dimension, len(counts), STRIPES if _single(dimension, counts, like) else STRIPES // 4))


def sum_of(
    blocks: CentredBlocks,
    counts: Sequence[int],
    like: Array,
    rows: list[slice] | None,
    stripes: Scratch | None = None,
) -> Annotated[Array, "classes classes"]:
    """(classes, classes): what one of the ``parts`` adds to N_i N_j tr(S_i S_j)."""
    single = _single(blocks.dimension, counts, like)
    if rows is None:
        return _by_gram(blocks, counts, like, single)
    dtype = np.float32 if single else np.float64
    return _by_stripes(blocks, counts, like, rows, Scratch(dtype) if stripes is None else stripes, dtype)


def _work(dimension: int, counts: Sequence[int]) -> tuple[int, int]:
    """Multiplications by the Gram matrix, and by stripes."""
    samples = sum(counts)
    return samples**2 * dimension, (samples + len(counts) ** 2) * dimension**2


def _single(dimension: int, counts: Sequence[int], like: Array) -> bool:
    """Whether large products run in float32."""
    return is_numpy_array(like) and min(_work(dimension, counts)) > LARGE_WORK


def _by_gram(blocks: CentredBlocks, counts: Sequence[int], like: Array, single: bool) -> Array:
    """(classes, classes): sums of squared products of all rows of two classes."""
    xp, classes = blocks.xp, len(counts)
    parts: list[list[Array]] = [[] for _ in counts]
    for c, block in blocks.pieces():
        parts[c].append(xp.astype(block, xp.float32) if single else block)
    rows = [xp.concat(part, axis=0) for part in parts]
    everything = xp.concat(rows, axis=0)
    starts = np.cumsum([0, *counts])
    total = xp.zeros((classes, classes), dtype=xp.float64, device=device(like))
    for c, own in enumerate(rows):
        # Only the classes from c on: the matrix is symmetric.
        products = own @ everything[int(starts[c]) :, :].T
        sums = xp.sum(xp.astype(products * products, xp.float64), axis=0)
        for other in range(c, classes):
            first, last = (int(starts[k] - starts[c]) for k in (other, other + 1))
            total[c, other] = xp.sum(sums[first:last])
            total[other, c] = total[c, other]
    return total


def _by_stripes(
    blocks: CentredBlocks,
    counts: Sequence[int],
    like: Array,
    rows: list[slice],
    memory: Scratch,
    dtype: type[np.floating],
) -> Array:
    xp, p, classes = blocks.xp, blocks.dimension, len(counts)
    total = xp.zeros((classes, classes), dtype=xp.float64, device=device(like))
    stripes = _Stripes(rows, p, classes, memory, like, dtype)
    for c, block in blocks.pieces(Scratch()):
        stripes.add(c, block.astype(dtype) if dtype == np.float32 else block)
    for stripe in stripes.blocks:
        # Beyond the diagonal every entry stands for two.
        flat = xp.reshape(stripe, (classes, -1))
        total += 2 * (flat @ flat.T)
        diagonal = xp.linalg.diagonal(stripe[:, :, : stripe.shape[1]])
        total -= diagonal @ diagonal.T
    return total


class _Stripes:
    """Sums of x x' over each class for stripes of rows that follow each other, zero below the diagonal.

    held : for each stripe (classes, height, width), its first column that of its first row.
    """

    def __init__(
        self,
        rows: list[slice],
        p: int,
        classes: int,
        scratch: Scratch,
        like: Array,
        dtype: type[np.floating],
    ) -> None:
        xp = self._xp = array_namespace(like)
        self._rows, self._scratch = rows, scratch
        self._start, self._stop = rows[0].start, rows[-1].stop
        shapes = [(classes, each.stop - each.start, p - each.start) for each in rows]
        self._numpy = is_numpy_array(like)
        self._fresh = [self._numpy] * classes
        if not self._numpy:
            self.blocks = [xp.zeros(shape, dtype=xp.float64, device=device(like)) for shape in shapes]
            return
        ends = np.cumsum([math.prod(shape) for shape in shapes])
        parts = np.split(scratch.view("stripes", (int(ends[-1]),)), ends[:-1])
        self.blocks = [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
        self._square = np.zeros((self._stop - self._start,) * 2, dtype=dtype)

    def add(self, c: int, block: Array) -> None:
        square, beyond = self._products(block)
        for columns, stripe in zip(self._rows, self.blocks, strict=True):
            rows = slice(columns.start - self._start, columns.stop - self._start)
            near, far = stripe[c, :, : self._stop - columns.start], stripe[c, :, self._stop - columns.start :]
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
        # Half the work of a product. What is the lower triangle to BLAS is the upper one of the transpose.
        product = ssyrk if left.dtype == np.float32 else dsyrk
        product(1.0, left.T, c=self._square.T, lower=1, overwrite_c=1)
        return self._square, self._scratch.product("beyond", left.T, right)


def passes(p: int, classes: int, most: int = STRIPES // 4) -> Iterator[list[slice]]:
    """Stripes of rows of p x p matrices, as many at a time as those of all classes fit ``most`` numbers:
    each time costs a pass over the features. A stripe begins at the diagonal, so narrow ones waste little on
    what is symmetric."""
    height = max(1, min(WIDE_ROWS if p >= WIDE else STRIPE_ROWS, p, most // (p * classes)))
    batch: list[slice] = []
    used = 0
    for start in range(0, p, height):
        size = classes * height * (p - start)
        if batch and used + size > most:
            yield batch
            batch, used = [], 0
        batch.append(slice(start, min(start + height, p)))
        used += size
    yield batch
