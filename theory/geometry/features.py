"""Moments estimated from samples: one pass for means and variances, a second for higher moments.

Sums of one class run in float64 about a row of its own, means relative to one common reference, so that
an offset of the features costs no digits. No p x p matrix is formed except where tr(S_i S_j) asks for one,
and then a stripe of rows at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

from array_api_compat import array_namespace, device

from theory.geometry.class_geometry import ClassGeometry, quiet
from theory.geometry.debias import (
    debiased_directional,
    debiased_fourth,
    debiased_squared_trace,
    debiased_third_along,
)
from theory.geometry.labels import class_index

Array = Any
ESTIMATORS = ("debiased", "plugin")
FIRST_ROWS = 64
PIECE = 1 << 17
"""Numbers converted to float64 at a time: 1 MiB, which stays in a core's cache."""
STRIPES = 120 * 1024 * 1024
"""Bytes that the stripes of all covariances may take at a time."""
STRIPE_ROWS = 48
ROUNDING = 1e-15
Blocks = Callable[[], Iterable[tuple[int, Array]]]
"""Yields (class number, rows of that class as they are stored); re-iterable."""


def feature_geometry(
    features: Array, labels: Any, estimator: str, classes: Sequence[Any] | None
) -> ClassGeometry:
    """See ``ClassGeometry.from_features``."""
    if features.ndim != 2:
        raise ValueError(f"features must have shape (samples, dimension), not {tuple(features.shape)}")
    names, members = class_index(labels, int(features.shape[0]), classes)
    xp = array_namespace(features)

    def blocks() -> Iterator[tuple[int, Array]]:
        for c, rows in enumerate(members):
            if rows[-1] - rows[0] == len(rows) - 1:
                yield c, features[int(rows[0]) : int(rows[-1]) + 1, :]
            else:
                index = xp.asarray(rows, device=device(features))
                yield c, xp.take(features, index, axis=0)

    return ClassGeometry(SampleMoments(blocks, names, estimator), names)


def batch_geometry(batches: Callable[[], Iterable[tuple[Array, Any]]], estimator: str) -> ClassGeometry:
    """See ``ClassGeometry.from_batches``."""
    names: list[str] = []

    def blocks() -> Iterator[tuple[int, Array]]:
        for features, labels in batches():
            found, members = class_index(labels, int(features.shape[0]), None)
            xp = array_namespace(features)
            for name, rows in zip(found, members, strict=True):
                if name not in names:
                    names.append(name)
                index = xp.asarray(rows, device=device(features))
                yield names.index(name), xp.take(features, index, axis=0)

    source = SampleMoments(blocks, names, estimator)
    return ClassGeometry(source, names)


