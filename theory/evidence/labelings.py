"""Two labelings of the same features: the axes of each, and how narrow its classes are along them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from theory.array import Array, Floats, Integers, Namespace, array_namespace, to_numpy
from theory.evidence.evidence import Evidence
from theory.evidence.lineage import UNKNOWN, Lineage
from theory.inheritance import override
from theory.setting import Setting

SMALLEST = 1e-13
"""Two means nearer than this share of the size of the means are one and the same but for rounding."""


@dataclass(frozen=True, eq=False)
class TwoLabelings(Evidence):
    """First and second moments of features under two labelings.

    shares : (K_1, K_2), probability of each combination of classes.
    first_means : (K_1, p), second_means : (K_2, p), class means of each labeling.
    first_spread : (K_1, K_1, K_1), for each class the covariance of (mu_a.z) over all class means mu_a of its
    own labeling; second_spread : (K_2, K_2, K_2) likewise. What is needed of S_c and no more: D'S_c D for a
    difference D of two means.

    A statement has one value for each pair of classes of the first labeling with each pair of the second.
    """

    shares: Array
    first_means: Array
    second_means: Array
    first_spread: Array
    second_spread: Array
    lineage: Lineage = UNKNOWN
    meaning: ClassVar[str] = "two labelings of the same features"

    @staticmethod
    def from_cells(shares: Array, means: Array, covariances: Array) -> TwoLabelings:
        """From the moments of each combination of classes.

        shares (K_1, K_2), adding up to 1; means (K_1, K_2, p); covariances (K_1, K_2, p, p), or (K_1, K_2, p)
        where they are diagonal. Raises ValueError where a class of a labeling has no probability.
        """
        xp = array_namespace(shares, means)
        if not bool(xp.all(shares >= 0)) or abs(float(xp.sum(shares)) - 1) > 1e-9:
            raise ValueError("the shares of the combinations must be probabilities that add up to 1")
        full = covariances
        if covariances.ndim == 3:
            full = covariances[..., None] * xp.eye(means.shape[-1], dtype=xp.float64)
        sides = []
        for labeling in (0, 1):
            order = (0, 1) if labeling == 0 else (1, 0)
            own = xp.permute_dims(shares, order)
            if not bool(xp.all(xp.sum(own, axis=1) > 0)):
                raise ValueError("a class of a labeling has no probability; leave it out")
            weights = own / xp.sum(own, axis=1, keepdims=True)
            places, spread = xp.permute_dims(means, (*order, 2)), xp.permute_dims(full, (*order, 2, 3))
            centre = xp.sum(weights[..., None] * places, axis=1)
            off = (places - centre[:, None, :]) @ centre.T
            inside = xp.matmul(xp.matmul(centre, spread), centre.T)
            outer = off[..., :, None] * off[..., None, :]
            sides.append((centre, xp.sum(weights[..., None, None] * (inside + outer), axis=1)))
        (first, first_spread), (second, second_spread) = sides
        return TwoLabelings(shares, first, second, first_spread, second_spread)

    @staticmethod
    def from_features(
        features: Array, first: Array, second: Array, weights: Array | None = None
    ) -> TwoLabelings:
        """From samples (N, p) with class numbers (N,) in both labelings, 0 to K - 1.

        Every combination of classes has the same weight, however many samples it has: the labelings of this
        law are independent and balanced, whatever they are in the file. ``weights`` (N,) multiplies that of
        each sample within its combination. Raises ValueError where a combination has no sample of positive
        weight.
        """
        features = np.asarray(to_numpy(features), dtype=np.float64)
        first, second = to_numpy(first), to_numpy(second)
        sizes = int(first.max()) + 1, int(second.max()) + 1
        cell = first * sizes[1] + second
        own = np.ones(len(features)) if weights is None else np.asarray(to_numpy(weights), dtype=np.float64)
        counts = np.bincount(cell, own, minlength=sizes[0] * sizes[1])
        if not np.all(counts > 0):
            a, b = divmod(int(np.argmax(counts <= 0)), sizes[1])
            raise ValueError(f"no sample is of class {a} of the first and class {b} of the second labeling")
        weight = own / counts[cell] / (sizes[0] * sizes[1])
        centred = features - weight @ features
        sides = [
            _side(centred, labels, weight, size) for labels, size in zip((first, second), sizes, strict=True)
        ]
        shares = np.full(sizes, 1 / (sizes[0] * sizes[1]))
        (first_means, first_spread), (second_means, second_spread) = sides
        return TwoLabelings(shares, first_means, second_means, first_spread, second_spread)

    @property
    @override
    def xp(self) -> Namespace:
        xp: Namespace = array_namespace(self.first_means)
        return xp

    @property
    @override
    def class_count(self) -> int:
        return int(self.first_means.shape[0])

    def problem(self, setting: Setting) -> str | None:
        """Coincident means have no axis."""
        for means, which in ((self.first_means, "first"), (self.second_means, "second")):
            if means.shape[0] < 2:
                return f"the {which} labeling has one class: no axis"
            size = float(self.xp.max(self.xp.abs(means)))
            if not float(self.xp.min(_distances(self.xp, means))) > SMALLEST * size:
                return f"two class means of the {which} labeling coincide: no axis"
        return None

    # -- the quantities of statements: (pairs of the first, pairs of the second), or broadcast to that ----
    @property
    def classes_first(self) -> float:
        """Number of classes of the first labeling."""
        return float(self.first_means.shape[0])

    @property
    def classes_second(self) -> float:
        """Number of classes of the second labeling."""
        return float(self.second_means.shape[0])

    @cached_property
    def distances_first(self) -> Array:
        """Distances of the class means, by pairs of classes of the first labeling along its axis of the
        array."""
        return _distances(self.xp, self.first_means)[:, None]

    @cached_property
    def distances_second(self) -> Array:
        """Distances of the class means, by pairs of classes of the second labeling along its axis of the
        array."""
        return _distances(self.xp, self.second_means)[None, :]

    @cached_property
    def _along(self) -> tuple[Array, Array]:
        """u'S_c u / d^2 for every class and every axis of its own labeling, (classes, pairs)."""
        return (
            _along(self.xp, self.first_spread) / self.distances_first[:, 0] ** 4,
            _along(self.xp, self.second_spread) / self.distances_second[0] ** 4,
        )

    @property
    def along_axis_first(self) -> Array:
        """Mean over the first labeling's classes of the variance along each pair's axis, over its squared
        distance."""
        return self.xp.mean(self._along[0], axis=0)[:, None]

    @property
    def along_axis_second(self) -> Array:
        """Mean over the second labeling's classes of the variance along each pair's axis, over its squared
        distance."""
        return self.xp.mean(self._along[1], axis=0)[None, :]

    @property
    def worst_along_axis_first(self) -> Array:
        """The same with the largest class in place of the mean."""
        return self.xp.max(self._along[0], axis=0)[:, None]

    @property
    def worst_along_axis_second(self) -> Array:
        """The same with the largest class in place of the mean."""
        return self.xp.max(self._along[1], axis=0)[None, :]

    @cached_property
    def cosines(self) -> Array:
        """u_1.u_2, (pairs of the first, pairs of the second): what statements about axes bound."""
        xp = self.xp
        (a, b), (c, e) = pairs(self.first_means.shape[0]), pairs(self.second_means.shape[0])
        one, two = self.first_means[b] - self.first_means[a], self.second_means[e] - self.second_means[c]
        return (one / self.distances_first) @ (two / xp.permute_dims(self.distances_second, (1, 0))).T

    def swapped(self) -> TwoLabelings:
        """The same with the labelings in the other order."""
        return dataclasses.replace(
            self,
            shares=self.xp.permute_dims(self.shares, (1, 0)),
            first_means=self.second_means,
            second_means=self.first_means,
            first_spread=self.second_spread,
            second_spread=self.first_spread,
        )


