"""Weights that the draws of a pair of mixtures are given: one set for each way in which the pair may err.

The logarithm of the chance that a query of a given part errs while the draws have about the shares f of the
parts is K(f) minus the shots times the entropy of f relative to the plain weights, with K the cumulant of the
pair at its saddle point. Its maxima are fixed points: f is the plain weights times exp(dK/dcount). K bends up
where a rare part lies far off, so there may be several: none of its draws, or as many as bring the own centre
far enough away. The first is found from the plain weights, others from weights pulled towards each part.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simulations.engines.tilted.fitted import Proposal
from simulations.engines.tilted.pair import STEPS, Coordinates, cumulant, saddle
from theory.array import Array, Floats, Integers, to_numpy

ROUNDS, STEP, SETTLED = 40, 1e-4, 1e-3
STRENGTHS, MOST_PULLED, MOST_STARTS, COARSE = 10, 0.8, 4000, 16
"""Numbers of draws that weights are pulled to, the largest share of them, how many starts a pair has, and
steps of the search for the saddle point of each: its logarithm to about .01."""
DEEP, APART, MOST_MAXIMA, CLIMB = 12.0, 1.0, 12, 12
"""Logarithms: a maximum that is lower than the highest by this is none, and two whose draws differ by less
are one. How many further ones a query part has at most, and steps of the way up to each."""
FEWER, LESS, TINY = (0.01, 0.1, 0.3, 0.6), 0.3, 1e-9
"""Shares of its draws that a part is left where weights are pulled away from it, and less than a draw."""
LEAST_BEND, ROOM = 4.0, 2.0
"""Of the relative entropy of one share of the draws, whose second derivative is 1/(f (1 - f))."""
EVEN = 0.2
"""Of a pair's episodes in a pilot, that its maxima share alike."""


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
class Pull(Proposal):
    """One pair, by maximum (first axis): the part of the query, the tilt t, the logarithm of about the
    chance, the weights of the parts that the draws of the own and of the other centre are given, and the
    logarithms of these over the plain ones."""

    part: Integers
    t: Floats
    heights: Floats
    own: Floats
    other: Floats
    own_logs: Floats
    other_logs: Floats
    plain: Floats
    """(maxima,): weight of the part of the query."""

    @property
    def columns(self) -> int:
        """Numbers of a row of ``rows``."""
        return 3 + int(self.own.shape[1] + self.other.shape[1])

    @property
    def rows(self) -> Floats:
        """(maxima, columns): what an episode needs: tilt, the level of the density without its share, the
        height, and what every count adds."""
        first = np.column_stack([self.t, -np.log(self.plain), self.heights - np.log(self.plain)])
        return np.concatenate([first, self.own_logs, self.other_logs], axis=1)


def pull(query: Law, other: Law, times: Floats, shots: float) -> Pull:
    """The maxima for every part of the query class ``query``, whose own centre it is as well."""
    pair = _Pair(query, other, times, shots)
    every = np.arange(len(query.weights))
    part, fresh = _with_more(pair, every, pair.fixed_point(every))
    t, heights = pair.levels(part, fresh)
    own = len(query.weights)
    peak = float(heights.max())
    shares = np.exp(heights - peak)
    log = peak + math.log(float(np.sum(shares)))
    shares = shares / np.sum(shares)
    if len(part) > own:
        shares = (1 - EVEN) * shares + EVEN / len(shares)
    logs = np.log(fresh) - np.log(pair.weights)
    return Pull(
        shares=shares,
        log=min(log, 0.0),
        part=part,
        t=t,
        heights=heights,
        own=fresh[:, :own],
        other=fresh[:, own:],
        own_logs=logs[:, :own],
        other_logs=logs[:, own:],
        plain=query.weights[part],
    )


