"""The learner that makes a progressive test look best: exact dynamic programming.

Each of N test tuples in turn meets a map whose error p the adversary chooses from what it has seen, and
errs with that probability. A confidence limit fails when it lies below the mean of the p. The plain kl
limit with N fails more often than delta; the statements of ``progressive_certificate`` do not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from theory.array import Floats, Integers

Limit = Callable[[Floats, int, float], Floats]


@dataclass(frozen=True, eq=False)
class Adversary:
    """The best policy found: ``choice[step][errors, sum of levels]`` is the next level.

    failure_probability is exact for this policy, and the largest over policies on the grid of levels.
    """

    tuples: int
    levels: Floats
    choice: list[Integers]
    failure_probability: float

    def simulate(self, rng: np.random.Generator, replicates: int) -> tuple[Floats, Floats]:
        """Mean observed error and mean true error of each replicate."""
        errors = np.zeros(replicates, dtype=np.int64)
        total = np.zeros(replicates, dtype=np.int64)
        for step in range(self.tuples):
            level = self.choice[step][errors, total]
            errors += rng.random(replicates) < self.levels[level]
            total += level
        return errors / self.tuples, total * self.levels[1] / self.tuples


def worst_adversary(limit: Limit, tuples: int, failure: float, *, grid: int = 20) -> Adversary:
    """Levels are 0, 1/grid, ..., 1. ``limit(mean, tuples, failure)`` is the confidence limit attacked."""
    levels = np.arange(grid + 1) / grid
    errors = np.arange(tuples + 1)
    top = np.asarray(limit(errors / tuples, tuples, failure))
    truth = np.arange(tuples * grid + 1) / (tuples * grid)
    value = (truth[None, :] > top[:, None] + 1e-12).astype(float)
    choices: list[Integers] = []
    for step in reversed(range(tuples)):
        width = step * grid + 1
        best = np.full((step + 1, width), -1.0)
        choice = np.zeros((step + 1, width), dtype=np.int64)
        for index, level in enumerate(levels):
            window = value[:, index : index + width]
            candidate = level * window[1 : step + 2] + (1 - level) * window[: step + 1]
            better = candidate > best
            best = np.where(better, candidate, best)
            choice = np.where(better, index, choice)
        value = best
        choices.append(choice)
    return Adversary(tuples, levels, choices[::-1], float(value[0, 0]))
