"""What the direct kernel is given of a population, and what its integer counts say. Plain NumPy.

The kernel computes in float32. Squared distances of centres come from inner products about the first mean
and lose the last digits of the longest of them, always the same ones in all episodes: the error is biased,
and the interval is wider by what that can be (``Tables.bias``).
"""

from __future__ import annotations

import math
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
WIDEST, LOSS = 16.0, 4 * 2.0**-24
"""Largest length over the smallest distance of two means; what that ratio's square is multiplied by for the
relative loss of a distance. Half of it was the most seen, over random means and over shots."""
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
    loss: float
    """Relative loss of digits of a distance of two centres."""

    def bias(self, error: float) -> float:
        """Relative bias of an error about ``error``: a normal tail at x = distance/2 changes by x^2 times the
        relative change of the distance, and x^2 < 2 log(1/tail)."""
        return self.loss * (3 + 2 * math.log(1 / error))

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
    needs = "the direct kernel needs isotropic Gaussian classes of positive variance"
    if not isinstance(population, GaussianClasses):
        return needs
    variances = population.isotropic_variances
    if variances is None or np.any(variances <= 0):
        return needs
    if not _width(population, variances) <= WIDEST:
        return "the direct kernel's float32 does not tell classes that lie so near beside others so far"
    if population.classes > MOST_WAYS:
        return f"the direct kernel keeps at most {MOST_WAYS} classes in registers"
    return None


def _width(population: GaussianClasses, variances: Floats) -> float:
    """The largest length over the smallest distance of two means."""
    means = population.means
    gaps = np.sqrt(np.sum(((means[:, None] - means[None, :]) / population.unit) ** 2, axis=2))
    near = float(np.min(gaps[~np.eye(len(means), dtype=bool)]))
    spread = float(np.sqrt(np.max(variances) * population.dimension)) / population.unit
    return max(float(np.max(gaps)), spread) / near if near > 0 else math.inf


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
    loss = LOSS * _width(population, variances) ** 2
    return Tables(single[0], single[1], single[2], single[3], single[4], population.dimension, loss)


@dataclass(frozen=True, eq=False)
class Counts:
    """What the kernel counted in ``passes`` over each episode. ``ranks`` (classes, classes): queries of class
    i by the number of centres at least as near as their own; ``moments``: sums over episodes of the products
    of the episode's counts of two ranks."""

    ranks: Floats
    moments: Floats
    passes: int


def estimates(
    tables: Tables, counts: Counts, ways: Sequence[int], effort: Effort, context: Context
) -> list[Estimate]:
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
                Episodes(
                    episodes,
                    mean,
                    variance,
                    classes * queries,
                    tables.bias(max(mean, 1 / (episodes * classes * queries))),
                ),
                "direct",
                effort,
                confidence=context.confidence,
                seed=context.seed,
                per_class=tuple(map(float, per_class)),
            )
        )
    return by_ways
