"""Laplace classes: every coordinate is Gaussian given a latent scale, and so are centres and query.

A Laplace coordinate of variance s^2 is s sqrt(E) times a normal variable, E exponential; a mean of n of them
has variance s^2 G / n^2 given G ~ Gamma(n). Latent scales of query, own centre and other centre are drawn
with other rates, coordinate by coordinate, and given them the pair is tilted as Gaussian classes are. The
rates solve, about, "one minus the rate is the derivative of the pair's cumulant by the scale, at the scale's
mean": the exponential family that the tilted law is nearest to.

Margins of Laplace classes have no exponential moment, so no episode is bounded by Chernoff's sum: a share of
plainly drawn episodes bounds its weight, and the interval is that of group means.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from simulations.engines.tilted.axes import tilted_scores
from simulations.engines.tilted.fitted import FittedComponents, Proposal, summed
from simulations.engines.tilted.margins import Margins
from simulations.engines.tilted.pair import (
    Coordinates,
    by_coordinate,
    cumulant,
    largest,
    saddle,
    tilt,
    towards_saddle,
)
from simulations.runtime.arrays import Generator, constant, drawn_like, like, look_up, namespace
from theory.array import Array, Floats, Integers, array_namespace, to_numpy

ROUNDS, STEP = 12, 1e-4
MOST, LEAST = 0.93, -4.0
"""One minus the rate stays within these."""
WITHIN = 0.9
NEWTON = 2
"""Steps of every episode towards its own saddle point."""
BROADER, CALMER, JUMPS = 1.5, 0.6, 8
JUMPED = (0.85, 0.25, 0.15)
"""One minus the rates of query, own and other centre along a coordinate in which the query jumps."""


@dataclass(frozen=True, eq=False)
class Rates(Proposal):
    """One pair: t, and one minus the rates of the scales of query, own and other centre in each of its
    components, (components, 3, dimension) with ``shares``; ``log`` is about the logarithm of its chance."""

    factor: float
    less: Floats


def simple_tilt(c: Coordinates) -> Array:
    """(...): mean over variance of the margin, which is the saddle point of a Gaussian one; 0 if negative."""
    gap = c.other_mean * c.other_mean
    xp = array_namespace(c.query)
    noise, times = c.own + c.other, c.times
    mean = xp.sum(gap + times * (c.other - c.own), axis=-1)
    variance = 4 * c.query * (gap + times * noise) + 4 * gap * c.other + 2 * times * noise * noise
    variance = xp.sum(variance, axis=-1)
    mean = xp.maximum(mean, 0.0)
    # Where nothing varies any finite tilt serves.
    return mean / xp.maximum(variance, 1e-280 * (1 + mean))


def _components(less: Floats, strength: Floats) -> tuple[Floats, Floats]:
    """The rates themselves, broader ones, and for each of the coordinates with the most ``strength`` ones
    in which the query jumps along that coordinate: the likeliest ways to a rare error are several."""
    tilts, shares = [less, np.minimum(BROADER * less, MOST)], [0.75, 0.05]
    strongest = np.argsort(-strength, kind="stable")[:JUMPS]
    for place in strongest:
        if less[0, place] < JUMPED[0]:
            jumped = less.copy()
            jumped[0] *= CALMER
            jumped[:, place] = np.maximum(jumped[:, place], JUMPED)
            tilts.append(jumped)
            shares.append(0.2 / len(strongest))
    return np.stack(tilts), np.array(shares) / np.sum(shares)


def rates(c: Coordinates, shots: float) -> Rates:
    """``c`` with the variances of a scale at its mean; of the centres none at infinitely many shots."""
    shapes = _shapes(shots)[:, None]
    less = np.zeros((3, c.query.shape[-1]))
    t = 0.0
    for _ in range(ROUNDS):
        t = min(float(saddle(_scaled(c, 1 / (1 - less)))), float(t or np.inf) * 2)
        fresh = np.stack([_slope(c, t, less, which) for which in range(3)]) / shapes
        less = np.clip((less + fresh) / 2, LEAST, MOST)
    t = min(float(saddle(_scaled(c, 1 / (1 - less)))), WITHIN * float(largest(_scaled(c, 1 / (1 - less)))))
    level = float(cumulant(_scaled(c, 1 / (1 - less)), np.array([t])))
    level -= float(np.sum(shapes * (less / (1 - less) + np.log1p(-less))))
    tilts, shares = _components(less, less[0])
    simple = float(simple_tilt(_scaled(c, 1 / (1 - less))))
    return Rates(shares, min(level, 0.0), t / simple if simple > 0 else 0.0, tilts)


def _shapes(shots: float) -> Floats:
    """Shapes of the gamma laws of the scales of query, own and other centre."""
    return np.ones(3) if math.isinf(shots) else np.array([1.0, shots, shots])


def _scaled(c: Coordinates, scales: Floats) -> Coordinates:
    return replace(c, query=c.query * scales[0], own=c.own * scales[1], other=c.other * scales[2])


def _slope(c: Coordinates, t: float, less: Floats, which: int) -> Floats:
    """Derivative of the cumulant's terms by one scale over its plain mean, at its tilted mean."""
    scales = 1 / (1 - less)
    ends = []
    for sign in (-1, 1):
        moved = scales.copy()
        moved[which] *= 1 + sign * STEP
        with np.errstate(invalid="ignore", divide="ignore"):
            ends.append(by_coordinate(_scaled(c, moved), np.array([t])))
    slope = (ends[1] - ends[0]) / (2 * STEP * scales[which])
    values: Floats = np.where(np.isfinite(slope), slope, 0.0)
    return values


