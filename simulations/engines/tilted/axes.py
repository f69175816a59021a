"""Gaussian classes whose covariances share their axes: a query class and the tilts towards every other."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simulations.engines.tilted.frame import Frame
from simulations.engines.tilted.inversion import pair_probabilities
from simulations.engines.tilted.margins import Margins, margins
from simulations.engines.tilted.pair import Coordinates, Tilt, cumulant, saddle, tilt
from simulations.runtime.arrays import Generator, drawn_like
from theory.array import Array, Floats, Integers, to_numpy


def tilted_scores(own: Array, other: Array, law: Tilt) -> tuple[Array, Array]:
    """Scores of the own and of the other centre under the tilt, from standard ones (Bartlett columns too:
    there the tilt mixes the two rows and moves neither)."""
    other = law.other_mean + law.other_std * other
    own = law.own_mean - law.slope * other + law.own_std * own
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
    tilts: Tilt
    """Arrays (others, width)."""

    @staticmethod
    def build(frame: Frame, own: Floats, others: Floats, shots: float) -> AxesClass:
        """The best tilt of every pair, along the axes of ``frame``."""
        noise = 0.0 if math.isinf(shots) else 1 / shots
        c = Coordinates(np.zeros(frame.width), own * noise, frame.points, others * noise, own, frame.times)
        t = saddle(c)
        logs = to_numpy(cumulant(c, t[:, None]))
        return AxesClass(frame, frame.points, own, others, noise, t, logs, tilt(c, t[:, None]).constant())

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
        others = len(self.offsets)
        scores = self.frame.normals(rng, int(counts.sum()), others + 1)
        begin, laws = 0, self.tilts.beside(scores)
        for j, count in enumerate(counts):
            rows = slice(begin, begin + int(count))
            if count and self.t[j] > 0:
                scores[rows, 0, :], scores[rows, j + 1, :] = tilted_scores(
                    scores[rows, 0, :], scores[rows, j + 1, :], laws.of(j)
                )
            begin += int(count)
        own = scores[:, 0, :] * drawn_like(np.sqrt(self.own * self.noise), rng)
        gaps = scores[:, 1:, :] * drawn_like(np.sqrt(self.others * self.noise), rng)
        gaps = gaps + drawn_like(self.offsets, rng) - own[:, None, :]
        return margins(own, gaps, drawn_like(self.own, rng), drawn_like(self.t, rng))
