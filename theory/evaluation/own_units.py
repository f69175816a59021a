"""Moments of margins in units of each margin's own size.

A statement in the moments of one margin alone doesn't depend on the unit of length. In a unit that all pairs
share, products of moments of a pair far nearer than the others vanish below double precision, and what is
divided by them becomes anything.
"""

from __future__ import annotations

import math
from functools import lru_cache

import sympy as sp

from theory.array import Array, Namespace
from theory.evaluation.units import power_of_length
from theory.expressions import REDUCTIONS
from theory.quantities import MARGIN_MOMENTS, lookup

LEAST = 1e-280
"""A power of a margin's size below it has lost digits: the moments of that order aren't known."""
LEAST_SPREAD = 1e-60
"""Variance, in squares of the size, below which products of three moments may vanish, as those of atoms of
tiny weight do: moments of order 3 and more say nothing there that a double could tell, and aren't known."""


@lru_cache(maxsize=256)
def margin_order(statement: sp.Expr) -> int | None:
    """The largest order of a margin's moments in ``statement``, None where it holds any other quantity, holds
    moments of several margins in a reduction, or depends on the unit of length."""
    symbols = statement.free_symbols
    if not symbols or any(lookup(s) is None or s not in MARGIN_MOMENTS for s in symbols):
        return None
    if statement.has(*REDUCTIONS) or power_of_length(statement) not in (0, None):
        return None
    return max(MARGIN_MOMENTS.index(symbol) + 1 for symbol in symbols)


def own_unit(xp: Namespace, moments: Array) -> Array:
    """The larger of |mean| and standard deviation, whichever of them is tiny; 1 of a margin that is 0."""
    unit = xp.abs(moments[1, ...])
    if int(moments.shape[0]) > 2:
        deviation = xp.sqrt(moments[2, ...])
        unit = xp.where(deviation > unit, deviation, unit)
    return xp.where(unit > 0, unit, xp.ones_like(unit))


def relative(xp: Namespace, moments: Array) -> Array:
    """``moments`` (order + 1, ...): 1, mean, and central moments, each divided by that power of ``own_unit``.

    Of even order they are infinite where they aren't known, which no bound can profit from.
    """
    unit = own_unit(xp, moments)
    scaled, power = [moments[0, ...], moments[1, ...] / unit], unit
    for order in range(2, int(moments.shape[0])):
        power = power * unit
        value = moments[order, ...] / xp.where(power > 0, power, xp.ones_like(power))
        # Not finite: infinite, or the difference of two such, in the unit that all pairs share.
        known = xp.logical_and(power >= LEAST, xp.isfinite(value))
        if order > 2:
            spread = xp.logical_or(scaled[2] == 0, scaled[2] >= LEAST_SPREAD)
            known = xp.logical_and(known, spread)
        nothing = xp.zeros_like(value) if order % 2 else xp.full_like(value, math.inf)
        value = xp.where(known, value, nothing)
        scaled.append(value)
    return xp.stack(scaled)
