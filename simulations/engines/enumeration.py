"""Exact error of finite-support classes: all multisets of draws, with multiplicities. Ties are errors.

Given the query the centres of the classes are independent, so the cost is one sort of centre distances
for each (query, other class), never the product over classes. Distances are integers, and ties exact, on
a lattice that fits 64 bits, and on any other as long as the work is small. Elsewhere distances carry a bound
of their rounding; where that leaves a tie open the work is done again in whole numbers, or, where that takes
too long, both answers are given as a bracket.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any

import numpy as np

from simulations.engines.base import Budget, Context, ExactEngine, Question, Refused
from simulations.engines.exact.weighted_counts import shares_within
from simulations.engines.geometry.subsets import wrong_probability
from simulations.estimates import Bracket, Effort, Estimate, Exact, resolved
from simulations.populations.base import Population
from simulations.populations.finite_support import FiniteSupport
from simulations.runtime.arrays import like
from simulations.runtime.device import place
from theory.array import Array, Floats, NumPyArray, array_namespace, to_numpy, weights_by_place
from theory.geometry.margins.atoms import multinomial
from theory.inheritance import override

SECONDS_PER_CENTRE, SECONDS_PER_COUNT = 6e-8, 4e-8
SECONDS_PER_WHOLE_DIFFERENCE = 4e-7
MOST_PYTHON_INTEGERS = 30_000
UNIT = 2.0**-53
ALIKE = 16.0
"""Ratio of the roundings of other classes up to which they share one set of limits."""


class Enumeration(ExactEngine):
    """Exact for finite supports: every query against all multisets of draws, ties counted as errors."""

    name = "enumeration"
    rank = 0

    def seconds(self, population: FiniteSupport, question: Question) -> float:
        """Estimated time: k (k-1) K M distances, M = C(n + K - 1, n), or how many different centres those
        multisets have on a lattice, once they are listed."""
        total = 0.0
        sizes = [len(weights) for weights in population.weights]
        multisets = [1 if math.isinf(question.shots) else _multisets(size, question.shots) for size in sizes]
        centres = [min(pair) for pair in zip(multisets, _places(population, question.shots), strict=True)]
        listed = SECONDS_PER_COUNT * sum(a * b for a, b in zip(multisets, sizes, strict=True))
        for c, size in enumerate(sizes):
            work = sum(centres) + centres[c] * (len(sizes) - 1)
            total += size * work * (1 + 0.1 * population.dimension)
        return total * SECONDS_PER_CENTRE + (listed if centres != multisets else 0.0)

    @override
    def refusal(self, population: Population, question: Question, budget: Budget) -> str | None:
        if not isinstance(population, FiniteSupport):
            return "only finite-support classes can be enumerated"
        seconds = self.seconds(population, question)
        if seconds > budget.seconds:
            return (
                f"enumeration would take about {seconds:.3g} s, more than the budget of {budget.seconds:g} s"
            )
        return None

    @override
    def run(
        self,
        population: Population,
        question: Question,
        context: Context,
    ) -> list[Estimate]:
        if not isinstance(population, FiniteSupport):
            raise Refused("only finite-support classes can be enumerated")
        start = time.perf_counter()
        shots, ways = question.shots, question.ways
        low, high = error_bounds(population, shots, ways, device=context.budget.device)
        affordable = context.budget.seconds / SECONDS_PER_WHOLE_DIFFERENCE
        if np.any(low != high) and differences(population, shots) < affordable:
            low, high = error_bounds(
                population, shots, ways, device=context.budget.device, most_whole=affordable
            )
        effort = Effort(time.perf_counter() - start)
        estimates = []
        for below, above in zip(low, high, strict=True):
            value = float(np.mean(above))
            exact = bool(np.all(below == above))
            rule = Exact(value) if exact else Bracket(float(np.mean(below)), value)
            errors, by_class = tuple(map(float, above)), resolved(above, above - below)
            estimates.append(Estimate.of(value, rule, self.name, effort, per_class=errors, resolved=by_class))
        return estimates


def exact_errors(
    population: FiniteSupport, shots: float, ways: Sequence[int], *, device: str = "cpu"
) -> Annotated[Floats, "k classes"]:
    """(len(ways), classes) NumPy: P(wrong | class i), mean over the subsets of each number of ways. Where
    rounding leaves open whether two distances tie, they do."""
    return error_bounds(population, shots, ways, device=device)[1]


def error_bounds(
    population: FiniteSupport,
    shots: float,
    ways: Sequence[int],
    *,
    device: str = "cpu",
    most_whole: float = MOST_PYTHON_INTEGERS,
) -> tuple[Annotated[Floats, "k classes"], Annotated[Floats, "k classes"]]:
    """Lower and upper bounds (len(ways), classes), equal unless rounding decides whether two distances tie:
    never where coordinates are whole numbers that fit 64 bits, nor where at most ``most_whole`` differences
    of coordinates are taken, which are then Python's integers."""
    atoms, scale = _whole(population, shots, most_whole)
    if atoms is None:
        return _rounded(population, shots, ways, device)
    on_host = [
        _centres(points, weights, shots)
        for points, weights in zip(atoms, _weights(population, shots), strict=True)
    ]
    centres: list[tuple[Array, Array]] = list(on_host)
    if on_host[0][0].dtype.kind != "O":
        # Python's integers stay on the host: there are few of them.
        # Column by column in memory, as ``_squares`` reads them.
        centres = [(place(device, np.asfortranarray(points)), place(device, p)) for points, p in on_host]
    classes = population.classes
    errors = np.zeros((len(ways), classes))
    for i in range(classes):
        own, own_probability = centres[i]
        for atom, weight in zip(atoms[i], population.weights[i], strict=True):
            if weight == 0:
                continue
            query = like(np.asarray(atom * scale), own)
            others = [(_squares(points - query), chance) for points, chance in centres[:i] + centres[i + 1 :]]
            misses, probability = shares_within(others, _squares(own - query), own_probability)
            errors[:, i] += weight * to_numpy(wrong_probability(misses, ways) @ probability)
    errors = np.clip(errors, 0.0, 1.0)
    return errors, errors


