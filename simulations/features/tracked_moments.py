"""A source of moments from a tracker's sums: means, variances, and one covariance for all classes."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np

from theory.array import NUMPY, Array, Floats, to_numpy
from theory.geometry import ClassGeometry, MomentSource
from theory.geometry.distances import median_distance, squared_distances
from theory.inheritance import override
from theory.setting import Setting


class TrackedMoments(MomentSource):
    """De-biased first and second moments (a ``MomentSource``). What needs the covariance of a class takes
    the mean one, scaled to the variance of the class, where its own was not kept."""

    estimator = "debiased"

    def __init__(
        self, counts: Floats, means: Floats, squares: Floats, within: Floats, scatter: Floats | None
    ) -> None:
        self.xp = NUMPY
        self.classes, self.dimension = means.shape
        self.counts = [int(count) for count in counts]
        self._counts, self._scatter = counts, scatter
        self._raw_means = means - means.mean(axis=0)
        self._plain = to_numpy(squared_distances(NUMPY, self._raw_means))
        self.unit = median_distance(NUMPY, self._plain)
        self._variances = squares / (counts - 1) / self.unit**2
        freedom = float(np.sum(counts - 1))
        self._within = within / freedom / self.unit**2

    @override
    def means(self) -> Floats:
        values: Floats = self._raw_means / self.unit
        return values

    @override
    def variances(self) -> Floats:
        return self._variances

    @override
    def squared_distances(self) -> Floats:
        noise = self._variances / self._counts
        squares = self._plain / self.unit**2 - noise[:, None] - noise[None, :]
        np.fill_diagonal(squares, 0.0)
        return squares

    def eigenvalues(self) -> Floats:
        """The variance of the class where its largest eigenvalue stands: never smaller."""
        values = np.zeros((self.classes, self.dimension))
        values[:, 0] = self._variances
        return values

    @cached_property
    def _shares(self) -> Floats:
        total = float(np.trace(self._within))
        return self._variances / total if total > 0 else np.zeros(self.classes)

    @override
    def squared_traces(self) -> Floats:
        values: Floats = self._shares**2 * float(np.sum(self._within**2))
        return values

    @override
    def trace_products(self) -> Floats:
        values: Floats = np.outer(self._shares, self._shares) * float(np.sum(self._within**2))
        return values

    def directional_variances(self) -> Floats:
        """u'S_i u, less what the noise of the means adds."""
        means, squares = self.means(), self.squared_distances()
        variances = np.empty((self.classes, self.classes))
        products = self.trace_products()
        for c in range(self.classes):
            lines = means - means[c]
            own = self._within * self._shares[c]
            if self._scatter is not None:
                own = self._scatter[c] / (self._counts[c] - 1) / self.unit**2
            variances[c] = np.einsum("jp,jp->j", lines @ own, lines)
            variances[c] -= products[c] / self._counts + products[c, c] / self._counts[c]
        usable = squares > 0
        values: Floats = np.where(usable, np.maximum(variances, 0.0) / np.where(usable, squares, 1.0), 0.0)
        return values

    @override
    def third_moments_along(self) -> Floats | None:
        return None

    @override
    def fourth_moments(self) -> Floats | None:
        return None

    @override
    def directional_fourth_moments(self) -> Floats | None:
        return None

    @override
    def margin_moments(self, shots: float, order: int) -> Floats | None:
        return None

    @override
    def left_out_margins(self, shots: float) -> Floats | None:
        return None

    @override
    def nearest_moments(self, shots: float, order: int, ways: int) -> Floats | None:
        return None

    @override
    def left_out_nearest(self, shots: float, ways: int) -> Floats | None:
        return None

    @override
    def cross_variances(self, rows: slice) -> Floats:
        means = self.means()
        lines = [means - means[c] for c in range(rows.start, rows.stop)]
        shares = self._shares[rows]
        return np.stack(
            [(line @ self._within @ line.T) * share for line, share in zip(lines, shares, strict=True)]
        )

    @override
    def within_along(self, axes: Array) -> Floats:
        lines = to_numpy(axes)
        own = np.einsum("ap,ap->a", lines @ self._within, lines)
        # Every class counts alike, whatever its samples.
        total = float(np.trace(self._within))
        values: Floats = own * (float(np.mean(self._variances)) / total if total > 0 else 1.0)
        return values

    def within_root(self) -> Floats:
        """(rows, dimension) whose squares add up to the mean covariance, in the features' unit."""
        values, vectors = np.linalg.eigh(self._within)
        total = float(np.trace(self._within))
        scale = float(np.mean(self._variances)) / total if total > 0 else 1.0
        roots = np.sqrt(np.maximum(values, 0.0) * scale) * self.unit
        root: Floats = vectors.T * roots[:, None]
        return root

    def predicted(self, geometry: ClassGeometry, setting: Setting) -> float | None:
        """Error of normal margins with these moments, rivals taken as independent; None where some pair of
        classes cannot be distinguished."""
        from scipy.special import ndtr

        if geometry.unresolved_pairs:
            return None
        n, squares = setting.shots, to_numpy(geometry.squared_distances)
        along, products = to_numpy(geometry.directional_variances), self.trace_products()
        own = np.diag(products)
        mean = squares + (self._variances[None, :] - self._variances[:, None]) / n
        variance = 4 * squares * (along + along.T / n) + 4 * (own[:, None] + products) / n
        variance += 2 * (own[:, None] + own[None, :]) / n**2
        with np.errstate(divide="ignore", invalid="ignore"):
            wrong = ndtr(-np.where(variance > 0, mean / np.sqrt(variance), math.inf))
        np.fill_diagonal(wrong, 0.0)
        average = wrong.sum(axis=1) / (self.classes - 1)
        return float(np.mean(-np.expm1((setting.ways - 1) * np.log1p(-np.minimum(average, 1 - 1e-12)))))
