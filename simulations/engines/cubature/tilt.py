"""One normal score moved to where errors come from: drawn with its normal density times (chance of an error
given the score + so many times its mean), with the weight that makes up for it.

The weight is the exact ratio of densities of the map that is used, however well that meets its aim; it is at
most (1 + PLAIN)/PLAIN where the aim is met.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from theory.array import Floats

PLAIN = 3.0
"""Mean chances added to each: what moves with other scores must not gain a large weight."""
END = 8.5
FARTHEST = 8.0
GRID = np.linspace(-END, END, 171)
FINE, KNOTS = 3401, 161


@dataclass(frozen=True, eq=False)
class ScoreTilt:
    """An increasing map of normal scores."""

    map: Any

    @staticmethod
    def build(chances: Floats) -> ScoreTilt:
        """For the chance of an error at each score of ``GRID``, smooth and positive."""
        from scipy.interpolate import CubicSpline
        from scipy.special import ndtri

        normal = np.exp(-(GRID**2) / 2)
        aim = chances + PLAIN * float(normal @ chances / np.sum(normal))
        x = np.linspace(-END, END, FINE)
        density = np.exp(CubicSpline(GRID, np.log(aim))(x) - x**2 / 2)
        steps = (density[1:] + density[:-1]) / 2
        total = float(np.sum(steps))
        below = np.concatenate([[0.0], np.cumsum(steps)]) / total
        above = np.concatenate([np.cumsum(steps[::-1])[::-1], [0.0]]) / total
        # The ends, of no probability, are left out.
        scores = np.where(below < above, ndtri(below), -ndtri(above))[1:-1]
        knots = np.linspace(-FARTHEST, FARTHEST, KNOTS)
        return ScoreTilt(CubicSpline(knots, np.interp(knots, scores, x[1:-1])))

    def __call__(self, scores: Floats) -> tuple[Floats, Floats]:
        """Where the scores are moved, and weights."""
        from_ = np.clip(scores, -FARTHEST, FARTHEST)
        moved = self.map(from_)
        return moved, np.exp((from_**2 - moved**2) / 2) * self.map(from_, 1)
