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
from collections.abc import Sequence
from typing import Any

import numpy as np

from simulations.engines.base import Budget, Engine, Question, Refused
from simulations.engines.groups import GroupTally
from simulations.engines.reduced import Reduced, reduce
from simulations.engines.subsets import wrong_share_by_rank
from simulations.estimate import Effort, Estimate
from simulations.populations.base import Population
from simulations.populations.gaussian import GaussianClasses
from simulations.randomness import stream

Array = Any
FEWEST, MOST = 1024, 1_000_000
BATCH = 1 << 19


class Orthant(Engine):
    name = "orthant"
    sharpness = 30

    def refusal(self, population: Population, question: Question, budget: Budget) -> str | None:
        if not isinstance(population, GaussianClasses):
            return "the orthant engine needs Gaussian classes"
        if population.classes > 32:
            return "the orthant engine serves at most 32 classes"
        if any(float(np.max(value)) <= 0 for value in population.covariances):
            return "the orthant engine needs positive variances"
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
        if not isinstance(population, GaussianClasses):
            raise Refused("the orthant engine needs Gaussian classes")
        reduced = reduce(population)
        k = population.classes
        episodes = int(min(max(budget.draws / (reduced.draws + k * k), FEWEST), MOST))
        shares = [wrong_share_by_rank(k, ways) for ways in question.ways]
        tallies = [GroupTally(k) for _ in shares]
        size = max(64, BATCH // (k * (reduced.means.shape[1] + k)))
        noise = 0.0 if math.isinf(question.shots) else 1 / math.sqrt(question.shots)
        for batch, done in enumerate(range(0, episodes, size)):
            rng = stream(seed, self.name, *path, "shots", question.shots, "batch", batch)
            count = min(size, episodes - done)
            centres = reduced.centres(rng, np.full((count, k), noise))
            for row, tally in zip(_errors(reduced, centres, shares, rng), tallies, strict=True):
                tally.add(row)
        effort = Effort(time.perf_counter() - start, episodes)
        return [tally.estimate(self.name, effort, confidence, seed, top=float(k - 1)) for tally in tallies]


def _errors(reduced: Reduced, centres: Array, shares: list[Array], rng: np.random.Generator) -> list[Array]:
    """For each number of ways (classes, episodes): unbiased estimates of P(wrong | class, centres)."""
    from scipy.special import ndtr, ndtri

    episodes, k, width = centres.shape
    out = [np.empty((k, episodes)) for _ in shares]
    grams: dict[tuple[int, float], Array] = {}
    index = np.arange(episodes)
    for i in range(k):
        key = (reduced.which[i], float(reduced.bulk[i]) if reduced.outside else 0.0)
        if key not in grams:
            spread = reduced.spread(centres, *key)
            grams[key] = spread @ np.swapaxes(spread, 1, 2)
        gram = grams[key]
        others = [j for j in range(k) if j != i]
        own = np.zeros(width)
        own[: reduced.means.shape[1]] = reduced.means[i]
        reach = np.sum((centres - own) ** 2, axis=2)
        limits = (reach[:, others] - reach[:, i : i + 1]) / 2
        cross = gram[:, others, i]
        joint = (
            gram[:, others][:, :, others] - cross[:, :, None] - cross[:, None, :] + gram[:, i, i, None, None]
        )
        scale = np.sqrt(np.maximum(np.diagonal(joint, axis1=1, axis2=2), 1e-300))
        t = limits / scale
        tails = ndtr(-t)
        total = tails.sum(axis=1)
        if k == 2:
            for each, share in zip(out, shares, strict=True):
                each[i] = total * share[1]
            continue
        joint = joint / (scale[:, :, None] * scale[:, None, :])
        edges = np.cumsum(tails, axis=1)
        pick = np.sum(rng.random(episodes)[:, None] * edges[:, -1:] > edges, axis=1)
        pick = np.minimum(pick, k - 2)
        chosen = tails[index, pick]
        # The chosen margin given that it is beyond its limit, from the smaller tail.
        beyond = -ndtri(np.maximum(rng.random(episodes) * chosen, 1e-300))
        factor = _cholesky(joint)
        loose = (factor @ rng.standard_normal((episodes, k - 1, 1)))[:, :, 0]
        column = joint[index, :, pick]
        margins = loose + column * (beyond - loose[index, pick])[:, None]
        hit = margins >= t
        hit[index, pick] = True
        count = hit.sum(axis=1)
        for each, share in zip(out, shares, strict=True):
            each[i] = total * share[count] / count
    return out


def _cholesky(joint: Array) -> Array:
    """Lower factors of correlation matrices that may be singular (several episodes at once)."""
    size = joint.shape[1]
    factor = np.zeros_like(joint)
    for c in range(size):
        left = joint[:, c:, c] - np.sum(factor[:, c:, :c] * factor[:, c : c + 1, :c], axis=2)
        pivot = np.sqrt(np.maximum(left[:, 0], 0.0))
        safe = np.where(pivot > 1e-7, pivot, np.inf)
        factor[:, c:, c] = left / safe[:, None]
    return factor
