"""Gaussian classes whose covariances share no axes: the same tilts with matrices for the other classes.

Coordinates are the axes of the query class's own covariance, so that the query and, given the other centre,
the own centre stay independent by coordinate; the other centre is offset + factor w / sqrt(n).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simulations.engines.tilted.inversion import agreed_probabilities, matrix_probability
from simulations.engines.tilted.margins import Margins, margins
from simulations.engines.tilted.pair import Coordinates, largest, saddle
from simulations.runtime.arrays import Generator, constant, drawn_like, namespace
from theory.array import Floats, Integers

SHRINK, TRIES = 0.7, 40
MOST_SPECTRUM = 64
"""Dimensions up to which the pairs are computed exactly, too."""


@dataclass(frozen=True, eq=False)
class MatrixTilt:
    """Tilted other centre: shift + z factor' for standard normal z; own centre given it: -pull b + std z.

    All in the axes of the query class, from the query's mean; ``log`` is K(t).
    """

    t: float
    log: float
    shift: Floats
    factor: Floats
    pull: Floats
    std: Floats


def matrix_tilt(own: Floats, offset: Floats, factor: Floats, noise: float, t: float) -> MatrixTilt | None:
    """For variances ``own`` (p,) of the query class, the other class at ``offset`` (p,) with noise ``factor``
    (p, r); None where E exp(-t M) is infinite."""
    h = 1 - noise * (2 * t + 4 * t * t * own) * own
    if not np.all(h > 0):
        return None
    pull = 4 * t * t * own * own * noise / h
    c = -t + 2 * t * t * own * (1 + pull)
    hessian = np.eye(factor.shape[1]) - 2 * noise * (factor.T * c) @ factor
    try:
        lower = np.linalg.cholesky(hessian)
    except np.linalg.LinAlgError:
        return None
    from scipy.linalg import solve_triangular

    linear = 2 * math.sqrt(noise) * factor.T @ (c * offset)
    half = solve_triangular(lower, linear, lower=True)
    # factor L^-T, and its share of the mean factor H^-1 linear = factor L^-T (L^-1 linear).
    turned = math.sqrt(noise) * solve_triangular(lower, factor.T, lower=True).T
    log = float(c @ offset**2 + half @ half / 2 - np.sum(np.log(np.diag(lower))) - np.sum(np.log(h)) / 2)
    return MatrixTilt(t, log, offset + turned @ half, turned, pull, np.sqrt(noise * own / h))


def best_tilt(own: Floats, offset: Floats, factor: Floats, noise: float) -> MatrixTilt:
    """At the saddle point that the other covariance's diagonal gives, nearer 0 where that is too far."""
    spread = np.sum(factor**2, axis=1)
    c = Coordinates(np.zeros_like(own), own * noise, offset, spread * noise, own, np.ones_like(own))
    t = float(min(saddle(c), largest(c)))
    for _ in range(TRIES):
        best = matrix_tilt(own, offset, factor, noise, t)
        if best is not None and best.log <= 0:
            return best
        t *= SHRINK
    plain = matrix_tilt(own, offset, factor, noise, 0.0)
    assert plain is not None
    return plain


@dataclass(frozen=True, eq=False)
class FullClass:
    """Query class with variances ``own`` (p,) in its axes; offsets (others, p) and factors (p, r) of the
    others there. ``known``: the pairs may be computed."""

    own: Floats
    offsets: Floats
    factors: Sequence[Floats]
    noise: float
    tilts: Sequence[MatrixTilt]
    known: bool = True

    @staticmethod
    def build(own: Floats, offsets: Floats, factors: Sequence[Floats], shots: float) -> FullClass:
        """The best tilt of every pair, as a matrix."""
        noise = 0.0 if math.isinf(shots) else 1 / shots
        tilts = [
            best_tilt(own, offset, factor, noise) for offset, factor in zip(offsets, factors, strict=True)
        ]
        return FullClass(own, offsets, factors, noise, tilts)

    @property
    def logs(self) -> Floats:
        """(others,): logarithms of the normalizers."""
        return np.array([each.log for each in self.tilts])

    def bound(self, share: float) -> float | None:
        """The largest value of an episode where ``share`` of the subsets err with one other class."""
        return share

    def exact(self) -> Floats | None:
        """(others,): P(M <= 0) of every pair, to 1e-9; None where that is not known."""
        if not self.known or len(self.own) > MOST_SPECTRUM:
            return None
        pairs = zip(self.offsets, self.factors, self.tilts, strict=True)
        return agreed_probabilities(
            [matrix_probability(self.own, offset, factor, self.noise, law.t) for offset, factor, law in pairs]
        )

    @property
    def draws(self) -> int:
        """Random numbers an episode costs, about."""
        others, p = self.offsets.shape
        return int((others + 1) * p + others * others)

    def episodes(self, counts: Integers, rng: Generator) -> Margins:
        """counts[c] episodes of component c, in that order."""
        xp, p = namespace(rng), self.offsets.shape[1]
        episodes = int(counts.sum())
        own = rng.standard_normal((episodes, p))
        ends = np.concatenate([[0], np.cumsum(counts)])
        offsets, shifts, stds, pulls = (drawn_like(each, rng) for each in self._rows)
        matrices = drawn_like(self._matrices, rng)
        rows, begin = [], 0
        for j, factor in enumerate(self.factors):
            width = factor.shape[1]
            plain, tilted = matrices[begin : begin + width, :], matrices[begin + width : begin + 2 * width, :]
            begin += 2 * width
            scores = rng.standard_normal((episodes, width))
            centre = scores @ plain + offsets[j, :]
            here = slice(int(ends[j]), int(ends[j + 1]))
            if counts[j]:
                centre[here, :] = scores[here, :] @ tilted + shifts[j, :]
                own[here, :] = own[here, :] * stds[j, :]
                own[here, :] -= pulls[j, :] * centre[here, :]
            rows.append(centre)
        # Every episode belongs to one component: all own centres are scaled by now.
        differences = xp.stack(rows, axis=1) - own[:, None, :]
        t = drawn_like(np.array([each.t for each in self.tilts]), rng)
        return margins(own, differences, drawn_like(self.own, rng), t)

    @cached_property
    def _rows(self) -> tuple[Floats, ...]:
        """(others, p) each: offsets, and the tilts' shifts, standard deviations and pulls."""
        tilted = [np.stack([getattr(law, name) for law in self.tilts]) for name in ("shift", "std", "pull")]
        return tuple(constant(each) for each in (self.offsets.copy(), *tilted))

    @cached_property
    def _matrices(self) -> Floats:
        """(all factors' columns twice, p): of every other class the plain and the tilted factor's transpose,
        as one array."""
        pairs = zip(self.factors, self.tilts, strict=True)
        return constant(
            np.concatenate(
                [each for factor, law in pairs for each in (math.sqrt(self.noise) * factor.T, law.factor.T)]
            )
        )
