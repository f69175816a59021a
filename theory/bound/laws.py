"""Equalities, and statements about one named law or about the existence of laws."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from theory.array import floats
from theory.assumptions import Assumption, Granted
from theory.bound.answer import BoundValue, NotApplicable, Value
from theory.bound.base import Bound
from theory.bound.subsets import EQUAL_FOR_PAIRS, FROM_ABOVE, why_no_pair_means
from theory.evaluation.environment import GeometryEnvironment
from theory.evaluation.evaluate import evaluate
from theory.expressions import limiting_ratio, pair_error
from theory.geometry import ClassGeometry
from theory.inheritance import override
from theory.setting import Setting

MOST_SHOTS = 1e8
"""Up to this many shots the error keeps a relative accuracy of 1e-9. Beyond, in double precision, the signals
of the centres, which grow with the root of the shots, swamp what is added to them."""


class ExactFormula(Bound):
    """An equality for the error of every class (all classes alike)."""

    def _evaluate(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted, at: dict[str, float]
    ) -> BoundValue:
        if setting.shots > MOST_SHOTS:
            return NotApplicable(
                f"stated for drawn centres: beyond {MOST_SHOTS:g} shots they are the class means but for "
                "less than double precision resolves"
            )
        reason = why_no_pair_means(self.closed_form, self.kind, geometry, setting)
        if reason is not None:
            return NotApplicable(reason)
        xp = geometry.xp
        env = GeometryEnvironment(geometry, setting, granted)
        values = env.full(evaluate(self.closed_form, env, "ij"), "ij")
        values = geometry.off_diagonal(values, 0.0)
        per_class = xp.sum(values, axis=1) / (geometry.classes - 1)
        return Value(float(xp.mean(per_class)), floats(per_class))


class LawBound(Bound):
    """A statement about one named law (a lower bound or an existence claim), read on that law only."""

    layout = "ij"
    left_hand_side = pair_error

    def _evaluate(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted, at: dict[str, float]
    ) -> BoundValue:
        reason = why_no_pair_means(self.closed_form, self.kind, geometry, setting)
        if self.kind == "equality" and setting.ways > 2:
            reason = EQUAL_FOR_PAIRS
        if reason is not None:
            return NotApplicable(reason)
        xp = geometry.xp
        env = GeometryEnvironment(geometry, setting, granted)
        values = geometry.off_diagonal(env.full(evaluate(self.closed_form, env, "ij"), "ij"), 0.0)
        # A query is wrong at least as often as against one other class, at most as against all in sum.
        terms = setting.ways - 1 if self.kind in FROM_ABOVE else 1
        per_class = xp.sum(values, axis=1) * terms / (geometry.classes - 1)
        return Value(float(xp.mean(per_class)), floats(per_class))


@dataclass(frozen=True, kw_only=True)
class ExistenceStatement(Bound):
    """Laws exist whose error over a bound tends to at least the statement; no number for one population.

    of : name of the catalogue bound that the error is divided by.
    """

    of: str = "cdnv_optimal"

    kinds = ("existence",)
    left_hand_side = limiting_ratio

    @override
    def evaluate(
        self,
        geometry: ClassGeometry,
        setting: Setting,
        granted: Iterable[Assumption] | Granted = (),
        *,
        at: Mapping[str, float] | None = None,
    ) -> BoundValue:
        return NotApplicable("an existence statement: it says nothing about one given population")
