"""Spherical classes (isotropic Gaussian, Student) given centres: one direction, then an exact radial tail.

In the span of the centre differences the query is mu_i + R theta. Along a ray each other centre wins on one
half-line at most, so the error given theta is a sum of radial tails: R^2/(k-1) ~ F(k-1, df) (chi-square for
Gaussian classes). theta and -theta are used together; they are one observation.

Pitfall: with heavy tails a rare error comes from one support draw far out, which plain sampling does not
see and does not miss either. So the scale of one draw is importance sampled, at all magnitudes at once
(defensive mixture, so that weights stay below 1/DEFENSIVE).
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from simulations.engines.base import Budget, Engine, Question, Refused
from simulations.engines.groups import GroupTally
from simulations.engines.orthant import _cholesky
from simulations.engines.reduced import reduce
from simulations.engines.subsets import wrong_share_by_rank
from simulations.estimate import Effort, Estimate
from simulations.populations.base import Population
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.student import StudentClasses
from simulations.randomness import stream

Array = Any
FEWEST, MOST = 1024, 1_000_000
BATCH = 1 << 18
DEFENSIVE = 0.4
MAGNITUDES = 10
"""A draw's chi-square is divided by 2^0 to 2^9: its scale grows up to 22-fold beyond chance."""


class Radial(Engine):
    """``importance`` off and ``degrees`` of another law are for the negative controls of the tests."""

    name = "radial"
    sharpness = 20

    def __init__(self, *, importance: bool = True, wrong_degrees: float | None = None) -> None:
        self.importance = importance
        self.wrong_degrees = wrong_degrees

    def refusal(self, population: Population, question: Question, budget: Budget) -> str | None:
        if isinstance(population, GaussianClasses):
            variances = population.isotropic_variances
            if variances is None or np.any(variances <= 0):
                return "the radial engine needs isotropic classes of positive variance"
        elif not isinstance(population, StudentClasses):
            return "the radial engine needs spherical classes (isotropic Gaussian or Student)"
        elif np.any(population.stds <= 0):
            return "the radial engine needs classes of positive variance"
        if population.classes > 32:
            return "the radial engine serves at most 32 classes"
        if population.dimension < population.classes - 1:
            return "the radial engine needs at least classes - 1 dimensions"
        return None

    def run(
        self,
        population: Population,
        question: Question,
        budget: Budget,
        seed: int,
        confidence: float,
        path: Sequence[object],
    ) -> list[Estimate]:
        start = time.perf_counter()
        if not isinstance(population, GaussianClasses | StudentClasses):
            raise Refused("the radial engine needs spherical classes")
        reduced = reduce(population)
        k, shots = population.classes, question.shots
        if isinstance(population, StudentClasses):
            scales, dfs = population.scales, population.dfs
        else:
            scales, dfs = np.sqrt(population.isotropic_variances), np.full(k, math.inf)
        heavy = bool(np.isfinite(dfs).any()) and math.isfinite(shots)
        draws = reduced.draws + k * k + (k * int(shots) if heavy else 0)
        episodes = int(min(max(budget.draws / draws, FEWEST), MOST))
        shares = [wrong_share_by_rank(k, ways) for ways in question.ways]
        tallies = [GroupTally(k) for _ in shares]
        size = max(64, BATCH // draws)
        for batch, done in enumerate(range(0, episodes, size)):
            rng = stream(seed, self.name, *path, "shots", shots, "batch", batch)
            count = min(size, episodes - done)
            stretch, weight = _stretches(rng, dfs, shots, count, self.importance)
            centres = reduced.centres(rng, stretch)
            errors = np.empty((len(shares), k, count))
            for i in range(k):
                df = self.wrong_degrees or dfs[i]
                rows = _class_errors(reduced.means[i], centres, i, float(scales[i]), df, shares, rng)
                errors[:, i] = weight * np.stack(rows)
            for tally, row in zip(tallies, errors, strict=True):
                tally.add(row)
        effort = Effort(time.perf_counter() - start, episodes)
        top = 1 / DEFENSIVE if heavy and self.importance else 1.0
        return [tally.estimate(self.name, effort, confidence, seed, top=top) for tally in tallies]


def _stretches(
    rng: np.random.Generator, dfs: Array, shots: float, episodes: int, importance: bool
) -> tuple[Array, Array]:
    """Noise of centres over that of one draw (episodes, k), and importance weights (episodes,)."""
    k = len(dfs)
    if math.isinf(shots):
        return np.zeros((episodes, k)), np.ones(episodes)
    n = int(shots)
    if not np.isfinite(dfs).any():
        return np.full((episodes, k), 1 / math.sqrt(n)), np.ones(episodes)
    chi = np.stack([rng.chisquare(df, (episodes, n)) for df in dfs], axis=1)
    weight = np.ones(episodes)
    if importance:
        # One draw of one class is made 2^l times further in square, in a share 1 - DEFENSIVE of episodes.
        moved = np.flatnonzero(rng.random(episodes) >= DEFENSIVE)
        c, s = rng.integers(0, k, len(moved)), rng.integers(0, n, len(moved))
        chi[moved, c, s] *= 0.5 ** rng.integers(0, MAGNITUDES, len(moved))
        factors = 2.0 ** np.arange(MAGNITUDES)
        half = dfs[None, :, None] / 2
        ratio = np.zeros_like(chi)
        for factor in factors:
            # Density of chi2/factor over that of chi2: factor^{df/2} exp(-(factor - 1) chi/2).
            ratio += np.exp(half * math.log(factor) - (factor - 1) * chi / 2)
        mixed = DEFENSIVE + (1 - DEFENSIVE) * ratio.mean(axis=(1, 2)) / MAGNITUDES
        weight = 1 / mixed
    return np.sqrt(np.sum(dfs[None, :, None] / chi, axis=2)) / n, weight


def _class_errors(
    mean: Array,
    centres: Array,
    i: int,
    scale: float,
    df: float,
    shares: list[Array],
    rng: np.random.Generator,
) -> list[Array]:
    """For each number of ways (episodes,): error of class i given the centres, mean over +-theta."""
    episodes, k, width = centres.shape
    own = np.zeros(width)
    own[: len(mean)] = mean
    others = [j for j in range(k) if j != i]
    reach = np.sum((centres - own) ** 2, axis=2)
    limits = (reach[:, others] - reach[:, i : i + 1]) / 2
    rows = centres[:, others] - centres[:, i : i + 1]
    gram = rows @ np.swapaxes(rows, 1, 2)
    size = np.sqrt(np.maximum(np.diagonal(gram, axis1=1, axis2=2), 1e-300))
    factor = _cholesky(gram / (size[:, :, None] * size[:, None, :]))
    theta = rng.standard_normal((episodes, k - 1, 1))
    theta /= np.sqrt(np.sum(theta**2, axis=1, keepdims=True))
    slope = (factor @ theta)[:, :, 0] * size * scale
    total = [np.zeros(episodes) for _ in shares]
    for sign in (1.0, -1.0):
        for row, value in zip(total, _ray(limits, sign * slope, k - 1, df, shares), strict=True):
            row += value / 2
    return total


def _ray(limits: Array, slope: Array, degrees: int, df: float, shares: list[Array]) -> list[Array]:
    """Errors along rays: j wins where R slope_j >= limit_j. Sums of radial tails, small ones kept exact."""
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = limits / slope
    crossing = np.where((slope != 0) & (crossing > 0), crossing, np.inf)
    inside = (limits < 0) | ((limits == 0) & (slope >= 0))
    step = np.where(np.isinf(crossing), 0, np.where(inside, -1, 1))
    order = np.argsort(crossing, axis=1)
    tail = radial_tail(np.take_along_axis(crossing, order, 1), degrees, df)
    first = inside.sum(axis=1)
    counts = first[:, None] + np.cumsum(np.take_along_axis(step, order, 1), axis=1)
    before = np.concatenate([first[:, None], counts[:, :-1]], axis=1)
    return [share[first] + np.sum((share[counts] - share[before]) * tail, axis=1) for share in shares]


def radial_tail(radius: Array, degrees: int, df: float) -> Array:
    """P(R > radius), R the length of a normal (df infinite) or t vector in ``degrees`` dimensions."""
    from scipy.special import betainc, gammaincc

    square = np.minimum(radius, 1e150) ** 2
    if math.isinf(df):
        return gammaincc(degrees / 2, square / 2)
    return betainc(df / 2, degrees / 2, df / (df + square))