@dataclass(frozen=True, eq=False)
class _Pair:
    query: Law
    other: Law
    times: Floats
    shots: float

    @property
    def weights(self) -> Floats:
        """(own and other parts,): the plain ones."""
        return np.concatenate([self.query.weights, self.other.weights])

    def given(self, part: Integers, counts: Floats) -> Coordinates:
        """The pairs given the part of the query (rows,) and ``counts`` (rows, ..., parts of the own centre
        and then of the other)."""
        own, between = len(self.query.weights), (1,) * (counts.ndim - 2)
        a, spread = self.query.centre(counts[..., :own], self.shots)
        b, far = self.other.centre(counts[..., own:], self.shots)
        origin = to_numpy(self.query.means)[part].reshape(len(part), *between, -1)
        variances = to_numpy(self.query.variances)[part].reshape(len(part), *between, 1)
        return Coordinates(a - origin, spread, b - origin, far, variances, self.times)

    def levels(self, part: Integers, fresh: Floats, steps: int = STEPS) -> tuple[Floats, Floats]:
        """(rows,): the tilts at weights ``fresh`` (rows, parts), and about the logarithms of the chances."""
        at = self.given(part, self.shots * fresh)
        t = saddle(at, steps)
        entropy = np.sum(fresh * (np.log(fresh) - np.log(self.weights)), axis=1)
        heights = cumulant(at, t[:, None]) - self.shots * entropy + np.log(self.query.weights[part])
        return t, np.where(np.isfinite(heights), heights, -math.inf)

    def moved(self, part: Integers, fresh: Floats, t: Floats) -> Floats:
        """(rows, parts): the plain weights times exp(dK/dcount) at ``fresh``."""
        own, logs = len(self.query.weights), np.log(self.weights) + self._slope(part, self.shots * fresh, t)
        return np.concatenate([_shares(logs[:, :own]), _shares(logs[:, own:])], axis=1)

    def fixed_point(self, part: Integers) -> Floats:
        """(rows, parts): the weights found from the plain ones."""
        fresh = np.tile(self.weights, (len(part), 1))
        for _ in range(ROUNDS):
            t = saddle(self.given(part, self.shots * fresh))
            updated = self.moved(part, fresh, t)
            change = float(np.max(np.abs(updated - fresh)))
            fresh = (fresh + updated) / 2
            if change < SETTLED:
                break
        return fresh

    def climbed(self, part: Integers, fresh: Floats) -> tuple[Floats, Floats]:
        """Weights (rows, parts) from ``fresh`` on towards a fixed point, only ever upwards, and levels."""
        t, height = self.levels(part, fresh)
        step = np.full(len(part), 0.5)
        for _ in range(CLIMB):
            trial = fresh + step[:, None] * (self.moved(part, fresh, t) - fresh)
            new_t, new_height = self.levels(part, trial)
            better = new_height > height
            fresh = np.where(better[:, None], trial, fresh)
            t, height = np.where(better, new_t, t), np.where(better, new_height, height)
            step = np.where(better, np.minimum(2 * step, 1.0), step / 4)
        return fresh, height

    def has_one_maximum(self, t: float) -> bool:
        """Whether the entropy bends down more than the cumulant bends up along every line from one part to
        another, at tilts up to ``t`` and with room for the noise of the centres."""
        bend = 2 * t * (1 + 2 * t * float(np.max(to_numpy(self.query.variances))))
        squares = [
            float(np.max(np.sum((means[:, None, :] - means[None, :, :]) ** 2, axis=2)))
            for means in (to_numpy(self.query.means), to_numpy(self.other.means))
        ]
        return ROOM * bend * max(squares) < LEAST_BEND * self.shots

    def pulled(self) -> Floats:
        """(parts, strengths, parts): weights that give each part fewer draws, the plain ones after
        ``FEWER``, and weights pulled towards it more and more."""
        draws = np.unique(np.round(np.geomspace(1, max(MOST_PULLED * self.shots, 1.0), STRENGTHS)))
        own, size = len(self.query.weights), len(self.weights)
        # Less than one draw too: a level that falls between none and one has a maximum at one.
        up = np.concatenate([[LESS], draws]) / self.shots * (1 - 1e-9)
        rows = np.tile(self.weights, (size, len(FEWER) + 1 + len(up), 1))
        for g, weight in enumerate(self.weights):
            side = slice(0, own) if g < own else slice(own, size)
            # The other parts of its class share the rest as before.
            down = weight * (np.array(FEWER) - 1) / max(1 - weight, TINY)
            strengths = np.concatenate([down if weight < 1 - TINY else 0 * down, [0.0], up])
            rows[g, :, side] *= 1 - strengths[:, None]
            rows[g, :, g] += strengths
        return rows

    def flattened(self) -> Floats:
        """(parts,): weights that give each part a draw, or as many as the plain ones do."""
        weights, own = np.maximum(self.weights, 1 / self.shots), len(self.query.weights)
        return np.concatenate([side / np.sum(side) for side in (weights[:own], weights[own:])])

    def _slope(self, part: Integers, counts: Floats, t: Floats) -> Floats:
        """(rows, parts of both centres): derivatives of the cumulant by every count."""
        size, ends = counts.shape[1], []
        for sign in (1, -1):
            moved = np.maximum(counts[:, None, :] + sign * STEP * self.shots * np.eye(size), 0.0)
            with np.errstate(invalid="ignore", divide="ignore"):
                cumulants = cumulant(self.given(part, moved), t[:, None, None])
            ends.append((cumulants, np.diagonal(moved, axis1=1, axis2=2)))
        slope = (ends[0][0] - ends[1][0]) / (ends[0][1] - ends[1][1])
        return np.where(np.isfinite(slope), slope, 0.0)


