"""Noise too small to cause any error: what lower bounds have to allow for."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from simulations.attack.probing.probe import Probe, ProbeLaw, ProbePoint
from simulations.attack.probing.sparse import Atom, SparseSupport
from theory.inheritance import override

SPREADS = ((1.0, 1.0), (1.0, 0.0), (0.0, 1.0), (1.0, 0.01), (1.0, 1.0))
"""Steps of class 0 and of class 1, relative to the largest."""
ON_A_LINE = 4
"""The shape that stays on a line, where it is spherically symmetric."""
MOST_AXES = 64
GRAIN = 2.0**-30


class SmallSteps(ProbeLaw):
    """Two classes one apart, each a step of one length from its mean along a drawn axis.

    A query is within two steps of its own centre and no nearer than one less two steps to the other: steps
    below a quarter cause no error at all, and with centres at the means those below a half.
    """

    name = "steps that reach nowhere"
    sentence = "noise without any error: no moment alone makes one"
    varies = "np"
    variants = len(SPREADS)
    at_infinity = True
    levels = (0.01, 0.5, 2.0)
    few_levels: ClassVar[tuple[float, ...]] = (0.01, 1.0)

    @override
    def depends_on(self, variant: int, axis: str) -> bool:
        return axis != "p" or variant != ON_A_LINE

    @override
    def probe(self, point: ProbePoint) -> Probe | None:
        p = 1 if point.variant == ON_A_LINE else point.dimension
        if p > MOST_AXES:
            return None
        step = (0.5 if math.isinf(point.shots) else 0.25) * 10.0**-point.level
        classes = []
        for mean, share in enumerate(SPREADS[point.variant]):
            # Of so few digits that both sides of a mean are mirror images.
            length = math.floor(share * step / GRAIN) * GRAIN
            places = [{axis: side * length} for axis in range(p) for side in (1.0, -1.0)]
            row = [Atom(1 / len(places), {0: float(mean), **_moved(mean, each)}) for each in places]
            classes.append(row if share else [Atom(1.0, {0: float(mean)})])
        population = SparseSupport(classes, p)
        return Probe(self.name, point, population, np.zeros(2), exact=True)


def _moved(mean: int, step: dict[int, float]) -> dict[int, float]:
    return {axis: length + (mean if axis == 0 else 0) for axis, length in step.items()}
