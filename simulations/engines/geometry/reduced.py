"""Centres in few coordinates: outside the span of the means (and of the spikes of the covariances) the
noise of every class is spherical, so only its Gram matrix matters, and that is a Bartlett factor.

k classes cost span + k coordinates each instead of p, whatever p is. Everything is relative to the mean of
the query's class, so that near classes keep their digits beside far ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from simulations.populations.gaussian import GaussianClasses, is_graded, root_of
from simulations.populations.student import StudentClasses
from simulations.runtime.arrays import Generator, constant, drawn_like, like, namespace
from theory.array import Array, Flags, Floats, array_namespace

SAME, ROUNDING = 1e-9, 1e-13
"""Of two variances that count as one, and of the largest, to which eigenvalues are known."""
LARGEST = 1e60
"""Of lengths, and the inverse of the smallest, that need no other unit."""


@dataclass(frozen=True, eq=False)
class Reduced:
    """offsets (k, k, s): [i, j] = mu_j - mu_i; factors (distinct, s, s): the query has covariance A A'
    inside; ``which`` (k,) the factor of each class; ``bulk`` (k,) standard deviations outside; ``outside``
    the dimensions that lie outside. All lengths in multiples of ``unit``."""

    offsets: Floats
    factors: list[Floats]
    which: list[int]
    bulk: Floats
    outside: int
    unit: float = 1.0

    @property
    def classes(self) -> int:
        """How many there are."""
        return len(self.offsets)

    @property
    def span(self) -> int:
        """Coordinates that the means span."""
        return int(self.offsets.shape[2])

    @property
    def draws(self) -> int:
        """Random numbers an episode's centres cost."""
        k = self.classes
        return k * self.span + (k * (k + 1) // 2 if self.outside else 0)

    @property
    def pair_variances(self) -> Annotated[Floats, "k k"]:
        """[i, j]: of a query of class i along the difference of the means of i and j."""
        rows = [each @ self.factors[which] for each, which in zip(self.offsets, self.which, strict=True)]
        values: Floats = np.sum(np.stack(rows) ** 2, axis=2)
        return values

    def noise(
        self, rng: Generator, stretch: Annotated[Array, "episodes k"]
    ) -> Annotated[Array, "episodes k width"]:
        """(episodes, k, s + columns): centres less their class means, for ``stretch`` (episodes, k), the
        noise of a centre over that of one draw (1/sqrt(n) for Gaussian classes)."""
        episodes, k = stretch.shape
        inside = rng.standard_normal((episodes, k, self.span))
        for c in range(k):
            inside[:, c, :] = inside[:, c, :] @ drawn_like(self.factors[self.which[c]], rng).T
        inside = inside * stretch[:, :, None]
        if not self.outside:
            return inside
        rows = bartlett(rng, episodes, k, self.outside)
        rows = rows * (drawn_like(self.bulk, rng) * stretch)[:, :, None]
        return namespace(rng).concat([inside, rows], axis=2)

    def seen_from(
        self, noise: Annotated[Array, "episodes k width"], i: int
    ) -> tuple[Annotated[Array, "episodes others width"], Annotated[Array, "episodes own_width"]]:
        """The differences of the others' centres from that of class i (episodes, k - 1, width), and half the
        differences of squared distances from its mean to them and to its own centre (episodes, k - 1): a
        query whose product with the first is beyond that errs."""
        xp = array_namespace(noise)
        others = [j for j in range(self.classes) if j != i]
        shift = np.zeros((len(others), int(noise.shape[2])))
        shift[:, : self.span] = self.offsets[i, others]
        apart = xp.take(noise, like(np.array(others), noise), axis=1) - noise[:, i : i + 1, :]
        rows = like(shift, noise) + apart
        own = noise[:, i : i + 1, :]
        return rows, xp.sum(rows * (rows / 2 + own), axis=2)

    def spread(self, rows: Array, which: int, bulk: float) -> Array:
        """Differences of centres times the query's factor: (episodes, rows, s + columns)."""
        s = self.span
        inside = rows[:, :, :s] @ like(self.factors[which], rows)
        if not self.outside:
            return inside
        return array_namespace(rows).concat([inside, bulk * rows[:, :, s:]], axis=2)


def bartlett(
    rng: Generator, episodes: int, rows: int, columns: int
) -> Annotated[Array, "episodes rows width"]:
    """(episodes, rows, min(rows, columns)): lower triangular, L L' has the law of G G' for a standard
    normal G (rows, columns)."""
    width = min(rows, columns)
    xp = namespace(rng)
    factor = xp.zeros((episodes, rows, width))
    for r in range(rows):
        below = min(r, width)
        factor[:, r, :below] = rng.standard_normal((episodes, below))
        if r < width:
            factor[:, r, r] = xp.sqrt(rng.chisquare(columns - r, episodes))
    return factor


def reduce(population: GaussianClasses | StudentClasses) -> Reduced:
    """The fewest coordinates; falls back on all p of them where no bulk is found."""
    k, p = population.means.shape
    differences = population.means[None, :, :] - population.means[:, None, :]
    unit = _unit(population, differences)
    differences = differences / unit
    if isinstance(population, StudentClasses):
        stds = population.scales / unit
        spikes, bulk = np.zeros((0, p)), stds
        covariances = [np.full(p, std**2) for std in stds]
    else:
        covariances = [each / unit / unit for each in population.covariances]
        parts = [_bulk(covariance) for covariance in covariances]
        bulk = np.sqrt(np.array([value for value, _ in parts]))
        spikes = np.concatenate([axes for _, axes in parts])
    axes = _axes(differences[np.triu_indices(k, 1)], spikes)
    if len(axes) + k >= p or any(each.ndim == 2 and is_graded(np.diag(each)) for each in covariances):
        # Of coordinates whose variances are far apart every mixture would lose digits of the short ones.
        axes, outside = np.eye(p), 0
    else:
        outside = p - len(axes)
    distinct: list[Floats] = []
    which = []
    for covariance in covariances:
        for index, other in enumerate(distinct):
            if covariance.shape == other.shape and np.array_equal(covariance, other):
                which.append(index)
                break
        else:
            which.append(len(distinct))
            distinct.append(covariance)
    factors = [_root(axes, covariance) for covariance in distinct]
    factors = [constant(factor) for factor in factors]
    return Reduced(constant(differences @ axes.T), factors, which, constant(bulk), outside, unit)


def _unit(population: GaussianClasses | StudentClasses, differences: Floats) -> float:
    """1, or a power of 2 about the largest length where products of four lengths would leave double
    precision."""
    if isinstance(population, StudentClasses):
        widest = float(np.max(population.scales))
    else:
        widest = math.sqrt(max(float(np.max(np.abs(each))) for each in population.covariances))
    largest = max(widest, float(np.max(np.abs(differences))))
    return 2.0 ** math.frexp(largest)[1] if largest > LARGEST or 0 < largest < 1 / LARGEST else 1.0


def _axes(
    differences: Annotated[Floats, "pairs p"], spikes: Annotated[Floats, "count p"]
) -> Annotated[Floats, "span p"]:
    """Orthonormal axes of all ``spikes`` and ``differences``. A difference may be short where variances are
    large: what it has beyond the spikes is looked at by itself, as far as it is more than rounding."""
    own = np.count_nonzero(spikes, axis=1) == 1
    # Coordinates stay what they are: no digits are lost between them.
    inside = np.eye(spikes.shape[1])[np.any(spikes != 0, axis=0)] if np.all(own) else common_span(spikes)
    beyond = _without(differences, inside)
    least = 0.0 if np.all(own) else ROUNDING
    seen = np.max(np.abs(beyond), axis=1) > least * np.max(np.abs(differences), axis=1)
    more = common_span(beyond[seen])
    if len(inside) and not np.all(own):
        more = common_span(_without(more, inside))
    return np.concatenate([inside, more])


def _without(vectors: Floats, axes: Floats) -> Floats:
    """``vectors`` (count, p) less what they have along orthonormal ``axes`` (span, p)."""
    return vectors - (vectors @ axes.T) @ axes


def common_span(vectors: Annotated[Floats, "count p"]) -> Annotated[Floats, "span p"]:
    """(span, dimension) orthonormal axes in which all ``vectors`` (count, dimension) lie, however different
    their lengths: to 1e-10 of each one's own."""
    size = np.max(np.abs(vectors), axis=1, keepdims=True)
    units = np.divide(vectors, size, out=np.zeros_like(vectors), where=size > 0)
    units = units / np.maximum(np.sqrt(np.sum(units**2, axis=1, keepdims=True)), 1.0)
    _, spread, axes = np.linalg.svd(units, full_matrices=False)
    kept: Floats = axes[spread > 1e-10]
    return kept


def _bulk(covariance: Floats) -> tuple[float, Floats]:
    """The most frequent eigenvalue, and the axes of all others."""
    p = len(covariance)
    if covariance.ndim == 1:
        values, vectors, slack = covariance, np.eye(p), 0.0
    else:
        values, vectors = np.linalg.eigh(covariance)
        values = np.maximum(values, 0.0)  # what rounding leaves of 0 is often below it
        slack = ROUNDING * float(np.max(values))

    def differ(one: Floats, other: Floats | float) -> Flags:
        # Each beside its own size: 1e-12 and 2e-12 are not the same because another variance is 1.
        return np.asarray(np.abs(one - other) > SAME * np.maximum(one, other) + slack)

    close = ~differ(values[:, None], values[None, :]) if p <= 2048 else values[:, None] < 0
    bulk = float(values[int(np.argmax(close.sum(axis=1)))])
    return bulk, vectors.T[differ(values, bulk)]


def _root(axes: Floats, covariance: Floats) -> Floats:
    """Square root of the covariance seen in ``axes``."""
    if covariance.ndim == 1 and len(axes) == axes.shape[1]:
        return np.diag(np.sqrt(covariance))
    inner = (axes * covariance) @ axes.T if covariance.ndim == 1 else axes @ covariance @ axes.T
    return root_of(inner)
