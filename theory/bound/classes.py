"""Bounds on a class among all others."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import sympy as sp

from theory.array import Array, floats
from theory.assumptions import Granted
from theory.bound.answer import BoundValue, NotApplicable, Value
from theory.bound.base import Bound, check_inside, upper_end
from theory.bound.blocks import chunks
from theory.bound.concavity import varies
from theory.bound.subsets import (
    MOST_SUBSETS,
    at_means,
    mean_over_classes,
    needs_whole_subsets,
    nothing,
    one_by_one,
    subsets,
    too_many,
)
from theory.evaluation.environment import GeometryEnvironment
from theory.evaluation.evaluate import evaluate
from theory.evaluation.missing import MissingQuantity
from theory.evaluation.optimise import Scope, minimise
from theory.expressions import class_error
from theory.geometry import ClassGeometry
from theory.setting import Setting

LARGEST_SCALE = 1e70
"""Of a variance over a distance, in the geometry's unit: its fourth power must not overflow."""


AVERAGED = "stated for queries of a class i; the error of k classes is its mean over i"


def _members(geometry: ClassGeometry, setting: Setting, rows: slice) -> Array | None:
    """(subsets, rows, classes): 1 where class j belongs to the s-th subset of the others of query class i.
    None where all classes take part, or subsets are too many to be gone through."""
    classes, chosen = geometry.classes, setting.ways - 1
    count = math.comb(classes - 1, chosen)
    if setting.ways == classes or count * classes**2 * (rows.stop - rows.start) > MOST_SUBSETS:
        return None
    places = np.array(list(itertools.combinations(range(classes - 1), chosen)))
    members = np.zeros((count, rows.stop - rows.start, classes))
    for row, i in enumerate(range(rows.start, rows.stop)):
        # Position r among the others is class r before i and r + 1 from it on.
        np.put_along_axis(members[:, row, :], places + (places >= i), 1.0, axis=1)
    return geometry.array(members)


class ClassBound(Bound):
    """A bound on P(wrong | class i) that is more than a sum over pairs.

    With ways < classes it is the mean over the subsets of that size: subset by subset where these are few
    enough, else at the subset means of its reductions where that says no more (``theory.bound.subsets``);
    where it might, there is no answer.
    """

    layout = "i"
    is_plain = True
    scopes: ClassVar[tuple[Scope, ...]] = ("setting",)
    left_hand_side = class_error
    for_k_classes = AVERAGED

    def _evaluate(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted, at: dict[str, float]
    ) -> BoundValue:
        reason = self._why_not_here(geometry, setting)
        if reason is not None:
            return NotApplicable(reason)
        xp = geometry.xp
        spread = max(1.0, float(xp.max(geometry.variances)))
        if spread > LARGEST_SCALE * float(xp.min(geometry.separations)):
            # Squared scales of the margins would overflow, and a quotient by infinity passes for 0.
            return Value(nothing(self.kind), (nothing(self.kind),) * geometry.classes)

        def values_at(parameters: Mapping[sp.Symbol, Array]) -> Array:
            parts = [
                self._of_rows(GeometryEnvironment(geometry, setting, granted, parameters, rows))
                for rows in chunks(self.closed_form, geometry)
            ]
            values = xp.concat(parts, axis=0)
            return xp.where(xp.isnan(values), xp.full_like(values, nothing(self.kind)), values)

        if self.free is None:
            values = values_at({})
            return Value(float(xp.mean(values)), floats(values))
        name, symbol = self.free.symbol.name, self.free.symbol
        if name in at:
            chosen = geometry.array(float(at[name]))
            check_inside(self.free, at[name])
        else:
            upper = self._upper(geometry, setting, granted)
            means = one_by_one(lambda parameters: xp.mean(values_at(parameters)), 0)
            least, chosen = minimise(lambda value: means({symbol: value}), self.free, upper, xp)
            if not float(least) < math.inf:
                return Value(math.inf, (math.inf,) * geometry.classes)
        values = values_at({symbol: chosen})
        return Value(float(xp.mean(values)), floats(values), {name: float(chosen)})

    def _upper(self, geometry: ClassGeometry, setting: Setting, granted: Granted) -> Array:
        """The upper end of the free parameter's domain."""
        assert self.free is not None
        env = GeometryEnvironment(geometry, setting, granted)
        return geometry.array(upper_end(self.free, env))

    def _of_rows(self, env: GeometryEnvironment) -> Array:
        """(rows,): the mean over subsets. Raises ``MissingQuantity`` where it is not known."""
        geometry, setting, rows = env.geometry, env.setting, env.rows

        def value(env: GeometryEnvironment) -> Array:
            return env.full(evaluate(self.closed_form, env, "i"), "i")

        if setting.ways == geometry.classes or not varies(self.closed_form):
            return value(env)
        whole = needs_whole_subsets(self.closed_form)
        members = None if whole else _members(geometry, setting, rows)
        if members is not None:
            values = value(env.of_subsets(members))
            # Where every sum is empty at these counts, nothing has an axis of subsets.
            return geometry.xp.mean(values, axis=0) if values.ndim > 1 else values
        if at_means(self.closed_form, self.kind, self.declared):
            return value(env)
        members = subsets(geometry, setting.ways) if whole else None
        if members is None:
            raise MissingQuantity(too_many(self.kind, geometry.classes, setting.ways))
        return mean_over_classes(value(env.of_subsets(members)), members, rows)
