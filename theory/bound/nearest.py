"""Bounds on a query class by polynomials of the margin against the nearest of the other classes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import sympy as sp

from theory.array import Array
from theory.assumptions import Assumption, Granted
from theory.bound.answer import BoundValue, Value
from theory.bound.classes import ClassBound
from theory.bound.ladder import given_coefficients
from theory.evaluation.environment import GeometryEnvironment, MissingQuantity
from theory.evaluation.evaluate import evaluate
from theory.evaluation.ladder import least_square, rounding
from theory.expressions import SumOver
from theory.geometry import ClassGeometry
from theory.quantities import near_0
from theory.setting import Setting

SHARES = 1e-13
"""More than the relative error of how likely a class is the nearest."""


@dataclass(frozen=True, kw_only=True)
class NearestBound(ClassBound):
    """sum_j P(j is the nearest of the others) E [ (1 + sum_k c_jk (-M_ij)^k)^2 | it is ], true for every
    c_jk >= 0, and least over them for each pair of classes.

    coefficients : the symbols c_j1, ..., c_jr of the statement. ``certificate`` gives their values.
    """

    coefficients: tuple[sp.Symbol, ...]

    for_k_classes = (
        "stated for queries of a class i and all c_1j, c_2j, ... >= 0, and least over them for each class j; "
        "the error of k classes is its mean over i"
    )

    def certificate(
        self,
        geometry: ClassGeometry,
        setting: Setting,
        granted: Iterable[Assumption] | Granted = (),
    ) -> tuple[Array, Array]:
        """Bounds (classes,) and the coefficients (r, classes, classes) that prove them, in the geometry's
        unit of squared length to the power -k. Raises ``MissingQuantity`` where the moments are not known."""
        assumptions = granted if isinstance(granted, Granted) else Granted(granted)
        with geometry.quiet():
            chosen = least_square(self._given_nearest(geometry, setting), len(self.coefficients))[1]
            chosen = geometry.xp.where(geometry.resolved[None, :, :], chosen, 0 * chosen)
            return self._upward(geometry, setting, assumptions, chosen), chosen

    def _moments(self, geometry: ClassGeometry, setting: Setting) -> Array:
        order = 2 * len(self.coefficients)
        moments = geometry.nearest_moments(setting.shots, setting.ways, order)
        if moments is None:
            raise MissingQuantity(
                "this geometry does not hold the moments of its margins against the nearest of "
                f"{setting.ways - 1} other classes{geometry.why_no_nearest(setting.shots, setting.ways)}"
            )
        return moments

    def _given_nearest(self, geometry: ClassGeometry, setting: Setting) -> Array:
        """Moments of the margins' laws given that the other class is the nearest."""
        moments = self._moments(geometry, setting)
        xp = geometry.xp
        return xp.concat([xp.ones_like(moments[:1, ...]), moments[1:, ...]], axis=0)

    def _upward(self, geometry: ClassGeometry, setting: Setting, granted: Granted, chosen: Array) -> Array:
        """(classes,): the statement at the coefficients ``chosen``, rounded upward as the ladder of a pair
        is."""
        at = {symbol: chosen[k, ...] for k, symbol in enumerate(self.coefficients)}
        lost = sp.Symbol("rounding", real=True)
        at[lost] = rounding(self._given_nearest(geometry, setting), chosen)
        env = GeometryEnvironment(geometry, setting, granted, at)
        stated = env.full(evaluate(self.closed_form, env, "i"), "i")
        # The shares, too, are sums of products in double precision.
        return (1 + SHARES) * stated + env.full(evaluate(SumOver(near_0 * lost), env, "i"), "i")

    def _evaluate(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted, at: dict[str, float]
    ) -> BoundValue:
        xp = geometry.xp
        if at:
            one = xp.ones_like(self._moments(geometry, setting)[0, ...])
            chosen = xp.stack([one * value for value in given_coefficients(self.coefficients, at)])
            values = self._upward(geometry, setting, granted, chosen)
        else:
            values = self.certificate(geometry, setting, granted)[0]
        values = xp.where(xp.isnan(values), xp.full_like(values, math.inf), values)
        return Value(float(xp.mean(values)), tuple(float(value) for value in values))
