"""Bounds on an ordered pair of classes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import ClassVar

import sympy as sp

from theory.array import Array, floats
from theory.assumptions import Assumption, Granted
from theory.bound.answer import BoundValue, NotApplicable, Value
from theory.bound.base import Bound, check_inside
from theory.bound.blocks import chunks, inner_numbers
from theory.evaluation.environment import GeometryEnvironment
from theory.evaluation.evaluate import evaluate
from theory.evaluation.optimise import minimise
from theory.evaluation.own_units import margin_order, relative
from theory.expressions import pair_error
from theory.geometry import ClassGeometry
from theory.setting import Setting


class PairBound(Bound):
    """A bound on P(M_ij <= 0) for an ordered pair.

    For k classes its value is the union bound, the sum over j != i averaged over i: (ways - 1) times the
    mean over all ordered pairs, which is also the mean over the subsets of ``ways`` classes.
    """

    layout = "ij"
    left_hand_side = pair_error
    for_k_classes = (
        "stated for an ordered pair of classes (i, j); the error of k classes is at most its sum over j "
        "other than i, averaged over i"
    )

    of_an_unresolved_pair: ClassVar[float] = 1.0
    """What is said of a pair whose distance is not resolved from its samples: the trivial bound."""

    def pair_values(
        self,
        geometry: ClassGeometry,
        setting: Setting,
        granted: Iterable[Assumption] | Granted = (),
        at: Mapping[str, float] | None = None,
    ) -> tuple[Array, Array | None]:
        """Bounds for all ordered pairs, shape (classes, classes) with a zero diagonal, and the chosen
        free parameters (same shape) or None. Raises ``MissingQuantity``."""
        granted = granted if isinstance(granted, Granted) else Granted(granted)
        xp = geometry.xp
        with geometry.quiet():
            parts = [
                self._rows(geometry, setting, granted, dict(at or {}), rows)
                for rows in self._chunks(geometry)
            ]
        values = xp.concat([part[0] for part in parts], axis=0)
        arguments = [part[1] for part in parts if part[1] is not None]
        chosen = xp.concat(arguments, axis=0) if arguments else None
        values = xp.where(xp.isnan(values), xp.full_like(values, math.inf), values)
        if geometry.unresolved_pairs:
            values = xp.where(geometry.resolved, values, xp.full_like(values, self.of_an_unresolved_pair))
        return geometry.off_diagonal(values, 0.0), chosen

    def _chunks(self, geometry: ClassGeometry) -> list[slice]:
        return chunks(self.closed_form, geometry)

    def _margins_in_own_units(self, geometry: ClassGeometry, setting: Setting) -> dict[str, Array]:
        """Where the statement is one in margins alone, and they are known."""
        order = margin_order(self.closed_form)
        moments = None if order is None else geometry.margin_moments(setting.shots, order)
        return {} if moments is None else {"margin_moments": relative(geometry.xp, moments)}

    def _rows(
        self,
        geometry: ClassGeometry,
        setting: Setting,
        granted: Granted,
        at: dict[str, float],
        rows: slice,
    ) -> tuple[Array, Array | None]:
        xp = geometry.xp
        shape = (rows.stop - rows.start, geometry.classes)
        margins = self._margins_in_own_units(geometry, setting)

        def at_parameters(parameters: Mapping[sp.Symbol, Array]) -> Array:
            env = GeometryEnvironment(geometry, setting, granted, parameters, rows).with_margins(margins)
            return env.full(evaluate(self.closed_form, env, "ij"), "ij")

        if self.free is None:
            return at_parameters({}), None
        free = self.free
        if free.symbol.name in at:
            check_inside(free, at[free.symbol.name])
            chosen = xp.full(shape, float(at[free.symbol.name]), dtype=xp.float64)
            return at_parameters({free.symbol: chosen}), chosen
        env = GeometryEnvironment(geometry, setting, granted, None, rows)
        upper = (
            xp.full(shape, math.inf, dtype=xp.float64)
            if free.upper == sp.oo
            else xp.broadcast_to(env.full(evaluate(free.upper, env, "ij"), "ij"), shape)
        )
        return minimise(
            lambda value: at_parameters({free.symbol: value}),
            free,
            upper,
            xp,
            inner_numbers(self.closed_form, geometry),
        )

    def _evaluate(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted, at: dict[str, float]
    ) -> BoundValue:
        if self._condition_fails(geometry, setting, granted):
            return NotApplicable("the statement's condition fails for some pair of classes")
        values, chosen = self.pair_values(geometry, setting, granted, at)
        xp, others = geometry.xp, geometry.classes - 1
        per_class = xp.sum(values, axis=1) * ((setting.ways - 1) / others)
        parameters: dict[str, float] = {}
        if chosen is not None and self.free is not None and geometry.classes == 2:
            parameters = {self.free.symbol.name: float(chosen[0, 1])}
        return Value(float(xp.mean(per_class)), floats(per_class), parameters)
