"""Spherical classes (isotropic Gaussian, Student) given centres: one direction, then an exact radial tail.

In the span of the centre differences the query is mu_i + R theta. Along a ray each other centre wins on one
half-line at most, so the error given theta is a sum of radial tails: R^2/(k-1) ~ F(k-1, df) (chi-square for
Gaussian classes). theta and -theta are used together; they are one observation.

Pitfall: with heavy tails a rare error comes from one support draw far out, which plain sampling does not
see and does not miss either. So the scale of one draw is importance sampled, at all magnitudes at once
(defensive mixture, so that weights stay below 1/DEFENSIVE).
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulations.engines.base import Budget, Context, Engine, Question, Refused
from simulations.engines.direct import MOST_DRAWS
from simulations.engines.geometry.reduced import Reduced, reduce
from simulations.engines.geometry.subsets import wrong_share_by_rank
from simulations.engines.orthant import cholesky
from simulations.engines.sampling.chi_squares import doublings
from simulations.engines.sampling.forecast import HALF, rough
from simulations.engines.sampling.groups import FEWEST_EFFECTIVE, GroupTally
from simulations.estimates import Effort, Estimate
from simulations.populations.base import Population
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.student import StudentClasses
from simulations.runtime.arrays import Generator, drawn_like, look_up, namespace, special
from simulations.runtime.device import batch
from theory.array import Array, Floats, array_namespace
from theory.inheritance import override

FEWEST, MOST = 2 * FEWEST_EFFECTIVE, 1_000_000
"""Episodes. Fewer would leave the interval that holds for every law, a hundred times as wide."""
BATCH = 1 << 18
DEFENSIVE = 0.2
HEAVIEST = 1000.0
"""Degrees of freedom beyond which no draw is moved: a chi-square of so many is halved once in 1e60."""
NEARLY_NORMAL = 1e8
"""Degrees of freedom from which a radial tail comes from its expansion: beyond, 1 - df/(df + r^2) has fewer
digits than that is off by, about (r/df)^2."""
MOST_EXPONENT = 600.0
"""Largest exponent in a ratio of densities: beyond it a draw has no weight."""
RAY, HEAVY, TOO_FEW = 0.25, 3.0, 0.25
"""For ``expected_width``: a direction's relative variance is about error^-RAY, HEAVY with heavy tails; and
what share of the fewest effective episodes may be forecast, which is right within a factor of 4."""
JUMP = 4.0
"""The square of those deviations."""
NEVER = 10.0
"""Chi-squares are divided by powers of 2 where that is no rarer than the error times e to minus this."""


class Radial(Engine):
    """``importance`` off and ``degrees`` of another law are for the negative controls of the tests."""

    name = "radial"
    rank = 20

    def __init__(self, *, importance: bool = True, wrong_degrees: float | None = None) -> None:
        self.importance = importance
        self.wrong_degrees = wrong_degrees

    @override
    def refusal(self, population: Population, question: Question, budget: Budget) -> str | None:
        if isinstance(population, GaussianClasses):
            variances = population.isotropic_variances
            if variances is None or np.any(variances <= 0):
                return "the radial engine needs isotropic classes of positive variance"
        elif not isinstance(population, StudentClasses):
            return "the radial engine needs spherical classes (isotropic Gaussian or Student)"
        elif np.any(population.stds <= 0):
            return "the radial engine needs classes of positive variance"
        if population.classes > 32:
            return "the radial engine serves at most 32 classes"
        if population.dimension < population.classes - 1:
            return "the radial engine needs at least classes - 1 dimensions"
        draws = FEWEST * population.classes * question.shots
        if isinstance(population, StudentClasses) and MOST_DRAWS < draws < math.inf:
            return "the radial engine draws every shot of Student classes: too many shots"
        return None

    @override
    def expected_width(self, population: Population, question: Question, budget: Budget) -> float | None:
        k, approximate = population.classes, rough(population, question.shots, max(question.ways))
        heavy = isinstance(population, StudentClasses) and math.isfinite(question.shots)
        episodes = budget.draws / (k * k * (2 + (question.shots if heavy else 0) / k))
        episodes = min(max(episodes, FEWEST), MOST)
        relative = 1 / approximate.error**RAY + approximate.given_centres
        if heavy and isinstance(population, StudentClasses):
            jumps = _by_jumps(float(np.min(population.dfs)), approximate.error)
            # One scale carries such an error and is importance sampled; where centres move others are not.
            relative = HEAVY * jumps + relative * (1 - jumps)
        if episodes < TOO_FEW * FEWEST_EFFECTIVE * (1 + relative):
            # So few would carry it that only the interval is left that holds for every law.
            return math.inf
        return HALF * math.sqrt(relative / episodes)

    @override
    def run(
        self,
        population: Population,
        question: Question,
        context: Context,
    ) -> list[Estimate]:
        start = time.perf_counter()
        if not isinstance(population, GaussianClasses | StudentClasses):
            raise Refused("the radial engine needs spherical classes")
        reduced = reduce(population)
        k, shots = population.classes, question.shots
        if isinstance(population, StudentClasses):
            scales, dfs = population.scales, population.dfs
        else:
            variances = population.isotropic_variances
            if variances is None:
                raise Refused("the radial engine needs spherical classes")
            scales, dfs = np.sqrt(variances), np.full(k, math.inf)
        magnitudes = 1
        if self.importance and np.any(dfs <= HEAVIEST) and math.isfinite(shots):
            magnitudes = doublings(float(np.min(dfs)), NEVER - math.log(rough(population, shots).error))
        scattered = bool(np.any(np.isfinite(dfs))) and math.isfinite(shots)
        draws = reduced.draws + k * k + (k * int(shots) if scattered else 0)
        episodes = int(min(max(context.budget.draws / draws, FEWEST), MOST))
        shares = [wrong_share_by_rank(k, ways) for ways in question.ways]
        tallies = [GroupTally(k) for _ in shares]
        size = max(64, batch(context.budget.device, BATCH) // draws)
        for turn, done in enumerate(range(0, episodes, size)):
            rng = context.stream(self.name, "shots", shots, "batch", turn)
            count = min(size, episodes - done)
            stretch, weight = _stretches(rng, dfs, shots, count, magnitudes)
            noise = reduced.noise(rng, stretch)
            halves = []
            for i in range(k):
                df = float(self.wrong_degrees or dfs[i])
                halves.append(
                    _class_errors(
                        reduced, noise, OwnClass(i, float(scales[i]) / reduced.unit, df), shares, rng
                    )
                )
            for row, tally in enumerate(tallies):
                plus, minus = (
                    namespace(rng).stack([weight * each[side][row] for each in halves]) for side in (0, 1)
                )
                tally.add(self.observations(plus, minus))
        effort = Effort(time.perf_counter() - start, episodes)
        plain = DEFENSIVE if magnitudes > 1 else 1.0
        return [tally.estimate(self.name, effort, context, top=1 / plain, plain=plain) for tally in tallies]

    def observations(self, plus: Array, minus: Array) -> Array:
        """What counts as independent, from errors (classes, episodes) along theta and along -theta: the
        two share their centres, so they are one observation."""
        return (plus + minus) / 2


def _stretches(
    rng: Generator, dfs: Floats, shots: float, episodes: int, magnitudes: int
) -> tuple[Array, Array]:
    """Noise of centres over that of one draw (episodes, k), and importance weights (episodes,)."""
    xp, k = namespace(rng), len(dfs)
    if math.isinf(shots):
        return xp.zeros((episodes, k)), xp.ones(episodes)
    n = int(shots)
    if not np.isfinite(dfs).any():
        return xp.full((episodes, k), 1 / math.sqrt(n)), xp.ones(episodes)
    # Of the classes that are not Gaussian; the squares of all others are exactly their means.
    shares = [
        rng.chisquare(df, (episodes, n)) / float(df) if math.isfinite(df) else xp.ones((episodes, n))
        for df in dfs
    ]
    weight, heavy = xp.ones(episodes), np.flatnonzero(dfs <= HEAVIEST)
    if magnitudes > 1:
        some = xp.stack([shares[c] for c in heavy], axis=1)
        moved, weight = _stretch_one_draw(rng, some, dfs[heavy], magnitudes)
        for row, c in enumerate(heavy):
            shares[c] = moved[:, row, :]
    return xp.stack([xp.sqrt(xp.sum(1 / share, axis=1)) for share in shares], axis=1) / n, weight


def _stretch_one_draw(rng: Generator, share: Array, dfs: Floats, magnitudes: int) -> tuple[Array, Array]:
    """``share`` (episodes, classes, shots) of chi-squares over their degrees: one draw of one class is made
    2^l times further in square, in a share 1 - DEFENSIVE of episodes. And importance weights (episodes,)."""
    xp = namespace(rng)
    episodes, k, n = share.shape
    degrees = drawn_like(dfs, rng)[None, :, None]
    moved = rng.random(episodes) >= DEFENSIVE
    place = rng.integers(0, k, episodes) * n + rng.integers(0, n, episodes)
    size = 0.5 ** xp.astype(rng.integers(0, magnitudes, episodes), xp.float64)
    here = xp.arange(k * n)[None, :] == place[:, None]
    factor = xp.where(here & moved[:, None], size[:, None], xp.ones((1, 1)))
    share = share * xp.reshape(factor, share.shape)
    # Density of chi2/2^l over that of chi2: 2^{l df/2} times exp(-(2^l - 1) df share/2), by squaring.
    least = xp.exp(-degrees / 2 * share)
    falling, ratio = xp.ones_like(share), xp.ones_like(share)
    for level in range(1, magnitudes):
        falling = falling * falling * least
        rising = xp.exp(xp.minimum(degrees / 2 * (level * math.log(2.0)), MOST_EXPONENT))
        ratio = ratio + rising * falling
    mixed = DEFENSIVE + (1 - DEFENSIVE) * xp.mean(ratio, axis=(1, 2)) / magnitudes
    return share, 1 / mixed


def _by_jumps(df: float, error: float) -> float:
    """About the share of an error that comes from one draw far out, where it would be ``error`` with normal
    tails: a chi-square so small that the margin is two deviations then."""
    from scipy.special import gammainc

    far = max(1.0, -2 * math.log(error) / JUMP)
    jump = float(gammainc(df / 2, df / 2 / far))
    return jump / (jump + error)


@dataclass(frozen=True)
class OwnClass:
    """The query's class: its number, the scale of its noise and the degrees of freedom of its length."""

    number: int
    scale: float
    df: float


