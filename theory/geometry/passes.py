"""Sums of later passes over centred blocks: plug-in moments along differences of means, and of norms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from array_api_compat import device

from theory.array import Array, Namespace
from theory.geometry.blocks import CentredBlocks
from theory.geometry.scratch import Scratch


def second_moments(
    blocks: CentredBlocks,
    means: Array,
    counts: Sequence[int],
    wanted: Sequence[str],
    near: Sequence[bool] = (),
) -> dict[str, Array]:
    """Means over each class i, in one pass over the features: those ``wanted`` of

    along (classes, classes): of (x.(mu_j - mu_i))^2
    crossed (classes, classes, classes): of (x.(mu_j - mu_i)) (x.(mu_l - mu_i)), for hardly more work beside
        ``along``, which it needs
    norms: third (classes, p), fourth (classes,), of |x|^2 x and |x|^4.

    means (classes, p) in their own unit, x in that of the blocks; near (classes,), whether another mean is
    so near that differences of products would lose digits.
    """
    along, crossed, norms = (name in wanted for name in ("along", "crossed", "norms"))
    xp, classes = blocks.xp, len(counts)
    totals: dict[str, Array] = {}
    if along:
        totals["along"] = xp.zeros((classes, classes), dtype=xp.float64, device=device(means))
    if crossed:
        totals["crossed"] = xp.zeros((classes, classes, classes), dtype=xp.float64, device=device(means))
    if norms:
        totals["third"] = xp.zeros_like(means)
        totals["fourth"] = xp.zeros(classes, dtype=xp.float64, device=device(means))
    scratch = Scratch()
    gaps = _Gaps(xp, means, near, scratch)
    for c, block in blocks.pieces(scratch, classes if along else 0):
        if along:
            projected = gaps.of(c, block)
            totals["along"][c, :] += xp.vecdot(projected, projected)
            if crossed:
                totals["crossed"][c, :, :] += projected @ projected.T
        if norms:
            squares = xp.vecdot(block, block)
            totals["third"][c, :] += squares @ block
            totals["fourth"][c] += squares @ squares
    sizes = xp.asarray([float(count) for count in counts], dtype=xp.float64, device=device(means))
    return {name: sums / xp.reshape(sizes, (-1, *[1] * (sums.ndim - 1))) for name, sums in totals.items()}


class _Gaps:
    """x.(mu_j - mu_i) for the rows x of a block of class i and every j."""

    def __init__(self, xp: Namespace, means: Array, near: Sequence[bool], scratch: Scratch) -> None:
        self._xp, self._near, self._scratch, self._class = xp, near, scratch, -1
        self._means = means - xp.mean(means, axis=0)[None, :]

    def of(self, c: int, block: Array) -> Array:
        """(classes, rows)."""
        # Differences of the means cost classes x p; of the products, classes x rows.
        if c != self._class and (block.shape[0] > self._means.shape[0] or self._near[c]):
            self._directions = self._scratch.shifted("directions", self._means, self._means[c, :])
            self._class = c
        if c == self._class:
            return self._scratch.product("gaps", self._directions, block.T)
        gaps = self._scratch.product("gaps", self._means, block.T)
        gaps -= self._xp.asarray(gaps[c, :], copy=True)[None, :]
        return gaps


def cross_variances(
    blocks: CentredBlocks, means: Annotated[Array, "classes p"], counts: Sequence[int], rows: slice
) -> Annotated[Array, "rows classes classes"]:
    """(rows, classes, classes): [i, j, l] = D_j'S_i D_l with D_j = mu_j - mu_i, plug-in."""
    xp, classes = blocks.xp, len(counts)
    centred = means - xp.mean(means, axis=0)[None, :]
    wanted = range(rows.start, rows.stop)
    sums = xp.zeros((len(wanted), classes, classes), dtype=xp.float64, device=device(means))
    scratch = Scratch()
    for c, block in blocks.pieces(scratch, classes, wanted):
        directions = scratch.shifted("directions", centred, centred[c, :])
        gaps = scratch.product("gaps", directions, block.T)
        sums[c - rows.start, :, :] += gaps @ gaps.T / counts[c]
    return sums


def cross_sums(
    blocks: CentredBlocks,
    means: Annotated[Array, "classes p"],
    counts: Sequence[int],
    rows: slice,
    left: Annotated[Array, "rows classes"],
    right: Annotated[Array, "rows classes"],
) -> Annotated[Array, "rows"]:
    """(rows,): sum over all j and l of left[i, j] D_j'S_i D_l right[i, l], plug-in, in one pass."""
    xp = blocks.xp
    centred = means - xp.mean(means, axis=0)[None, :]
    own = centred[rows, :]
    sides = [side @ centred - xp.sum(side, axis=1)[:, None] * own for side in (left, right)]
    sums = xp.zeros(rows.stop - rows.start, dtype=xp.float64, device=device(means))
    scratch = Scratch()
    for c, block in blocks.pieces(scratch, 0, range(rows.start, rows.stop)):
        along = [block @ side[c - rows.start, :] for side in sides]
        sums[c - rows.start] += xp.vecdot(*along) / counts[c]
    return sums


def within_along(
    blocks: CentredBlocks, axes: Annotated[Array, "axes p"], divisors: Sequence[float]
) -> Annotated[Array, "axes"]:
    """(axes,): h'S_W h for each row h of ``axes``, S_W the mean of the class covariances."""
    xp = blocks.xp
    total = xp.zeros(axes.shape[0], dtype=xp.float64, device=device(axes))
    scratch = Scratch()
    for c, block in blocks.pieces(scratch, int(axes.shape[0])):
        projected = scratch.product("projected", axes, block.T)
        total = total + xp.vecdot(projected, projected) / divisors[c]
    return total / len(divisors)
