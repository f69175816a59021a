"""Episodes from stored features against a batched float32 loop with 4 queries a class, k = 5 of 100.

Where the loop sees too few errors to tell its variance, that is the binomial's floor, error/queries: its most
favourable value (queries of an episode independent).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simulations.engines.pool import pool_errors
from simulations.jobs.bench.effort import BenchEffort
from simulations.jobs.bench.timing import efficiency
from simulations.runtime.randomness import stream
from theory.array import Floats

WAYS = 5
QUERIES = 4
EPISODES = 512


def loop(cube: Floats, shots: int, episodes: int, seed: int, queries: int = QUERIES) -> float:
    """The plain way, batched: k classes, supports and queries drawn for each episode, float32 products."""
    rng = stream(seed, "bench", "loop")
    classes, samples, _ = cube.shape
    wrong = total = 0
    for begin in range(0, episodes, 64):
        count = min(64, episodes - begin)
        chosen = np.argpartition(rng.random((count, classes)), WAYS, axis=1)[:, :WAYS]
        rows = np.argpartition(rng.random((count, WAYS, samples)), shots + queries, axis=2)
        rows = rows[:, :, : shots + queries]
        sampled = cube[chosen[:, :, None], rows]
        centres = sampled[:, :, :shots].mean(axis=2)
        queries_by_tuple = sampled[:, :, shots:].reshape(count, WAYS * queries, -1)
        scores = queries_by_tuple @ np.swapaxes(centres, 1, 2) - 0.5 * np.sum(centres**2, axis=2)[:, None, :]
        truth = np.repeat(np.arange(WAYS), queries)
        wrong += int(np.sum(scores.argmax(axis=2) != truth))
        total += count * len(truth)
    return wrong / total


def measure(effort: BenchEffort) -> dict[str, Any]:
    """Accuracy per second on stored features, by shots, against the batched loop."""
    repetitions = effort.repetitions
    classes, samples, dimension = effort.choose((12, 30, 16), (100, 100, 128), (100, 500, 512))
    rng = stream(0, "bench", "pool")
    means = rng.standard_normal((classes, 1, dimension)) * 0.35
    cube = (means + rng.standard_normal((classes, samples, dimension))).astype(np.float32)
    features, labels = cube.reshape(-1, dimension), np.repeat(np.arange(classes), samples)
    rows: dict[str, Any] = {}
    for shots in (1, 5, 20):

        def pooled(seed: int, n: int = shots) -> float:
            return pool_errors(features, labels, n, [WAYS], seed=seed)[0].value

        def looped(seed: int, n: int = shots) -> float:
            return loop(cube, n, EPISODES, seed)

        ours, plain = efficiency(pooled, repetitions), efficiency(looped, repetitions)
        error, queries = ours["mean"], EPISODES * WAYS * QUERIES
        row: dict[str, Any] = {"pool": ours, "loop": plain}
        if 0 < error * queries * repetitions < 100:
            plain["efficiency"] = queries / (error * (1 - error) * plain["seconds"])
            row["variance"] = "binomial floor"
        ratio = ours["efficiency"] / plain["efficiency"]
        effort.keep(rows, f"n = {shots}", row | {"ratio": ratio})
    return rows
