"""Student classes: every draw is Gaussian given its own latent scale, and so are centres and query.

A draw is s / sqrt(u) times a normal vector, u a chi-square over its degrees of freedom; the centre of n
draws has the variance s^2 (1/u_1 + ... + 1/u_n) / n^2. A rare error comes about in several ways: where tails
are heavy, by one draw far out, of the query or of a centre; where they are not, by centres and a query that
lie towards each other, all a little farther out than usual. A proposal is a mixture over these ways, in which
some of the u are divided by factors; given them the pair is tilted as Gaussian classes are. A pilot shows
which ways matter.

Margins have no exponential moment, so no episode is bounded by Chernoff's sum: a share of plainly drawn
episodes bounds its weight, and the interval is that of group means.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from simulations.engines.sampling.chi_squares import doublings, rarity
from simulations.engines.tilted.axes import tilted_scores
from simulations.engines.tilted.fitted import FittedComponents, Proposal, summed
from simulations.engines.tilted.frame import Frame, build
from simulations.engines.tilted.margins import Margins, margins
from simulations.engines.tilted.pair import Coordinates, cumulant, largest, saddle, tilt, towards_saddle
from simulations.engines.tilted.scales import NEWTON, WITHIN, simple_tilt
from simulations.populations.student import StudentClasses
from simulations.runtime.arrays import Generator, drawn_like, namespace
from theory.array import Array, Floats, Integers, array_namespace, to_numpy

NEVER = 40.0
"""A single chi-square is divided by powers of 2 where that is no rarer than e to minus this."""
NEAR = (0.5, 1.0, 2.0)
"""Times the factor by which an exponent moves the query's scale on the whole."""


EVEN = 0.3
"""Of a pair's episodes in a pilot, that its ways share alike."""


@dataclass(frozen=True)
class Way:
    """By what the chi-squares are divided: the query's, one draw of the own centre or of the other one, all
    draws of either."""

    query: float = 1.0
    own: float = 1.0
    other: float = 1.0
    every_own: float = 1.0
    every_other: float = 1.0


@dataclass(frozen=True, eq=False)
class Ways(Proposal):
    """Of one pair; ``factor`` is the saddle point over ``simple_tilt``."""

    factor: float
    ways: tuple[Way, ...]


def jumps(df: float) -> list[float]:
    """Factors by which a single chi-square is divided."""
    return [2.0**power for power in range(1, doublings(df, NEVER))]


def ways(exponent: float, dfs: tuple[float, float], noise: float) -> tuple[Way, ...]:
    """For a pair whose probability would be e to minus ``exponent`` with Gaussian tails."""
    query, other = dfs
    by_pair = [Way()]
    for times in NEAR if math.isfinite(query) else ():
        near = 1 + 2 * times * exponent / query
        by_pair.append(Way(query=near))
        if noise > 0:
            # The part of centres in the exponent is about their part in the noise.
            every = [1 + 2 * times * exponent * noise / df for df in dfs]
            by_pair.append(Way(query=near, every_own=every[0], every_other=every[1]))
    by_pair += [Way(query=factor) for factor in jumps(query)]
    if noise > 0:
        by_pair += [Way(own=factor) for factor in jumps(query)]
        by_pair += [Way(other=factor) for factor in jumps(other)]
    return tuple(by_pair)


def _pair(c: Coordinates, dfs: tuple[float, float], shots: float) -> Ways:
    """``c`` with the variances at chi-squares of their means."""
    finite = math.isfinite(shots)
    level = min(float(cumulant(c, np.array([float(saddle(c))]))), 0.0)
    some = ways(-level, dfs, 1 / shots)
    rows = np.array([[w.query, w.own, w.other, w.every_own, w.every_other] for w in some])
    ones, every = (1 + (rows[:, 1:3] - 1) / shots) * rows[:, 3:], rows[:, 3:]
    moved = replace(c, query=c.query * rows[:, :1], own=c.own * ones[:, :1], other=c.other * ones[:, 1:])
    t = saddle(moved)
    levels = to_numpy(cumulant(moved, t[:, None])) + rarity(dfs[0], rows[:, 0])
    if finite:
        for which, df in enumerate(dfs):
            levels += rarity(df, rows[:, 1 + which]) + shots * rarity(df, every[:, which])
    levels = np.minimum(levels, 0.0)
    peak = float(np.max(levels))
    shares = np.exp(levels - peak)
    total = float(np.sum(shares))
    best, simple = int(np.argmax(levels)), to_numpy(simple_tilt(moved))
    factor = float(t[best] / simple[best]) if simple[best] > 0 else 0.0
    even = (1 - EVEN) * shares / total + EVEN / len(shares)
    return Ways(even, min(peak + math.log(total), 0.0), factor, some)


