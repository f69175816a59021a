"""Moments in closed form, one ``ClassMoments`` a class."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

from theory.array import Array, Namespace, array_namespace
from theory.geometry.source import MomentSource
from theory.inheritance import override

Margins = Callable[[float, int], "Array | None"]
NearestMargins = Callable[[float, int, int], "Array | None"]


@dataclass(frozen=True, eq=False)
class ClassMoments:
    """Exact moments of one class.

    mean       : (p,)
    covariance : (p, p), or (p,) for variances along the coordinate axes
    third      : (p,), E|z-mu|^2 (z-mu); None means zero (symmetric classes)
    fourth     : E|z-mu|^4; None when it is not finite or not known
    directional_fourth : an upper bound on sup over unit h of E(h.(z-mu))^4; None when not known
    product    : vectors (m, p) times S, where the caller knows it to more digits than ``covariance`` holds
    """

    mean: Array
    covariance: Array
    third: Array | None = None
    fourth: float | None = None
    directional_fourth: float | None = None
    product: Callable[[Array], Array] | None = None

    @cached_property
    def diagonal(self) -> bool:
        """Whether the covariance is given by its diagonal."""
        return bool(self.covariance.ndim == 1)

    def apply(self, vectors: Annotated[Array, "m p"]) -> Annotated[Array, "m p"]:
        """(m, p) vectors times S."""
        if self.product is not None:
            return self.product(vectors)
        return vectors * self.covariance[None, :] if self.diagonal else vectors @ self.covariance

    @cached_property
    def axis_variances(self) -> Annotated[Array, "p"]:
        """(p,): variances along the coordinates."""
        if self.diagonal:
            return self.covariance
        return array_namespace(self.covariance).linalg.diagonal(self.covariance)


class ExactMoments(MomentSource):
    """In closed form."""

    estimator = "exact"

    def __init__(
        self,
        moments: Sequence[ClassMoments],
        unit: float,
        differences: Array | None = None,
        margins: Margins | None = None,
        nearest: NearestMargins | None = None,
    ) -> None:
        if len(moments) < 2:
            raise ValueError(f"at least two classes are needed, not {len(moments)}")
        dimensions = {moment.mean.shape[0] for moment in moments}
        if len(dimensions) > 1:
            raise ValueError(f"class means have different dimensions: {sorted(dimensions)}")
        self.moments = tuple(moments)
        self.xp: Namespace = array_namespace(moments[0].mean)
        self.unit = unit
        self.classes = len(moments)
        self.dimension = dimensions.pop()
        shape = (self.classes, self.classes, self.dimension)
        if differences is not None and differences.shape != shape:
            raise ValueError(f"differences of means have shape {differences.shape}, not {shape}")
        self._given_differences = differences
        self._given_margins = margins
        self._given_nearest = nearest

    @override
    def means(self) -> Array:
        return self.xp.stack([moment.mean for moment in self.moments])

    @override
    def variances(self) -> Array:
        return self.xp.stack([self.xp.sum(moment.axis_variances) for moment in self.moments])

    @cached_property
    def _differences(self) -> list[Array]:
        if self._given_differences is not None:
            return [self._given_differences[c, :, :] for c in range(self.classes)]
        means = self.means()
        return [means - means[c, None, :] for c in range(self.classes)]

    @override
    def differences(self, rows: slice) -> Array:
        return self.xp.stack(self._differences[rows])

    @override
    def squared_distances(self) -> Array:
        return self.xp.stack([self.xp.sum(rows * rows, axis=1) for rows in self._differences])

    @override
    def eigenvalues(self) -> Array:
        xp = self.xp
        rows = []
        for moment in self.moments:
            if moment.diagonal:
                values = xp.sort(moment.covariance)
            else:
                values = xp.linalg.eigvalsh(moment.covariance)
                values = xp.where(values > 0, values, xp.zeros_like(values))
            rows.append(xp.flip(values))
        return xp.stack(rows)

    @override
    def squared_traces(self) -> Array:
        return self.xp.stack([_trace_product(self.xp, moment, moment) for moment in self.moments])

    @override
    def trace_products(self) -> Array:
        xp = self.xp
        rows = [[_trace_product(xp, a, b) for b in self.moments] for a in self.moments]
        return xp.stack([xp.stack(row) for row in rows])

    @override
    def directional_variances(self) -> Array:
        xp, rows = self.xp, []
        squares = self.squared_distances()
        for c, moment in enumerate(self.moments):
            along = xp.sum(moment.apply(self._differences[c]) * self._differences[c], axis=1)
            safe = xp.where(squares[c, :] > 0, squares[c, :], xp.ones_like(along))
            along = xp.where(along > 0, along, xp.zeros_like(along))
            rows.append(xp.where(squares[c, :] > 0, along / safe, xp.zeros_like(along)))
        return xp.stack(rows)

    @override
    def third_moments_along(self) -> Array | None:
        xp = self.xp
        columns = []
        for c, moment in enumerate(self.moments):
            if moment.third is None:
                columns.append(xp.zeros_like(self._differences[c][:, 0]))
            else:
                columns.append(-(self._differences[c] @ moment.third))
        return xp.stack(columns, axis=1)

    @override
    def fourth_moments(self) -> Array | None:
        return self._scalars([moment.fourth for moment in self.moments])

    @override
    def directional_fourth_moments(self) -> Array | None:
        return self._scalars([moment.directional_fourth for moment in self.moments])

    def _scalars(self, values: list[float | None]) -> Array | None:
        if any(value is None for value in values):
            return None
        return self.xp.asarray([float(value) for value in values if value is not None], dtype=self.xp.float64)

    @override
    def cross_variances(self, rows: slice) -> Array:
        blocks = []
        for c in range(rows.start, rows.stop):
            vectors = self._differences[c]
            blocks.append(self.moments[c].apply(vectors) @ vectors.T)
        return self.xp.stack(blocks)

    @override
    def margin_moments(self, shots: float, order: int) -> Array | None:
        return None if self._given_margins is None else self._given_margins(shots, order)

    @override
    def left_out_margins(self, shots: float) -> Array | None:
        return None

    @override
    def nearest_moments(self, shots: float, order: int, ways: int) -> Array | None:
        return None if self._given_nearest is None else self._given_nearest(shots, order, ways)

    @override
    def left_out_nearest(self, shots: float, ways: int) -> Array | None:
        return None

    def why_no_nearest(self, shots: float) -> str:
        """In words, where ``nearest_moments`` answers None."""
        return "known where all centres can be listed, and estimated from stored features"

    @override
    def within_along(self, axes: Array) -> Array:
        xp = self.xp
        along = [xp.sum(moment.apply(axes) * axes, axis=1) for moment in self.moments]
        return xp.mean(xp.stack(along), axis=0)


def _trace_product(xp: Namespace, a: ClassMoments, b: ClassMoments) -> Array:
    if a.diagonal or b.diagonal:
        return xp.sum(a.axis_variances * b.axis_variances)
    return xp.sum(a.covariance * b.covariance)