class SampleMoments:
    """A ``MomentSource`` from re-iterable blocks of samples."""

    def __init__(self, blocks: Blocks, names: Sequence[str], estimator: str) -> None:
        if estimator not in ESTIMATORS:
            raise ValueError(f"unknown estimator '{estimator}': one of {', '.join(ESTIMATORS)}")
        self.estimator = estimator
        self._stored_blocks = blocks
        self._first_pass(names)

    # -- first pass ------------------------------------------------------------------------------------
    def _first_pass(self, names: Sequence[str]) -> None:
        counts: list[int] = []
        shifts: list[Array] = []
        sums: list[Array] = []
        squares: list[Array] = []
        self._reference: Array | None = None
        for c, stored in self._stored_blocks():
            xp, size = array_namespace(stored), int(stored.shape[0])
            with quiet(xp):  # of NaN and infinities, which the sums carry to the check below
                while c >= len(counts):
                    counts.append(0)
                    shift = self._central_row(stored[: min(FIRST_ROWS, size), :])
                    shifts.append(shift)
                    sums.append(xp.zeros_like(shift))
                    squares.append(xp.zeros_like(shift[0]))
                step = max(1, PIECE // max(1, int(stored.shape[1])))
                for start in range(0, size, step):
                    piece = xp.astype(stored[start : min(start + step, size), :], xp.float64, copy=True)
                    piece -= shifts[c][None, :]
                    flat = xp.reshape(piece, (-1,))
                    sums[c] = sums[c] + xp.ones_like(piece[:, 0]) @ piece
                    squares[c] = squares[c] + flat @ flat
            if not bool(xp.isfinite(squares[c])):
                raise ValueError(_not_finite(xp, stored, names[c]))
            counts[c] += size
        if len(counts) < 2:
            raise ValueError(f"at least two classes are needed, not {len(counts)}")
        short = [name for name, count in zip(names, counts, strict=True) if count < 2]
        if short and self.estimator == "debiased":
            raise ValueError(
                f"class {short[0]} has one sample; the debiased estimator needs at least 2 a class"
            )
        xp = self.xp
        self.counts = counts
        self.classes, self.dimension = len(counts), int(shifts[0].shape[0])
        drift = xp.stack([total / count for total, count in zip(sums, counts, strict=True)])
        reference: Array = self._reference
        self._raw_means = (xp.stack(shifts) - reference[None, :]) + drift
        within = xp.stack(squares) - self._sizes * xp.sum(drift * drift, axis=1)
        self._raw_squares = xp.where(within > 0, within, xp.zeros_like(within))
        self.unit = self._median_distance()

    def _central_row(self, first: Array) -> Array:
        """The row nearest to the mean of these. Sums about it hold small squares, of which few cancel, and
        differences from a stored row are exact where those from a mean would round."""
        rows = self._shifted(first)
        rows -= self.xp.mean(rows, axis=0)[None, :]
        nearest = int(self.xp.argmin(self.xp.vecdot(rows, rows)))
        return self.xp.astype(first[nearest, :], self.xp.float64, copy=True)

    def _shifted(self, block: Array) -> Array:
        """The block in float64, minus the very first row seen."""
        xp = array_namespace(block)
        if self._reference is None:
            self.xp = xp
            self._reference = xp.astype(block[0, :], xp.float64)
        # A copy of our own, so that it may be shifted in place: half the memory traffic.
        shifted = xp.astype(block, xp.float64, copy=True)
        shifted -= self._reference[None, :]
        return shifted

    def _blocks(self) -> Iterator[tuple[int, Array]]:
        """Centred blocks in multiples of ``unit``."""
        for c, stored in self._stored_blocks():
            block = self._shifted(stored)
            block -= self._raw_means[c, :][None, :]
            block /= self.unit
            yield c, block

    @cached_property
    def _raw_squared_distances(self) -> Array:
        return _squared_distances(self.xp, self._raw_means)

    def _median_distance(self) -> float:
        xp = self.xp
        squares = self._raw_squared_distances
        flat = xp.sort(xp.reshape(squares, (-1,)))
        positive = int(xp.sum(xp.astype(flat > 0, xp.int64)))
        if positive == 0:
            return 1.0
        return float(xp.sqrt(flat[int(flat.shape[0]) - positive + positive // 2]))

    # -- fields -------------------------------------------------------------------------------------------
    @property
    def _debiased(self) -> bool:
        return self.estimator == "debiased"

    @cached_property
    def _sizes(self) -> Array:
        return self.xp.asarray(
            [float(count) for count in self.counts],
            dtype=self.xp.float64,
            device=device(self._reference),
        )

    def means(self) -> Array:
        return self._raw_means / self.unit

    def differences(self, rows: slice) -> Array:
        means = self.means()
        return means[None, :, :] - means[rows, None, :]

    def variances(self) -> Array:
        divisor = self._sizes - 1 if self._debiased else self._sizes
        return self._raw_squares / self.unit**2 / divisor

    def squared_distances(self) -> Array:
        squares = self._plain_squared_distances()
        if self._debiased:
            noise = self.variances() / self._sizes
            squares = squares - (noise[:, None] + noise[None, :])
            squares = squares * (1 - self.xp.eye(self.classes, dtype=self.xp.float64, device=device(squares)))
        return squares

    def _plain_squared_distances(self) -> Array:
        """Of the sample means; 0 where they agree up to the rounding of sums of samples."""
        xp = self.xp
        squares = self._raw_squared_distances / self.unit**2
        raw = self._raw_squares / self._sizes + xp.sum(self._raw_means**2, axis=1)
        size = xp.sqrt(raw) / self.unit
        resolution = ROUNDING * (size[:, None] + size[None, :])
        return xp.where(squares > resolution**2, squares, xp.zeros_like(squares))

    @cached_property
    def _higher(self) -> dict[str, Array]:
        """Plug-in second-pass sums: directional variances, |x|^2 x and |x|^4, per class."""
        xp, count, p = self.xp, self.classes, self.dimension
        means = self.means() - xp.mean(self.means(), axis=0)[None, :]
        along = [xp.zeros(count, dtype=xp.float64, device=device(means)) for _ in range(count)]
        third = [xp.zeros(p, dtype=xp.float64, device=device(means)) for _ in range(count)]
        fourth = [xp.zeros_like(means[0, 0]) for _ in range(count)]
        for c, block in self._blocks():
            gaps = block @ (means - means[c, :][None, :]).T
            gaps *= gaps
            along[c] = along[c] + xp.ones_like(gaps[:, 0]) @ gaps
            squares = xp.vecdot(block, block)
            third[c] = third[c] + squares @ block
            fourth[c] = fourth[c] + xp.sum(squares * squares)
        return {
            "along": xp.stack(along) / self._sizes[:, None],
            "third": xp.stack(third) / self._sizes[:, None],
            "fourth": xp.stack(fourth) / self._sizes,
        }

    @cached_property
    def _third_along(self) -> Array:
        """[i, j] = (mean_j - mean_i).t_j."""
        products = self._higher["third"] @ self.means().T
        own = self.xp.linalg.diagonal(products)
        return own[None, :] - products.T

    def third_moments_along(self) -> Array:
        return debiased_third_along(self, self._third_along) if self._debiased else self._third_along

    def fourth_moments(self) -> Array:
        plugin = self._higher["fourth"]
        return debiased_fourth(self, plugin) if self._debiased else plugin

    def directional_variances(self) -> Array:
        """u'S_i u. De-biased by subtracting what the noise of the two sample means adds."""
        xp = self.xp
        squares = self._plain_squared_distances()
        along = self._higher["along"]
        if self._debiased:
            along = debiased_directional(self, along)
            squares = self.squared_distances()
        safe = xp.where(squares > 0, squares, xp.ones_like(squares))
        along = xp.where(along > 0, along, xp.zeros_like(along))
        return xp.where(squares > 0, along / safe, xp.zeros_like(along))

    @cached_property
    def _trace_products(self) -> Array:
        """tr(S_i S_j) with denominator N: sums over stripes of the covariances of all classes at once."""
        xp, count, p = self.xp, self.classes, self.dimension
        total = xp.zeros((count, count), dtype=xp.float64, device=device(self._raw_means))
        for rows in _passes(p, count):
            stripes = [
                xp.zeros(
                    (count, each.stop - each.start, p - each.start), dtype=xp.float64, device=device(total)
                )
                for each in rows
            ]
            for c, block in self._blocks():
                for each, stripe in zip(rows, stripes, strict=True):
                    stripe[c, :, :] += block[:, each].T @ block[:, each.start :]
            for each, stripe in zip(rows, stripes, strict=True):
                # Beyond the diagonal block every entry stands for two.
                flat = xp.reshape(stripe, (count, -1))
                square = xp.reshape(stripe[:, :, : each.stop - each.start], (count, -1))
                total += 2 * (flat @ flat.T) - square @ square.T
        total /= self._sizes[:, None] * self._sizes[None, :]
        return total

    def trace_products(self) -> Array:
        if not self._debiased:
            return self._trace_products
        growth = self._sizes / (self._sizes - 1)
        return self._trace_products * (growth[:, None] * growth[None, :])

    def squared_traces(self) -> Array:
        plugin = self.xp.linalg.diagonal(self._trace_products)
        return debiased_squared_trace(self, plugin) if self._debiased else plugin

    @cached_property
    def _spectra(self) -> tuple[Array, Array]:
        """Eigenvalues of each S_c in descending order, and the directional fourth moments."""
        xp = self.xp
        rank = min(max(self.counts), self.dimension)
        spectra: dict[int, Array] = {}
        fourth: dict[int, Array] = {}
        for c, samples in self._classes():
            divisor = self.counts[c] - 1 if self._debiased else self.counts[c]
            small = samples @ samples.T if samples.shape[0] < samples.shape[1] else samples.T @ samples
            values = xp.flip(xp.linalg.eigvalsh(small / divisor))[:rank]
            values = xp.where(values > 0, values, xp.zeros_like(values))
            padding = xp.zeros(rank - values.shape[0], dtype=xp.float64, device=device(values))
            spectra[c] = xp.concat([values, padding])
            fourth[c] = _top_fourth(xp, samples)
        order = range(self.classes)
        return xp.stack([spectra[c] for c in order]), xp.stack([fourth[c] for c in order])

    def _classes(self) -> Iterator[tuple[int, Array]]:
        """All centred samples of a class at a time, in the order in which classes are complete."""
        parts: dict[int, list[Array]] = {}
        seen = [0] * self.classes
        for c, block in self._blocks():
            parts.setdefault(c, []).append(block)
            seen[c] += int(block.shape[0])
            if seen[c] == self.counts[c]:
                yield c, self.xp.concat(parts.pop(c), axis=0)

    def eigenvalues(self) -> Array:
        return self._spectra[0]

    def directional_fourth_moments(self) -> Array:
        return self._spectra[1]

    def cross_variances(self, rows: slice) -> Array:
        xp = self.xp
        means = self.means() - xp.mean(self.means(), axis=0)[None, :]
        wanted = range(rows.start, rows.stop)
        sums = [
            xp.zeros((self.classes, self.classes), dtype=xp.float64, device=device(means)) for _ in wanted
        ]
        for c, block in self._blocks():
            if c in wanted:
                projected = block @ means.T
                gaps = projected - projected[:, c][:, None]
                sums[c - rows.start] = sums[c - rows.start] + gaps.T @ gaps / self.counts[c]
        return xp.stack(sums)

    def within_along(self, axes: Array) -> Array:
        xp = self.xp
        total = xp.zeros(axes.shape[0], dtype=xp.float64, device=device(axes))
        for c, block in self._blocks():
            divisor = self.counts[c] - 1 if self._debiased else self.counts[c]
            projected = block @ axes.T
            total = total + xp.sum(projected * projected, axis=0) / divisor
        return total / self.classes


def _passes(p: int, count: int) -> Iterator[list[slice]]:
    """Stripes of rows of p x p matrices, as many at a time as those of ``count`` classes fit the memory set
    aside: each time costs a pass over the features. A stripe begins at the diagonal, so narrow ones waste
    little on what is symmetric."""
    height = max(1, min(STRIPE_ROWS, p, STRIPES // (8 * p * count)))
    held: list[slice] = []
    used = 0
    for start in range(0, p, height):
        size = 8 * count * height * (p - start)
        if held and used + size > STRIPES:
            yield held
            held, used = [], 0
        held.append(slice(start, min(start + height, p)))
        used += size
    yield held


def _squared_distances(xp: Any, means: Array) -> Array:
    """All |mean_i - mean_j|^2; pairs that the product form would cancel are recomputed from differences."""
    centred = means - xp.mean(means, axis=0)[None, :]
    squares = xp.sum(centred * centred, axis=1)
    sums = squares[:, None] + squares[None, :]
    found = sums - 2 * (centred @ centred.T)
    count = int(means.shape[0])
    apart = 1 - xp.eye(count, dtype=xp.float64, device=device(means))
    found = found * apart
    near = xp.logical_and(found < 1e-3 * sums, apart > 0)
    for i in range(count):
        if bool(xp.any(near[i, :])):
            gaps = means - means[i, :][None, :]
            exact = xp.sum(gaps * gaps, axis=1)
            row = xp.where(near[i, :], exact, found[i, :])
            found[i, :] = row
    return found


def _top_fourth(xp: Any, samples: Array) -> Array:
    """Top eigenvalue of the fourth-moment matrix over all symmetric matrices of norm 1, an upper bound
    on sup over unit h of the mean of (h.x)^4. Power iteration from below is not used: the Gram matrix of
    at most ``LARGEST_GRAM`` samples is decomposed, else its trace-like bound (row sums) is taken."""
    count = int(samples.shape[0])
    gram = (samples @ samples.T) ** 2 / count
    if count <= LARGEST_GRAM:
        return xp.linalg.eigvalsh(gram)[-1]
    return xp.max(xp.sum(gram, axis=1))


LARGEST_GRAM = 1500


def _not_finite(xp: Any, block: Array, name: str) -> str:
    rows = xp.any(~xp.isfinite(block), axis=1)
    if not bool(xp.any(rows)):
        return f"features of class {name} are too large for their squares; rescale them"
    first = int(xp.argmax(xp.astype(rows, xp.int64)))
    return f"features of class {name} hold NaN or infinity (sample {first} of the class)"
