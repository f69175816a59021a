"""Mixtures of isotropic Gaussians with too many part counts to list: the counts are drawn one by one.

The cumulant K of a pair, given the part of the query and the part counts of both centres, is about linear in
the counts where the draws are many; a multinomial law times exp(linear) is again multinomial. So for every
part of the query the draws of the two centres are given other weights, w exp(dK/dcount) at the mean of those
very counts (a fixed point; ``pulls`` finds several), and given the counts the pair is tilted as Gaussian
classes are. The counts' weights are part of the balance weight, so any weights serve and these serve well; a
pilot shows which of them find what.

K is not exactly linear, so no episode is bounded by Chernoff's sum: a share of plainly drawn episodes bounds
its weight, and the interval is that of group means.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from simulations.engines.tilted.axes import tilted_scores
from simulations.engines.tilted.fitted import FittedComponents, summed
from simulations.engines.tilted.frame import Frame, build
from simulations.engines.tilted.margins import Margins, margins
from simulations.engines.tilted.pair import Coordinates, cumulant, largest, tilt
from simulations.engines.tilted.pulls import Law, Pull, pull
from simulations.populations.mixture import MixtureClasses
from simulations.runtime.arrays import Generator, constant, drawn_like, like, multinomial, namespace
from theory.array import Array, Floats, Integers, array_namespace, to_numpy
from theory.inheritance import override

WITHIN = 0.9
"""The tilt stays this far within the range of the drawn counts."""
NOTHING = -1e6
"""The logarithm of no density."""


@dataclass(frozen=True, eq=False)
class CountsClass(FittedComponents[Pull]):
    """Query class with its own parts and those of the others."""

    frame: Frame
    own: Law
    others: Sequence[Law]
    shots: int

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
        return CountsClass(pulls, frame, laws[0], laws[1:], int(shots))

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
        rows, tilts, extra, parts = [], [], [], []
        for j, (other, counts_of_other) in enumerate(zip(laws[1:], other_counts, strict=True)):
            b, far = other.centre(counts_of_other, self.shots)
            pair = Coordinates(a - origin, spread, b - origin, far, query, times)
            t, ratios = self._tilts(j, part, own, counts_of_other)
            t = xp.minimum(WITHIN * largest(pair), t)
            t, level = suited(t, cumulant(pair, t[:, None]))
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
            rows.append(pair.other_mean + xp.sqrt(far) * scores[:, j + 1, :])
            tilts.append(t)
            parts.append(ratios - level[:, None])
            extra.append(float(logs[j]) - level + summed(ratios + like(np.log(self.pairs[j].shares), ratios)))
        centre = a - origin + xp.sqrt(spread) * scores[:, 0, :]
        differences = xp.stack(rows, axis=1) - centre[:, None, :]
        tilted_margins = margins(centre, differences, xp.ones(self.frame.width), xp.stack(tilts, axis=1))
        joint = tilted_margins.joint * query[:, :, None]
        more, every = xp.stack(extra, axis=1), xp.concat(parts, axis=1)
        return Margins(tilted_margins.mean, joint, tilted_margins.t, more, float(logs[-1]), every)

    @override
    def explored(self) -> Self:
        return super().explored() if self._has_several else self

    @override
    def refitted(self, pilot: Margins, values: Floats) -> tuple[Self, Floats]:
        return super().refitted(pilot, values) if self._has_several else (self, values)

    @property
    def _has_several(self) -> bool:
        """Whether a pair errs in several ways, whose levels say little of how much each adds: else shares as
        the levels say leave common errors narrower intervals than a pilot's, which neglect nothing."""
        return any(len(each.shares) > len(self.own.weights) for each in self.pairs)

    def _tilts(self, j: int, part: Array, own: Array, other: Array) -> tuple[Array, Array]:
        """Of pair ``j`` given the counts, the tilt (episodes,), that of the maximum which is likeliest given
        them, and (episodes, maxima) the log densities of part and counts over the plain ones."""
        xp, rows = array_namespace(own), like(self._rows[j], own)
        middle = 3 + own.shape[1]
        added = own @ rows[:, 3:middle].T + other @ rows[:, middle:].T
        here = part[:, None] == like(self.pairs[j].part, part)[None, :]
        nothing = xp.full_like(added, NOTHING)
        likely = xp.where(here, added + rows[:, 2][None, :], nothing)
        ratios = xp.where(here, added + rows[:, 1][None, :], nothing)
        return xp.take(rows[:, 0], xp.argmax(likely, axis=1)), ratios

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
    def _rows(self) -> list[Floats]:
        """Of every pair what ``Pull.rows`` gives."""
        return [constant(each.rows) for each in self.pairs]

    def _counts(self, ends: Integers, rng: Generator) -> tuple[Array, Array, list[Array]]:
        """The part of the query (episodes,), and counts (episodes, parts) of its own centre and of every
        other: as the component says, the others plainly."""
        xp, episodes = namespace(rng), int(ends[-1])
        plainly = self.own.weights / np.sum(self.own.weights)
        other_counts = [multinomial(rng, self.shots, law.weights, episodes) * 1.0 for law in self.others]
        u = to_numpy(rng.random(episodes))
        picks, maxima = np.zeros((2, episodes), dtype=np.int64), np.zeros(episodes, dtype=np.int64)
        pieces = [slice(begin, end) for begin, end in itertools.pairwise(ends.tolist())]
        for j, here in enumerate(pieces):
            edges = np.cumsum(plainly if j == len(self.others) else self.pairs[j].shares)
            pick = np.minimum(np.searchsorted(edges / edges[-1], u[here], side="right"), len(edges) - 1)
            # Counts are drawn part by part, and put back into the order of the picks: groups of sorted ones
            # would not be independent.
            picks[0, here] = pick if j == len(self.others) else self.pairs[j].part[pick]
            maxima[here] = pick
            picks[1, here][np.argsort(pick, kind="stable")] = np.arange(len(pick))
        parts = drawn_like(picks, rng)
        own = []
        for j, here in enumerate(pieces):
            if j == len(self.others):
                own.append(multinomial(rng, self.shots, self.own.weights, here.stop - here.start) * 1.0)
                continue
            many = np.bincount(maxima[here], minlength=len(self.pairs[j].shares))
            own_sorted, other_sorted = (
                self._sorted_counts(many, weights, rng)
                for weights in (self.pairs[j].own, self.pairs[j].other)
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


def suited(t: Array, level: Array) -> tuple[Array, Array]:
    """Tilts and levels (episodes,). A tilt is that of likelier counts: where it is worse than none, as of a
    centre with a draw of a wide part, there is none."""
    xp, suits = array_namespace(t), level < 0
    return xp.where(suits, t, xp.zeros_like(t)), xp.where(suits, level, xp.zeros_like(level))
