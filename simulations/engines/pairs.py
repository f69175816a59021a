"""The error of Gaussian classes as far as exact pair probabilities determine it, without sampling.

Two ways: the error itself. More: given a query class the union of its events "nearer the centre of j" has at
least the probability of the likeliest and at most the sum of all. Where errors are rare that bracket is
narrow: beyond 1e-6 it is seldom wider than a few per cent.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import Annotated, Any
from weakref import WeakKeyDictionary

import numpy as np

from simulations.engines.base import Budget, Context, Engine, Question, Refused
from simulations.engines.exact.margins import PairAxes, wrong_half_space, wrong_pair, wrong_pair_full
from simulations.engines.geometry.shared_axes import seen
from simulations.estimates import Bracket, Effort, Estimate, Exact, Within, moved_within, resolved
from simulations.populations.base import Population
from simulations.populations.gaussian import INDEFINITE, GaussianClasses, is_semidefinite
from theory.array import Floats, weights_by_place
from theory.geometry.quadratic import Gap, along
from theory.inheritance import override

MOST_WORK = 1 << 18
"""Pairs times distinct axes."""
LARGEST_FULL = 128
"""Dimensions up to which covariances that share no axes are served."""
ACCURACY = 5e-10
"""Relative, of pair probabilities."""
NARROW = 1e-8
"""Relative half-width of a bracket that no sampling improves on."""


def pair_matrix(population: GaussianClasses, shots: float) -> Annotated[Floats, "classes others"] | None:
    """(classes, classes - 1): P(the centre of another class is at least as near) for queries of each class,
    others in their order; None where scales or sizes are beyond what is served. Worked out once for a
    population: engines ask for it in turn."""
    known = _KNOWN.setdefault(population, {})
    if shots not in known:
        known[shots] = _pair_matrix(population, shots)
    return known[shots]


_KNOWN: WeakKeyDictionary[GaussianClasses, dict[float, Floats | None]] = WeakKeyDictionary()


def _pair_matrix(population: GaussianClasses, shots: float) -> Floats | None:
    if population.classes**2 * population.dimension > MOST_WORK:
        return None
    means, covariances = population.means, population.covariances
    known: dict[Any, float] = {}
    rows = []
    try:
        for i in range(population.classes):
            others = [j for j in range(population.classes) if j != i]
            rows.append(
                [
                    _pair(covariances[i], covariances[j], Gap.between(means[i], means[j]), 1 / shots, known)
                    for j in others
                ]
            )
    except ValueError:
        return None
    matrix = np.array(rows)
    matrix.setflags(write=False)
    return matrix


def _pair(query: Floats, other: Floats, between: Gap, noise: float, known: dict[Any, float]) -> float:
    """How often class j is at least as near, from both covariances and the difference of the means."""
    # A power of 2, so that no digit changes: squares of variances stay within double precision.
    widest = math.sqrt(max(float(np.max(np.abs(query))), float(np.max(np.abs(other)))))
    unit = 2.0 ** math.frexp(max(float(np.max(np.abs(between.high))), widest))[1]
    query, other, between = query / unit / unit, other / unit / unit, between / unit
    gap = between.high
    if noise == 0 and 2 in (query.ndim, other.ndim):
        # Both centres are the means: no axes are needed.
        apart, variance = float(gap @ gap), along(query, between).variance
        if query.ndim == 2 and _doubtful(query, apart, variance):
            raise ValueError("a covariance is not positive semidefinite to the digits that matter")
        return wrong_half_space(apart, variance)
    if query.ndim == 2 or other.ndim == 2:
        shared = _shared_axes(query, other, gap, noise)
        if shared is None:
            if len(gap) > LARGEST_FULL:
                raise ValueError("too many dimensions for covariances that share no axes")
            query, other = (np.diag(each) if each.ndim == 1 else each for each in (query, other))
            return wrong_pair_full(query, noise * query, noise * other, between)
        query, other, turn = shared
        gap = turn.T @ gap
    # Axes with the same variances count as one: only their total distance matters.
    kinds, where = np.unique(np.stack([query, other]), axis=1, return_inverse=True)
    where = where.ravel()
    count = np.bincount(where).astype(np.float64)
    square = np.sqrt(weights_by_place(where, gap**2))
    # Rounded to 13 digits so that equal distances share one evaluation.
    key = (kinds.tobytes(), count.tobytes(), tuple(f"{value:.13g}" for value in square))
    if key not in known:
        known[key] = wrong_pair(PairAxes(kinds[0], noise * kinds[0], noise * kinds[1], square, count))
    return known[key]


def _doubtful(covariance: Floats, square: float, variance: float) -> bool:
    """Whether the error half-way to a mean at distance root ``square`` depends on what entries that are no
    covariance are meant for: the nearest one has up to minus the least eigenvalue more along any axis."""

    def moves(least: float) -> bool:
        low, high = (wrong_half_space(square, variance + s * least * square) for s in (-2, 2))
        return high - low > ACCURACY * high

    # None is so far below 0 that a population would not have taken it, which is mostly enough to know.
    if not moves(INDEFINITE * float(np.max(np.abs(covariance)))):
        return False
    least = float(np.linalg.eigvalsh(covariance)[0])
    return least < 0 and moves(-least) and not is_semidefinite(covariance)


def _shared_axes(a: Floats, b: Floats, gap: Floats, noise: float) -> tuple[Floats, Floats, Floats] | None:
    """Variances of both along common axes, and these (p, p); None where the covariances do not commute, or
    where what is left off the diagonals could be seen in the margin over ``gap``."""
    a, b = (np.diag(each) if each.ndim == 1 else each for each in (a, b))
    scale_a, scale_b = float(np.max(np.abs(a))) or 1.0, float(np.max(np.abs(b))) or 1.0
    one, two = a / scale_a, b / scale_b
    if np.max(np.abs(one @ two - two @ one)) > 1e-13 * len(a):
        return None
    # An irrational combination has the axes of both unless eigenvalues collide by chance.
    _, turn = np.linalg.eigh(one + math.pi / 7 * two)
    spectra, rests = [], []
    for covariance, scale in ((a, scale_a), (b, scale_b)):
        rotated = turn.T @ covariance @ turn
        values = np.diag(rotated).copy()
        rest = rotated - np.diag(values)
        if np.max(np.abs(rest)) > 1e-12 * len(a) * scale:
            return None
        rests.append(rest)
        spectra.append(np.maximum(values, 0.0))
    query, other = spectra
    if seen((rests[0], rests[1]), (query, other), turn.T @ gap, noise) > ACCURACY:
        return None
    return query, other, turn


def class_brackets(
    pairs: Annotated[Floats, "classes others"], ways: int
) -> tuple[Annotated[Floats, "classes"], Annotated[Floats, "classes"]]:
    """(classes,) each: means over the subsets of ``ways`` classes of the likeliest pair event of a query
    class, and of the sum of all of them."""
    classes = len(pairs)
    total = math.comb(classes - 1, ways - 1)
    share = np.array([math.comb(classes - 2 - r, ways - 2) / total for r in range(classes - 1)])
    low = np.sort(pairs, axis=1)[:, ::-1] @ share
    high = np.minimum(1.0, np.sum(pairs, axis=1) * (ways - 1) / (classes - 1))
    return low, np.maximum(low, high)


def bracket(population: Population, shots: float, ways: int) -> tuple[Floats, Floats] | None:
    """``class_brackets`` of a population, a little widened for rounding; None where pairs are not exact."""
    if not isinstance(population, GaussianClasses):
        return None
    pairs = pair_matrix(population, shots)
    if pairs is None:
        return None
    low, high = class_brackets(pairs, ways)
    return low * (1 - ACCURACY), np.minimum(1.0, high * (1 + ACCURACY))


class Pairs(Engine):
    """Where the bracket is as good as exact; else another engine samples, within it (``sharpened``)."""

    name = "pairs"
    rank = 5

    @override
    def refusal(self, population: Population, question: Question, budget: Budget) -> str | None:
        if not isinstance(population, GaussianClasses):
            return "exact pair probabilities need Gaussian classes"
        if population.classes**2 * population.dimension > MOST_WORK:
            return "exact pair probabilities serve fewer classes or dimensions"
        return None

    @override
    def run(
        self,
        population: Population,
        question: Question,
        context: Context,
    ) -> list[Estimate]:
        start = time.perf_counter()
        pairs = pair_matrix(population, question.shots) if isinstance(population, GaussianClasses) else None
        if pairs is None:
            raise Refused("exact pair probabilities do not serve these classes")
        effort = Effort(time.perf_counter() - start)
        by_ways = []
        for ways in question.ways:
            low, high = class_brackets(pairs, ways)
            if ways > 2 and float(np.mean(high - low)) > 2 * NARROW * float(np.mean(high)):
                raise Refused("pair probabilities alone do not determine the error of more than two ways")
            room = low if ways == 2 else low * (1 - ACCURACY)
            by_ways.append(bracketed(room, high, self.name, effort, exact=ways == 2))
        return by_ways


def bracketed(
    low: Annotated[Floats, "classes"],
    high: Annotated[Floats, "classes"],
    method: str,
    effort: Effort,
    *,
    exact: bool = False,
) -> Estimate:
    """The estimate that the brackets (classes,) alone give: their upper ends, which rare errors are near."""
    value = float(np.mean(high))
    rule = Exact(value) if exact else Bracket(float(np.mean(low)), min(1.0, value * (1 + ACCURACY)))
    by_class = exact or resolved(high, high - low)
    return Estimate.of(value, rule, method, effort, per_class=tuple(map(float, high)), resolved=by_class)


def narrow_to_bracket(population: Population, shots: float, ways: int, estimate: Estimate) -> Estimate:
    """``estimate`` within the bracket; the bracket itself where that is the narrower of the two."""
    if estimate.exact:
        return estimate
    limits = bracket(population, shots, ways)
    if limits is None:
        return estimate
    low, high = (float(np.mean(each)) for each in limits)
    if high - low <= estimate.high - estimate.low:
        return bracketed(*limits, Pairs.name, estimate.effort)
    if low <= estimate.low and estimate.high <= high:
        return estimate
    rule = Within(estimate.rule, low, high)
    value = min(max(estimate.value, low), high)
    narrow = rule.interval(estimate.confidence)
    errors = np.array(estimate.per_class)
    per_class = moved_within(errors, *limits, value)
    by_class = resolved(per_class, np.abs(per_class - errors))
    return replace(
        estimate,
        value=value,
        rule=rule,
        low=narrow[0],
        high=narrow[1],
        per_class=tuple(map(float, per_class)) if by_class else (),
    )
