"""What the direct kernel is given of a population, and what its integer counts say. Plain NumPy.

The kernel computes in float32: margins are off by about 1e-6 of their spread, and so is the error, far
below the sampling error of any run that a GPU can make.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulations.engines.base import Context
from simulations.engines.geometry.subsets import wrong_share_by_rank
from simulations.estimates import Effort, Episodes, Estimate
from simulations.populations.base import Population
from simulations.populations.gaussian import GaussianClasses
from theory.array import Floats

MOST_WAYS = 8
WIDEST = 64.0
"""Largest length over the smallest distance of two means: its square times 6e-8 is lost of a score."""
QUERIES_A_PASS = 32
"""One query of every class a lane of the warp."""


@dataclass(frozen=True, eq=False)
class Tables:
    """float32, lengths in units of the distance of the means. means (k, span), the first at 0; products and
    squares (k, k): their inner products and squared distances; spreads, stds (k,): deviation of a
    coordinate of a centre and of a query."""

    means: Floats
    products: Floats
    squares: Floats
    spreads: Floats
    stds: Floats
    dimension: int

    @property
    def classes(self) -> int:
        """How many there are."""
        return len(self.stds)

    @property
    def span(self) -> int:
        """Coordinates that the means span."""
        return int(self.means.shape[1])


def refusal(population: Population) -> str | None:
    """Why the kernel does not serve this population, or None."""
    variances = population.isotropic_variances if isinstance(population, GaussianClasses) else None
    if variances is None or np.any(variances <= 0):
        return "the direct kernel needs isotropic Gaussian classes of positive variance"
    means = population.means
    gaps = np.sqrt(np.sum(((means[:, None] - means[None, :]) / population.unit) ** 2, axis=2))
    near = float(np.min(gaps[~np.eye(len(means), dtype=bool)]))
    reach = max(
        float(np.max(gaps)), float(np.sqrt(np.max(variances) * population.dimension)) / population.unit
    )
    if reach > WIDEST * near:
        return "the direct kernel's float32 does not tell classes that lie so near beside others so far"
    if population.classes > MOST_WAYS:
        return f"the direct kernel keeps at most {MOST_WAYS} classes in registers"
    return None


def tables(population: GaussianClasses, shots: float) -> Tables:
    """Rotate the means into as few coordinates as they span; the noise does not notice."""
    unit = population.unit
    means = (population.means - population.means[0]) / unit
    _, size, axes = np.linalg.svd(means, full_matrices=False)
    # At least one coordinate, so that no array is empty.
    keep = max(1, int(np.sum(size > 1e-12 * max(float(size[0]), 1e-300))))
    inside = means @ axes[: min(keep, population.classes - 1)].T
    inside[0] = 0.0
    variances = population.isotropic_variances
    assert variances is not None  # ``refusal`` has seen to it
    stds = np.sqrt(variances) / unit
    squares = np.sum((inside[:, None, :] - inside[None, :, :]) ** 2, axis=2)
    single = [
        np.ascontiguousarray(each, dtype=np.float32)
        for each in (inside, inside @ inside.T, squares, stds / np.sqrt(shots), stds)
    ]
    return Tables(single[0], single[1], single[2], single[3], single[4], population.dimension)


@dataclass(frozen=True, eq=False)
class Counts:
    """What the kernel counted in ``passes`` over each episode. ``ranks`` (classes, classes): queries of class
    i by the number of centres at least as near as their own; ``moments``: sums over episodes of the products
    of the episode's counts of two ranks."""

    ranks: Floats
    moments: Floats
    passes: int


def estimates(counts: Counts, ways: Sequence[int], effort: Effort, context: Context) -> list[Estimate]:
    """One for each number of ways."""
    classes, queries = len(counts.ranks), QUERIES_A_PASS * counts.passes
    ranks, moments = counts.ranks.astype(np.float64), counts.moments.astype(np.float64)
    by_ways, episodes = [], effort.episodes or 0
    for k in ways:
        share = wrong_share_by_rank(classes, k)
        per_class = ranks @ share / (episodes * queries)
        mean = float(np.mean(per_class))
        square = float(share @ moments @ share) / (classes * queries) ** 2
        variance = max(square - episodes * mean**2, 0.0) / max(episodes - 1, 1)
        by_ways.append(
            Estimate.of(
                mean,
                Episodes(episodes, mean, variance, classes * queries),
                "direct",
                effort,
                confidence=context.confidence,
                seed=context.seed,
                per_class=tuple(map(float, per_class)),
            )
        )
    return by_ways
