"""Classes that are mixtures of isotropic Gaussians: a latent count of each part, Gaussian given the counts.

Latent are the part of the query and, for every centre, how many of its draws came from each part. Given
these a pair is an isotropic Gaussian pair, with its own saddle point and its own cumulant K; a tilt first
draws them in proportion to their probability times exp(K), from a table of all of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simulations.engines.tilted.axes import tilted_scores
from simulations.engines.tilted.frame import Frame, build
from simulations.engines.tilted.margins import Margins, margins
from simulations.engines.tilted.pair import Coordinates, cumulant, saddle, tilt
from simulations.populations.mixture import MixtureClasses
from simulations.runtime.arrays import Generator, constant, drawn_like, look_up, namespace
from theory.array import Floats, Integers, to_numpy
from theory.geometry.margins.atoms import compositions, multinomial_logs

MOST_TABLE = 1 << 17
"""Latent states of a pair up to which they are listed."""


@dataclass(frozen=True, eq=False)
class Centre:
    """The centre of one class by latent state: logs (states,) of probabilities, means (states, width) from
    the common origin, variances (states,)."""

    logs: Floats
    means: Floats
    variances: Floats


def states(parts: int, shots: float) -> float:
    """How many ways there are to share the draws among the parts."""
    return 1.0 if math.isinf(shots) else math.comb(int(shots) + parts - 1, parts - 1)


def centre(weights: Floats, means: Floats, variances: Floats, shots: float) -> Centre:
    """All latent states of one class; at infinitely many shots its mean is the only one."""
    if math.isinf(shots):
        return Centre(np.zeros(1), (weights @ means)[None, :], np.zeros(1))
    n, parts = int(shots), len(weights)
    counts = compositions(parts, n)
    logs = multinomial_logs(counts, weights)
    top = float(np.max(logs))
    logs -= top + math.log(float(np.sum(np.exp(logs - top))))
    return Centre(logs, counts @ means / n, counts @ variances / n**2)


@dataclass(frozen=True, eq=False)
class Table:
    """One pair: for every state (part of the query, own counts, other counts) the tilt t, and the
    cumulative chance of the tilted states in that order; ``log`` is the logarithm of their total."""

    t: Floats
    edges: Floats
    log: float


def table(  # noqa: PLR0913 - the terms of the formula
    own: Centre, other: Centre, weights: Floats, points: Floats, variances: Floats, p: int
) -> Table:
    """``weights`` (parts,), ``points`` (parts, width) and ``variances`` (parts,) of the query's parts."""
    a = own.means[None, :, :] - points[:, None, :]
    b = other.means[None, :, :] - points[:, None, :]
    # Two coordinates hold both means; the others hold none.
    length = np.sqrt(np.sum(a * a, axis=2))
    along = np.einsum("gaw,gbw->gab", a, b) / np.where(length > 0, length, 1.0)[:, :, None]
    first = np.where(length > 0, 0.0, 1.0)[:, :, None]
    squares = np.sum(b * b, axis=2)[:, None, :]
    across = np.sqrt(np.maximum(squares - along * along, 0.0))
    along, across = along + first * across, across * (1 - first)
    c = Coordinates(
        own_mean=np.stack([length, np.zeros_like(length)], axis=2)[:, :, None, :],
        own=own.variances[None, :, None, None],
        other_mean=np.stack([along, across], axis=3),
        other=other.variances[None, None, :, None],
        query=variances[:, None, None, None],
        times=np.array([1.0, p - 1.0]),
    )
    t = saddle(c)
    with np.errstate(divide="ignore"):
        logs = to_numpy(cumulant(c, t[..., None])) + np.log(weights)[:, None, None]
    logs = logs + own.logs[None, :, None] + other.logs[None, None, :]
    peak = float(logs.max())
    edges = np.cumsum(np.exp(logs - peak).reshape(-1))
    return Table(t, edges / edges[-1], peak + math.log(edges[-1]))


