"""Exact error of finite-support classes: all multisets of draws, with multiplicities. Ties are errors.

Given the query the centres of the classes are independent, so the cost is one sort of centre distances
for each (query, other class), never the product over classes. Distances are integers, and ties exact, on
a lattice that fits 64 bits, and on any other as long as the work is small; else a tie is |difference| <=
1e-12 (1 + scale).
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from simulations.engines.base import Budget, Engine, Question, Refused
from simulations.engines.subsets import wrong_probability
from simulations.engines.weighted_counts import shares_within
from simulations.estimates import Effort, Estimate, Exact
from simulations.populations.base import Population
from simulations.populations.finite_support import FiniteSupport
from simulations.runtime.arrays import like, to_numpy
from simulations.runtime.device import place
from theory.array import Array

SECONDS_PER_CENTRE = 6e-8
TIE = 1e-12
MOST_PYTHON_INTEGERS = 30_000


class Enumeration(Engine):
    name = "enumeration"
    sharpness = 0

    def seconds(self, population: FiniteSupport, question: Question) -> float:
        """Estimated time: k (k-1) K M distances, M = C(n + K - 1, n)."""
        total = 0.0
        sizes = [len(weights) for weights in population.weights]
        centres = [1 if math.isinf(question.shots) else _multisets(size, question.shots) for size in sizes]
        for c, size in enumerate(sizes):
            work = sum(centres) + centres[c] * (len(sizes) - 1)
            total += size * work * (1 + 0.1 * population.dimension)
        return total * SECONDS_PER_CENTRE

    def refusal(self, population: Population, question: Question, budget: Budget) -> str | None:
        if not isinstance(population, FiniteSupport):
            return "only finite-support classes can be enumerated"
        seconds = self.seconds(population, question)
        if seconds > budget.seconds:
            return (
                f"enumeration would take about {seconds:.3g} s, more than the budget of {budget.seconds:g} s"
            )
        return None

    def expected_width(self, population: Population, question: Question, budget: Budget) -> float | None:
        return 0.0

    def run(
        self,
        population: Population,
        question: Question,
        budget: Budget,
        seed: int,
        confidence: float,
        path: Sequence[object],
    ) -> list[Estimate]:
        if not isinstance(population, FiniteSupport):
            raise Refused("only finite-support classes can be enumerated")
        start = time.perf_counter()
        per_class = exact_errors(population, question.shots, question.ways, device=budget.device)
        effort = Effort(time.perf_counter() - start)
        return [
            Estimate.of(
                float(np.mean(row)),
                Exact(float(np.mean(row))),
                self.name,
                effort,
                per_class=tuple(map(float, row)),
            )
            for row in per_class
        ]


def exact_errors(
    population: FiniteSupport, shots: float, ways: Sequence[int], *, device: str = "cpu"
) -> Array:
    """(len(ways), classes) NumPy: P(wrong | class i), mean over the subsets of each number of ways."""
    atoms, scale, tolerance = _coordinates(population, shots)
    centres = [
        _centres(points, weights, shots) for points, weights in zip(atoms, population.weights, strict=True)
    ]
    if centres[0][0].dtype.kind != "O":
        # Python's integers stay on the host: there are few of them.
        # Column by column in memory, as ``_squares`` reads them.
        centres = [(place(device, np.asfortranarray(points)), place(device, p)) for points, p in centres]
    classes = population.classes
    errors = np.zeros((len(ways), classes))
    for i in range(classes):
        own, own_probability = centres[i]
        for atom, weight in zip(atoms[i], population.weights[i], strict=True):
            if weight == 0:
                continue
            query = like(np.asarray(atom * scale), own)
            others = [(_squares(points - query), chance) for points, chance in centres[:i] + centres[i + 1 :]]
            misses, probability = shares_within(others, _squares(own - query), own_probability, tolerance)
            errors[:, i] += weight * to_numpy(wrong_probability(misses, ways) @ probability)
    return np.clip(errors, 0.0, 1.0)


def _coordinates(population: FiniteSupport, shots: float) -> tuple[list[Array], Any, float]:
    """Atoms, the factor that puts a query on the centres' scale, and the tolerance of a tie.

    On a lattice centres are kept as sums of n draws and queries multiplied by n: integers throughout.
    """
    lattice = population.lattice
    if math.isfinite(shots):
        n = int(shots)
        if lattice[0].dtype == np.int64:
            largest = max(int(np.max(np.abs(points))) for points in lattice)
            if population.dimension * (2 * largest * n) ** 2 < 1 << 62:
                return lattice, n, 0.0
        centres = sum(_multisets(len(weights), n) for weights in population.weights)
        if centres * sum(map(len, population.weights)) * population.dimension < MOST_PYTHON_INTEGERS:
            return [points.astype(object) for points in lattice], n, 0.0
    unit = population.unit
    scaled = [points / unit for points in population.points]
    return scaled, 1.0, TIE


def _centres(points: Array, weights: Array, shots: float) -> tuple[Array, Array]:
    """Distinct centres and their probabilities; sums of draws for integer points, means otherwise."""
    from scipy.special import gammaln

    if math.isinf(shots):
        return (weights @ points)[None, :], np.ones(1)
    n = int(shots)
    keep = weights > 0
    points, weights = points[keep], weights[keep]
    counts = _compositions(len(weights), n)
    log_probability = gammaln(n + 1) - gammaln(counts + 1).sum(axis=1) + counts @ np.log(weights)
    centres = counts @ points
    if points.dtype == np.int64:
        return _merged(centres, np.exp(log_probability))
    return (centres if points.dtype.kind == "O" else centres / n), np.exp(log_probability)


def _compositions(parts: int, total: int) -> Array:
    """All ways to write ``total`` as an ordered sum of ``parts`` counts; (multisets, parts) int64."""
    left = np.array([total], dtype=np.int64)
    columns: list[Array] = []
    for _ in range(parts - 1):
        # Row r splits into left[r] + 1 rows, whose next count is 0, 1, ..., left[r].
        repeats = left + 1
        starts = np.cumsum(repeats) - repeats
        count = np.arange(int(repeats.sum())) - np.repeat(starts, repeats)
        columns = [np.repeat(column, repeats) for column in columns]
        columns.append(count)
        left = np.repeat(left, repeats) - count
    return np.stack([*columns, left], axis=1)


def _merged(centres: Array, probability: Array) -> tuple[Array, Array]:
    """Equal centres of a lattice law as one: many multisets share their sum."""
    low = centres.min(axis=0)
    spans = centres.max(axis=0) - low + 1
    cells = math.prod(int(span) for span in spans)
    if cells > max(4 * len(centres), 1 << 16):
        return centres, probability
    flat = np.ravel_multi_index(tuple((centres - low).T), tuple(int(span) for span in spans))
    mass = np.bincount(flat, weights=probability, minlength=cells)
    kept = np.flatnonzero(np.bincount(flat, minlength=cells))
    return np.stack(np.unravel_index(kept, tuple(int(s) for s in spans)), axis=1) + low, mass[kept]


def _multisets(size: int, shots: float) -> float:
    return math.comb(int(shots) + size - 1, int(shots))


def _squares(vectors: Array) -> Array:
    # Column by column: rows are short, and a sum over a short axis costs ten times as much.
    total = vectors[:, 0] * vectors[:, 0]
    for c in range(1, vectors.shape[1]):
        total = total + vectors[:, c] * vectors[:, c]
    return total
