"""Direct simulation: draw centres and queries, count errors. Accepts every population.

Centres come from their own law where the family knows it. Queries of one episode share its supports, so
the interval treats the episode's error, a number in [0, 1], as the independent unit.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
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
from simulations.runtime.randomness import key
from theory.array import Array, Floats, array_namespace, to_numpy
from theory.inheritance import override

QUERIES = 4
BATCH = 1 << 20
MOST_FORECAST = 64
FEWEST_EPISODES, MOST_EPISODES = 64, 2_000_000
VISIBLE = 1e-4
"""A tenth of the least relative error that so many queries leave."""
MOST_DRAWS = 4e9
"""Random numbers of the fewest episodes beyond which an answer would take minutes, and gigabytes."""
PILOT, HIDDEN = 16, 1e-6
"""Episodes in which the least squared distance of two centres is looked up, where few show all; and what is
allowed for rounding, over it, up to which no margin that decides an error is hidden."""
USUAL = 16
"""Episodes whose longest draw shows how long those are along each axis of which a centre is made."""
FEW, MOST_UNSURE = 8, 0.5
"""Comparisons, and their share of the errors, that rounding may decide where the law has no ties. Roundings
are fifty times smaller than what is allowed for them, and err on both sides alike: the error hardly moves."""
TOO_FAR = "lengths too far apart for double precision"


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
        approximate = rough(population, question.shots, max(question.ways))
        episodes = self.episodes(population, question, budget)
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
        apart = mean_offsets(population)
        for turn, done in enumerate(range(0, episodes, size)):
            rng = context.stream(self.name, "shots", question.shots, "batch", turn)
            ranks = draw_ranks(population, question.shots, min(size, episodes - done), rng, apart)
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
    tables = fused.tables(population, question.shots)
    counts = fused.Counts(*direct_counts(tables, 1, episodes, words), 1)
    effort = Effort(time.perf_counter() - start, episodes)
    return fused.estimates(tables, counts, question.ways, effort, context)


def mean_offsets(population: Population) -> list[Floats]:
    """For each class (classes, dimension): all means relative to its own, in units of their distance."""
    unit = population.unit
    return [constant(population.differences_from(c) / unit) for c in range(population.classes)]


def _pair_variances(population: GaussianClasses) -> Floats:
    """(classes, classes), [i, j] of a query of class i along the difference of the means of i and j."""
    unit, rows = population.unit, []
    for c, apart in enumerate(mean_offsets(population)):
        factor = population.factor(c) / unit
        rows.append(np.sum((apart * factor if factor.ndim == 1 else apart @ factor) ** 2, axis=1))
    return np.stack(rows)


def draw_ranks(
    population: Population, shots: float, episodes: int, rng: Generator, apart: list[Floats] | None = None
) -> Annotated[Array, "classes episodes queries"]:
    """(classes, episodes, queries): number of other classes whose centre is at least as near as the own.

    Everything is measured about the query's own mean: a distance between near classes then keeps its digits
    however far other classes are. Raises ``Refused`` where rounding would decide.
    """
    xp, classes = namespace(rng), population.classes
    # In units of the distance of the means, so that squares stay within double precision.
    unit = population.unit
    apart = mean_offsets(population) if apart is None else apart
    noise = usual = lengths = None
    if math.isfinite(shots):
        rows = [population.centre_noise(rng, c, int(shots), episodes) / unit for c in range(classes)]
        noise = xp.stack(rows, axis=1)
        lengths = xp.sqrt(xp.vecdot(noise, noise))
    draws = [population.noise(rng, c, (episodes, QUERIES)) / unit for c in range(classes)]
    if noise is not None and lengths is not None and population.may_tie:
        # A centre whose draws cancel is off by a rounding of the draws, not of what is left of them.
        usual = xp.stack([_longest(noise[:, c, None, :], queries) for c, queries in enumerate(draws)])
        lengths = lengths + xp.sqrt(xp.vecdot(usual, usual))[None, :]
    ranks, total, own_total = [], xp.zeros(()), xp.zeros(())
    for c in range(classes):
        means = drawn_like(apart[c], rng)
        centres, reach = means[None, :, :], xp.sqrt(xp.vecdot(means, means))[None, :]
        if noise is not None and lengths is not None:
            centres, reach = centres + noise, reach + lengths + lengths[:, c : c + 1]
        queries = draws[c]
        half_norms = 0.5 * xp.vecdot(centres, centres)
        scores = queries @ xp.matrix_transpose(centres) - half_norms[:, None, :]
        length = xp.sqrt(xp.vecdot(queries, queries))[:, :, None]
        slack = _slack(reach, length, rounding(population.dimension))
        own = scores[:, :, c : c + 1]
        total, own_total = total + xp.sum(scores), own_total + xp.sum(own)
        gaps = own - scores
        nearer = gaps <= slack
        margins = Margins(means, noise, usual, queries)
        if not population.few_show_all or float(xp.max(slack)) > HIDDEN * float(
            nearest_square(centres[: min(PILOT, centres.shape[0]), ...], c)
        ):
            # A query may be long along axes in which no centre moves, a centre by one far draw; and where
            # atoms tie along a long axis a short one decides.
            doubtful = (xp.abs(gaps) <= slack) & (xp.arange(classes) != c)
            nearer = settled(population, c, nearer, doubtful, margins)
        ranks.append(_counts(nearer) - 1)
    if math.isnan(float(total)) or not math.isfinite(float(own_total)):
        # Scores that are no numbers would count as errors, or as none.
        raise Refused(TOO_FAR)
    return xp.stack(ranks)


def _longest(noise: Array, queries: Array) -> Array:
    """(p,): the largest along each axis, in some episodes, of a class's noise of centres (episodes, 1, p) and
    of queries (episodes, queries, p)."""
    xp = array_namespace(noise)
    some = [xp.max(xp.abs(each[:USUAL, ...]), axis=(0, 1)) for each in (noise, queries)]
    return xp.maximum(some[0], some[1])


def nearest_square(centres: Array, c: int) -> Array:
    """Least squared distance, above 0, of the own centre from another in some episodes, 0 if none."""
    xp = array_namespace(centres)
    gaps = centres - centres[:, c : c + 1, :]
    squares = xp.vecdot(gaps, gaps)
    least = xp.min(xp.where(squares > 0, squares, xp.full_like(squares, math.inf)))
    return xp.where(xp.isfinite(least), least, xp.zeros_like(least))


def _slack(reach: Array, length: Array, unit: float) -> Array:
    """(episodes, queries, classes): ``unit`` x reach x (reach + length) of what scores are made of."""
    xp = array_namespace(length)
    # Products are faster than broadcasts along an axis of so few. One row of ``reach`` serves all episodes.
    powers = xp.reshape(xp.concat([length, xp.ones_like(length)], axis=2), (reach.shape[0], -1, 2))
    values = powers @ xp.stack([unit * reach, unit * reach**2], axis=1)
    return xp.reshape(values, (*length.shape[:2], reach.shape[1]))


def _counts(flags: Array) -> Array:
    """(episodes, queries) of flags (episodes, queries, classes): a product, faster than a sum of so few."""
    xp = array_namespace(flags)
    rows = xp.reshape(xp.astype(flags, xp.float64), (-1, flags.shape[2]))
    return xp.reshape(xp.astype(rows @ xp.ones(flags.shape[2]), xp.int64), flags.shape[:2])


@dataclass(frozen=True, eq=False)
class Margins:
    """What the margins of the queries of one class are made of, all about its mean: means (classes, p);
    noise of the centres (episodes, classes, p), None at infinitely many shots, and how long draws usually are
    (classes, p), where there are ties; queries (episodes, queries, p)."""

    means: Array
    noise: Array | None
    usual: Array | None
    queries: Array


def settled(population: Population, c: int, nearer: Array, doubtful: Array, margins: Margins) -> Array:
    """``nearer`` (episodes, queries, classes) with its ``doubtful`` entries decided anew.

    The difference of two scores is the product of the difference of the two centres with the query, less
    their middle: only axes in which the two differ count, so also for what rounding may have done. Where
    the law lets no query tie but with centres that coincide, what is left is decided as it is computed.
    """
    xp = array_namespace(nearer)
    episode, query, other = xp.nonzero(doubtful)
    if episode.shape[0] == 0:
        return nearer
    classes, (_, queries, p) = nearer.shape[2], margins.queries.shape
    points = xp.take(xp.reshape(margins.queries, (-1, p)), episode * queries + query, axis=0)
    gaps = xp.take(margins.means, other, axis=0)
    lengths, longest = xp.abs(gaps), xp.abs(points)
    if margins.noise is not None:
        flat = xp.reshape(margins.noise, (-1, p))
        own, theirs = (xp.take(flat, episode * classes + each, axis=0) for each in (c, other))
        gaps, points = gaps + (theirs - own), points - own
        lengths = lengths + xp.abs(theirs) + xp.abs(own)
    if margins.usual is not None:
        lengths = lengths + xp.take(margins.usual, other, axis=0) + margins.usual[c, :]
    middles, unit = points - gaps / 2, rounding(p)
    # Either factor is off by roundings of what it is made of, however little of that is left.
    moved, width = unit * (longest + lengths), unit * lengths
    products = xp.abs(middles) * width + xp.abs(gaps) * moved
    if population.may_tie:
        # Of atoms what is left of a rounding is nothing, and along an axis in which they tie nothing is lost.
        apart = (xp.abs(gaps) > width) & (xp.abs(middles) > moved)
        gaps, products = xp.where(apart, gaps, 0.0), xp.where(apart, products, 0.0)
    margin, slack = xp.sum(middles * gaps, axis=1), xp.sum(products, axis=1)
    closer = margin >= -slack if population.may_tie else margin >= 0
    # Of the doubtful entries before each, so that every namespace can put the answers where they belong.
    places = xp.cumulative_sum(xp.reshape(xp.astype(doubtful, xp.int64), (-1,))) - 1
    decided = xp.take(closer, xp.maximum(places, 0), axis=0)
    nearer = xp.where(doubtful, xp.reshape(decided, doubtful.shape), nearer)
    if not population.may_tie:
        unsure = xp.any(gaps != 0, axis=1) & (xp.abs(margin) <= slack)
        errors = xp.sum(xp.astype(nearer, xp.int64)) - nearer.shape[0] * nearer.shape[1]
        if float(xp.sum(xp.astype(unsure, xp.int64))) > FEW + MOST_UNSURE * float(errors):
            raise Refused(TOO_FAR)
    return nearer


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