def _class_errors(
    reduced: Reduced,
    noise: Array,
    own: OwnClass,
    shares: Sequence[Array],
    rng: Generator,
) -> tuple[list[Array], list[Array]]:
    """For each number of ways (episodes,): error of the class given the centres, along theta and -theta."""
    xp = array_namespace(noise)
    episodes, k = noise.shape[:2]
    rows, limits = reduced.seen_from(noise, own.number)
    gram = rows @ xp.matrix_transpose(rows)
    size = xp.sqrt(xp.maximum(xp.linalg.diagonal(gram), 1e-300))
    factor = cholesky(gram / (size[:, :, None] * size[:, None, :]))
    theta = rng.standard_normal((episodes, k - 1, 1))
    theta = theta / xp.sqrt(xp.sum(theta**2, axis=1, keepdims=True))
    slope = (factor @ theta)[:, :, 0] * size * own.scale
    return _ray(limits, slope, k - 1, own.df, shares), _ray(limits, -slope, k - 1, own.df, shares)


def _ray(limits: Array, slope: Array, degrees: int, df: float, shares: Sequence[Array]) -> list[Array]:
    """Errors along rays: j wins where R slope_j >= limit_j. Sums of radial tails, small ones kept exact."""
    xp = array_namespace(limits)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = limits / slope
    crossing = xp.where((slope != 0) & (crossing > 0), crossing, xp.full_like(crossing, math.inf))
    inside = (limits < 0) | ((limits == 0) & (slope >= 0))
    step = (1 - 2 * xp.astype(inside, xp.int64)) * xp.astype(crossing < math.inf, xp.int64)
    order = xp.argsort(crossing, axis=1)
    tail = radial_tail(xp.take_along_axis(crossing, order, axis=1), degrees, df)
    first = xp.sum(xp.astype(inside, xp.int64), axis=1)[:, None]
    counts = first + xp.cumulative_sum(xp.take_along_axis(step, order, axis=1), axis=1)
    before = xp.concat([first, counts[:, :-1]], axis=1)
    return [
        look_up(share, first)[:, 0] + xp.sum((look_up(share, counts) - look_up(share, before)) * tail, axis=1)
        for share in shares
    ]


def radial_tail(radius: Array, degrees: int, df: float) -> Array:
    """P(R > radius), R the length of a normal (df infinite) or t vector in ``degrees`` dimensions."""
    functions = special(radius)
    square = array_namespace(radius).minimum(radius, 1e150) ** 2
    if math.isinf(df):
        return functions.gammaincc(degrees / 2, square / 2)
    if df > NEARLY_NORMAL:
        # The leading term of the expansion of DiDonato and Morris (ACM TOMS 18, 1992) for large b.
        scaled = (df / 2 + (degrees / 2 - 1) / 2) * array_namespace(radius).log1p(square / df)
        return functions.gammaincc(degrees / 2, scaled)
    return functions.betainc(df / 2, degrees / 2, df / (df + square))
