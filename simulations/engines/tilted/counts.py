"""Mixtures of isotropic Gaussians with too many part counts to list: the counts are drawn one by one.

The cumulant K of a pair, given the part of the query and the part counts of both centres, is about linear in
the counts where the draws are many; a multinomial law times exp(linear) is again multinomial. So for every
part of the query the draws of the two centres are given other weights, w exp(dK/dcount) at the mean of those
very counts (a fixed point), and given the counts the pair is tilted as Gaussian classes are. The counts'
weights are part of the balance weight, so any weights serve and these serve well.

K is not exactly linear, so no episode is bounded by Chernoff's sum: a share of plainly drawn episodes bounds
its weight, and the interval is that of group means.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simulations.engines.tilted.axes import tilted_scores
from simulations.engines.tilted.frame import Frame, build
from simulations.engines.tilted.margins import Margins, margins
from simulations.engines.tilted.pair import Coordinates, cumulant, largest, saddle, tilt
from simulations.engines.tilted.query_class import PlainComponent
from simulations.populations.mixture import MixtureClasses
from simulations.runtime.arrays import Generator, constant, drawn_like, like, look_up, multinomial, namespace
from theory.array import Array, Floats, Integers, to_numpy

ROUNDS, STEP, SETTLED = 40, 1e-4, 1e-3
WITHIN = 0.9
"""The tilt stays this far within the range of the drawn counts."""


@dataclass(frozen=True, eq=False)
class Law:
    """The parts of one class: weights (parts,) of NumPy, means (parts, width) from the common origin,
    variances (parts,)."""

    weights: Floats
    means: Array
    variances: Array

    def centre(self, counts: Array, shots: float) -> tuple[Array, Array]:
        """Mean (..., width) and variance (..., 1) of the centre given ``counts`` (..., parts)."""
        return counts @ self.means / shots, (counts @ self.variances)[..., None] / shots**2


@dataclass(frozen=True, eq=False)
class Pull:
    """One pair, by the part of the query (first axis): the tilt t, the share of the episodes, the weights of
    the parts that the draws of the own and of the other centre are given, the logarithms of these over the
    plain ones, and the logarithm of the share over the part's weight. ``log`` is about that of the chance."""

    t: Floats
    chances: Floats
    own: Floats
    other: Floats
    own_logs: Floats
    other_logs: Floats
    levels: Floats
    log: float

    @property
    def columns(self) -> int:
        """Numbers of a row of ``by_part``."""
        return 2 + int(self.own.shape[1] + self.other.shape[1])

    @property
    def by_part(self) -> Floats:
        """(parts of the query, columns): what an episode needs, its tilt and level first."""
        return np.concatenate([self.t[:, None], self.levels[:, None], self.own_logs, self.other_logs], axis=1)


def pull(query: Law, other: Law, times: Floats, shots: float) -> Pull:
    """The fixed point for every part of the query class ``query``, whose own centre it is as well."""
    t, fresh, logs = _fixed_point(query, other, times, shots)
    own = len(query.weights)
    logs = logs + np.log(query.weights)
    peak = float(logs.max())
    chances = np.exp(logs - peak)
    log = peak + math.log(float(np.sum(chances)))
    chances = chances / np.sum(chances)
    with np.errstate(divide="ignore"):
        levels = np.log(chances) - np.log(query.weights)
    own_logs = np.log(fresh[:, :own]) - np.log(query.weights)
    other_logs = np.log(fresh[:, own:]) - np.log(other.weights)
    return Pull(t, chances, fresh[:, :own], fresh[:, own:], own_logs, other_logs, levels, min(log, 0.0))


def _fixed_point(query: Law, other: Law, times: Floats, shots: float) -> tuple[Floats, Floats, Floats]:
    """By part of the query: the tilt, the weights of the own and of the other centre's draws (parts, own and
    other parts), and about the logarithm of the chance."""
    weights = np.concatenate([query.weights, other.weights])
    own = len(query.weights)
    fresh = np.tile(weights, (own, 1))
    for _ in range(ROUNDS):
        t = saddle(_pair(query, other, shots * fresh, times, shots))
        moved = np.log(weights) + _slope(query, other, shots * fresh, times, shots, t)
        updated = np.concatenate([_shares(moved[:, :own]), _shares(moved[:, own:])], axis=1)
        change = float(np.max(np.abs(updated - fresh)))
        fresh = (fresh + updated) / 2
        if change < SETTLED:
            break
    # Of these very weights, whether or not the fixed point has been reached.
    at = _pair(query, other, shots * fresh, times, shots)
    t = saddle(at)
    logs = cumulant(at, t[:, None]) - shots * np.sum(fresh * (np.log(fresh) - np.log(weights)), axis=1)
    return t, fresh, logs


