"""Direct simulation: draw centres and queries, count errors. Accepts every population.

Centres come from their own law where the family knows it. Queries of one episode share its supports, so
the interval treats the episode's error, a number in [0, 1], as the independent unit.
"""

from __future__ import annotations

import math
import time
from typing import Annotated

import numpy as np

from simulations.engines.base import Budget, Context, Engine, Question, Refused
from simulations.engines.cuda import tables as fused
from simulations.engines.geometry.digits import require_digits
from simulations.engines.geometry.subsets import wrong_share_by_rank
from simulations.engines.sampling.forecast import HALF, rough
from simulations.estimates import Effort, Episodes, Estimate
from simulations.populations.base import Population
from simulations.populations.gaussian import GaussianClasses
from simulations.runtime.arrays import Generator, constant, drawn_like, look_up, namespace
from simulations.runtime.device import batch
from simulations.runtime.randomness import key, stream
from theory.array import Array, Floats, array_namespace, to_numpy
from theory.inheritance import override

QUERIES = 4
BATCH = 1 << 20
MOST_FORECAST = 64
FEWEST_EPISODES, MOST_EPISODES = 64, 2_000_000
FAR, FEW = 1e4, 16
"""Lengths of queries, in units of the distance of the means, from which rounding is looked at coordinate by
coordinate, and how many are drawn of each class to know."""
VISIBLE = 1e-4
"""A tenth of the least relative error that so many queries leave."""
MOST_DRAWS = 4e9
"""Random numbers of the fewest episodes beyond which an answer would take minutes, and gigabytes."""


