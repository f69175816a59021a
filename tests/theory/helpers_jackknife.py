"""How often the jackknife of a bound from stored features covers the exact bound."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from simulations.features.resampling import jackknifed
from theory import ClassGeometry, Setting
from theory.assumptions import Granted
from theory.bound import Bound, Value

QUANTILE = 2.262
"""Student's, at 97.5 % with 9 degrees of freedom: ten groups."""


def ends_covered(
    bound: Bound,
    setting: Setting,
    granted: Granted,
    truth: float,
    geometries: Iterable[ClassGeometry],
    views: Callable[[ClassGeometry], Sequence[ClassGeometry]],
    scales: Sequence[float],
) -> list[tuple[float, float]]:
    """Share of the ``geometries`` whose interval holds the ``truth`` from above, and from below, where the
    jackknife's deviation is multiplied by each of ``scales``. ``views`` leaves out one group at a time."""
    spreads = []
    for geometry in geometries:
        answer = bound.evaluate(geometry, setting, granted)
        assert isinstance(answer, Value)
        left_out = [bound.evaluate(view, setting, granted) for view in views(geometry)]
        spreads.append(jackknifed(answer.value, left_out))
    shares = []
    for scale in scales:
        off = [(each.centre - math.log(truth), scale * each.deviation * QUANTILE) for each in spreads]
        above, below = (sum(sign * gap <= half for gap, half in off) for sign in (-1, 1))
        shares.append((above / len(off), below / len(off)))
    return shares
