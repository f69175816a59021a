"""Bounds that are functions of averages over pairs."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping

import numpy as np
import sympy as sp

from theory.array import Array, array_namespace
from theory.assumptions import Granted
from theory.bound.answer import BoundValue, NotApplicable, Value
from theory.bound.base import Bound, check_inside
from theory.bound.blocks import unresolved
from theory.bound.concavity import MOST_SUBSETS, is_concave, too_many_subsets
from theory.evaluation.environment import GeometryEnvironment
from theory.evaluation.evaluate import evaluate
from theory.evaluation.optimise import FreeParameter, minimise
from theory.geometry import ClassGeometry
from theory.setting import Setting


class AverageBound(Bound):
    """A function of averages over ordered pairs of classes.

    With ways < classes it is the mean over the subsets of that size: at the averages over all pairs, which is
    never less, where the statement is concave in them; else subset by subset where these are few enough.
    """

    def _evaluate(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted, at: dict[str, float]
    ) -> BoundValue:
        if geometry.unresolved_pairs:
            return NotApplicable(unresolved(geometry))
        members: Array | None = None
        if setting.ways < geometry.classes and not is_concave(self.closed_form):
            members = _subsets(geometry, setting.ways)
            if members is None:
                return NotApplicable(too_many_subsets(geometry.classes, setting.ways))

        def at_parameters(parameters: Mapping[sp.Symbol, Array]) -> Array:
            env = GeometryEnvironment(geometry, setting, granted, parameters)
            if members is None:
                return geometry.array(evaluate(self.closed_form, env))
            return geometry.xp.mean(geometry.array(evaluate(self.closed_form, env.of_subsets(members))))

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
            side_by_side = _one_by_one(at_parameters) if members is not None else at_parameters
            value, chosen = _least(side_by_side, free, upper, geometry)
        if not value < math.inf:
            return NotApplicable(f"the bracket is not positive at {free.symbol} = {chosen:g}")
        return Value(value, None, {free.symbol.name: chosen})


Objective = Callable[[Mapping[sp.Symbol, Array]], Array]


def _least(
    values: Objective, free: FreeParameter, upper: Array, geometry: ClassGeometry
) -> tuple[float, float]:
    """The least of the ``values`` of a statement over its parameter, and where it is."""

    def objective(parameter: Array) -> Array:
        return geometry.xp.broadcast_to(values({free.symbol: parameter}), parameter.shape)

    least, where = minimise(objective, free, upper, geometry.xp)
    return float(least), float(where)


def _one_by_one(values: Objective) -> Objective:
    """For values that have an axis of subsets to themselves: each parameter of an array alone."""

    def objective(parameters: Mapping[sp.Symbol, Array]) -> Array:
        ((symbol, array),) = parameters.items()
        if not array.ndim:
            return values({symbol: array})
        xp = array_namespace(array)
        return xp.stack([values({symbol: array[place]}) for place in range(array.shape[0])])

    return objective


def _subsets(geometry: ClassGeometry, ways: int) -> Array | None:
    """(subsets, classes): 1 where a class belongs to the subset; None where they are too many."""
    classes = geometry.classes
    count = math.comb(classes, ways)
    if count * classes**2 > MOST_SUBSETS:
        return None
    members = np.zeros((count, classes))
    np.put_along_axis(members, np.array(list(itertools.combinations(range(classes), ways))), 1.0, axis=1)
    return geometry.array(members)


def _finite_or_inf(value: float) -> float:
    return math.inf if math.isnan(value) else value
