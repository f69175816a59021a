"""Bounds that are functions of averages over pairs."""

from __future__ import annotations

import math
from collections.abc import Mapping

import sympy as sp

from theory.array import Array, Operand
from theory.assumptions import Granted
from theory.bound.answer import BoundValue, NotApplicable, Value
from theory.bound.base import Bound, check_inside
from theory.bound.blocks import unresolved
from theory.evaluation.environment import GeometryEnvironment
from theory.evaluation.evaluate import evaluate
from theory.evaluation.optimise import minimise
from theory.geometry import ClassGeometry
from theory.setting import Setting


class AverageBound(Bound):
    """A function of averages over ordered pairs of classes."""

    def _evaluate(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted, at: dict[str, float]
    ) -> BoundValue:
        if geometry.unresolved_pairs:
            return NotApplicable(unresolved(geometry))
        xp = geometry.xp

        def at_parameters(parameters: Mapping[sp.Symbol, Array]) -> Operand:
            env = GeometryEnvironment(geometry, setting, granted, parameters)
            return evaluate(self.closed_form, env)

        if self.free is None:
            return Value(_finite_or_inf(float(at_parameters({}))))
        free = self.free
        if free.symbol.name in at:
            chosen = float(at[free.symbol.name])
            check_inside(free, chosen)
            value = float(at_parameters({free.symbol: geometry.array(chosen)}))
        else:
            env = GeometryEnvironment(geometry, setting, granted)
            upper = geometry.array(math.inf if free.upper == sp.oo else float(evaluate(free.upper, env)))

            def objective(parameter: Array) -> Array:
                values_at = geometry.array(at_parameters({free.symbol: parameter}))
                return xp.broadcast_to(values_at, parameter.shape)

            least, where = minimise(objective, free, upper, xp)
            value, chosen = float(least), float(where)
        if not value < math.inf:
            return NotApplicable(f"the bracket is not positive at {free.symbol} = {chosen:g}")
        return Value(value, None, {free.symbol.name: chosen})


def _finite_or_inf(value: float) -> float:
    return math.inf if math.isnan(value) else value
