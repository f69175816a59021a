"""``SampleMoments``: the moments of stored features, plug-in or de-biased.

No p x p matrix is formed except where tr(S_i S_j) or a spectrum asks for one, and then a stripe of rows or
a class at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Annotated

from theory.array import Array, device
from theory.geometry import passes, spectra, traces
from theory.geometry.blocks import Blocks, CentredBlocks, FirstPass, first_pass
from theory.geometry.debias import (
    debiased_cross_parts,
    debiased_directional,
    debiased_fourth,
    debiased_squared_trace,
    debiased_third_along,
)
from theory.geometry.distances import median_distance, near_classes, squared_distances
from theory.geometry.margins.of_samples import SampleMargins
from theory.inheritance import override

ESTIMATORS = ("debiased", "plugin")
ROUNDING = 1e-15
CANCELLED = 1e-12
"""A squared distance smaller than this share of its own noise, to either side, counts as 0."""
LARGEST_CLASS = 1 << 25
"""Size of a class, in numbers, up to which spectra use all its samples."""
TOP = 8
"""Eigenvalues that are found along with the largest one."""
MOST_KEPT = 10**7
"""Numbers over triples of classes that are kept."""
SHORTEST = 1e-4
"""Least share of the largest squared length of an axis at which its variance is found from products with
differences of means."""
SAFE = 1e15
"""A unit within this factor of 1 needs no scaling of the features: their fourth powers stay in range."""


class SampleMoments(SampleMargins):
    """From re-iterable blocks of samples."""

    def __init__(
        self,
        blocks: Blocks,
        names: Sequence[str],
        estimator: str,
        seed: int = 0,
        first: FirstPass | None = None,
    ) -> None:
        """``first``: the first pass, where it has been made already."""
        if estimator not in ESTIMATORS:
            raise ValueError(f"unknown estimator '{estimator}': one of {', '.join(ESTIMATORS)}")
        super().__init__(estimator, seed)
        self._crossed: dict[tuple[int, int], Array] = {}
        self._all_crossed: Array | None = None
        if first is None:
            first = first_pass(blocks, names, estimator)
        self.names = tuple(names)  # after the pass: streamed batches name their classes as they come
        self.xp, self.counts = first.xp, first.counts
        self.classes, self.dimension = len(first.counts), int(first.means.shape[1])
        self._raw_means, self._raw_squares = first.means, first.squares
        self._raw_squared_distances = squared_distances(self.xp, first.means)
        self.unit = median_distance(self.xp, self._raw_squared_distances)
        scale = 1.0 if 1 / SAFE < self.unit < SAFE else self.unit
        self._blocks = CentredBlocks(blocks, first, scale)
        self._ratio = scale / self.unit

    # -- fields -------------------------------------------------------------------------------------------
    @cached_property
    def sizes(self) -> Annotated[Array, "classes"]:
        """(classes,): samples of each class, as float64."""
        return self.xp.asarray(
            [float(count) for count in self.counts],
            dtype=self.xp.float64,
            device=device(self._raw_means),
        )

    @override
    def means(self) -> Array:
        return self._raw_means / self.unit

    @override
    def variances(self) -> Array:
        divisor = self.sizes - 1 if self._debiased else self.sizes
        return self._raw_squares / self.unit**2 / divisor

    @override
    def squared_distances(self) -> Array:
        squares = self._plain_squared_distances()
        if self._debiased:
            noise = self.variances() / self.sizes
            both = noise[:, None] + noise[None, :]
            # What rounding leaves of the difference of equal numbers is no distance.
            nothing = self.xp.abs(squares - both) <= CANCELLED * (squares + both)
            squares = self.xp.where(nothing, self.xp.zeros_like(squares), squares - both)
            squares = squares * (1 - self.xp.eye(self.classes, dtype=self.xp.float64, device=device(squares)))
        return squares

    def _plain_squared_distances(self) -> Array:
        """Squared distances of the sample means; 0 where they agree up to the rounding of sums of samples."""
        xp = self.xp
        squares = self._raw_squared_distances / self.unit**2
        raw = self._raw_squares / self.sizes + xp.sum(self._raw_means**2, axis=1)
        size = xp.sqrt(raw) / self.unit
        resolution = ROUNDING * (size[:, None] + size[None, :])
        return xp.where(squares > resolution**2, squares, xp.zeros_like(squares))

    def _second_pass(self, *, along: bool, norms: bool) -> dict[str, Array]:
        """``passes.second_moments`` in multiples of ``unit``."""
        near = near_classes(self.xp, self._raw_squared_distances, self._raw_means) if along else ()
        crossed = along and self._keeps_crossed
        named = {"along": along, "crossed": crossed, "norms": norms}
        wanted = [name for name, given in named.items() if given]
        moments = passes.second_moments(self._blocks, self.means(), self.counts, wanted, near)
        if crossed:
            self._all_crossed = moments.pop("crossed")
            self._all_crossed *= self._ratio**2
        powers = {"along": 2, "third": 3, "fourth": 4}
        return {name: sums * self._ratio ** powers[name] for name, sums in moments.items()}

    @cached_property
    def _along(self) -> Array:
        """Plug-in D'S_i D. De-biasing needs the norms as well, which then cost no pass of their own."""
        if self._debiased:
            return self.norms["along"]
        return self._second_pass(along=True, norms=False)["along"]

    @cached_property
    def norms(self) -> dict[str, Array]:
        """Plug-in means of |x|^2 x (``third``) and |x|^4 (``fourth``), per class."""
        return self._second_pass(along=self._debiased, norms=True)

    @cached_property
    def third_along(self) -> Array:
        """[i, j] = (mean_j - mean_i).t_j."""
        xp, means, third = self.xp, self.means(), self.norms["third"]
        products = third @ means.T
        along = xp.linalg.diagonal(products)[None, :] - products.T
        near = near_classes(xp, self._raw_squared_distances, self._raw_means)
        for c in (c for c, is_near in enumerate(near) if is_near):
            # Of two means that are near each other the products would lose the digits of their difference.
            along[:, c] = (means[c, :][None, :] - means) @ third[c, :]
        return along

    @override
    def third_moments_along(self) -> Array:
        return debiased_third_along(self, self.third_along) if self._debiased else self.third_along

    @override
    def fourth_moments(self) -> Array:
        plugin = self.norms["fourth"]
        return debiased_fourth(self, plugin) if self._debiased else plugin

    @override
    def directional_variances(self) -> Array:
        """u'S_i u. De-biased by subtracting what the noise of the two sample means adds."""
        xp = self.xp
        squares = self._plain_squared_distances()
        along = self._along
        if self._debiased:
            along = debiased_directional(self, along)
            squares = self.squared_distances()
        safe = xp.where(squares > 0, squares, xp.ones_like(squares))
        along = xp.where(along > 0, along, xp.zeros_like(along))
        return xp.where(squares > 0, along / safe, xp.zeros_like(along))

    @cached_property
    def _trace_products(self) -> Array:
        """tr(S_i S_j) with denominator N."""
        return self._plain_trace_products() * self._ratio**4

    def _plain_trace_products(self) -> Array:
        """Plug-in tr S_i S_j in the blocks' unit."""
        return traces.trace_products(self._blocks, self.counts, self._raw_means)

    @override
    def trace_products(self) -> Array:
        if not self._debiased:
            return self._trace_products
        growth = self.sizes / (self.sizes - 1)
        return self._trace_products * (growth[:, None] * growth[None, :])

    @override
    def squared_traces(self) -> Array:
        plugin = self.xp.linalg.diagonal(self._trace_products)
        return debiased_squared_trace(self, plugin) if self._debiased else plugin

    @cached_property
    def _spectra(self) -> Array:
        """(classes, rank): eigenvalues of each S_c in descending order."""
        rank = min(max(self.counts), self.dimension)
        values = self._by_class(lambda c, rows: spectra.eigenvalues(self.xp, rows, self._divisor(rows), rank))
        return values * self._ratio**2

    def _divisor(self, rows: Array) -> float:
        return float(int(rows.shape[0]) - int(self._debiased))

    def _by_class(self, act: Callable[[int, Array], Array]) -> Array:
        """What ``act`` makes of all centred samples of each class, in the blocks' unit."""
        values = {c: act(c, samples) for c, samples in self._classes()}
        nothing = self.xp.zeros_like(next(iter(values.values())))
        return self.xp.stack([values.get(c, nothing) for c in range(self.classes)])

    def top_eigenvalue_sums(self, count: int) -> Annotated[Array, "classes"]:
        """(classes,): sum of the ``count`` largest eigenvalues of each S_c; de-biased, what cross-fitting
        leaves of it (a class of fewer than 4 samples: the sample's own)."""
        return self._sums(count, crossed=self._debiased)

    def sample_eigenvalue_sums(self, count: int) -> Array:
        """The same of the sample covariances (denominator N-1 where de-biased): too large on average."""
        return self._sums(count, crossed=False)

    def _sums(self, count: int, *, crossed: bool) -> Array:
        own, left = (values[:, :count] for values in self._leading(max(count, TOP)))
        sums = self.xp.sum(left if crossed else own, axis=1)
        return self.xp.minimum(sums, self.variances())

    def _leading(self, count: int) -> tuple[Array, Array]:
        """(classes, count) each: the largest eigenvalues of the samples' covariances, and what cross-fitting
        leaves of them; the few that are always asked for share one pass with the fourth moments."""
        if count == TOP:
            return self._top_pass[0], self._top_pass[1]
        spectra = self._by_class(lambda c, rows: self._spectrum(c, rows, count))
        return spectra[:, 0, :] * self._ratio**2, spectra[:, 1, :] * self._ratio**2

    @cached_property
    def _top_pass(self) -> tuple[Array, Array, Array]:
        spectra = self._by_class(lambda c, rows: self._spectrum(c, rows, TOP))
        own, crossed = (spectra[:, row, :] * self._ratio**2 for row in range(2))
        return own, crossed, spectra[:, 2, 0] * self._ratio**4

    def _spectrum(self, c: int, rows: Array, count: int) -> Array:
        """(3, count): ``spectra.summary``, the last row alike all over."""
        cross = self._debiased and self.counts[c] >= spectra.LEAST_CROSSED
        own, crossed, fourth = spectra.summary(self.xp, rows, self._divisor(rows), count, cross)
        return self.xp.stack([own, crossed, fourth + self.xp.zeros_like(own)])

    @property
    def _divisors(self) -> list[float]:
        return [float(count - 1 if self._debiased else count) for count in self.counts]

    def _classes(self) -> Iterator[tuple[int, Array]]:
        """All centred samples of a class at a time, in the order in which classes are complete; of a class
        of more than ``LARGEST_CLASS`` numbers evenly spaced ones."""
        parts: dict[int, list[Array]] = {}
        read = [0] * self.classes
        steps = [1 + count * self.dimension // LARGEST_CLASS for count in self.counts]
        for c, block in self._blocks.pieces():
            parts.setdefault(c, []).append(block[-read[c] % steps[c] :: steps[c], :])
            read[c] += int(block.shape[0])
            if read[c] == self.counts[c]:
                yield c, self.xp.concat(parts.pop(c), axis=0)

    @override
    def eigenvalues(self) -> Array:
        return self._spectra

    @override
    def directional_fourth_moments(self) -> Array:
        return self._top_pass[2]

    @override
    def cross_variances(self, rows: slice) -> Array:
        plugin = self._cross_variances(rows)
        if not self._debiased:
            return plugin
        noise, towards = debiased_cross_parts(self, rows)
        growth = (self.sizes / (self.sizes - 1))[rows]
        plugin = plugin * growth[:, None, None] - noise[:, None, None]
        return plugin + towards[:, :, None] + towards[:, None, :]

    def _cross_variances(self, rows: slice) -> Array:
        """Plug-in; kept where all of them are not much, as they are the same for every number of shots."""
        if self._all_crossed is not None:
            return self._all_crossed[rows, :, :]
        key = (rows.start, rows.stop)
        if key in self._crossed:
            return self._crossed[key]
        variances = self._plain_cross_variances(rows)
        if self._keeps_crossed:
            self._crossed[key] = variances
        return variances

    @property
    def _keeps_crossed(self) -> bool:
        return self.classes**3 <= MOST_KEPT

    def _plain_cross_variances(self, rows: slice) -> Array:
        return passes.cross_variances(self._blocks, self.means(), self.counts, rows) * self._ratio**2

    def _plain_cross_sums(self, rows: slice, left: Array, right: Array) -> Array:
        sums = passes.cross_sums(self._blocks, self.means(), self.counts, rows, (left, right))
        return sums * self._ratio**2

    def cross_sums(self, rows: slice, left: Array, right: Array) -> Array:
        """See ``ClassGeometry.cross_sums``; one pass over the features."""
        xp = self.xp
        if self._all_crossed is not None:
            halfway = (left[:, None, :] @ self._all_crossed[rows, :, :])[:, 0, :]
            sums = xp.sum(halfway * right, axis=1)
        else:
            sums = self._plain_cross_sums(rows, left, right)
        sums = sums - xp.sum(left * right * self._along[rows, :], axis=1)
        if not self._debiased:
            return sums
        noise, towards = debiased_cross_parts(self, rows)
        growth = (self.sizes / (self.sizes - 1))[rows]

        def distinct(one: Array, other: Array) -> Array:
            return xp.sum(one, axis=1) * xp.sum(other, axis=1) - xp.sum(one * other, axis=1)

        sums = growth * sums - noise * distinct(left, right)
        return sums + distinct(left * towards, right) + distinct(left, right * towards)

    @override
    def within_along(self, axes: Array) -> Array:
        return passes.within_along(self._blocks, axes, self._divisors) * self._ratio**2

    def within_along_means(self, weights: Annotated[Array, "axes classes"]) -> Annotated[Array, "axes"]:
        """See ``ClassGeometry.within_along_means``; from what the second pass keeps, where that is little."""
        xp = self.xp
        means = self.means()
        axes = weights @ (means - xp.mean(means, axis=0)[None, :])
        lengths = xp.vecdot(axes, axes)
        # Short sums of long differences of means have lost digits.
        if not self._keeps_crossed or float(xp.min(lengths)) < SHORTEST * float(xp.max(lengths)):
            return self.within_along(axes)
        self._along  # noqa: B018 - the pass that keeps them
        if self._all_crossed is None:
            return self.within_along(axes)
        divisors = xp.asarray(self._divisors, dtype=xp.float64, device=device(means))
        flat = xp.reshape(self._all_crossed, (self.classes, -1))
        within = xp.reshape(self.sizes / divisors @ flat, (self.classes, self.classes)) / self.classes
        return xp.vecdot(weights @ within, weights)
