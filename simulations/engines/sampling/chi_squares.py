"""How rare it is that a draw of a Student class lies far out: its chi-square is small."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np

from theory.array import Floats

DOUBLINGS = 20
"""Powers of 2, that of 0 too, by which a chi-square is divided at most: a scale grows up to 724-fold."""


def rarity(df: float, factors: Annotated[Floats, "count"]) -> Annotated[Floats, "count"]:
    """About the logarithm of the chance that a chi-square is smaller than its mean by each of ``factors``."""
    if math.isinf(df):
        return np.where(factors > 1, -math.inf, 0.0)
    return np.asarray(-df / 2 * (np.log(factors) - 1 + 1 / factors))


def doublings(df: float, rarest: float) -> int:
    """How many powers of 2, that of 0 too, are no rarer than e to minus ``rarest``: with light tails no error
    comes about by a single draw far out."""
    return int(np.sum(rarity(df, 2.0 ** np.arange(DOUBLINGS)) > -rarest))
