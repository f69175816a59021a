"""Gaussian classes whose covariances share their axes: a query class and the tilts towards every other."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simulations.engines.tilted.frame import Frame
from simulations.engines.tilted.inversion import pair_probabilities
from simulations.engines.tilted.margins import Margins, margins
from simulations.engines.tilted.pair import Coordinates, Tilt, cumulant, saddle, tilt
from simulations.runtime.arrays import Generator, drawn_like, like, namespace
from theory.array import Array, Floats, Integers, to_numpy


def tilted_scores(own: Array, other: Array, law: Tilt) -> tuple[Array, Array]:
    """Scores of the own and of the other centre under the tilt, from standard ones (Bartlett columns too:
    there the tilt mixes the two rows and moves neither)."""
    other = like(law.other_mean, other) + like(law.other_std, other) * other
    own = like(law.own_mean, own) - like(law.slope, own) * other + like(law.own_std, own) * own
    return own, other


@dataclass(frozen=True, eq=False)
class AxesClass:
    """Query class with the others at ``offsets`` (others, width); variances of the own class (width,) and of
    the others (others, width); ``noise`` is 1/shots."""

    frame: Frame
    offsets: Floats
    own: Floats
    others: Floats
    noise: float
    t: Floats
    logs: Floats
    tilts: tuple[Tilt, ...]

    @staticmethod
    def build(frame: Frame, own: Floats, others: Floats, shots: float) -> AxesClass:
        """The best tilt of every pair, along the axes of ``frame``."""
        noise = 0.0 if math.isinf(shots) else 1 / shots
        c = Coordinates(np.zeros(frame.width), own * noise, frame.points, others * noise, own, frame.times)
        t = saddle(c)
        laws = []
        for j, each in enumerate(t):
            pair = Coordinates(c.own_mean, c.own, c.other_mean[j], c.other[j], c.query, c.times)
            laws.append(tilt(pair, each))
        return AxesClass(
            frame, frame.points, own, others, noise, t, to_numpy(cumulant(c, t[:, None])), tuple(laws)
        )

    def bound(self, share: float) -> float | None:
        """The largest value of an episode where ``share`` of the subsets err with one other class."""
        return share

    def exact(self) -> Floats | None:
        """(others,): P(M <= 0) of every pair, to 1e-9; None where that is not known."""
        width = self.frame.width
        c = Coordinates(
            np.zeros(width),
            self.own * self.noise,
            self.offsets,
            self.others * self.noise,
            self.own,
            self.frame.times,
        )
        return pair_probabilities(c, self.t)

    @property
    def draws(self) -> int:
        """Random numbers an episode costs, about."""
        others = len(self.offsets)
        return int((others + 1) * self.frame.width + others * others)

    def episodes(self, counts: Integers, rng: Generator) -> Margins:
        """counts[c] episodes of component c, in that order."""
        xp, others = namespace(rng), len(self.offsets)
        scores = self.frame.normals(rng, int(counts.sum()), others + 1)
        begin = 0
        for j, count in enumerate(counts):
            rows = slice(begin, begin + int(count))
            if count and self.t[j] > 0:
                scores[rows, 0, :], scores[rows, j + 1, :] = tilted_scores(
                    scores[rows, 0, :], scores[rows, j + 1, :], self.tilts[j]
                )
            begin += int(count)
        own = scores[:, 0, :] * drawn_like(np.sqrt(self.own * self.noise), rng)
        gaps = scores[:, 1:, :] * drawn_like(np.sqrt(self.others * self.noise), rng)
        gaps = gaps + drawn_like(self.offsets, rng) - own[:, None, :]
        return margins(own, gaps, drawn_like(self.own, rng), xp.asarray(self.t))
