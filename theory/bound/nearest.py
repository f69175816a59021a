"""Bounds on a query class by polynomials of the margin against the nearest of the other classes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import sympy as sp

from theory.array import Array, array_namespace, floats
from theory.assumptions import Assumption, Granted
from theory.bound.answer import BoundValue, Value
from theory.bound.classes import ClassBound
from theory.bound.ladder import given_coefficients
from theory.evaluation.environment import GeometryEnvironment
from theory.evaluation.evaluate import evaluate
from theory.evaluation.ladder import least_square, rounding
from theory.evaluation.missing import MissingQuantity
from theory.evaluation.own_units import own_unit, relative
from theory.expressions import SumOver
from theory.geometry import ClassGeometry
from theory.quantities import near_0
from theory.setting import Setting

SHARES = 1e-13
"""More than the relative error of how likely a class is the nearest."""


@dataclass(frozen=True, kw_only=True)
class NearestBound(ClassBound):
    """sum_j P(j is the nearest of the others) E [ (1 + sum_k c_jk (-M_ij)^k)^2 | j is nearest ], true for
    every c_jk >= 0, and least over them for each pair of classes.

    coefficients : the symbols c_j1, ..., c_jr of the statement. ``certificate`` gives their values.
    below : the bound from fewer moments, which this one is where its last coefficients are 0. quadratic : in
    closed form, what a term of the statement is at most where its first two coefficients are the best and the
    others 0. All are true, and where a margin takes few values, or nearly, rounding decides which tells most:
    the least counts.
    """

    coefficients: tuple[sp.Symbol, ...]
    below: NearestBound | None = None
    quadratic: sp.Expr | None = None

    scopes = ()
    rounds_itself = True
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
            margins = _Margins.of(geometry, setting, self._order)
            chosen = least_square(margins.given, len(self.coefficients))[1]
            chosen = geometry.xp.where(geometry.resolved[None, :, :], chosen, 0 * chosen)
            return self._upward(geometry, setting, assumptions, margins, chosen), chosen / margins.powers

    @property
    def _order(self) -> int:
        return 2 * len(self.coefficients)

    def _upward(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted, margins: _Margins, chosen: Array
    ) -> Array:
        """(classes,): the statement at ``chosen``, in the margins' own units, rounded upward as the ladder of
        a pair is."""
        at = {symbol: chosen[k, ...] for k, symbol in enumerate(self.coefficients)}
        lost = sp.Symbol("rounding", real=True)
        needed = margins.needed(chosen)
        at[lost] = rounding(needed, chosen)
        env = GeometryEnvironment(geometry, setting, granted, at).with_margins(margins.named(needed))
        stated = env.full(evaluate(self.closed_form, env, "i"), "i")
        # The shares, too, are sums of products in double precision.
        return (1 + SHARES) * stated + env.full(evaluate(SumOver(near_0 * lost), env, "i"), "i")

    def _values(self, geometry: ClassGeometry, setting: Setting, granted: Granted) -> Array:
        """(classes,): the least of the statement's value and those from fewer moments."""
        xp = geometry.xp
        least = self.certificate(geometry, setting, granted)[0]
        others = [] if self.below is None else [self.below._values(geometry, setting, granted)]
        if self.quadratic is not None:
            given = _Margins.of(geometry, setting, self._order)
            # A margin of mean 0 has the trivial bound 1, as is due to a pair whose distance isn't resolved.
            named = given.named(xp.where(geometry.resolved[None, :, :], given.given, 0 * given.given))
            env = GeometryEnvironment(geometry, setting, granted).with_margins(named)
            others.append((1 + SHARES) * env.full(evaluate(SumOver(near_0 * self.quadratic), env, "i"), "i"))
        least = xp.where(xp.isnan(least), xp.full_like(least, math.inf), least)
        for other in others:
            least = xp.where(other < least, other, least)
        return least

    def _evaluate(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted, at: dict[str, float]
    ) -> BoundValue:
        xp = geometry.xp
        if at:
            margins = _Margins.of(geometry, setting, self._order)
            chosen = margins.powers * xp.stack(
                [value * xp.ones_like(margins.shares) for value in given_coefficients(self.coefficients, at)]
            )
            values = self._upward(geometry, setting, granted, margins, chosen)
            values = xp.where(xp.isnan(values), xp.full_like(values, math.inf), values)
        else:
            values = self._values(geometry, setting, granted)
        return Value(float(xp.mean(values)), floats(values))


@dataclass(frozen=True, eq=False)
class _Margins:
    """Moments of the margins' laws given that the other class is the nearest.

    shares (classes, classes): how likely it is. given (order + 1, classes, classes): the moments, each margin
    in its own unit. powers (order / 2, classes, classes): what coefficients are multiplied with for these.
    """

    shares: Array
    given: Array
    powers: Array

    @classmethod
    def of(cls, geometry: ClassGeometry, setting: Setting, order: int) -> _Margins:
        """Raises ``MissingQuantity`` where the moments are not known."""
        xp, shots, ways = geometry.xp, setting.shots, setting.ways
        moments = geometry.nearest_moments(shots, ways, order)
        if moments is None:
            raise MissingQuantity(
                "this geometry does not hold the moments of its margins against the nearest of "
                f"{ways - 1} other classes{geometry.why_no_nearest(shots, ways)}"
            )
        given = xp.concat([xp.ones_like(moments[:1, ...]), moments[1:, ...]], axis=0)
        unit = own_unit(xp, given)
        powers = xp.stack([unit ** (k + 1) for k in range(order // 2)])
        return cls(moments[0, ...], relative(xp, given), powers)

    def needed(self, chosen: Array) -> Array:
        """``given``, 0 for those that no coefficient but the first asks for and that aren't known: 0 times
        infinity would be no number."""
        xp = array_namespace(chosen)
        needs_all = xp.any(chosen[1:, ...] > 0, axis=0)[None, ...]
        return xp.where(
            xp.logical_or(needs_all, xp.isfinite(self.given)), self.given, xp.zeros_like(self.given)
        )

    def named(self, given: Array) -> dict[str, Array]:
        """The shares, and these moments, as a statement's quantities."""
        both = array_namespace(given).concat([self.shares[None, ...], given[1:, ...]], axis=0)
        return {"nearest_moments": both}