@dataclass(frozen=True, eq=False)
class SpheresClass(FittedComponents[Ways]):
    """Query class first, then the others: ``scales`` and ``dfs`` (classes,); the frame holds where the means
    of the others lie from its own."""

    frame: Frame
    scales: Floats
    dfs: Floats
    shots: float

    @staticmethod
    def build(population: StudentClasses, i: int, shots: float) -> SpheresClass:
        """The pairs of class ``i`` of the population."""
        order = [i, *(j for j in range(population.classes) if j != i)]
        points = population.means[order[1:]] - population.means[i]
        frame = build(points, np.ones((len(order), population.dimension)), len(order))
        scales, dfs = population.scales[order], population.dfs[order]
        noise = 0.0 if math.isinf(shots) else 1 / shots
        pairs = []
        for j, point in enumerate(frame.points):
            mean, variances = np.zeros(1), scales[[0, j + 1]] ** 2
            c = Coordinates(
                mean, variances[:1] * noise, point, variances[1:] * noise, variances[:1], frame.times
            )
            pairs.append(_pair(c, (float(dfs[0]), float(dfs[j + 1])), shots))
        return SpheresClass(pairs, frame, scales, dfs, shots)

    @property
    def draws(self) -> int:
        """Random numbers an episode costs, about."""
        return cost(len(self.dfs), self.frame.width, self.shots, float(np.min(self.dfs)))

    def episodes(self, counts: Integers, rng: Generator) -> Margins:
        """counts[c] episodes of component c, in that order; the last component is plain."""
        xp, logs, episodes = namespace(rng), self.logs, int(counts.sum())
        query, draws = self._squares(counts, rng)
        spread = drawn_like(self.scales[:1] ** 2, rng) / query[:, None]
        variances = [self._variance(c, each, rng) for c, each in enumerate(draws)]
        if not draws:
            variances = [xp.zeros((episodes, 1))] * len(self.dfs)
        scores = self.frame.normals(rng, episodes, len(self.dfs))
        times, points = drawn_like(self.frame.times, rng), drawn_like(self.frame.points, rng)
        ends = np.concatenate([[0], np.cumsum(counts)])
        own_query, tables = Table(self.dfs[0], query[:, None]), list(map(Table, self.dfs, draws))
        shares = drawn_like(np.log(np.concatenate([each.shares for each in self.pairs])), rng)
        tilts, extra, parts, first = [], [], [], 0
        for j, pair in enumerate(self.pairs):
            c = Coordinates(xp.zeros(1), variances[0], points[j, :], variances[j + 1], spread, times)
            most = WITHIN * largest(c)
            t = towards_saddle(c, xp.minimum(most, pair.factor * simple_tilt(c)), most, NEWTON)
            here = slice(int(ends[j]), int(ends[j + 1]))
            if counts[j]:
                rows = replace(c, own=c.own[here, :], other=c.other[here, :], query=c.query[here, :])
                scores[here, 0, :], scores[here, j + 1, :] = tilted_scores(
                    scores[here, 0, :], scores[here, j + 1, :], tilt(rows, t[here, None])
                )
            level, ratios = cumulant(c, t[:, None]), _ratios(pair, own_query, tables, j)
            tilts.append(t)
            parts.append(ratios - level[:, None])
            own_shares, first = shares[first : first + len(pair.shares)], first + len(pair.shares)
            extra.append(float(logs[j]) - level + summed(ratios + own_shares))
        own = scores[:, 0, :] * xp.sqrt(variances[0])
        others = [scores[:, j + 1, :] * xp.sqrt(variances[j + 1]) for j in range(len(self.pairs))]
        gaps = xp.stack(others, axis=1) + points[None, :, :] - own[:, None, :]
        tilted = margins(own, gaps, xp.ones(self.frame.width), xp.stack(tilts, axis=1))
        joint = tilted.joint * spread[:, :, None]
        more, every = xp.stack(extra, axis=1), xp.concat(parts, axis=1)
        return Margins(tilted.mean, joint, tilted.t, more, float(logs[-1]), every)

    def _variance(self, c: int, squares: Array, rng: Generator) -> Array:
        """(episodes, 1): of the centre of class ``c`` given its draws' chi-squares."""
        xp = array_namespace(squares)
        total = xp.sum(1 / squares, axis=1, keepdims=True)
        return total * drawn_like(self.scales[c : c + 1] ** 2 / self.shots**2, rng)

    def _squares(self, counts: Integers, rng: Generator) -> tuple[Array, list[Array]]:
        """Chi-squares over their degrees of freedom: the query's (episodes,) and every class's draws
        (episodes, shots), none at infinitely many shots; divided as the ways of the components say."""
        xp, episodes = namespace(rng), int(counts.sum())
        shots = int(self.shots) if math.isfinite(self.shots) else 0
        query = _chi_squares(rng, float(self.dfs[0]), (episodes,))
        draws = [_chi_squares(rng, float(df), (episodes, shots)) for df in self.dfs] if shots else []
        u, which = to_numpy(rng.random((2, episodes)))
        ends = np.concatenate([[0], np.cumsum(counts[: len(self.pairs)])]).tolist()
        factors = np.ones((ends[-1], 5))
        for j, pair in enumerate(self.pairs):
            here = slice(ends[j], ends[j + 1])
            edges = np.cumsum(pair.shares)
            pick = np.minimum(np.searchsorted(edges / edges[-1], u[here], side="right"), len(edges) - 1)
            ways = [[w.query, w.own, w.other, w.every_own, w.every_other] for w in pair.ways]
            factors[here] = np.array(ways)[pick]
        place = np.minimum((which[: ends[-1]] * shots).astype(np.int64), shots - 1)
        on_device = drawn_like(factors, rng)
        query[: ends[-1]] = query[: ends[-1]] / on_device[:, 0]
        if draws:
            chosen = xp.arange(shots)[None, :] == drawn_like(place, rng)[:, None]
            for j in range(len(self.pairs)):
                here = slice(ends[j], ends[j + 1])
                for c, (one, every) in ((0, (1, 3)), (j + 1, (2, 4))):
                    divisor = xp.where(chosen[here, :], on_device[here, one, None], 1.0)
                    draws[c][here, :] = draws[c][here, :] / (divisor * on_device[here, every, None])
        return query, draws


