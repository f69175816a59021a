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
    scale: float,
) -> tuple[float, float]:
    """Share of the ``geometries`` whose interval holds the ``truth`` from above, and from below. ``views``
    leaves out one group at a time; ``scale`` multiplies the jackknife's deviation."""
    above = below = count = 0
    for geometry in geometries:
        answer = bound.evaluate(geometry, setting, granted)
        assert isinstance(answer, Value)
        left_out = [bound.evaluate(view, setting, granted) for view in views(geometry)]
        spread = jackknifed(answer.value, left_out)
        half = scale * spread.deviation * QUANTILE
        above += spread.centre + half >= math.log(truth)
        below += spread.centre - half <= math.log(truth)
        count += 1
    return above / count, below / count
