"""Sums of later passes over centred blocks: plug-in moments along differences of means, and of norms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np

from theory.array import Array, Namespace, device, is_numpy_array
from theory.geometry.blocks import CentredBlocks
from theory.geometry.scratch import Scratch

LEAST_LEFT = 1e-3
"""Share of its terms below which a sum is taken anew from differences that cancel less."""
LARGE_WORK = 1e10
"""Multiplications from which products with differences of means run in float32."""
PROBED, LEAST_SPREAD = 16, 1e-3
LEAST_SQUARE = 1e-60
"""Of a number that float32 holds with all its digits; what is above its inverse may be infinite there."""


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
    large = sum(counts) * float(classes) * blocks.dimension > LARGE_WORK
    gaps = _Gaps(xp, means, near, scratch, single=large and is_numpy_array(means))
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
    for sums in totals.values():
        # In place: those over triples of classes are large.
        sums /= xp.reshape(sizes, (-1, *[1] * (sums.ndim - 1)))
    return totals


class _Gaps:
    """x.(mu_j - mu_i) for the rows x of a block of class i and every j, in float64.

    ``single``: by products in float32. Each is off by about 1e-7 |x| |D| / sqrt(p); a class that spreads so
    little along some D that this could be seen, by its first rows, keeps products in float64.
    """

    def __init__(
        self, xp: Namespace, means: Array, near: Sequence[bool], scratch: Scratch, *, single: bool = False
    ) -> None:
        self._xp, self._near, self._scratch, self._class = xp, near, scratch, -1
        # Products are of means about their centre, differences of the means as they are: those of two classes
        # that are near each other would lose digits there.
        self._centred = means - xp.mean(means, axis=0)[None, :]
        self._means = means
        self._may_be_single, self._single = single, False
        self._quick = Scratch(np.float32)

    def of(self, c: int, block: Array) -> Array:
        """(classes, rows)."""
        # Differences of the means cost classes x p; of the products, classes x rows.
        if c != self._class and (block.shape[0] > self._means.shape[0] or self._near[c]):
            self._directions = self._scratch.shifted("directions", self._means, self._means[c, :])
            self._class = c
            self._single = (
                self._may_be_single and not self._near[c] and _spread_along(self._xp, self._directions, block)
            )
            if self._single:
                self._directions = self._quick.copied("directions", self._directions)
        if self._single and c == self._class:
            with np.errstate(over="ignore", invalid="ignore"):
                rows = self._quick.copied("rows", block)
                product = self._quick.product("product", self._directions, rows.T)
            if bool(self._xp.all(self._xp.isfinite(product))):
                return self._scratch.copied("gaps", product)
            # Samples so far away that float32 ends before them.
            self._directions = self._scratch.shifted("directions", self._means, self._means[c, :])
            self._single = False
        if c == self._class:
            return self._scratch.product("gaps", self._directions, block.T)
        gaps = self._scratch.product("gaps", self._centred, block.T)
        gaps -= self._xp.asarray(gaps[c, :], copy=True)[None, :]
        return gaps


def _spread_along(xp: Namespace, directions: Array, block: Array) -> bool:
    """Whether the first rows of ``block`` spread along every direction by more than ``LEAST_SPREAD`` of what
    they do on average over all, and float32 holds the numbers of either."""
    some = block[:PROBED, :]
    along = xp.mean((directions @ some.T) ** 2, axis=1)
    lengths = xp.vecdot(directions, directions)
    average = float(xp.mean(xp.vecdot(some, some))) / int(block.shape[1])
    if not LEAST_SQUARE < average < 1 / LEAST_SQUARE or float(xp.max(lengths)) > 1 / LEAST_SQUARE:
        return False
    return bool(xp.all(along[lengths > 0] > LEAST_SPREAD * average * lengths[lengths > 0]))


def cross_variances(
    blocks: CentredBlocks, means: Annotated[Array, "classes p"], counts: Sequence[int], rows: slice
) -> Annotated[Array, "rows classes classes"]:
    """(rows, classes, classes): [i, j, l] = D_j'S_i D_l with D_j = mu_j - mu_i, plug-in."""
    xp, classes = blocks.xp, len(counts)
    wanted = range(rows.start, rows.stop)
    sums = xp.zeros((len(wanted), classes, classes), dtype=xp.float64, device=device(means))
    scratch = Scratch()
    for c, block in blocks.pieces(scratch, classes, wanted):
        directions = scratch.shifted("directions", means, means[c, :])
        gaps = scratch.product("gaps", directions, block.T)
        sums[c - rows.start, :, :] += gaps @ gaps.T / counts[c]
    return sums


def cross_sums(
    blocks: CentredBlocks,
    means: Annotated[Array, "classes p"],
    counts: Sequence[int],
    rows: slice,
    weights: tuple[Annotated[Array, "rows classes"], Annotated[Array, "rows classes"]],
) -> Annotated[Array, "rows"]:
    """(rows,): sum over all j and l of left[i, j] D_j'S_i D_l right[i, l], plug-in, in one pass; ``weights``
    are left and right."""
    xp = blocks.xp
    sides = [_combined_gaps(xp, means, rows, side) for side in weights]
    sums = xp.zeros(rows.stop - rows.start, dtype=xp.float64, device=device(means))
    scratch = Scratch()
    for c, block in blocks.pieces(scratch, 0, range(rows.start, rows.stop)):
        along = [block @ side[c - rows.start, :] for side in sides]
        sums[c - rows.start] += xp.vecdot(*along) / counts[c]
    return sums


def _combined_gaps(xp: Namespace, means: Array, rows: slice, side: Array) -> Array:
    """(rows, p): sum over j of side[i, j] (mu_j - mu_i)."""
    centred = means - xp.mean(means, axis=0)[None, :]
    sums = side @ centred - xp.sum(side, axis=1)[:, None] * centred[rows, :]
    terms = xp.sum(xp.abs(side), axis=1) * xp.sqrt(xp.max(xp.vecdot(centred, centred)))
    cancelled = xp.vecdot(sums, sums) < (LEAST_LEFT * terms) ** 2
    for i in range(int(side.shape[0])) if bool(xp.any(cancelled)) else ():
        # Large weights of classes near to the row's: differences of their means, not of sums.
        if bool(cancelled[i]):
            sums[i, :] = side[i, :] @ (means - means[rows.start + i, :][None, :])
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
