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

from theory.array import Array, array_namespace, device, is_numpy_array, to_numpy
from theory.geometry.blocks import CentredBlocks
from theory.geometry.scratch import Scratch

STRIPES = 100 << 20
"""Numbers that the stripes of all covariances may take at a time; a quarter of that in float64, where they
are long and seldom many."""
STRIPE_ROWS, WIDE_ROWS, WIDE = 48, 128, 1024
"""Rows of a stripe, and of one of matrices of at least ``WIDE`` columns."""
JOINED = 1024
"""Rows of a class that are multiplied at once."""
LARGE_WORK = 2e9
"""Multiplications from which NumPy's products run in float32."""
LEAST_SUM = 1e-30
"""Sums of squared products in float32 below it may have lost most of their terms."""
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
    if _single(blocks.dimension, counts, like):
        memory = Scratch(np.float32) if stripes is None else stripes
        with np.errstate(over="ignore", invalid="ignore"):
            total = _sum_of(blocks, counts, like, rows, memory)
        if _in_range(total):
            return total
        stripes = None
    return _sum_of(blocks, counts, like, rows, Scratch() if stripes is None else stripes)


def _in_range(total: Array) -> bool:
    """Whether float32 holds what was added up: squared products of classes of which some spread a billion
    times as far as others leave its range at either end."""
    xp = array_namespace(total)
    return bool(xp.all(xp.isfinite(total))) and bool(xp.all(xp.linalg.diagonal(total) > LEAST_SUM))


def _sum_of(
    blocks: CentredBlocks, counts: Sequence[int], like: Array, rows: list[slice] | None, memory: Scratch
) -> Array:
    if rows is None:
        return _by_gram(blocks, counts, like, memory.dtype == np.float32)
    return _by_stripes(blocks, counts, like, rows, memory)


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
    blocks: CentredBlocks, counts: Sequence[int], like: Array, rows: list[slice], memory: Scratch
) -> Array:
    xp, p, classes = blocks.xp, blocks.dimension, len(counts)
    total = xp.zeros((classes, classes), dtype=xp.float64, device=device(like))
    stripes = _Stripes(rows, p, classes, memory, like)
    first = rows[0].start
    joined = (
        _whole_blocks(blocks, first, memory.dtype) if is_numpy_array(like) else blocks.pieces(first=first)
    )
    for c, block in joined:
        stripes.add(c, block)
    for stripe in stripes.blocks:
        # Beyond the square on the diagonal, which is symmetric in itself, every entry stands for two.
        flat = xp.reshape(stripe, (classes, -1))
        total += 2 * (flat @ flat.T)
        square = xp.reshape(stripe[:, :, : stripe.shape[1]], (classes, -1))
        total -= square @ square.T
    return total


def _whole_blocks(blocks: CentredBlocks, first: int, dtype: np.dtype) -> Iterator[tuple[int, Array]]:
    """``blocks.pieces`` from column ``first`` on, short ones joined to up to ``JOINED`` rows of a class: what
    is made of a block has the size of the stripes, however few its rows."""
    joined = np.empty((JOINED, blocks.dimension - first), dtype=dtype)
    own, used = -1, 0
    for c, block in blocks.pieces(Scratch(), first=first):
        size = block.shape[0]
        if used and (c != own or used + size > JOINED):
            yield own, joined[:used]
            used = 0
        if size > JOINED:
            yield c, to_numpy(block).astype(dtype, copy=False)
            continue
        own = c
        joined[used : used + size] = block
        used += size
    if used:
        yield own, joined[:used]


class _Stripes:
    """Sums of x x' over each class for stripes of rows that follow each other, from the diagonal on.

    held : for each stripe (classes, height, width), its first column that of its first row.
    """

    def __init__(self, rows: list[slice], p: int, classes: int, scratch: Scratch, like: Array) -> None:
        xp = array_namespace(like)
        self._rows, self._scratch, self._start = rows, scratch, rows[0].start
        shapes = [(classes, each.stop - each.start, p - each.start) for each in rows]
        self._numpy = is_numpy_array(like)
        self._fresh = [self._numpy] * classes
        self.blocks: list[Array]
        if not self._numpy:
            self.blocks = [xp.zeros(shape, dtype=xp.float64, device=device(like)) for shape in shapes]
            return
        ends = np.cumsum([math.prod(shape) for shape in shapes])
        parts = np.split(scratch.view("stripes", (int(ends[-1]),)), ends[:-1])
        self.blocks = [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]

    def add(self, c: int, block: Array) -> None:
        """``block`` of class c begins with the first column of the stripes."""
        for columns, stripe in zip(self._rows, self.blocks, strict=True):
            rows = slice(columns.start - self._start, columns.stop - self._start)
            left, right = block[:, rows].T, block[:, rows.start :]
            if self._fresh[c] and is_numpy_array(left) and is_numpy_array(right) and is_numpy_array(stripe):
                np.matmul(left, right, out=stripe[c])
            else:
                stripe[c, ...] += self._scratch.product("product", left, right)
        self._fresh[c] = False


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
