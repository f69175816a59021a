"""Bounds on a class among all others."""

from __future__ import annotations

import math

from theory.assumptions import Granted
from theory.bound.answer import BoundValue, NotApplicable, Value
from theory.bound.base import Bound
from theory.bound.blocks import chunks, unresolved
from theory.evaluation.environment import GeometryEnvironment
from theory.evaluation.evaluate import evaluate
from theory.expressions import class_error
from theory.geometry import ClassGeometry
from theory.setting import Setting

LARGEST_SCALE = 1e70
"""Of a variance over a distance, in the geometry's unit: its fourth power must not overflow."""


AVERAGED = "stated for queries of a class i; the error of k classes is its mean over i"


class ClassBound(Bound):
    """A bound on P(wrong | class i) that is more than a sum over pairs."""

    layout = "i"
    left_hand_side = class_error
    becomes = AVERAGED

    def _evaluate(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted, at: dict[str, float]
    ) -> BoundValue:
        if geometry.unresolved_pairs:
            return NotApplicable(unresolved(geometry))
        xp = geometry.xp
        spread = max(1.0, float(xp.max(geometry.variances)))
        if spread > LARGEST_SCALE * float(xp.min(geometry.off_diagonal(geometry.distances, 1.0))):
            # Squared scales of the margins would overflow, and a quotient by infinity passes for 0.
            return Value(math.inf, (math.inf,) * geometry.classes)
        parts = []
        for rows in chunks(self.closed_form, geometry):
            env = GeometryEnvironment(geometry, setting, granted, None, rows)
            parts.append(env.full(evaluate(self.closed_form, env, "i"), "i"))
        values = xp.concat(parts, axis=0)
        values = xp.where(xp.isnan(values), xp.full_like(values, math.inf), values)
        return Value(float(xp.mean(values)), tuple(float(value) for value in values))
