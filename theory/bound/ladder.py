"""Bounds on an ordered pair by a polynomial of the margin whose coefficients may be chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sympy as sp

from theory.array import Array, Namespace
from theory.assumptions import Assumption, Granted
from theory.bound.blocks import slices
from theory.bound.concavity import varies
from theory.bound.pairs import PairBound, Part
from theory.evaluation.environment import GeometryEnvironment
from theory.evaluation.evaluate import evaluate
from theory.evaluation.ladder import least_square, rounding
from theory.evaluation.missing import MissingQuantity
from theory.evaluation.own_units import own_unit, relative
from theory.geometry import ClassGeometry
from theory.setting import Setting

SETS = 8
"""Numbers that the search holds for every pair and set of coefficients, about."""
UPWARD = 1e-13
"""More than the relative error of a value in closed form."""


def given_coefficients(symbols: Sequence[sp.Symbol], at: Mapping[str, float]) -> list[float]:
    """Values of all coefficients, in order. Raises ValueError where one is missing, unknown or negative."""
    if set(at) != {symbol.name for symbol in symbols} or min(at.values()) < 0:
        raise ValueError("give every coefficient, and none below 0")
    return [at[symbol.name] for symbol in symbols]


@dataclass(frozen=True, kw_only=True)
class LadderBound(PairBound):
    """E (1 + sum_k c_k (-M)^k)^2, true for every c_1, ..., c_r >= 0, and least over them for each pair.

    coefficients : the symbols c_1, ..., c_r of the statement. ``certificate`` gives their values: with
    them one can check that the polynomial is at least 1 where M <= 0, and what its mean is.
    below : the bound from fewer moments, which this one is where its last coefficients are 0. Both are true,
    and where a margin takes few values, or nearly, rounding decides which tells more: the lesser counts.
    """

    coefficients: tuple[sp.Symbol, ...]
    below: PairBound | None = None

    scopes = ()
    rounds_itself = True
    for_k_classes = (
        "stated for an ordered pair of classes (i, j) and every c_1, c_2, ... >= 0, and least over them for "
        "each pair; the error of k classes is at most its sum over j other than i, averaged over i"
    )

    def certificate(
        self,
        geometry: ClassGeometry,
        setting: Setting,
        granted: Iterable[Assumption] | Granted = (),
    ) -> tuple[Array, Array]:
        """Bounds (classes, classes) and the coefficients (r, classes, classes) that prove them, in the
        geometry's unit of squared length to the power -k. Raises ``MissingQuantity`` where the moments are
        not known."""
        assumptions = granted if isinstance(granted, Granted) else Granted(granted)
        with geometry.quiet():
            parts = [self._least(geometry, setting, assumptions, rows) for rows in self._chunks(geometry)]
            xp = geometry.xp
            chosen = xp.concat([part[1] for part in parts], axis=1)
            moments = self._moments(geometry, setting)
            powers = self._powers(xp, moments)
        return xp.concat([part[0] for part in parts], axis=0), chosen / powers

    def _chunks(self, geometry: ClassGeometry) -> list[slice]:
        return slices(geometry.classes, geometry.classes * SETS * 2 ** len(self.coefficients))

    def _moments(self, geometry: ClassGeometry, setting: Setting) -> Array:
        order = 2 * len(self.coefficients)
        moments = geometry.margin_moments(setting.shots, order)
        if moments is None:
            raise MissingQuantity(
                f"this geometry does not hold the moments of its margins up to order {order}"
                f"{geometry.why_no_margins(setting.shots)}"
            )
        return moments

    def _powers(self, xp: Namespace, moments: Array) -> Array:
        """What coefficients about margins of these moments are multiplied with, to be about margins in units
        of their own: (r, ...)."""
        units = own_unit(xp, moments)
        return xp.stack([units ** (k + 1) for k in range(len(self.coefficients))])

    def _least(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted, rows: slice
    ) -> tuple[Array, Array]:
        """Values, and coefficients in each margin's own unit."""
        margins = relative(geometry.xp, self._moments(geometry, setting))
        least, chosen = least_square(margins[:, rows, :], len(self.coefficients))
        value = self._upward(GeometryEnvironment(geometry, setting, granted, None, rows), margins, chosen)
        # Where moments of higher order aren't known only the first rung remains, whose value needs none.
        return geometry.xp.where(geometry.xp.isnan(value), least, value), chosen

    def _upward(self, plain: GeometryEnvironment, margins: Array, chosen: Array) -> Array:
        """The statement at the coefficients ``chosen`` (r, rows, classes), rounded upward: where the square
        is about 0 at nearly all of a margin's values, what double precision loses may be most of its mean."""
        env = plain.with_margins({"margin_moments": margins})
        env.parameters = {symbol: chosen[k, ...] for k, symbol in enumerate(self.coefficients)}
        value = env.full(evaluate(self.closed_form, env, "ij"), "ij")
        return value + rounding(margins[:, env.rows, :], chosen)

    def _rows(
        self,
        geometry: ClassGeometry,
        setting: Setting,
        granted: Granted,
        at: dict[str, float],
        part: Part,
    ) -> tuple[Array, Array | None]:
        if varies(self.closed_form):
            raise MissingQuantity("a polynomial of one margin holds no reductions over classes")
        xp, rows = geometry.xp, part.rows
        if not at:
            value = self._least(geometry, setting, granted, rows)[0]
            if self.below is not None:
                fewer = (1 + UPWARD) * self.below._rows(geometry, setting, granted, at, part)[0]
                value = xp.where(fewer < value, fewer, value)
            return value, None
        values = given_coefficients(self.coefficients, at)
        moments = self._moments(geometry, setting)
        powers = self._powers(xp, moments[:, rows, :])
        chosen = xp.stack([value * powers[k, ...] for k, value in enumerate(values)])
        env = GeometryEnvironment(geometry, setting, granted, None, rows)
        return self._upward(env, relative(xp, moments), chosen), None
