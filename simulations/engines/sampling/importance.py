"""Where rare events happen: design points and the mixture proposal built on them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Protocol

import numpy as np

from simulations.engines.exact.surface import ScoreSurface
from simulations.runtime.arrays import constant, like
from theory.array import Array, Floats, array_namespace, to_numpy

MOST_COMPONENTS = 48
NEGLIGIBLE = 7.0
STARTS = (0.35, 0.42, 0.46, 0.5)
ALONE = 1e-9
FLAT = -60.0
"""Components whose log weight lies this far below the largest of their kind are dropped."""


@dataclass(frozen=True, eq=False)
class Proposal:
    """Mixture of unit normals: weights (m,), centres (m, scores)."""

    weights: Floats
    centres: Floats

    def __post_init__(self) -> None:
        constant(self.weights)
        constant(self.centres)

    @staticmethod
    def plain(scores: int) -> Proposal:
        """Normal scores as they are."""
        return Proposal(np.ones(1), np.zeros((1, scores)))

    def ratio(self, u: Annotated[Array, "scores points"]) -> Annotated[Array, "points"]:
        """(points,): standard normal density over the mixture's, for u (scores, points). The points come
        from the components in fixed shares, so this is the balance heuristic."""
        xp = array_namespace(u)
        centres = like(self.centres, u)
        exponents = centres @ u - 0.5 * xp.sum(centres**2, axis=1)[:, None]
        top = xp.max(exponents, axis=0)
        total: Array = xp.exp(-top) / (like(self.weights, u) @ xp.exp(exponents - top))
        return total


class ScoredClass(Protocol):
    """What a proposal is made for: a query class whose conditional probabilities are functions of scores."""

    @property
    def offsets(self) -> Floats:
        """(others, span): means of the other classes in an orthonormal basis of their span."""

    @property
    def exact(self) -> Floats:
        """(others,): two-class probabilities."""

    @property
    def scores(self) -> int:
        """How many normal scores a draw takes."""

    def scores_of(self, surface: ScoreSurface, u: Array) -> Array:
        """(others, m): Phi^-1 of the conditional probabilities at the scores ``u`` (scores, m)."""


def design_points(query: ScoredClass, surface: ScoreSurface) -> Proposal:
    """Most likely points of "j is hit" (for the control) and "j and l are both hit" (for the overlap)."""
    from scipy.special import log_ndtr

    others = len(query.offsets)
    singles = [(j,) for j in range(others)]
    # Pairs with a class that is as rare as this compared with the likeliest add nothing: no more than it.
    order = np.argsort(-query.exact, kind="stable")
    near = [int(j) for j in order if query.exact[j] > query.exact[order[0]] * ALONE][:10]
    pairs = [tuple(sorted(pair)) for pair in itertools.combinations(near, 2)]
    events = [*singles, *pairs] if others <= 16 else [*((j,) for j in near), *pairs]
    members = np.zeros((len(events), others))
    for row, event in enumerate(events):
        members[row, list(event)] = 1.0

    def height(u: Floats) -> Floats:
        """(events, points): log of density times probabilities, for u (scores, events, points)."""
        shape = u.shape
        logs = log_ndtr(to_numpy(query.scores_of(surface, u.reshape(shape[0], -1)))).reshape(
            others, *shape[1:]
        )
        values: Floats = np.einsum("ejp,ej->ep", logs.transpose(1, 0, 2), members) - 0.5 * np.sum(
            u**2, axis=0
        )
        return values

    peaks, heights = _climb(height, _starts(height, members, query))
    kinds = members.sum(axis=1)
    keep = np.zeros(len(events), dtype=bool)
    for kind in (1, 2):
        if np.any(kinds == kind):
            keep |= (kinds == kind) & (heights > heights[kinds == kind].max() - NEGLIGIBLE)
    chosen = sorted(np.flatnonzero(keep), key=lambda e: -heights[e] - 100 * (kinds[e] == 1))[:MOST_COMPONENTS]
    centres = np.concatenate([np.zeros((1, query.scores)), peaks[:, chosen].T])
    return Proposal(np.full(len(centres), 1 / len(centres)), centres)


def _starts(height: Callable[[Floats], Floats], members: Floats, query: ScoredClass) -> Floats:
    """(scores, events): a third of the way to the classes of the event; nearer where that is so unlikely
    that the surface is flat there, as with many shots, and no slope leads up."""
    tries = np.zeros((len(STARTS), query.scores, len(members)))
    way = (members @ query.offsets / members.sum(axis=1, keepdims=True)).T
    tries[:, : len(way)] = np.array(STARTS)[:, None, None] * way
    heights = height(tries.transpose(1, 2, 0)).T
    best = np.where(heights[0] > FLAT, 0, np.argmax(heights, axis=0))
    chosen: Floats = np.take_along_axis(tries, best[None, None, :], axis=0)[0]
    return chosen


def _climb(height: Callable[[Floats], Floats], u: Floats, rounds: int = 40) -> tuple[Floats, Floats]:
    """Ascent of every event at once: Barzilai-Borwein steps on finite differences, only ever upwards."""
    scores, events = u.shape
    step = 1e-4
    shifts = np.concatenate([np.zeros((scores, 1)), step * np.eye(scores), -step * np.eye(scores)], axis=1)

    def look(at: Floats) -> tuple[Floats, Floats]:
        values = height(at[:, :, None] + shifts[:, None, :])
        return values[:, 0], ((values[:, 1 : scores + 1] - values[:, scores + 1 :]) / (2 * step)).T

    value, slope = look(u)
    rate = np.full(events, 0.2)
    for _ in range(rounds):
        trial = u + rate * slope
        new_value, new_slope = look(trial)
        better = new_value > value
        move, turn = trial - u, slope - new_slope
        bend = np.sum(move * turn, axis=0)
        fresh = np.where(bend > 0, np.sum(move * move, axis=0) / np.maximum(bend, 1e-300), 2 * rate)
        gain = np.where(better, new_value - value, 0.0)
        u, slope = np.where(better, trial, u), np.where(better, new_slope, slope)
        value = np.where(better, new_value, value)
        rate = np.where(better, np.clip(fresh, 1e-4, 2.0), rate / 3)
        if np.all((gain < 1e-3) & better):
            break
    return u, value