def cost(classes: int, width: int, shots: float, df: float) -> int:
    """Random numbers an episode costs, about, the arithmetic of its jumps too."""
    draws = classes * shots if math.isfinite(shots) else 0
    return int(1.2 * (classes * width + classes * classes + (3 + 0.3 * len(jumps(df))) * draws))


class Table:
    """Logarithms of densities of chi-squares over their degrees (episodes, draws) that were divided, over the
    plain ones; each is worked out once."""

    def __init__(self, df: float, squares: Array) -> None:
        self.df, self.squares = float(df), squares
        self.known: dict[tuple[float, bool], Array] = {}

    def log(self, factor: float, *, every: bool) -> Array:
        """(episodes,): of all draws divided, or of any one."""
        key = factor, every
        if key not in self.known:
            xp = array_namespace(self.squares)
            # The exponent of a single draw; far beyond what can be drawn it may overflow, and is nothing.
            logs = self.df / 2 * (math.log(factor) - (factor - 1) * self.squares)
            if every:
                self.known[key] = xp.sum(logs, axis=1)
            else:
                self.known[key] = summed(logs) - math.log(logs.shape[1])
        return self.known[key]


def _ratios(pair: Ways, query: Table, draws: Sequence[Table], j: int) -> Array:
    """(episodes, ways): log densities of the drawn chi-squares in each way over the plain one."""
    rows = []
    xp = array_namespace(query.squares)
    for way in pair.ways:
        total = xp.zeros(query.squares.shape[0])
        if way.query != 1:
            total = total + query.log(way.query, every=True)
        for c, one, every in ((0, way.own, way.every_own), (j + 1, way.other, way.every_other)):
            if one != 1:
                total = total + draws[c].log(one, every=False)
            if every != 1:
                total = total + draws[c].log(every, every=True)
        rows.append(total)
    return xp.stack(rows, axis=1)


def _chi_squares(rng: Generator, df: float, shape: tuple[int, ...]) -> Array:
    """Over their degrees of freedom."""
    return namespace(rng).ones(shape) if math.isinf(df) else rng.chisquare(df, shape) / df
