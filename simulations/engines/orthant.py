"""Gaussian classes with any covariances: centres are drawn, the query is nearly integrated out.

Given the centres the margins are jointly Gaussian. One of the events "the centre of j is at least as near"
is picked with probability proportional to its P_j = Phi(-t_j) and the margins are drawn given it; then
sum P / (events that hit) is unbiased for the union: exact for two ways, and of bounded relative error given
the centres however rare the event. Centres themselves are sampled plainly, so errors below about 1e-5,
where the centres' own rare positions matter, cost many episodes: the interval shows it.
"""

from __future__ import annotations

import math
import time

import numpy as np
from array_api_compat import array_namespace

from simulations.engines.base import Budget, Context, Engine, Question, Refused
from simulations.engines.forecast import HALF, rough
from simulations.engines.groups import FEWEST_EFFECTIVE, GroupTally
from simulations.engines.reduced import Reduced, reduce
from simulations.engines.subsets import wrong_share_by_rank
from simulations.estimates import Effort, Estimate
from simulations.populations.base import Population
from simulations.populations.gaussian import GaussianClasses
from simulations.runtime.arrays import Generator, look_up, namespace, special
from simulations.runtime.device import batch
from theory.array import Array
from theory.inheritance import override

FEWEST, MOST = 2 * FEWEST_EFFECTIVE, 1_000_000
"""Episodes. Fewer would leave the interval that holds for every law, a hundred times as wide."""
BATCH = 1 << 19
UNSEEN = 4.0
"""Episodes in which only one of two classes that all but coincide wins are rare and twice as large: that many
may have been missed at 95 %."""
QUERY = 0.1
"""Relative variance, about, that a query drawn given the event that one class wins adds."""


class Orthant(Engine):
    """Gaussian classes with any covariances: centres are drawn, the query is nearly integrated out."""

    name = "orthant"
    rank = 30

    @override
    def refusal(self, population: Population, question: Question, budget: Budget) -> str | None:
        if not isinstance(population, GaussianClasses):
            return "the orthant engine needs Gaussian classes"
        if population.classes > 32:
            return "the orthant engine serves at most 32 classes"
        if any(float(np.max(value)) <= 0 for value in population.covariances):
            return "the orthant engine needs positive variances"
        return None

    @override
    def expected_width(self, population: Population, question: Question, budget: Budget) -> float | None:
        k, approximate = population.classes, rough(population, question.shots)
        episodes = min(max(budget.draws / (k * population.dimension + k * k), FEWEST), MOST)
        return HALF * math.sqrt((QUERY + approximate.given_centres) / episodes)

    @override
    def run(
        self,
        population: Population,
        question: Question,
        context: Context,
    ) -> list[Estimate]:
        start = time.perf_counter()
        if not isinstance(population, GaussianClasses):
            raise Refused("the orthant engine needs Gaussian classes")
        reduced = reduce(population)
        k = population.classes
        episodes = int(min(max(context.budget.draws / (reduced.draws + k * k), FEWEST), MOST))
        shares = [wrong_share_by_rank(k, ways) for ways in question.ways]
        tallies = [GroupTally(k) for _ in shares]
        size = max(64, batch(context.budget.device, BATCH) // (k * (reduced.span + k)))
        noise = 0.0 if math.isinf(question.shots) else 1 / math.sqrt(question.shots)
        for turn, done in enumerate(range(0, episodes, size)):
            rng = context.stream(self.name, "shots", question.shots, "batch", turn)
            count = min(size, episodes - done)
            noises = reduced.noise(rng, namespace(rng).full((count, k), noise))
            for row, tally in zip(_errors(reduced, noises, shares, rng), tallies, strict=True):
                tally.add(row)
        effort = Effort(time.perf_counter() - start, episodes)
        return [
            tally.estimate(
                self.name, effort, context.confidence, context.seed, top=float(k - 1), unseen=UNSEEN
            )
            for tally in tallies
        ]


def _errors(reduced: Reduced, noise: Array, shares: list[Array], rng: Generator) -> list[Array]:
    """For each number of ways (classes, episodes): unbiased estimates of P(wrong | class, centres)."""
    xp, functions = array_namespace(noise), special(noise)
    episodes, k = noise.shape[:2]
    out: list[list[Array]] = [[] for _ in shares]
    for i in range(k):
        rows, limits = reduced.seen_from(noise, i)
        spread = reduced.spread(rows, reduced.which[i], float(reduced.bulk[i]) if reduced.outside else 0.0)
        joint = spread @ xp.matrix_transpose(spread)
        scale = xp.sqrt(xp.clip(xp.linalg.diagonal(joint), 1e-300, None))
        t = limits / scale
        tails = functions.ndtr(-t)
        total = xp.sum(tails, axis=1)
        if k == 2:
            for each, share in zip(out, shares, strict=True):
                each.append(total * float(share[1]))
            continue
        joint = joint / (scale[:, :, None] * scale[:, None, :])
        edges = xp.cumulative_sum(tails, axis=1)
        above = rng.random(episodes)[:, None] * edges[:, -1:] > edges
        pick = xp.clip(xp.sum(xp.astype(above, xp.int64), axis=1), None, k - 2)[:, None]
        chosen = xp.take_along_axis(tails, pick, axis=1)[:, 0]
        # The chosen margin given that it is beyond its limit, from the smaller tail.
        beyond = -functions.ndtri(xp.clip(rng.random(episodes) * chosen, 1e-300, None))
        factor = cholesky(joint)
        loose = (factor @ rng.standard_normal((episodes, k - 1, 1)))[:, :, 0]
        where = xp.broadcast_to(pick[:, :, None], (episodes, k - 1, 1))
        column = xp.take_along_axis(joint, where, axis=2)[:, :, 0]
        gap = beyond - xp.take_along_axis(loose, pick, axis=1)[:, 0]
        hit = loose + column * gap[:, None] >= t
        hit = hit | (xp.arange(k - 1)[None, :] == pick)
        count = xp.sum(xp.astype(hit, xp.int64), axis=1)
        for each, share in zip(out, shares, strict=True):
            each.append(total * look_up(share, count) / xp.astype(count, xp.float64))
    return [xp.stack(rows) for rows in out]


def cholesky(joint: Array) -> Array:
    """Lower factors of correlation matrices that may be singular (several episodes at once)."""
    xp, size = array_namespace(joint), joint.shape[1]
    factor = xp.zeros_like(joint)
    for c in range(size):
        left = joint[:, c:, c] - xp.sum(factor[:, c:, :c] * factor[:, c : c + 1, :c], axis=2)
        pivot = xp.sqrt(xp.clip(left[:, 0], 0.0, None))
        safe = xp.where(pivot > 1e-7, pivot, xp.full_like(pivot, math.inf))
        factor[:, c:, c] = left / safe[:, None]
    return factor
