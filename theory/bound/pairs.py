"""Bounds on an ordered pair of classes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import sympy as sp

from theory.array import Array, floats
from theory.assumptions import Assumption, Granted
from theory.bound.answer import BoundValue, NotApplicable, Value
from theory.bound.base import Bound, check_inside
from theory.bound.blocks import chunks, inner_numbers, unresolved
from theory.bound.concavity import OVER_CLASSES, varies
from theory.bound.subsets import (
    EQUAL_FOR_PAIRS,
    FROM_BELOW,
    mean_over_pairs,
    nothing,
    one_by_one,
    pair_at_means,
    pair_is_exact,
    subsets,
    too_many,
)
from theory.evaluation.environment import GeometryEnvironment
from theory.evaluation.evaluate import evaluate
from theory.evaluation.missing import MissingQuantity
from theory.evaluation.optimise import Scope, minimise
from theory.evaluation.over_classes import Episodes
from theory.evaluation.own_units import margin_order, relative
from theory.expressions import ForEveryOther, pair_error
from theory.geometry import ClassGeometry
from theory.setting import Setting


@dataclass(frozen=True, eq=False)
class Part:
    """Query classes, and (subsets, classes) where their pairs' values are means over these subsets."""

    rows: slice
    members: Array | None = None


class PairBound(Bound):
    """A bound on P(M_ij <= 0) for an ordered pair.

    For k classes its value is the union bound, the sum over j != i averaged over i: (ways - 1) times the
    mean over all ordered pairs, which is also the mean over the subsets of ``ways`` classes. A statement that
    holds reductions over classes differs between subsets: each pair's value is the mean over those that hold
    the pair, subset by subset or where that is known in closed form (``theory.bound.subsets``). A lower bound
    of a pair is one for k classes, too, and the largest over j counts.
    """

    layout = "ij"
    is_plain = True
    scopes: ClassVar[tuple[Scope, ...]] = ("pair", "setting")
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
            members = self._members(geometry, setting)
            parts = [
                self._rows(geometry, setting, granted, dict(at or {}), Part(rows, members))
                for rows in self._chunks(geometry)
            ]
        values = xp.concat([part[0] for part in parts], axis=0)
        arguments = [part[1] for part in parts if part[1] is not None]
        chosen = xp.concat(arguments, axis=0) if arguments else None
        values = xp.where(xp.isnan(values), xp.full_like(values, nothing(self.kind)), values)
        if geometry.unresolved_pairs:
            trivial = 0.0 if self.kind in FROM_BELOW else self.of_an_unresolved_pair
            values = xp.where(geometry.resolved, values, xp.full_like(values, trivial))
        return geometry.off_diagonal(values, 0.0), chosen

    def _members(self, geometry: ClassGeometry, setting: Setting) -> Array | None:
        """(subsets, classes) where the statement has to be averaged subset by subset, None where it is read
        on all classes. Raises ``MissingQuantity`` where neither is possible."""
        statement = self.closed_form
        reason = self._unreadable(geometry, setting)
        if reason is None and geometry.unresolved_pairs and varies(statement):
            reason = unresolved(geometry)
        if self.free is not None and _is_reduced(statement, self.free.symbol):
            reason = f"its parameter {self.free.symbol}, one for each pair, is in a reduction over classes"
        if reason is not None:
            raise MissingQuantity(reason)
        if setting.ways == geometry.classes or not varies(statement):
            return None
        if pair_is_exact(statement, setting.ways):
            return None
        members = subsets(geometry, setting.ways)
        if members is None and not pair_at_means(statement, self.kind, self.declared):
            raise MissingQuantity(too_many(self.kind, geometry.classes, setting.ways))
        return members

    def _chunks(self, geometry: ClassGeometry) -> list[slice]:
        return chunks(self.closed_form, geometry)

    @property
    def for_classes(self) -> str:
        """How the claim becomes one about the error of k classes, in one sentence."""
        if self.kind in FROM_BELOW:
            return (
                "stated for an ordered pair of classes (i, j); the error of k classes is at least its "
                "largest over j other than i, averaged over i"
            )
        return self.for_k_classes

    def _margins_in_own_units(self, geometry: ClassGeometry, setting: Setting) -> dict[str, Array]:
        order = margin_order(self.closed_form)
        moments = None if order is None else geometry.margin_moments(setting.shots, order)
        return {} if moments is None else {"margin_moments": relative(geometry.xp, moments)}

    def _rows(
        self,
        geometry: ClassGeometry,
        setting: Setting,
        granted: Granted,
        at: dict[str, float],
        part: Part,
    ) -> tuple[Array, Array | None]:
        xp, rows, members = geometry.xp, part.rows, part.members
        shape = (rows.stop - rows.start, geometry.classes)
        margins = self._margins_in_own_units(geometry, setting)

        def at_parameters(parameters: Mapping[sp.Symbol, Array]) -> Array:
            env = GeometryEnvironment(geometry, setting, granted, parameters, rows).with_margins(margins)
            if members is None:
                return env.full(evaluate(self.closed_form, env, "ij"), "ij")
            env = env.of_subsets(members)
            return mean_over_pairs(env.full(evaluate(self.closed_form, env, "ij"), "ij"), members, rows)

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
        objective = at_parameters if members is None else one_by_one(at_parameters, 2)
        return minimise(
            lambda value: objective({free.symbol: value}),
            free,
            upper,
            xp,
            inner_numbers(self.closed_form, geometry),
        )

    def _evaluate(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted, at: dict[str, float]
    ) -> BoundValue:
        if self.kind == "equality" and setting.ways > 2:
            return NotApplicable(EQUAL_FOR_PAIRS)
        values, chosen = self.pair_values(geometry, setting, granted, at)
        xp = geometry.xp
        per_class = self._of_classes(geometry, setting, values)
        parameters: dict[str, float] = {}
        if chosen is not None and self.free is not None and geometry.classes == 2:
            parameters = {self.free.symbol.name: float(chosen[0, 1])}
        return Value(float(xp.mean(per_class)), floats(per_class), parameters)

    def _parameters_of_pairs(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted, at: Mapping[str, float]
    ) -> Array | None:
        return None if self.free is None else self.pair_values(geometry, setting, granted, at)[1]

    def _of_classes(self, geometry: ClassGeometry, setting: Setting, values: Array) -> Array:
        mean = geometry.xp.sum(values, axis=1) * ((setting.ways - 1) / (geometry.classes - 1))
        if self.kind not in FROM_BELOW or setting.ways == 2:
            return mean
        if setting.ways < geometry.classes and varies(self.closed_form):
            # The largest of a subset is no function of the pairs' means; it is never below the mean.
            return mean / (setting.ways - 1)
        return Episodes(geometry, setting.ways, slice(0, geometry.classes)).largest(values)


@lru_cache(maxsize=256)
def _is_reduced(statement: sp.Basic, symbol: sp.Symbol) -> bool:
    """Whether a reduction over classes holds ``symbol``."""
    return any(symbol in node.free_symbols for node in statement.atoms(*OVER_CLASSES, ForEveryOther))
