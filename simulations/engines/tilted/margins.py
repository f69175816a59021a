"""Margins of the query, which is integrated out, given the centres."""

from __future__ import annotations

import math
from dataclasses import dataclass

from theory.array import Array, array_namespace

PLAIN = 0.05
"""Share of episodes drawn without tilt where Chernoff's sum does not bound the value of an episode."""


@dataclass(frozen=True, eq=False)
class Margins:
    """Moments of the margins given the centres, for each episode: mean (episodes, others) and joint
    (episodes, others, others), a quarter of their covariances; t (others,) or (episodes, others) the tilts.

    Where the proposal is not the tilted law itself, extra (episodes, others) are the logarithms that its
    density over that of the tilted law adds, and ``plain`` that of a component that tilts nothing. ``parts``
    (episodes, others, parts) are those of the parts of each proposal, which are mixtures, without shares.
    """

    mean: Array
    joint: Array
    t: Array
    extra: Array | None = None
    plain: float = -math.inf
    parts: Array | None = None


def margins(own: Array, rows: Array, query: Array, t: Array) -> Margins:
    """From the own centre (episodes, width) and the differences ``rows`` (episodes, others, width) of the
    other centres from it, both about the query's mean, and the query's variances by column."""
    xp = array_namespace(rows)
    mean = xp.sum(rows * (rows + 2 * own[:, None, :]), axis=2)
    scaled = rows * xp.sqrt(query)
    return Margins(mean, scaled @ xp.matrix_transpose(scaled), t)
