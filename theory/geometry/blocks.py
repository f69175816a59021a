"""Stored features by blocks: the first pass over them, and centred blocks for the later ones.

Sums of one class run in float64 about a row of its own, means relative to one common reference, so that
an offset of the features costs no digits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from theory.array import Array, Namespace, array_namespace, is_masked
from theory.geometry.quiet import quiet
from theory.geometry.scratch import Scratch

FIRST_NUMBERS, FIRST_ROWS = 1 << 13, 64
"""The row about which the sums of a class run is picked from its first rows: this many numbers of them."""
PIECE, TALL, LARGEST_PIECE = 1 << 18, 256, 1 << 22
"""Numbers converted to float64 at a time: 2 MiB, which stay in the cache; up to 32 MiB for at least ``TALL``
rows, without which a product of matrices is slow."""
EXACT = 1e-15
"""What is left of a mean by its rounding is dropped below this times the class's standard deviation."""
Blocks = Callable[[], Iterable[tuple[int, Array]]]
"""Yields (class number, rows of that class as they are stored); re-iterable. One that has
``of_classes(range)`` yields those of some classes without reading the others."""


@dataclass(frozen=True, eq=False)
class FirstPass:
    """counts a class; reference (p,), a row; means (classes, p) relative to it; squares (classes,), the sums
    of squared distances from the class's mean. In the features' own units."""

    xp: Namespace
    counts: list[int]
    reference: Array
    means: Array
    squares: Array


def row_slices(rows: int, width: int) -> Iterator[slice]:
    """Pieces of ``rows`` rows of ``width`` numbers."""
    step = max(1, PIECE // width, min(TALL, LARGEST_PIECE // width))
    return (slice(start, min(start + step, rows)) for start in range(0, rows, step))


def first_pass(
    blocks: Blocks, names: Sequence[str], estimator: str, reference: Array | None = None
) -> FirstPass:
    """``reference`` (p,): the row to which means are relative, by default the first.

    Raises ValueError on NaN, infinite or masked features, fewer than two classes, or (debiased) a class of
    one.
    """
    counts: list[int] = []
    shifts: list[Array] = []
    sums: list[Array] = []
    squares: list[Array] = []
    scratch = Scratch()
    for c, stored in blocks():
        xp, size = array_namespace(stored), int(stored.shape[0])
        if is_masked(stored):
            raise ValueError(f"features of class {names[c]} hold masked numbers; leave those samples out")
        if reference is None:
            reference = xp.astype(stored[0, :], xp.float64)
        with quiet(xp):  # of NaN and infinities, which the sums carry to the check below
            while c >= len(counts):
                counts.append(0)
                shift = _central_row(stored, reference, scratch)
                shifts.append(shift)
                sums.append(xp.zeros_like(shift))
                squares.append(xp.zeros_like(shift[0]))
            for rows in row_slices(size, int(stored.shape[1])):
                piece = scratch.shifted("piece", stored[rows, :], shifts[c])
                flat = xp.reshape(piece, (-1,))
                sums[c] = sums[c] + xp.ones_like(piece[:, 0]) @ piece
                squares[c] = squares[c] + flat @ flat
        if not bool(xp.isfinite(squares[c])):
            raise ValueError(_not_finite(xp, stored, names[c]))
        counts[c] += size
    _enough(counts, names, estimator)
    if reference is None:
        raise ValueError("no samples")
    drift = xp.stack([total / count for total, count in zip(sums, counts, strict=True)])
    means = (xp.stack(shifts) - reference[None, :]) + drift
    lost = [count * (drift[c, :] @ drift[c, :]) for c, count in enumerate(counts)]
    within = xp.stack(squares) - xp.stack(lost)
    return FirstPass(xp, counts, reference, means, xp.where(within > 0, within, xp.zeros_like(within)))


def _enough(counts: Sequence[int], names: Sequence[str], estimator: str) -> None:
    if len(counts) < 2:
        raise ValueError(f"at least two classes are needed, not {len(counts)}")
    short = [name for name, count in zip(names, counts, strict=True) if count < 2]
    if short and estimator == "debiased":
        raise ValueError(f"class {short[0]} has one sample; the debiased estimator needs at least 2 a class")


def _central_row(stored: Array, reference: Array, scratch: Scratch) -> Array:
    """The row nearest to the mean of the first few. Sums about it hold small squares, of which few cancel,
    and differences from a stored row are exact where those from a mean would round."""
    xp = array_namespace(stored)
    few = min(FIRST_ROWS, max(2, FIRST_NUMBERS // int(stored.shape[1])), int(stored.shape[0]))
    rows = scratch.shifted("first", stored[:few, :], reference)
    rows -= xp.mean(rows, axis=0)[None, :]
    nearest = int(xp.argmin(xp.vecdot(rows, rows)))
    return xp.astype(stored[nearest, :], xp.float64, copy=True)


def _not_finite(xp: Namespace, block: Array, name: str) -> str:
    rows = xp.any(~xp.isfinite(block), axis=1)
    if not bool(xp.any(rows)):
        return f"features of class {name} are too large for their squares; rescale them"
    first = int(xp.argmax(xp.astype(rows, xp.int64)))
    return f"features of class {name} hold NaN or infinity (sample {first} of the class)"


class CentredBlocks:
    """Rows minus the mean of their class, in multiples of ``scale``.

    A row minus the rounded mean is exact to its last digit, whatever the offset; what the rounding took from
    the mean is subtracted after it, a second pass over the numbers, only where it can be seen.
    """

    def __init__(self, stored: Blocks, first: FirstPass, scale: float) -> None:
        xp, reference = first.xp, first.reference[None, :]
        self._stored = stored
        self.xp, self.scale = xp, scale
        self.dimension = int(first.means.shape[1])
        self._centres = reference + first.means
        # Knuth's exact error of that sum.
        back = self._centres - reference
        rest = (reference - (self._centres - back)) + (first.means - back)
        sizes = xp.sum(rest * rest, axis=1)
        self._rest = [
            rest[c, :] if float(sizes[c]) * count > EXACT**2 * float(first.squares[c]) else None
            for c, count in enumerate(first.counts)
        ]

    def pieces(
        self, scratch: Scratch | None = None, width: int = 0, only: range | None = None, first: int = 0
    ) -> Iterator[tuple[int, Array]]:
        """(class, rows) with the rows of at most ``row_slices`` of the larger of the dimension and ``width``.

        With ``scratch`` each piece overwrites the one before; without, each is an array of its own. ``only``
        the classes of these numbers; columns from ``first`` on.
        """
        for c, stored in self._of_classes(only):
            for rows in row_slices(int(stored.shape[0]), max(width, self.dimension)):
                buffers = scratch if scratch is not None else Scratch()
                block = buffers.shifted("piece", stored[rows, first:], self._centres[c, first:])
                rest = self._rest[c]
                if rest is not None:
                    block -= rest[None, first:]
                if self.scale != 1.0:
                    block /= self.scale
                yield c, block

    def _of_classes(self, only: range | None) -> Iterable[tuple[int, Array]]:
        if only is None:
            return self._stored()
        chosen = getattr(self._stored, "of_classes", None)
        if chosen is not None:
            blocks: Iterable[tuple[int, Array]] = chosen(only)
            return blocks
        return ((c, stored) for c, stored in self._stored() if c in only)
