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
from array_api_compat import array_namespace

from simulations.engines.base import Budget, Engine, Question, Refused
from simulations.engines.forecast import HALF, rough
from simulations.engines.groups import FEWEST_EFFECTIVE, GroupTally
from simulations.engines.orthant import cholesky
from simulations.engines.reduced import reduce
from simulations.engines.subsets import wrong_share_by_rank
from simulations.estimates import Effort, Estimate
from simulations.populations.base import Population
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.student import StudentClasses
from simulations.runtime.arrays import drawn_like, like, look_up, namespace, special
from simulations.runtime.device import batch, device_stream
from theory.array import Array

FEWEST, MOST = 2 * FEWEST_EFFECTIVE, 1_000_000
"""Episodes. Fewer would leave the interval that holds for every law, a hundred times as wide."""
BATCH = 1 << 18
DEFENSIVE = 0.4
RAY, HEAVY = 0.25, 1.5
"""For ``expected_width``: a direction's relative variance is about error^-RAY, and HEAVY with heavy tails."""
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

    def expected_width(self, population: Population, question: Question, budget: Budget) -> float | None:
        k, found = population.classes, rough(population, question.shots)
        heavy = isinstance(population, StudentClasses) and math.isfinite(question.shots)
        episodes = budget.draws / (k * k * (2 + (question.shots if heavy else 0) / k))
        # Heavy tails: one scale carries a rare error and is importance sampled, the centres' are not.
        relative = HEAVY if heavy else 1 / found.error**RAY + found.given_centres
        return HALF * math.sqrt(relative / min(max(episodes, FEWEST), MOST))

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
            variances = population.isotropic_variances
            if variances is None:
                raise Refused("the radial engine needs spherical classes")
            scales, dfs = np.sqrt(variances), np.full(k, math.inf)
        heavy = bool(np.isfinite(dfs).any()) and math.isfinite(shots)
        draws = reduced.draws + k * k + (k * int(shots) if heavy else 0)
        episodes = int(min(max(budget.draws / draws, FEWEST), MOST))
        shares = [wrong_share_by_rank(k, ways) for ways in question.ways]
        tallies = [GroupTally(k) for _ in shares]
        size = max(64, batch(budget.device, BATCH) // draws)
        for turn, done in enumerate(range(0, episodes, size)):
            rng = device_stream(budget.device, seed, self.name, *path, "shots", shots, "batch", turn)
            count = min(size, episodes - done)
            stretch, weight = _stretches(rng, dfs, shots, count, self.importance)
            centres = reduced.centres(rng, stretch)
            halves = []
            for i in range(k):
                df = float(self.wrong_degrees or dfs[i])
                halves.append(_class_errors(reduced.means[i], centres, i, float(scales[i]), df, shares, rng))
            for row, tally in enumerate(tallies):
                plus, minus = (
                    namespace(rng).stack([weight * each[side][row] for each in halves]) for side in (0, 1)
                )
                tally.add(self.observations(plus, minus))
        effort = Effort(time.perf_counter() - start, episodes)
        top = 1 / DEFENSIVE if heavy and self.importance else 1.0
        return [tally.estimate(self.name, effort, confidence, seed, top=top) for tally in tallies]

    def observations(self, plus: Array, minus: Array) -> Array:
        """What counts as independent, from errors (classes, episodes) along theta and along -theta: the
        two share their centres, so they are one observation."""
        return (plus + minus) / 2


def _stretches(rng: Any, dfs: Array, shots: float, episodes: int, importance: bool) -> tuple[Array, Array]:
    """Noise of centres over that of one draw (episodes, k), and importance weights (episodes,)."""
    xp, k = namespace(rng), len(dfs)
    if math.isinf(shots):
        return xp.zeros((episodes, k)), xp.ones(episodes)
    n = int(shots)
    if not np.isfinite(dfs).any():
        return xp.full((episodes, k), 1 / math.sqrt(n)), xp.ones(episodes)
    chi = xp.stack([rng.chisquare(df, (episodes, n)) for df in dfs], axis=1)
    weight, degrees = xp.ones(episodes), drawn_like(dfs, rng)[None, :, None]
    if importance:
        # One draw of one class is made 2^l times further in square, in a share 1 - DEFENSIVE of episodes.
        moved = rng.random(episodes) >= DEFENSIVE
        slot = xp.cumulative_sum(xp.astype(moved, xp.int64))
        count = int(slot[-1])
        if count:
            place = rng.integers(0, k, count) * n + rng.integers(0, n, count)
            size = 0.5 ** xp.astype(rng.integers(0, MAGNITUDES, count), xp.float64)
            slot = xp.clip(slot - 1, 0, None)
            here = xp.arange(k * n)[None, :] == xp.take(place, slot)[:, None]
            factor = xp.where(here & moved[:, None], xp.take(size, slot)[:, None], xp.ones((1, 1)))
            chi = chi * xp.reshape(factor, chi.shape)
        ratio = xp.zeros_like(chi)
        for level in range(MAGNITUDES):
            # Density of chi2/2^l over that of chi2: 2^{l df/2} exp(-(2^l - 1) chi/2).
            ratio = ratio + xp.exp(degrees / 2 * math.log(2.0**level) - (2.0**level - 1) * chi / 2)
        mixed = DEFENSIVE + (1 - DEFENSIVE) * xp.mean(ratio, axis=(1, 2)) / MAGNITUDES
        weight = 1 / mixed
    return xp.sqrt(xp.sum(degrees / chi, axis=2)) / n, weight


def _class_errors(
    mean: Array,
    centres: Array,
    i: int,
    scale: float,
    df: float,
    shares: list[Array],
    rng: Any,
) -> tuple[list[Array], list[Array]]:
    """For each number of ways (episodes,): error of class i given the centres, along theta and -theta."""
    xp = array_namespace(centres)
    episodes, k, width = centres.shape
    own = np.zeros(width)
    own[: len(mean)] = mean
    others = like(np.array([j for j in range(k) if j != i]), centres)
    reach = xp.sum((centres - like(own, centres)) ** 2, axis=2)
    limits = (xp.take(reach, others, axis=1) - reach[:, i : i + 1]) / 2
    rows = xp.take(centres, others, axis=1) - centres[:, i : i + 1, :]
    gram = rows @ xp.matrix_transpose(rows)
    size = xp.sqrt(xp.clip(xp.linalg.diagonal(gram), 1e-300, None))
    factor = cholesky(gram / (size[:, :, None] * size[:, None, :]))
    theta = rng.standard_normal((episodes, k - 1, 1))
    theta = theta / xp.sqrt(xp.sum(theta**2, axis=1, keepdims=True))
    slope = (factor @ theta)[:, :, 0] * size * scale
    return _ray(limits, slope, k - 1, df, shares), _ray(limits, -slope, k - 1, df, shares)


def _ray(limits: Array, slope: Array, degrees: int, df: float, shares: list[Array]) -> list[Array]:
    """Errors along rays: j wins where R slope_j >= limit_j. Sums of radial tails, small ones kept exact."""
    xp = array_namespace(limits)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = limits / slope
    crossing = xp.where((slope != 0) & (crossing > 0), crossing, xp.full_like(crossing, math.inf))
    inside = (limits < 0) | ((limits == 0) & (slope >= 0))
    step = (1 - 2 * xp.astype(inside, xp.int64)) * xp.astype(crossing < math.inf, xp.int64)
    order = xp.argsort(crossing, axis=1)
    tail = radial_tail(xp.take_along_axis(crossing, order, axis=1), degrees, df)
    first = xp.sum(xp.astype(inside, xp.int64), axis=1)[:, None]
    counts = first + xp.cumulative_sum(xp.take_along_axis(step, order, axis=1), axis=1)
    before = xp.concat([first, counts[:, :-1]], axis=1)
    return [
        look_up(share, first)[:, 0] + xp.sum((look_up(share, counts) - look_up(share, before)) * tail, axis=1)
        for share in shares
    ]


def radial_tail(radius: Array, degrees: int, df: float) -> Array:
    """P(R > radius), R the length of a normal (df infinite) or t vector in ``degrees`` dimensions."""
    functions = special(radius)
    square = array_namespace(radius).clip(radius, None, 1e150) ** 2
    if math.isinf(df):
        return functions.gammaincc(degrees / 2, square / 2)
    return functions.betainc(df / 2, degrees / 2, df / (df + square))