def differences(population: FiniteSupport, shots: float) -> float:
    """How many differences of coordinates enumeration takes."""
    if math.isinf(shots):
        centres: float = population.classes
    else:
        centres = sum(_multisets(len(weights), shots) for weights in population.weights)
    return centres * sum(map(len, population.weights)) * population.dimension


def _places(population: FiniteSupport, shots: float) -> list[float]:
    """At most so many different centres has each class: infinitely many where they are not merged."""
    if not math.isfinite(shots) or not _fits(population, int(shots)):
        return [math.inf] * population.classes
    counts = []
    for points, weights in zip(population.lattice, population.weights, strict=True):
        spans = (np.ptp(points[weights > 0], axis=0) * int(shots) + 1).tolist()
        cells = math.prod(spans)
        counts.append(cells if _merges(len(spans), cells, _multisets(len(weights), shots)) else math.inf)
    return counts


def _fits(population: FiniteSupport, factor: int) -> bool:
    """Whether squared distances of whole centres fit 64 bits."""
    if population.lattice[0].dtype != np.int64:
        return False
    largest = max(int(np.max(np.abs(points))) for points in population.lattice)
    return population.dimension * (2 * largest * factor) ** 2 < 1 << 62


def _merges(dimension: int, cells: float, multisets: float) -> bool:
    """Whether equal centres are merged: an array has at most 32 axes in NumPy 1 and 64 in NumPy 2."""
    return dimension <= 32 and cells <= max(4 * multisets, 1 << 16)


def _whole(population: FiniteSupport, shots: float, most: float) -> tuple[list[NumPyArray] | None, Any]:
    """Whole coordinates of all atoms, and the factor that puts a query on the centres' scale: centres are
    sums of n draws, or of weights over their common denominator. None where that does not pay."""
    lattice = population.lattice
    factor = population.weight_denominator if math.isinf(shots) else int(shots)
    if _fits(population, factor):
        return lattice, factor
    if differences(population, shots) <= most:
        return [points.astype(object) for points in lattice], factor
    return None, factor


def _weights(population: FiniteSupport, shots: float) -> list[NumPyArray]:
    """Weights as probabilities; for infinitely many shots as whole numbers over their common denominator."""
    if math.isfinite(shots):
        return population.weights
    rows = [
        [int(weight * population.weight_denominator) for weight in row] for row in population.exact_weights
    ]
    return [np.array(row, dtype=object) for row in rows]