def pairs(classes: int) -> tuple[Integers, Integers]:
    """The two classes of every unordered pair, in the order in which values about pairs stand."""
    first, second = np.triu_indices(classes, 1)
    return first, second


def _side(features: Floats, labels: Integers, weight: Floats, classes: int) -> tuple[Floats, Floats]:
    """Class means (K, p) and, for each class, the covariance (K, K) of features along the means."""
    mass = np.bincount(labels, weight, minlength=classes)
    rows = [np.flatnonzero(labels == c) for c in range(classes)]
    means = np.stack([weight[own] @ features[own] / mass[c] for c, own in enumerate(rows)])
    spread = np.empty((classes, classes, classes))
    for c, own in enumerate(rows):
        along_means = (features[own] - means[c]) @ means.T
        spread[c] = (weight[own, None] * along_means).T @ along_means / mass[c]
    return means, spread


def _distances(xp: Namespace, means: Array) -> Array:
    a, b = pairs(means.shape[0])
    gap = means[b] - means[a]
    return xp.sqrt(xp.sum(gap * gap, axis=-1))


def _along(xp: Namespace, spread: Array) -> Array:
    """D'S_c D for every class and every pair of means, (classes, pairs); rounding leaves no negative one."""
    a, b = pairs(spread.shape[-1])
    variances = spread[:, a, a] + spread[:, b, b] - spread[:, a, b] - spread[:, b, a]
    return xp.where(variances > 0, variances, xp.zeros_like(variances))