@dataclass(frozen=True, eq=False)
class ScalesClass(FittedComponents[Rates]):
    """Query class with the others at ``offsets`` (others, p) and standard deviations ``stds`` (others + 1,
    p), its own first."""

    offsets: Floats
    stds: Floats
    shots: float

    @staticmethod
    def build(offsets: Floats, stds: Floats, shots: float) -> ScalesClass:
        """The pairs of an own class with each other, each at its fixed point."""
        noise = 0.0 if math.isinf(shots) else 1 / shots
        own, ones = stds[0] ** 2, np.ones(offsets.shape[1])
        pairs = [
            rates(Coordinates(0 * ones, own * noise, offset, other**2 * noise, own, ones), shots)
            for offset, other in zip(offsets, stds[1:], strict=True)
        ]
        return ScalesClass(pairs, offsets, stds, shots)

    @property
    def draws(self) -> int:
        """Random numbers an episode costs, about: a gamma variable counts as two, and arithmetic too."""
        others, p = self.offsets.shape
        return int(0.95 * (1 + p / 700) * (others + 2) * p + others * others)

    def episodes(self, counts: Integers, rng: Generator) -> Margins:
        """counts[c] episodes of component c, in that order; the last component is plain."""
        xp, (others, p) = namespace(rng), self.offsets.shape
        episodes, logs = int(counts.sum()), self.logs
        ends = np.concatenate([[0], np.cumsum(counts)])
        query = rng.standard_gamma(1.0, (episodes, p))
        stretch = self._stretch(ends, to_numpy(rng.random(episodes)), query)
        finite = math.isfinite(self.shots)
        scales = rng.standard_gamma(self.shots if finite else 1.0, (episodes, others + 1, p))
        query[: stretch.shape[0], :] *= stretch[:, :p]
        scales[: stretch.shape[0], 0, :] *= stretch[:, p : 2 * p]
        for j in range(others):
            here = slice(int(ends[j]), int(ends[j + 1]))
            scales[here, j + 1, :] *= stretch[here, 2 * p :]
        scores = rng.standard_normal((episodes, others + 1, p))
        variances = scales * drawn_like(self.stds**2 / (self.shots**2 if finite else math.inf), rng)
        spread = query * drawn_like(self.stds[0] ** 2, rng)
        offsets, ones = drawn_like(self.offsets, rng), xp.ones(p)
        less, shares = drawn_like(self.less, rng), drawn_like(self._log_shares, rng)
        tilts, extra, parts = [], [], []
        for j, pair in enumerate(self.pairs):
            c = Coordinates(0 * ones, variances[:, 0, :], offsets[j, :], variances[:, j + 1, :], spread, ones)
            most = WITHIN * largest(c)
            t = towards_saddle(c, xp.minimum(most, pair.factor * simple_tilt(c)), most, NEWTON)
            here = slice(int(ends[j]), int(ends[j + 1]))
            if counts[j]:
                rows = replace(c, own=c.own[here, :], other=c.other[here, :], query=c.query[here, :])
                scores[here, 0, :], scores[here, j + 1, :] = tilted_scores(
                    scores[here, 0, :], scores[here, j + 1, :], tilt(rows, t[here, None])
                )
            tilts.append(t)
            level, ratios = cumulant(c, t[:, None]), self._ratios(j, less, query, scales)
            parts.append(ratios - level[:, None])
            extra.append(float(logs[j]) - level + summed(ratios + shares[self._part(j)]))
        own = scores[:, 0, :] * xp.sqrt(variances[:, 0, :])
        gaps = scores[:, 1:, :] * xp.sqrt(variances[:, 1:, :]) + offsets - own[:, None, :]
        mean = xp.sum(gaps * (gaps + 2 * own[:, None, :]), axis=2)
        scaled = gaps * xp.sqrt(spread)[:, None, :]
        joint = scaled @ xp.matrix_transpose(scaled)
        t, more = xp.stack(tilts, axis=1), xp.stack(extra, axis=1)
        return Margins(mean, joint, t, more, float(logs[-1]), xp.concat(parts, axis=1))

    @cached_property
    def less(self) -> Floats:
        """(components, 3 dimension): of all pairs in turn."""
        return constant(np.concatenate([each.less for each in self.pairs]).reshape(-1, 3 * self._dimension))

    @property
    def _dimension(self) -> int:
        return int(self.offsets.shape[1])

    @cached_property
    def _first(self) -> Integers:
        """(others + 1,): where each pair's components begin, and where all end."""
        return np.concatenate([[0], np.cumsum([len(each.shares) for each in self.pairs])])

    def _part(self, j: int) -> slice:
        """The components of pair ``j`` among those of all."""
        return slice(int(self._first[j]), int(self._first[j + 1]))

    @cached_property
    def _log_shares(self) -> Floats:
        return constant(np.log(np.concatenate([each.shares for each in self.pairs])))

    def _stretch(self, ends: Integers, u: Floats, reference: Array) -> Array:
        """(tilted episodes, 3 dimension): by how much the scales are longer, in one component of each pair's,
        picked by ``u``."""
        picks = []
        for j, pair in enumerate(self.pairs):
            edges = np.cumsum(pair.shares)
            pick = np.searchsorted(edges, u[ends[j] : ends[j + 1]], side="right")
            picks.append(np.minimum(pick, len(edges) - 1) + self._first[j])
        return look_up(1 / (1 - self.less), like(np.concatenate(picks), reference))

    def _ratios(self, j: int, less: Array, query: Array, scales: Array) -> Array:
        """(episodes, parts): log densities of the drawn scales under each of the rates of pair ``j`` over the
        plain one."""
        xp, logs, p = array_namespace(query), [], self._dimension
        first = int(self._first[j])
        levels = np.sum(np.log1p(-self.pairs[j].less) * _shapes(self.shots)[:, None], axis=(1, 2))
        for row, level in enumerate(levels, first):
            e, a, b = less[row, :p], less[row, p : 2 * p], less[row, 2 * p :]
            logs.append(query @ e + scales[:, 0, :] @ a + scales[:, j + 1, :] @ b + float(level))
        return xp.stack(logs, axis=1)