def _shares(logs: Floats) -> Floats:
    """No smaller than what can be divided by."""
    positive = np.maximum(np.exp(logs - np.max(logs, axis=1, keepdims=True)), 1e-30)
    values: Floats = positive / np.sum(positive, axis=1, keepdims=True)
    return values


def _pair(query: Law, other: Law, counts: Floats, times: Floats, shots: float) -> Coordinates:
    """The pairs given ``counts`` (parts of the query, ..., parts of the own centre and then of the other)."""
    own, between = len(query.weights), (1,) * (counts.ndim - 2)
    a, spread = query.centre(counts[..., :own], shots)
    b, far = other.centre(counts[..., own:], shots)
    origin = to_numpy(query.means).reshape(own, *between, -1)
    return Coordinates(
        a - origin, spread, b - origin, far, to_numpy(query.variances).reshape(own, *between, 1), times
    )


def _slope(  # noqa: PLR0913 - the terms of the formula
    query: Law, other: Law, counts: Floats, times: Floats, shots: float, t: Floats
) -> Floats:
    """(parts of the query, parts of both centres): derivatives of the cumulant by every count."""
    size, ends = counts.shape[1], []
    for sign in (1, -1):
        moved = np.maximum(counts[:, None, :] + sign * STEP * shots * np.eye(size), 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            cumulants = cumulant(_pair(query, other, moved, times, shots), t[:, None, None])
        ends.append((cumulants, np.diagonal(moved, axis1=1, axis2=2)))
    slope = (ends[0][0] - ends[1][0]) / (ends[0][1] - ends[1][1])
    return np.where(np.isfinite(slope), slope, 0.0)


@dataclass(frozen=True, eq=False)
class CountsClass(PlainComponent):
    """Query class with its own parts and those of the others."""

    frame: Frame
    own: Law
    others: Sequence[Law]
    shots: int
    pulls: Sequence[Pull]

    @staticmethod
    def build(population: MixtureClasses, i: int, shots: float) -> CountsClass:
        """The pairs of class ``i`` of the population, each at its fixed point."""
        order = [i, *(j for j in range(population.classes) if j != i)]
        kept = [population.parts[c] for c in order]
        seen = [each.weights > 0 for each in kept]
        points = np.concatenate([part.means[here] for part, here in zip(kept, seen, strict=True)])
        frame = build(points - population.means[i], np.ones((len(order), population.dimension)), len(order))
        ends = np.cumsum([int(here.sum()) for here in seen])[:-1]
        laws = [
            Law(part.weights[here], means, part.stds[here] ** 2)
            for part, here, means in zip(kept, seen, np.split(frame.points, ends), strict=True)
        ]
        pulls = [pull(laws[0], each, frame.times, shots) for each in laws[1:]]
        return CountsClass(frame, laws[0], laws[1:], int(shots), pulls)

    @property
    def logs(self) -> Floats:
        """(components,), the plain one last."""
        return self._with_plain(np.array([each.log for each in self.pulls]))

    @property
    def draws(self) -> int:
        """Random numbers an episode costs, about: a count as four, and arithmetic too."""
        others = len(self.others)
        parts = len(self.own.weights) + sum(len(each.weights) for each in self.others)
        return int(3 * (others + 1) * self.frame.width + others * others + 4 * parts)

    def episodes(self, counts: Integers, rng: Generator) -> Margins:
        """counts[c] episodes of component c, in that order; the last component is plain."""
        episodes, logs = int(counts.sum()), self.logs
        xp, ends = namespace(rng), np.concatenate([[0], np.cumsum(counts)])
        part, own, other_counts = self._counts(ends, rng)
        laws = self._laws_beside(own)
        origin = xp.take(laws[0].means, part, axis=0)
        query = xp.take(laws[0].variances, part)[:, None]
        a, spread = laws[0].centre(own, self.shots)
        scores = self.frame.normals(rng, episodes, len(self.others) + 1)
        times = drawn_like(self.frame.times, rng)
        by_part = look_up(self._by_part, part)
        rows, tilts, extra, begin = [], [], [], 0
        for j, (other, counts_of_other, pull) in enumerate(
            zip(laws[1:], other_counts, self.pulls, strict=True)
        ):
            b, far = other.centre(counts_of_other, self.shots)
            pair = Coordinates(a - origin, spread, b - origin, far, query, times)
            row, begin = by_part[:, begin : begin + pull.columns], begin + pull.columns
            t = xp.minimum(WITHIN * largest(pair), row[:, 0])
            here = slice(int(ends[j]), int(ends[j + 1]))
            if counts[j]:
                few = Coordinates(
                    pair.own_mean[here, :],
                    spread[here, :],
                    pair.other_mean[here, :],
                    far[here, :],
                    query[here, :],
                    times,
                )
                scores[here, 0, :], scores[here, j + 1, :] = tilted_scores(
                    scores[here, 0, :], scores[here, j + 1, :], tilt(few, t[here, None])
                )
            ratio = row[:, 1] + xp.sum(own * row[:, 2 : 2 + own.shape[1]], axis=1)
            ratio = ratio + xp.sum(counts_of_other * row[:, 2 + own.shape[1] :], axis=1)
            rows.append(pair.other_mean + xp.sqrt(far) * scores[:, j + 1, :])
            tilts.append(t)
            extra.append(float(logs[j]) - cumulant(pair, t[:, None]) + ratio)
        centre = a - origin + xp.sqrt(spread) * scores[:, 0, :]
        differences = xp.stack(rows, axis=1) - centre[:, None, :]
        tilted_margins = margins(centre, differences, xp.ones(self.frame.width), xp.stack(tilts, axis=1))
        joint = tilted_margins.joint * query[:, :, None]
        return Margins(tilted_margins.mean, joint, tilted_margins.t, xp.stack(extra, axis=1), float(logs[-1]))

    @cached_property
    def _moments(self) -> Floats:
        """(all parts, width + 1): means and variances of the own class's parts and of all others'."""
        laws = [self.own, *self.others]
        return constant(
            np.concatenate(
                [np.column_stack([to_numpy(each.means), to_numpy(each.variances)]) for each in laws]
            )
        )

    def _laws_beside(self, counts: Array) -> list[Law]:
        """The own class and the others in the namespace of ``counts``."""
        moments, laws, begin = like(self._moments, counts), [], 0
        for law in (self.own, *self.others):
            rows = moments[begin : begin + len(law.weights), :]
            laws.append(Law(law.weights, rows[:, :-1], rows[:, -1]))
            begin += len(law.weights)
        return laws

    @cached_property
    def _by_part(self) -> Floats:
        """(parts of the query, columns): of all pairs in turn what ``Pull.by_part`` gives."""
        return constant(np.concatenate([each.by_part for each in self.pulls], axis=1))

    def _counts(self, ends: Integers, rng: Generator) -> tuple[Array, Array, list[Array]]:
        """The part of the query (episodes,), and counts (episodes, parts) of its own centre and of every
        other: as the component says, the others plainly."""
        xp, episodes = namespace(rng), int(ends[-1])
        plainly = self.own.weights / np.sum(self.own.weights)
        other_counts = [multinomial(rng, self.shots, law.weights, episodes) * 1.0 for law in self.others]
        u = to_numpy(rng.random(episodes))
        picks = np.zeros((2, episodes), dtype=np.int64)
        pieces = [slice(begin, end) for begin, end in itertools.pairwise(ends.tolist())]
        for j, here in enumerate(pieces):
            edges = np.cumsum(plainly if j == len(self.others) else self.pulls[j].chances)
            pick = np.minimum(np.searchsorted(edges / edges[-1], u[here], side="right"), len(edges) - 1)
            # Counts are drawn part by part, and put back into the order of the picks: groups of sorted ones
            # would not be independent.
            picks[0, here] = pick
            picks[1, here][np.argsort(pick, kind="stable")] = np.arange(len(pick))
        parts = drawn_like(picks, rng)
        own = []
        for j, here in enumerate(pieces):
            if j == len(self.others):
                own.append(multinomial(rng, self.shots, self.own.weights, here.stop - here.start) * 1.0)
                continue
            many = np.bincount(picks[0, here], minlength=len(self.own.weights))
            own_sorted, other_sorted = (
                self._sorted_counts(many, weights, rng)
                for weights in (self.pulls[j].own, self.pulls[j].other)
            )
            own.append(xp.take(own_sorted, parts[1, here], axis=0))
            other_counts[j][here, :] = xp.take(other_sorted, parts[1, here], axis=0)
        return parts[0, :], xp.concat(own, axis=0), other_counts

    def _sorted_counts(self, many: Integers, weights: Floats, rng: Generator) -> Array:
        """(sum of ``many``, parts): ``many[r]`` times counts with the weights of row ``r``."""
        rows = [
            multinomial(rng, self.shots, row / np.sum(row), int(count)) * 1.0
            for row, count in zip(weights, many, strict=True)
        ]
        return namespace(rng).concat(rows, axis=0)
