"""How many episodes each query class gets.

Where Chernoff bounds an episode, values vary little about their mean and the sums of Chernoff are a good
basis for the allocation. Elsewhere the mean may be a thirtieth of what such a sum says, and in one class
only: a few episodes of every class, thrown away afterwards so that nothing estimated depends on them, show
how much the values of each vary, and the episodes go where the variance comes from (Neyman's allocation).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from simulations.engines.tilted.tally import FEWEST_EFFECTIVE, FEWEST_OF_CLASS, GROUPS
from theory.array import Floats

PILOT, FEWEST_PILOT = 0.1, 512
"""Share of all episodes in the pilot, and its fewest episodes for each class."""
FLOOR, LITTLE = 0.1, 0.02
"""Of the episodes that all classes share alike, whatever the pilot has seen of them; and how many more there
are at most so that errors by class are known too of classes that hardly add to the mean."""
ROOM, LONGEST, MOST_FOR_CLASSES = 1.5, 4.0, 0.5
"""How many times the fewest effective episodes are aimed at, how many times the budget that may take, and
what share of all episodes may be aimed at those of single classes."""


def by_sums(factors: Floats, episodes: float) -> list[int]:
    """In proportion to ``factors`` (classes,), more where that is little, multiples of ``GROUPS``."""
    total, alike = float(factors.sum()), 1 / len(factors)
    shares = factors / total if total > 0 else np.full(len(factors), alike)
    return [_whole(episodes * max(float(share), LITTLE * alike)) for share in shares]


def pilot_size(classes: int, episodes: float) -> int:
    """Pilot episodes of a class."""
    return max(FEWEST_PILOT, round(PILOT * episodes / classes))


def by_pilot(factors: Floats, pilots: Sequence[Floats], episodes: float) -> list[int]:
    """From values of a few episodes of every class; more than ``episodes`` where fewer would not do."""
    # Values may be as large as their factor is small: multiplied before they are squared.
    worth = [values * factor for values, factor in zip(pilots, factors, strict=True)]
    roots = np.array([math.sqrt(float(np.mean(each * each))) for each in worth])
    means = np.array([float(np.mean(each)) for each in worth])
    total, mean = float(roots.sum()), float(means.sum())
    if not 0 < total < math.inf or not 0 < mean < math.inf:
        return by_sums(factors, episodes)
    needed = ROOM * FEWEST_EFFECTIVE * (total / mean) ** 2
    episodes = min(max(episodes, needed), LONGEST * episodes)
    shares = (1 - FLOOR) * roots / total + FLOOR / len(roots)
    with np.errstate(divide="ignore", invalid="ignore"):
        for_class = np.nan_to_num(ROOM * FEWEST_OF_CLASS * (roots / means) ** 2, posinf=0.0)
    # Classes for which no number would do cost no more than a part of the whole.
    for_class *= min(1.0, MOST_FOR_CLASSES * episodes / max(float(for_class.sum()), 1.0))
    return [
        _whole(max(episodes * float(share), least)) for share, least in zip(shares, for_class, strict=True)
    ]


def _whole(episodes: float) -> int:
    return GROUPS * max(1, math.ceil(episodes / GROUPS))