@dataclass(frozen=True, eq=False)
class PartsClass:
    """Query class with its parts' ``points`` (parts, width) and ``variances`` (parts,)."""

    frame: Frame
    points: Floats
    variances: Floats
    own: Centre
    others: Sequence[Centre]
    tables: Sequence[Table]

    @staticmethod
    def build(population: MixtureClasses, i: int, shots: float) -> PartsClass:
        """The table of every pair of class ``i``, over all latent states."""
        order = [i, *(j for j in range(population.classes) if j != i)]
        parts = [population.parts[c] for c in order]
        points = np.concatenate([each.means for each in parts]) - population.means[i]
        frame = build(points, np.ones((len(order), population.dimension)), len(order))
        ends = np.cumsum([len(each.weights) for each in parts])[:-1]
        points_by_class = np.split(frame.points, ends)
        centres = [
            centre(part.weights, means, part.stds**2, shots)
            for part, means in zip(parts, points_by_class, strict=True)
        ]
        own, variances, p = parts[0], parts[0].stds ** 2, population.dimension
        tables = [
            table(centres[0], each, own.weights, points_by_class[0], variances, p) for each in centres[1:]
        ]
        return PartsClass(frame, points_by_class[0], variances, centres[0], centres[1:], tables)

    @property
    def logs(self) -> Floats:
        """(others,): logarithms of the normalizers."""
        return np.array([each.log for each in self.tables])

    def bound(self, share: float) -> float | None:
        """The largest value of an episode where ``share`` of the subsets err with one other class."""
        return share

    def exact(self) -> Floats | None:
        """None: no pair is known exactly."""
        return None

    @property
    def draws(self) -> int:
        """Random numbers an episode costs, about: what is looked up by row counts too."""
        others = len(self.others)
        return int(2 * (others + 1) * self.frame.width + others * others)

    def episodes(self, counts: Integers, rng: Generator) -> Margins:
        """counts[c] episodes of component c, in that order."""
        episodes, others = int(counts.sum()), len(self.others)
        states = drawn_like(self._states(counts, rng), rng)
        xp, where = namespace(rng), np.concatenate([[0], np.cumsum(counts)])
        part, own_state = states[0, :], states[1, :]
        origin = look_up(self.points, part)
        means, variances, all_t = (drawn_like(each, rng) for each in self._listed)
        a = xp.take(means, own_state, axis=0) - origin
        own = xp.take(variances, own_state)[:, None]
        query = look_up(self.variances, part)[:, None]
        scores = self.frame.normals(rng, episodes, others + 1)
        rows, tilts, times = [], [], drawn_like(self.frame.times, rng)
        begin, first = len(self.own.logs), 0
        for j, (other, tilts_of_other) in enumerate(zip(self.others, self.tables, strict=True)):
            state, size = states[2 + j, :], len(other.logs)
            b = xp.take(means, begin + state, axis=0) - origin
            spread = xp.take(variances, begin + state)[:, None]
            t = xp.take(all_t, first + (part * len(self.own.logs) + own_state) * size + state)
            begin, first = begin + size, first + tilts_of_other.t.size
            here = slice(int(where[j]), int(where[j + 1]))
            if counts[j]:
                pair = Coordinates(
                    a[here, :], own[here, :], b[here, :], spread[here, :], query[here, :], times
                )
                scores[here, 0, :], scores[here, j + 1, :] = tilted_scores(
                    scores[here, 0, :], scores[here, j + 1, :], tilt(pair, t[here, None])
                )
            rows.append(b + xp.sqrt(spread) * scores[:, j + 1, :])
            tilts.append(t)
        centre_of_own = a + xp.sqrt(own) * scores[:, 0, :]
        differences = xp.stack(rows, axis=1) - centre_of_own[:, None, :]
        tilted_margins = margins(
            centre_of_own, differences, xp.ones(self.frame.width), xp.stack(tilts, axis=1)
        )
        return Margins(tilted_margins.mean, tilted_margins.joint * query[:, :, None], tilted_margins.t)

    @cached_property
    def _listed(self) -> tuple[Floats, Floats, Floats]:
        """Means and variances of the centres' states, the own class's first, and the tilts of all pairs."""
        centres = [self.own, *self.others]
        return (
            constant(np.concatenate([each.means for each in centres])),
            constant(np.concatenate([each.variances for each in centres])),
            constant(np.concatenate([each.t.reshape(-1) for each in self.tables])),
        )

    def _states(self, counts: Integers, rng: Generator) -> Integers:
        """(others + 2, episodes): indices of the latent states of the query's part, of the own centre, and
        of every other centre."""
        episodes, others = int(counts.sum()), len(self.others)
        chosen = np.zeros((2 + others, episodes), dtype=np.int64)
        ends = np.concatenate([[0], np.cumsum(counts)])
        for row, other, u in zip(
            chosen[2:], self.others, to_numpy(rng.random((others, episodes))), strict=True
        ):
            edges = np.cumsum(np.exp(other.logs))
            row[:] = _pick(edges / edges[-1], u)
        u = to_numpy(rng.random(episodes))
        for j, (other, tilts_of_other) in enumerate(zip(self.others, self.tables, strict=True)):
            here = slice(int(ends[j]), int(ends[j + 1]))
            flat, chosen[2 + j, here] = np.divmod(_pick(tilts_of_other.edges, u[here]), len(other.logs))
            chosen[0, here], chosen[1, here] = np.divmod(flat, len(self.own.logs))
        return chosen


def _pick(edges: Floats, u: Floats) -> Floats:
    values: Floats = np.minimum(np.searchsorted(edges, u, side="right"), len(edges) - 1)
    return values
