"""Direct simulation: draw centres and queries, count errors. Accepts every population.

Centres come from their own law where the family knows it. Queries of one episode share its supports, so
the interval treats the episode's error, a number in [0, 1], as the independent unit.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from simulations.engines.base import Budget, Engine, Question
from simulations.engines.subsets import wrong_share_by_rank
from simulations.estimate import BoundedMean, Effort, Estimate
from simulations.populations.base import Population
from simulations.randomness import stream

Array = Any
QUERIES = 4
BATCH = 1 << 20
FEWEST_EPISODES, MOST_EPISODES = 64, 2_000_000


class Direct(Engine):
    name = "direct"
    sharpness = 100

    def refusal(self, population: Population, question: Question, budget: Budget) -> str | None:
        return None

    def episodes(self, population: Population, question: Question, budget: Budget) -> int:
        """How many episodes the budget of draws buys."""
        dimension = population.dimension
        centre = 0 if math.isinf(question.shots) else population.centre_draws(int(question.shots))
        each = population.classes * (centre + QUERIES * (dimension + population.classes))
        return int(min(max(budget.draws / each, FEWEST_EPISODES), MOST_EPISODES))

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
        episodes = self.episodes(population, question, budget)
        shares = [wrong_share_by_rank(population.classes, k) for k in question.ways]
        tally = [_Tally(population.classes) for _ in shares]
        size = max(1, min(episodes, BATCH // (population.classes * population.dimension * (1 + QUERIES))))
        for batch, done in enumerate(range(0, episodes, size)):
            rng = stream(seed, self.name, *path, "shots", question.shots, "batch", batch)
            ranks = draw_ranks(population, question.shots, min(size, episodes - done), rng)
            for each, share in zip(tally, shares, strict=True):
                each.add(share[ranks])
        effort = Effort(time.perf_counter() - start, episodes)
        return [each.estimate(self.name, effort, confidence, seed) for each in tally]


def draw_ranks(population: Population, shots: float, episodes: int, rng: np.random.Generator) -> Array:
    """(classes, episodes, queries): number of other classes whose centre is at least as near as the own."""
    classes, dimension = population.classes, population.dimension
    # In units of the distance of the means: what counts as a tie must not depend on the scale.
    unit = population.unit
    means = (population.means - population.means[0]) / unit
    centres = np.empty((episodes, classes, dimension))
    for c in range(classes):
        centres[:, c] = means[c]
        if math.isfinite(shots):
            centres[:, c] += population.centre_noise(rng, c, int(shots), episodes) / unit
    half_norms = 0.5 * np.sum(centres**2, axis=2)
    ranks = np.empty((classes, episodes, QUERIES), dtype=np.int64)
    for c in range(classes):
        queries = means[c] + population.noise(rng, c, (episodes, QUERIES)) / unit
        scores = queries @ np.swapaxes(centres, 1, 2) - half_norms[:, None, :]
        ranks[c] = np.sum(scores >= scores[:, :, c : c + 1] - _slack(scores), axis=2) - 1
    return ranks


def _slack(scores: Array) -> Array:
    """Scores this close are ties (errors): rounding of the two sides of a tie differs."""
    return 1e-12 * (1 + np.max(np.abs(scores), axis=2, keepdims=True))


class _Tally:
    """Sums over episodes of the episode's error and its square, and errors by class."""

    def __init__(self, classes: int) -> None:
        self.count = 0
        self.mean = 0.0
        self.squares = 0.0
        self.per_class = np.zeros(classes)

    def add(self, wrong: Array) -> None:
        """``wrong`` (classes, episodes, queries): share of subsets in which the query errs."""
        episode = wrong.mean(axis=(0, 2))
        count, mean = len(episode), float(episode.mean())
        gap = mean - self.mean
        total = self.count + count
        self.squares += float(np.sum((episode - mean) ** 2)) + gap**2 * self.count * count / total
        self.mean += gap * count / total
        self.count = total
        self.per_class += wrong.sum(axis=(1, 2)) / wrong.shape[2]

    def estimate(self, method: str, effort: Effort, confidence: float, seed: int) -> Estimate:
        variance = self.squares / max(self.count - 1, 1)
        return Estimate.of(
            self.mean,
            BoundedMean(self.count, self.mean, variance),
            method,
            effort,
            confidence=confidence,
            seed=seed,
            per_class=tuple(map(float, self.per_class / self.count)),
        )
