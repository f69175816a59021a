"""Gaussian classes with any covariances: centres are drawn, the query is nearly integrated out.

Given the centres the margins are jointly Gaussian. One of the events "the centre of j is at least as near"
is picked with probability proportional to its P_j = Phi(-t_j) and the margins are drawn given it; then
sum P / (events that hit) is unbiased for the union: exact for two ways, and of bounded relative error given
the centres however rare the event. Centres themselves are sampled plainly, so errors below about 1e-5,
where the centres' own rare positions matter, cost many episodes: the interval shows it.

Where the exact sum of pair probabilities is known and not rare, the sum of the P_j is the control: most of
what centres do is in it. Several queries of an episode then take away what they add.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from simulations.engines.base import Budget, Context, Engine, Question, Refused
from simulations.engines.geometry.digits import require_digits
from simulations.engines.geometry.reduced import Reduced, reduce
from simulations.engines.geometry.subsets import wrong_share_by_rank
from simulations.engines.pairs import pair_matrix
from simulations.engines.sampling.forecast import HALF, rough
from simulations.engines.sampling.groups import FEWEST_EFFECTIVE, GroupTally
from simulations.engines.sampling.overlaps import Overlaps
from simulations.engines.sampling.replicates import slopes
from simulations.estimates import Effort, Estimate
from simulations.estimates.rules import most_unseen
from simulations.populations.base import Population
from simulations.populations.gaussian import GaussianClasses
from simulations.runtime.arrays import Generator, constant, like, look_up, namespace, special
from simulations.runtime.device import batch
from theory.array import Array, Floats, array_namespace, to_numpy
from theory.inheritance import override

STILL = 1e-300
"""Variance of a margin given the centres below which it has none: of two classes with one mean and infinitely
many shots, and of a query class without spread."""
FEWEST, MOST = 2 * FEWEST_EFFECTIVE, 1_000_000
"""Episodes. Fewer would leave the interval that holds for every law, a hundred times as wide."""
BATCH = 1 << 19
PILOT, MOST_QUERIES, COMMON = 512, 16, 1e-3
"""Episodes for the slope of the control, queries an episode at most, and the least sum of pair probabilities
for which there is a control."""
QUERY, CONTROLLED, TOO_FEW = 0.1, 0.3, 0.25
"""For ``expected_width``, measured on random geometries: the relative variance that a query adds which is
drawn given the event that one class wins; the share of the width that the control leaves; and what share of
the fewest effective episodes may be forecast."""


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
        relative = QUERY + approximate.given_centres
        if episodes < TOO_FEW * FEWEST_EFFECTIVE * (1 + relative):
            # So few would carry it that only the interval is left that holds for every law.
            return math.inf
        left = CONTROLLED if k > 2 and approximate.error >= COMMON else 1.0
        return HALF * left * math.sqrt(relative / episodes) + most_unseen(episodes, 0.95)

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
        require_digits(population, question.shots, reduced.pair_variances, reduced.unit)
        k = population.classes
        exact = _known_sums(population, question.shots)
        queries = 1 if exact is None else _queries(reduced)
        cost = reduced.draws + k * k * (1 + (queries - 1) / 4)
        episodes = int(min(max(context.budget.draws / cost, FEWEST), MOST))
        shares = [wrong_share_by_rank(k, ways) for ways in question.ways]
        sums = [_Sums(share, queries, exact) for share in shares]
        size = max(64, batch(context.budget.device, BATCH) // (k * (reduced.span + k)))
        noise = 0.0 if math.isinf(question.shots) else 1 / math.sqrt(question.shots)
        if exact is not None:
            rng = context.stream(self.name, "shots", question.shots, "pilot")
            noises = reduced.noise(rng, namespace(rng).full((PILOT, k), noise))
            rows, tails = _errors(reduced, noises, shares, rng, queries)
            for row, each in zip(rows, sums, strict=True):
                each.fit(row, tails)
        for turn, done in enumerate(range(0, episodes, size)):
            rng = context.stream(self.name, "shots", question.shots, "batch", turn)
            count = min(size, episodes - done)
            noises = reduced.noise(rng, namespace(rng).full((count, k), noise))
            rows, tails = _errors(reduced, noises, shares, rng, queries)
            for row, each in zip(rows, sums, strict=True):
                each.add(row, tails)
        effort = Effort(time.perf_counter() - start, episodes)
        # With the control for all numbers of ways or for none.
        control = all(each.is_controlled for each in sums)
        return [each.estimate(self.name, effort, context, control) for each in sums]


class _Sums:
    """Over the episodes, for one number of ways: of the errors, and of what the control leaves of them."""

    def __init__(self, share: Floats, queries: int, exact: Floats | None) -> None:
        self._share, self._exact = share, exact
        self._slope: Array = np.zeros(len(share))
        self._plain, self._controlled = GroupTally(len(share)), GroupTally(len(share))
        self._overlaps = Overlaps(share, queries)

    def fit(self, errors: Array, tails: Array) -> None:
        """Slopes of ``errors`` (classes, episodes) on the sums of ``tails`` (classes, episodes, others)."""
        self._slope = slopes(errors, array_namespace(tails).sum(tails, axis=2))

    def add(self, errors: Array, tails: Array) -> None:
        """Other episodes, shapes as for ``fit``."""
        self._plain.add(errors)
        self._overlaps.add(tails)
        if self._exact is not None:
            off = array_namespace(tails).sum(tails, axis=2) - like(self._exact, tails)[:, None]
            self._controlled.add(errors - self._slope[:, None] * off)

    @property
    def is_controlled(self) -> bool:
        """Whether there is a control, and what it leaves is carried by enough episodes."""
        return self._exact is not None and self._controlled.effective >= FEWEST_EFFECTIVE

    def estimate(self, method: str, effort: Effort, context: Context, control: bool) -> Estimate:
        """The mean of the errors, with or without the ``control``."""
        top = float(len(self._share) - 1)
        if not control or self._exact is None:
            return self._plain.estimate(method, effort, context, top=top, overlaps=self._overlaps)
        return self._controlled.estimate(
            method,
            effort,
            context,
            top=top,
            overlaps=self._overlaps,
            before=self._plain,
            # An episode without an error is worth what the control has on average.
            nothing=float(np.mean(to_numpy(self._slope) * self._exact)),
            most=self._exact * float(self._share[1]),
        )


def _known_sums(population: GaussianClasses, shots: float) -> Floats | None:
    """(classes,): sums of the pair probabilities of each query class, where they are exact and the error is
    not so rare that its overlaps might go unseen."""
    pairs = pair_matrix(population, shots) if population.classes > 2 else None
    sums = None if pairs is None else constant(np.sum(pairs, axis=1))
    return sums if sums is not None and float(np.mean(sums)) >= COMMON else None


def _queries(reduced: Reduced) -> int:
    """How many queries an episode has, so that they cost about as much as its centres."""
    return max(1, min(MOST_QUERIES, round(4 * reduced.draws / reduced.classes**2)))


def _errors(
    reduced: Reduced, noise: Array, shares: Sequence[Array], rng: Generator, queries: int
) -> tuple[list[Array], Array]:
    """For each number of ways (classes, episodes), unbiased estimates of P(wrong | class, centres), means
    over so many queries; and (classes, episodes, others) the pair probabilities given the centres."""
    xp, functions = array_namespace(noise), special(noise)
    k = noise.shape[1]
    out: list[list[Array]] = [[] for _ in shares]
    chances = []
    for i in range(k):
        rows, limits = reduced.seen_from(noise, i)
        spread = reduced.spread(rows, reduced.which[i], float(reduced.bulk[i]) if reduced.outside else 0.0)
        variance = xp.sum(spread * spread, axis=2)
        still = variance < STILL
        scale = xp.sqrt(xp.where(still, xp.ones_like(variance), variance))
        # A margin without spread is beyond its limit surely or never; a tie is an error.
        sure = xp.where(limits > 0, xp.full_like(limits, math.inf), xp.full_like(limits, -math.inf))
        t = xp.where(still, sure, limits / scale)
        tails = functions.ndtr(-t)
        total = xp.sum(tails, axis=1)
        chances.append(tails)
        if k == 2:
            for each, share in zip(out, shares, strict=True):
                each.append(total * float(share[1]))
            continue
        margins = Margins(
            t, tails, xp.cumulative_sum(tails, axis=1), _least_factor(spread / scale[:, :, None])
        )
        # One table look-up for all queries: on a GPU each look-up copies the table there.
        counts = xp.stack([_hits(margins, rng) for _ in range(queries)])
        for each, share in zip(out, shares, strict=True):
            each.append(total * xp.mean(look_up(share, counts) / xp.astype(counts, xp.float64), axis=0))
    return [xp.stack(rows) for rows in out], xp.stack(chances)


@dataclass(frozen=True, eq=False)
class Margins:
    """Standardised margins of one query class given the centres: limits, tails and their running sums
    (episodes, others), and a factor of their correlations (episodes, others, normals)."""

    limits: Array
    tails: Array
    edges: Array
    factor: Array


def _hits(margins: Margins, rng: Generator) -> Array:
    """(episodes,): how many margins are beyond their limits, drawn given that one is, picked by its tail."""
    t, tails, edges, factor = margins.limits, margins.tails, margins.edges, margins.factor
    xp, functions = array_namespace(t), special(t)
    episodes, others = t.shape
    above = rng.random(episodes)[:, None] * edges[:, -1:] > edges
    # Never beyond the last: a share below 1 of the last sum is not above it.
    pick = xp.sum(xp.astype(above, xp.int64), axis=1)[:, None]
    chosen = xp.take_along_axis(tails, pick, axis=1)[:, 0]
    # The chosen margin given that it is beyond its limit, from the smaller tail.
    beyond = -functions.ndtri(rng.random(episodes) * chosen + 1e-300)
    normals = factor.shape[2]
    loose = (factor @ rng.standard_normal((episodes, normals, 1)))[:, :, 0]
    where = xp.broadcast_to(pick[:, :, None], (episodes, 1, normals))
    column = (factor @ xp.matrix_transpose(xp.take_along_axis(factor, where, axis=1)))[:, :, 0]
    gap = beyond - xp.take_along_axis(loose, pick, axis=1)[:, 0]
    hit = loose + column * gap[:, None] >= t
    hit = hit | (xp.arange(others)[None, :] == pick)
    return xp.sum(xp.astype(hit, xp.int64), axis=1)


def _least_factor(spread: Annotated[Array, "episodes n m"]) -> Annotated[Array, "episodes n normals"]:
    """A factor of the correlations of standardised margins, of as few columns as may be: many classes in few
    dimensions have as many normals as dimensions."""
    xp = array_namespace(spread)
    n, normals = spread.shape[1:]
    return spread if normals <= n else cholesky(spread @ xp.matrix_transpose(spread))


def cholesky(joint: Annotated[Array, "episodes n n"]) -> Annotated[Array, "episodes n n"]:
    """Lower factors of correlation matrices that may be singular (several episodes at once)."""
    xp, size = array_namespace(joint), joint.shape[1]
    factor = xp.zeros_like(joint)
    for c in range(size):
        left = joint[:, c:, c] - xp.sum(factor[:, c:, :c] * factor[:, c : c + 1, :c], axis=2)
        pivot = xp.sqrt(xp.maximum(left[:, 0], 0.0))
        safe = xp.where(pivot > 1e-7, pivot, xp.full_like(pivot, math.inf))
        factor[:, c:, c] = left / safe[:, None]
    return factor
