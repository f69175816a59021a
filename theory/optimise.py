"""The least value of a family of bounds over its free parameter: a grid, then golden section."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import sympy as sp

Array = Any
GRID = 64
STEPS = 32
_GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class FreeParameter:
    """A parameter that a family of bounds may choose: valid for every value in [lower, upper).

    ``upper`` may be ``sympy.oo`` or an expression in quantities. ``scope`` says whether one value serves
    a whole setting or every ordered pair has its own. ``closed`` says whether ``lower`` itself is allowed.
    """

    symbol: sp.Symbol
    lower: float
    upper: sp.Expr
    scope: Literal["pair", "setting"]
    closed: bool = False
    meaning: str = ""


def minimise(
    objective: Callable[[Array], Array], lower: float, upper: Array, closed: bool, xp: Any
) -> tuple[Array, Array]:
    """Elementwise least value of ``objective(parameter)`` and where it is taken.

    ``upper`` has the shape of the parameter and may be infinite. The value is exact to about 1e-15
    relative near a smooth minimum: golden section narrows the argument to 1e-6 of a grid cell, and more steps
    would only follow rounding. NaN counts as infinite.
    """
    finite = xp.isfinite(upper)
    width = xp.where(finite, upper - lower, xp.ones_like(upper))

    def argument(share: Array) -> Array:
        stretched = (share / (1 - share)) ** 3
        return lower + xp.where(finite, width * share, stretched)

    def value(share: Array) -> Array:
        found = objective(argument(share))
        return xp.where(xp.isnan(found), xp.full_like(found, math.inf), found)

    grid = [(step + (0 if closed else 1)) / (GRID + 1) for step in range(GRID + (1 if closed else 0))]
    best = xp.full_like(upper, math.inf)
    centre = xp.full_like(upper, grid[GRID // 2])
    for share in grid:
        found = value(xp.full_like(upper, share))
        centre = xp.where(found < best, xp.full_like(upper, share), centre)
        best = xp.where(found < best, found, best)
    step = 1 / (GRID + 1)
    left = xp.where(centre - step > 0, centre - step, xp.zeros_like(centre))
    if not closed:
        left = xp.where(left > 0, left, centre * 1e-3)
    right = xp.where(centre + step < 1, centre + step, 1 - (1 - centre) * 1e-3)
    inner_left, inner_right = right - _GOLDEN * (right - left), left + _GOLDEN * (right - left)
    at_left, at_right = value(inner_left), value(inner_right)
    for _ in range(STEPS):
        lower_half = at_left < at_right
        right = xp.where(lower_half, inner_right, right)
        left = xp.where(lower_half, left, inner_left)
        probe_left, probe_right = right - _GOLDEN * (right - left), left + _GOLDEN * (right - left)
        fresh = value(xp.where(lower_half, probe_left, probe_right))
        at_left, at_right = (
            xp.where(lower_half, fresh, at_right),
            xp.where(lower_half, at_left, fresh),
        )
        inner_left, inner_right = probe_left, probe_right
    for share, found in ((inner_left, at_left), (inner_right, at_right)):
        centre = xp.where(found < best, share, centre)
        best = xp.where(found < best, found, best)
    return best, argument(centre)