class Direct(Engine):
    """Plain Monte Carlo for every population: draw episodes and count the errors."""

    name = "direct"
    rank = 100

    @override
    def refusal(self, population: Population, question: Question, budget: Budget) -> str | None:
        draws = FEWEST_EPISODES * self._draws(population, question)
        if draws > MOST_DRAWS:
            return (
                f"{FEWEST_EPISODES} episodes at {question.shots:g} shots take {draws:.2g} random numbers; "
                "ask for fewer shots, or for inf"
            )
        return None

    def _draws(self, population: Population, question: Question) -> int:
        """Random numbers of one episode."""
        centre = 0 if math.isinf(question.shots) else population.centre_draws(int(question.shots))
        return population.classes * (centre + QUERIES * (population.dimension + population.classes))

    def episodes(self, population: Population, question: Question, budget: Budget) -> int:
        """How many episodes the budget of draws buys."""
        draws_per_episode = self._draws(population, question)
        return int(min(max(budget.draws / draws_per_episode, FEWEST_EPISODES), MOST_EPISODES))

    @override
    def expected_width(self, population: Population, question: Question, budget: Budget) -> float | None:
        if population.classes > MOST_FORECAST:
            return None
        approximate, episodes = rough(population, question.shots), self.episodes(population, question, budget)
        binomial = (1 - approximate.error) / approximate.error / (QUERIES * population.classes)
        return HALF * math.sqrt((binomial + approximate.given_centres) / episodes)

    @override
    def run(
        self,
        population: Population,
        question: Question,
        context: Context,
    ) -> list[Estimate]:
        on_gpu = context.budget.device == "gpu" and fused.refusal(population) is None
        if on_gpu and isinstance(population, GaussianClasses):
            return _fused(population, question, context)
        start = time.perf_counter()
        if isinstance(population, GaussianClasses):
            require_digits(population, question.shots, _pair_variances(population), population.unit, VISIBLE)
        episodes = self.episodes(population, question, context.budget)
        shares = [wrong_share_by_rank(population.classes, k) for k in question.ways]
        tally = [_Tally(population.classes) for _ in shares]
        numbers = population.classes * population.dimension * (1 + QUERIES)
        size = max(1, min(episodes, batch(context.budget.device, BATCH) // numbers))
        apart, by_coordinate = mean_offsets(population), far_queries(population)
        for turn, done in enumerate(range(0, episodes, size)):
            rng = context.stream(self.name, "shots", question.shots, "batch", turn)
            count = min(size, episodes - done)
            ranks = draw_ranks(population, question.shots, count, rng, apart, by_coordinate)
            for counts, share in zip(tally, shares, strict=True):
                counts.add(look_up(share, ranks))
        effort = Effort(time.perf_counter() - start, episodes)
        return [each.estimate(self.name, effort, context) for each in tally]


def _fused(
    population: GaussianClasses,
    question: Question,
    context: Context,
) -> list[Estimate]:
    """By the CUDA kernel, which draws all p coordinates of every centre and 32 queries a class."""
    from simulations.engines.cuda.kernels import direct_counts

    start, k = time.perf_counter(), population.classes
    work_per_episode = k * (population.dimension + fused.QUERIES_A_PASS * 4 * math.ceil((k - 1) / 4))
    episodes = int(max(context.budget.draws / work_per_episode, FEWEST_EPISODES))
    words = key(context.seed, "direct", *context.path, "shots", question.shots)
    counts = fused.Counts(*direct_counts(fused.tables(population, question.shots), 1, episodes, words), 1)
    effort = Effort(time.perf_counter() - start, episodes)
    return fused.estimates(counts, question.ways, effort, context)


def mean_offsets(population: Population) -> list[Floats]:
    """For each class (classes, dimension): all means relative to its own, in units of their distance."""
    unit = population.unit
    differences = population.mean_differences(unit)
    return [
        constant(((population.means - own) / unit) if differences is None else differences[c].copy())
        for c, own in enumerate(population.means)
    ]


def _pair_variances(population: GaussianClasses) -> Floats:
    """(classes, classes), [i, j] of a query of class i along the difference of the means of i and j."""
    unit, rows = population.unit, []
    for c, apart in enumerate(mean_offsets(population)):
        factor = population.factor(c) / unit
        rows.append(np.sum((apart * factor if factor.ndim == 1 else apart @ factor) ** 2, axis=1))
    return np.stack(rows)


def far_queries(population: Population) -> bool:
    """Whether queries lie so far from their mean, beside the distance of the means, that rounding in
    proportion to their length could be seen."""
    rng, unit = stream(0, "direct", "far"), population.unit
    squares = [
        float(np.sum((to_numpy(population.noise(rng, c, (FEW,))) / unit) ** 2)) / FEW
        for c in range(population.classes)
    ]
    return max(squares) > FAR**2


def draw_ranks(  # noqa: PLR0913 - the last two are worked out once for all batches
    population: Population,
    shots: float,
    episodes: int,
    rng: Generator,
    apart: list[Floats] | None = None,
    by_coordinate: bool | None = None,
) -> Annotated[Array, "classes episodes queries"]:
    """(classes, episodes, queries): number of other classes whose centre is at least as near as the own.

    Everything is measured about the query's own mean: a distance between near classes then keeps its digits
    however far other classes are. ``by_coordinate``: rounding is allowed for coordinate by coordinate.
    Raises ``Refused`` where scores are no numbers.
    """
    xp, classes = namespace(rng), population.classes
    # In units of the distance of the means, so that squares stay within double precision.
    unit = population.unit
    apart = mean_offsets(population) if apart is None else apart
    by_coordinate = far_queries(population) if by_coordinate is None else by_coordinate
    noise = None
    if math.isfinite(shots):
        rows = [population.centre_noise(rng, c, int(shots), episodes) / unit for c in range(classes)]
        noise = xp.stack(rows, axis=1)
    ranks, total = [], xp.zeros(())
    for c in range(classes):
        centres = drawn_like(apart[c], rng)[None, :, :]
        spread = xp.sqrt(xp.sum(centres**2, axis=2))
        if noise is not None:
            spread = spread + xp.sqrt(xp.sum(noise**2, axis=2))
            centres = centres + noise
        queries = population.noise(rng, c, (episodes, QUERIES)) / unit
        half_norms = 0.5 * xp.sum(centres**2, axis=2)
        scores = queries @ xp.matrix_transpose(centres) - half_norms[:, None, :]
        reach = spread + spread[:, c : c + 1]
        if by_coordinate:
            # A coordinate that is wide and in which no centres differ adds no rounding.
            sizes = xp.abs(drawn_like(apart[c], rng)) + (0.0 if noise is None else xp.abs(noise))
            across = xp.abs(queries) @ xp.matrix_transpose(sizes + sizes[..., c : c + 1, :])
        else:
            across = reach[:, None, :] * xp.sqrt(xp.sum(queries**2, axis=2))[:, :, None]
        slack = rounding(population.dimension) * (reach[:, None, :] ** 2 + across)
        total = total + xp.sum(scores)
        nearer = scores >= scores[:, :, c : c + 1] - slack
        ranks.append(xp.sum(xp.astype(nearer, xp.int64), axis=2) - 1)
    if math.isnan(float(total)):
        # Scores that are no numbers would count as errors, or as none.
        raise Refused("lengths too far apart for double precision")
    return xp.stack(ranks)


def rounding(dimension: int) -> float:
    """Scores of two centres that are a tie, which is an error, differ by at most this times (sum of the
    lengths they are made of) x (the same and the query's): products of ``dimension`` terms in float64, each
    factor off by a few units in its last place."""
    return 4.0 * (dimension + 16) * 2.0**-53


class _Tally:
    """Sums over episodes of the episode's error and its square, and errors by class."""

    def __init__(self, classes: int) -> None:
        self.count = 0
        self.mean = 0.0
        self.squares = 0.0
        self.per_class = np.zeros(classes)

    def add(self, wrong: Array) -> None:
        """``wrong`` (classes, episodes, queries): share of subsets in which the query errs."""
        xp = array_namespace(wrong)
        episode = xp.mean(wrong, axis=(0, 2))
        count, mean = episode.shape[0], float(xp.mean(episode))
        gap = mean - self.mean
        total = self.count + count
        self.squares += float(xp.sum((episode - mean) ** 2)) + gap**2 * self.count * count / total
        self.mean += gap * count / total
        self.count = total
        self.per_class += to_numpy(xp.sum(wrong, axis=(1, 2))) / wrong.shape[2]

    def estimate(self, method: str, effort: Effort, context: Context) -> Estimate:
        variance = self.squares / max(self.count - 1, 1)
        return Estimate.of(
            self.mean,
            Episodes(self.count, self.mean, variance, QUERIES * len(self.per_class)),
            method,
            effort,
            confidence=context.confidence,
            seed=context.seed,
            per_class=tuple(map(float, self.per_class / self.count)),
        )
