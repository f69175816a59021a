"""Means, sums and maxima over classes, of all classes, of listed subsets of them, or as means over subsets.

A reduction in a statement about a class i, or a pair (i, j), is one over the classes of an episode that i, or
i and j, are in. With fewer ways than classes its mean over all episodes is therefore one over those that hold
these classes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from theory.array import Array
from theory.expressions import ForEveryOther, MaxOver, SumOver
from theory.geometry import ClassGeometry

LARGEST = 1e300
"""Stands for infinity in sums by weights that may be 0: 0 times infinity would spoil the subsets that an
infinite entry has no part in."""


@dataclass(frozen=True, eq=False)
class Episodes:
    """The subsets of ``ways`` classes, for the query classes ``rows``.

    members : None for the mean over all subsets. (subsets, classes): 1 where a class belongs to the subset,
    0 elsewhere; results have an axis of subsets in front. (subsets, rows, classes): each query class i has
    subsets of its own, which all hold i.
    """

    geometry: ClassGeometry
    ways: int
    rows: slice
    members: Array | None = None

    @cached_property
    def _others(self) -> Array:
        """1 where the class may be another one of an episode of the query class, with subsets in front."""
        xp = self.geometry.xp
        others = self.geometry.off_diagonal(xp.ones_like(self.geometry.distances), 0.0)[self.rows, :]
        if self.members is None:
            return others
        return others * (self.members[:, None, :] if self.members.ndim == 2 else self.members)

    # -- over the classes other than i ----------------------------------------------------------------
    def over_others(self, node: sp.Expr, values: Array, *, given_pair: bool) -> tuple[Array, str]:
        """Of ``values`` (..., rows, classes), and the letters of the axes of the result: "i", or "ij" for
        means over the subsets that hold the pair. Raises ValueError on a reduction of another kind."""
        xp, others = self.geometry.xp, self._others
        if isinstance(node, ForEveryOther):
            return xp.all(xp.logical_or(values, others == 0), axis=-1), "i"
        in_part = given_pair and self.members is None and self.ways < self.geometry.classes
        if isinstance(node, SumOver):
            kept = xp.where(others > 0, values, xp.zeros_like(values))
            return (self._sums_with(kept), "ij") if in_part else (self._sums(kept), "i")
        if isinstance(node, MaxOver):
            return (self._maxima_with(values), "ij") if in_part else (self.largest(values), "i")
        raise ValueError(f"unknown reduction {node.func.__name__}")

    def largest(self, values: Array) -> Array:
        """(..., rows): the largest of ``values`` (..., rows, classes) over the other classes."""
        kept = self.geometry.xp.where(self._others > 0, values, self.geometry.xp.full_like(values, -math.inf))
        return self._maxima(kept) if self.members is None else self.geometry.xp.max(kept, axis=-1)

    def _sums(self, kept: Array) -> Array:
        total = self.geometry.xp.sum(kept, axis=-1)
        if self.members is not None:
            return total
        return total * ((self.ways - 1) / (self.geometry.classes - 1))

    def _sums_with(self, kept: Array) -> Array:
        """Class j takes part in every episode of the pair (i, j), any other in a share of them."""
        if self.ways == 2:
            return kept
        known = self._finite(kept)
        rest = self.geometry.xp.sum(known, axis=-1)[..., None] - known
        return kept + rest * self._share(1)

    def _maxima(self, kept: Array) -> Array:
        """The r-th largest (r = 0 first) is a subset's largest in C(C-2-r, ways-2) of C(C-1, ways-1)."""
        xp, others, size = self.geometry.xp, self.geometry.classes - 1, self.ways - 1
        total = math.comb(others, size)
        # Lower ranks are the largest of no subset: infinite ones times 0 would be no numbers.
        weights = [math.comb(others - 1 - rank, size - 1) / total for rank in range(others - size + 1)]
        ranked = xp.flip(xp.sort(kept, axis=-1), axis=-1)[..., : len(weights)]
        return xp.sum(ranked * self.geometry.array(weights), axis=-1)

    def _maxima_with(self, values: Array) -> Array:
        """Of the pair's own value and the largest of ways - 2 others. With r values above its own in the row,
        the q-th largest, q < r, is the largest in C(C-3-q, ways-3) of C(C-2, ways-2) subsets; none of the r
        is in the subset in C(C-2-r, ways-2)."""
        if self.ways == 2:
            return values
        xp, array = self.geometry.xp, self.geometry.array
        kept = xp.where(self._others > 0, values, xp.full_like(values, -math.inf))
        others, size = self.geometry.classes - 2, self.ways - 2
        total = math.comb(others, size)
        largest = [math.comb(max(others - 1 - q, 0), size - 1) / total for q in range(others + 1)]
        none_above = [math.comb(others - r, size) / total for r in range(others + 1)]
        places = xp.argsort(kept, axis=-1, descending=True)
        ranked = self._finite(xp.take_along_axis(kept, places, axis=-1))
        # The last is class i itself, which is no other class.
        row = ranked[..., : others + 1]
        weighted = row * array(largest)
        means = xp.cumulative_sum(weighted, axis=-1) - weighted + row * array(none_above)
        means = xp.concat([means, ranked[..., others + 1 :]], axis=-1)
        means = xp.take_along_axis(means, xp.argsort(places, axis=-1), axis=-1)
        # Numbers that aren't any have no rank.
        unknown = xp.any(xp.isnan(kept), axis=-1)[..., None]
        return xp.where(unknown, xp.full_like(means, math.nan), means)

    # -- over ordered pairs ---------------------------------------------------------------------------
    def average(self, values: Array, layout: str) -> tuple[Array, str]:
        """The mean over ordered pairs, of ``values`` (..., classes, classes), for a statement with the axes
        of ``layout``; and the letters of the axes of the result."""
        xp, classes = self.geometry.xp, self.geometry.classes
        off = self.geometry.off_diagonal(xp.ones_like(self.geometry.distances), 0.0)
        kept = xp.where(off > 0, values, xp.zeros_like(values))
        if self.members is not None:
            return self._averages_of_subsets(self._finite(kept))
        if self.ways == classes or "i" not in layout:
            return xp.sum(kept, axis=(-2, -1)) / (classes * (classes - 1)), ""
        kept = self._finite(kept)
        lines = xp.sum(kept, axis=-1) + xp.sum(kept, axis=-2)
        total = xp.sum(kept, axis=(-2, -1))[..., None]
        pairs = self.ways * (self.ways - 1)
        if "j" not in layout:
            touching = lines[..., self.rows]
            inside = touching * self._share(0) + (total - touching) * self._share(0, 2)
            return inside / pairs, "i"
        own = (kept + xp.matrix_transpose(kept))[..., self.rows, :]
        touching = lines[..., self.rows, None] + lines[..., None, :] - 2 * own
        rest = total[..., None] - touching - own
        if self.ways == 2:
            return own / pairs, "ij"
        return (own + touching * self._share(1) + rest * self._share(1, 2)) / pairs, "ij"

    def _averages_of_subsets(self, kept: Array) -> tuple[Array, str]:
        members = self.members
        assert members is not None
        inside = self._inside(members, kept)
        return inside / (self.ways * (self.ways - 1)), "i" if members.ndim == 3 else ""

    # -- over ordered pairs of classes other than i ---------------------------------------------------
    def pairs_of_others(self, values: Array) -> Array:
        """The sum of ``values`` (..., rows, classes, classes) over distinct j and l other than i. Not known
        as a mean over the subsets that hold a pair."""
        xp = self.geometry.xp
        eye = self.geometry.off_diagonal(xp.ones_like(self.geometry.distances), 0.0)
        own = eye[self.rows, :]
        mask = own[:, :, None] * own[:, None, :] * eye[None, :, :]
        distinct = xp.where(mask > 0, values, xp.zeros_like(values))
        if self.members is None:
            return self.pairs_weight * xp.sum(distinct, axis=(-2, -1))
        return self._inside(self._others, self._finite(distinct))

    def _inside(self, members: Array, pairs: Array) -> Array:
        """(...): the sum of ``pairs`` (..., classes, classes) over those of ``members`` (..., classes); no
        number where one of these is none, whatever stands at other pairs."""
        xp = self.geometry.xp

        def total(table: Array) -> Array:
            lines = members @ table if table.ndim == 2 else (members[..., None, :] @ table)[..., 0, :]
            return xp.sum(lines * members, axis=-1)

        unknown = xp.isnan(pairs)
        if not bool(xp.any(unknown)):
            return total(pairs)
        known = total(xp.where(unknown, xp.zeros_like(pairs), pairs))
        missing = total(xp.where(unknown, xp.ones_like(pairs), xp.zeros_like(pairs)))
        return xp.where(missing > 0, xp.full_like(known, math.nan), known)

    @property
    def pairs_weight(self) -> float:
        """How often two of the other classes are both in an episode of a query class."""
        return self._share(0, 2)

    def _share(self, known: int, more: int = 1) -> float:
        """How often ``more`` given classes are in an episode of the query class and ``known`` others."""
        classes, ways = self.geometry.classes - 1 - known, self.ways - 1 - known
        return math.comb(classes - more, ways - more) / math.comb(classes, ways) if ways >= more else 0.0

    def _finite(self, values: Array) -> Array:
        xp = self.geometry.xp
        large = xp.where(values < 0, xp.full_like(values, -LARGEST), xp.full_like(values, LARGEST))
        return xp.where(xp.logical_or(xp.isfinite(values), xp.isnan(values)), values, large)