def _with_more(pair: _Pair, part: Integers, first: Floats) -> tuple[Integers, Floats]:
    """The ``first`` weights (query parts, parts) and those of the other maxima, each with the pulled weights
    beside it: an episode whose counts are like these is tilted as suits them."""
    t, heights = pair.levels(part, first)
    at_first, _ = pair.levels(part, np.tile(pair.weights, (len(part), 1)))
    if pair.has_one_maximum(float(max(t.max(), at_first.max()))):
        return part, first
    pulled = pair.pulled()
    columns, strengths, size = pulled.shape
    likeliest = np.argsort(-heights)[: max(1, MOST_STARTS // (columns * strengths))]
    rows = np.tile(pulled.reshape(-1, size), (len(likeliest), 1))
    of_row = np.repeat(part[likeliest], columns * strengths)
    _, levels = pair.levels(of_row, rows, COARSE)
    least = max(float(heights.max()), float(levels.max())) - DEEP
    by_strength = levels.reshape(-1, strengths)
    after = np.concatenate([by_strength[:, 1:], np.full((len(by_strength), 1), -math.inf)], axis=1)
    before = np.concatenate([np.full((len(by_strength), 1), -math.inf), by_strength[:, :-1]], axis=1)
    tops = np.flatnonzero(((by_strength > before) & (by_strength >= after)).reshape(-1) & (levels > least))
    # Parts of the query without starts of their own have those that others found: what the centres draw in a
    # way to err is much the same for all of them.
    rest = np.setdiff1d(np.arange(len(part)), likeliest)
    of_top = np.concatenate([of_row[tops], np.repeat(part[rest], len(tops))])
    tops = np.tile(tops, 1 + len(rest))
    # None where what the plain weights lead to is far likelier than all that weights can be pulled to.
    climbed, height = pair.climbed(of_top, rows[tops]) if len(tops) else (rows[:0], np.zeros(0))
    kept: list[tuple[int, Floats]] = list(zip(part.tolist(), first, strict=True))
    maxima = dict.fromkeys(part.tolist(), 0)
    for place in np.argsort(-height):
        start = int(tops[place])
        owner, some = int(of_top[place]), [row for other, row in kept if other == of_top[place]]
        if height[place] < least or maxima[owner] >= MOST_MAXIMA or _near(pair, climbed[place], some):
            continue
        maxima[owner] += 1
        kept.append((owner, climbed[place]))
        for beside in (start - 1, start, start + 1):
            same = 0 <= beside < len(rows) and beside // strengths == start // strengths
            if same and levels[beside] > least and beside % strengths != len(FEWER):
                kept.append((owner, rows[beside]))
    # Ways to err that take a draw each of several parts, and nothing else that is unlikely, are no maximum.
    kept += [(owner, pair.flattened()) for owner in part.tolist()]
    return np.array([owner for owner, _ in kept]), np.array([row for _, row in kept])


def _near(pair: _Pair, row: Floats, others: list[Floats]) -> bool:
    """Whether the draws are about those of one of the ``others``: by relative entropy, both ways."""
    gaps = [float(np.sum((row - other) * (np.log(row) - np.log(other)))) for other in others]
    return pair.shots * min(gaps) < APART


def _shares(logs: Floats) -> Floats:
    """No smaller than what can be divided by."""
    positive = np.maximum(np.exp(logs - np.max(logs, axis=1, keepdims=True)), 1e-30)
    values: Floats = positive / np.sum(positive, axis=1, keepdims=True)
    return values
