"""Bounds that are functions of averages over pairs."""

from __future__ import annotations

import math
from collections.abc import Mapping

import sympy as sp

from theory.array import Array
from theory.assumptions import Granted
from theory.bound.answer import BoundValue, NotApplicable, Value
from theory.bound.base import Bound, check_inside, upper_end
from theory.bound.subsets import Objective, at_means, nothing, one_by_one, subsets, too_many
from theory.evaluation.environment import GeometryEnvironment
from theory.evaluation.evaluate import evaluate
from theory.evaluation.optimise import FreeParameter, minimise
from theory.geometry import ClassGeometry
from theory.setting import Setting


class AverageBound(Bound):
    """A function of averages over ordered pairs of classes.

    With ways < classes it is the mean over the subsets of that size: at the averages over all pairs where
    that says no more (``theory.bound.subsets``); else subset by subset where these are few enough.
    """

    is_plain = True
    scopes = ("setting",)

    def _evaluate(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted, at: dict[str, float]
    ) -> BoundValue:
        reason = self._why_not_here(geometry, setting)
        if reason is not None:
            return NotApplicable(reason)
        members: Array | None = None
        if setting.ways < geometry.classes and not at_means(self.closed_form, self.kind, self.declared):
            members = subsets(geometry, setting.ways)
            if members is None:
                return NotApplicable(too_many(self.kind, geometry.classes, setting.ways))

        def at_parameters(parameters: Mapping[sp.Symbol, Array]) -> Array:
            env = GeometryEnvironment(geometry, setting, granted, parameters)
            if members is None:
                return geometry.array(evaluate(self.closed_form, env))
            return geometry.xp.mean(geometry.array(evaluate(self.closed_form, env.of_subsets(members))))

        if self.free is None:
            value = float(at_parameters({}))
            return Value(nothing(self.kind) if math.isnan(value) else value)
        free = self.free
        if free.symbol.name in at:
            chosen = float(at[free.symbol.name])
            check_inside(free, chosen)
            value = float(at_parameters({free.symbol: geometry.array(chosen)}))
        else:
            env = GeometryEnvironment(geometry, setting, granted)
            upper = geometry.array(upper_end(free, env))
            objective = one_by_one(at_parameters, 0) if members is not None else at_parameters
            value, chosen = _least(objective, free, upper, geometry)
        if not value < math.inf:
            return NotApplicable(f"the bracket is not positive at {free.symbol} = {chosen:g}")
        return Value(value, None, {free.symbol.name: chosen})


def _least(
    values: Objective, free: FreeParameter, upper: Array, geometry: ClassGeometry
) -> tuple[float, float]:
    """The least of the ``values`` of a statement over its parameter, and where it is."""

    def objective(parameter: Array) -> Array:
        return geometry.xp.broadcast_to(values({free.symbol: parameter}), parameter.shape)

    least, where = minimise(objective, free, upper, geometry.xp)
    return float(least), float(where)
