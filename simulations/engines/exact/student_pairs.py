"""Two-class probabilities of Student classes, which need no sampling.

Given the scales of the query and of both centres the classes are Gaussian: the probability is a mean over
three scales, a sum over a lattice of normal scores. Two such lattices must agree, to a share of the sum over
all pairs: a pair that carries a millionth of the errors need not be known to six digits.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np

from simulations.engines.exact.margin_grid import wrong_pairs
from simulations.engines.exact.scale_laws import ACCURACY as SCALES
from simulations.engines.exact.scale_laws import MOST_DEGREES, MOST_SHOTS, ScaleLaw
from simulations.populations.student import StudentClasses
from theory.array import Floats

MOST_PAIRS = 20
"""Different pairs of classes: each takes about 0.2 s, and 1 s where the first lattices do not agree."""
STEP, FINER, REACH = 0.7, 0.5, 7.0
"""Of the lattice of scores, of that where two such do not agree, and how far from the origin points lie at
most."""
OUTSIDE = 1.3e-10
"""Probability of scores beyond that reach, where no lattice has points."""
AGREE = 1e-6
"""Difference of two lattices beyond which finer ones are asked, as a share of the sum of all pair
probabilities. What is left is taken into the accuracy."""
LEAST_ACCURACY = 1e-3
"""Relative accuracy from which a sum of probabilities is of use."""
ACCURACY = AGREE + 3 * SCALES
"""Of a probability within reach: of a heavy tail it moves with a power of the scale of about the degrees of
freedom, in whose laws larger errors are farther out and rarer."""


@dataclass(frozen=True, eq=False)
class StudentPairs:
    """values (classes, classes - 1): P(the centre of another class is at least as near), others in their
    order; ``accuracy`` is relative, of the mean over classes of their sums."""

    values: Floats
    accuracy: float


def refusal(population: StudentClasses, shots: float) -> str | None:
    """Why these pairs are not served, or None."""
    if np.any(population.stds <= 0):
        return "scales of Student classes need positive variances"
    if not shots <= MOST_SHOTS:
        return f"scales of Student classes are served up to {MOST_SHOTS} shots"
    if np.any(population.dfs > MOST_DEGREES):
        return f"scales of Student classes are served up to {MOST_DEGREES:g} degrees of freedom"
    if len({key for row in _keys(population) for key in row}) > MOST_PAIRS:
        return f"at most {MOST_PAIRS} different pairs of Student classes are worked out"
    return None


def about(population: StudentClasses) -> float:
    """About the error at many shots, for planning."""
    scores = np.linspace(-7.0, 7.0, 57)
    weights = np.exp(-(scores**2) / 2)
    chances = np.mean([half_way(population, i, scores) for i in range(population.classes)], axis=0)
    return max(float(weights @ chances / np.sum(weights)), 1e-300)


def half_way(population: StudentClasses, own: int, scores: Floats, shots: int = 1) -> Floats:
    """The sum over the other classes of P(a query is half-way to it), or the mean of so many draws, given the
    scores of its scale."""
    from scipy.special import ndtr

    scale = ScaleLaw.build(float(population.dfs[own]), shots)(scores)
    others = [j for j in range(population.classes) if j != own]
    return np.asarray(sum(ndtr(-_key(population, own, j)[0] / (2 * scale)) for j in others))


def student_pairs(population: StudentClasses, shots: int) -> StudentPairs:
    """Of all ordered pairs. Those that matter are worked out on finer lattices where two do not agree."""
    keys, dimension = _keys(population), population.dimension
    counts = Counter(key for row in keys for key in row)
    known = {key: _pair(dimension, key, shots, STEP) for key in counts}
    slips = {key: count * known[key][1] for key, count in counts.items()}
    allowed = AGREE * sum(count * known[key][0] for key, count in counts.items())
    if sum(slips.values()) > allowed:
        for key, slip in slips.items():
            if slip > allowed / len(slips):
                known[key] = _pair(dimension, key, shots, FINER)
    values, apart = (np.array([[known[key][part] for key in row] for row in keys]) for part in (0, 1))
    total = float(np.mean(np.sum(values, axis=1)))
    if not total > 0:
        return StudentPairs(values, math.inf)
    slip = max(AGREE, 2 * float(np.mean(np.sum(apart, axis=1))) / total)
    return StudentPairs(values, slip + 3 * SCALES + OUTSIDE * values.shape[1] / total)


def _keys(population: StudentClasses) -> list[list[tuple[float, ...]]]:
    """[own][other]: others in their order."""
    k = population.classes
    return [[_key(population, i, j) for j in range(k) if j != i] for i in range(k)]


def _key(population: StudentClasses, i: int, j: int) -> tuple[float, ...]:
    """What the probability of a pair depends on: distance and scale of the other class in scales of the own,
    rounded so that equal ones share one, and degrees of freedom."""
    gap, scales = (population.means[j] - population.means[i]) / population.scales[i], population.scales
    size = float(np.max(np.abs(gap)))
    distance = size * float(np.sqrt(np.sum((gap / size) ** 2))) if size > 0 else 0.0
    return (
        float(f"{distance:.13g}"),
        float(f"{scales[j] / scales[i]:.13g}"),
        float(population.dfs[i]),
        float(population.dfs[j]),
    )


def _pair(dimension: int, key: tuple[float, ...], shots: int, step: float) -> tuple[float, float]:
    """The probability, and by how much two lattices differ."""
    distance, scale, own_df, other_df = key
    laws = ScaleLaw.build(own_df, 1), ScaleLaw.build(own_df, shots), ScaleLaw.build(other_df, shots)
    means = []
    for shift in (0.0, 0.5, 0.25, 0.75):
        line = step * (np.arange(-math.ceil(REACH / step), math.ceil(REACH / step)) + shift)
        scores = np.stack([each.ravel() for each in np.meshgrid(line, line, line, indexing="ij")])
        scores = scores[:, np.sum(scores**2, axis=0) <= REACH**2]
        weights = np.exp(-np.sum(scores**2, axis=0) / 2)
        query, own, other = (law(score) for law, score in zip(laws, scores, strict=True))
        chances = wrong_pairs(dimension, distance, query**2, own**2, (scale * other) ** 2)
        means.append(float(weights @ chances / np.sum(weights)))
    # The points of a grid and the centres of its cells together: a lattice whose error is far smaller.
    one, another = (means[0] + means[1]) / 2, (means[2] + means[3]) / 2
    return (one + another) / 2, abs(one - another)