def _rounded(
    population: FiniteSupport, shots: float, ways: Sequence[int], device: str
) -> tuple[NumPyArray, NumPyArray]:
    """``error_bounds`` in float64. Centres are kept about an atom of their class and queries are moved there
    by differences of pairs of floats, so that a distance is off by few units of its own classes' sizes."""
    unit = population.unit
    pairs = [_two_floats(rows) for rows in population.exact_points]
    own = [points / unit for points in population.points_about_first]
    on_host = [
        _centres(points, weights, shots) for points, weights in zip(own, population.weights, strict=True)
    ]
    centres = [(place(device, np.asfortranarray(points)), place(device, p)) for points, p in on_host]
    spreads = [float(np.sqrt(np.max(np.sum(points**2, axis=1)))) for points in own]
    classes, dimension = population.classes, population.dimension
    bounds = np.zeros((2, len(ways), classes))
    for i in range(classes):
        for a, weight in enumerate(population.weights[i]):
            if weight == 0:
                continue
            shifts = [
                _minus_pair(high[0], low[0], pairs[i][0][a], pairs[i][1][a]) / unit for high, low in pairs
            ]
            distances, errors = [], []
            for (points, chance), shift, spread, row in zip(
                centres, shifts, spreads, population.weights, strict=True
            ):
                distances.append((_squares(points + like(shift, points)), chance))
                errors.append((len(row) + 6) * UNIT * (spread + float(np.sqrt(np.sum(shift**2)))))
            limits = Limits(*distances.pop(i), errors.pop(i), dimension)
            for side, sign in enumerate((-1.0, 1.0)):
                misses, chances = _doubtful_shares(distances, errors, limits, sign)
                bounds[side][:, i] += weight * to_numpy(wrong_probability(misses, ways) @ chances)
    bounds = np.clip(bounds, 0.0, 1.0)
    return bounds[0], bounds[1]


@dataclass(frozen=True, eq=False)
class Limits:
    """Squared distances to the centres of the query's own class, with their probabilities; before they were
    squared they were off by at most ``error``."""

    squares: Array
    probability: Array
    error: float
    dimension: int


def _doubtful_shares(
    others: list[tuple[Array, Array]],
    errors: list[float],
    limits: Limits,
    sign: float,
) -> tuple[Array, Array]:
    """``shares_within`` limits moved by ``sign`` times what rounding may have done: distances of class j are
    off by ``errors[j]`` before they are squared."""
    squares = limits.squares
    xp = array_namespace(squares)
    if max(errors) > ALIKE * min(errors):
        parts = [
            _doubtful_shares([other], [error], limits, sign)
            for other, error in zip(others, errors, strict=True)
        ]
        return xp.concat([misses for misses, _ in parts], axis=0), parts[0][1]
    error = max(errors) + limits.error
    slack = 4 * xp.sqrt(squares) * error + 4 * error**2 + 4 * (limits.dimension + 4) * UNIT * squares
    return shares_within(others, squares, limits.probability, sign * slack)


def _two_floats(rows: Sequence[Sequence[Fraction]]) -> tuple[Floats, Floats]:
    """Coordinates as sums of two floats."""
    high = np.array([[float(x) for x in row] for row in rows])
    low = np.array(
        [
            [float(x - Fraction(h)) for x, h in zip(row, line, strict=True)]
            for row, line in zip(rows, high, strict=True)
        ]
    )
    return high, low


def _minus_pair(high: Floats, low: Floats, other_high: Floats, other_low: Floats) -> Floats:
    """Difference of two sums of two floats, rounded once (Knuth's exact difference of the larger parts)."""
    total = high - other_high
    back = total - high
    lost = (high - (total - back)) - (other_high + back)
    return np.asarray(total + (lost + (low - other_low)))


def _centres(points: NumPyArray, weights: NumPyArray, shots: float) -> tuple[NumPyArray, NumPyArray]:
    """Distinct centres and their probabilities; sums of draws for whole points, means otherwise."""
    if math.isinf(shots):
        return (weights @ points)[None, :], np.ones(1)
    n = int(shots)
    keep = weights > 0
    points, weights = points[keep], weights[keep]
    counts = _compositions(len(weights), n)
    probability = multinomial(counts, weights)
    centres = counts @ points
    if points.dtype == np.int64:
        return _merged(centres, probability)
    return (centres if points.dtype.kind == "O" else centres / n), probability


def _compositions(parts: int, total: int) -> NumPyArray:
    """All ways to write ``total`` as an ordered sum of ``parts`` counts; (multisets, parts) int64."""
    left = np.array([total], dtype=np.int64)
    columns: list[NumPyArray] = []
    for _ in range(parts - 1):
        # Row r splits into left[r] + 1 rows, whose next count is 0, 1, ..., left[r].
        repeats = left + 1
        starts = np.cumsum(repeats) - repeats
        count = np.arange(int(repeats.sum())) - np.repeat(starts, repeats)
        columns = [np.repeat(column, repeats) for column in columns]
        columns.append(count)
        left = np.repeat(left, repeats) - count
    return np.stack([*columns, left], axis=1)


def _merged(centres: NumPyArray, probability: NumPyArray) -> tuple[NumPyArray, NumPyArray]:
    """Equal centres of a lattice law as one: many multisets share their sum."""
    low = centres.min(axis=0)
    spans = centres.max(axis=0) - low + 1
    cells = math.prod(int(span) for span in spans)
    if not _merges(centres.shape[1], cells, len(centres)):
        return centres, probability
    flat = np.ravel_multi_index(tuple((centres - low).T), tuple(int(span) for span in spans))
    mass = weights_by_place(flat, probability, cells)
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
