"""Moments of margins in units of each margin's own mean.

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
from theory.quantities import MARGIN_MOMENTS, lookup

LEAST = 1e-280
"""A power of a margin's mean below it has lost digits: the moments of that order aren't known."""
LEAST_SPREAD = 1e-60
"""Variance, in squares of the mean, below which products of three moments may vanish, as those of atoms of
tiny weight do: moments of order 3 and more say nothing there that a double could tell, and aren't known."""


@lru_cache(maxsize=256)
def margin_order(statement: sp.Expr) -> int | None:
    """The largest order of a margin's moments in ``statement``, None where it holds any other quantity or
    depends on the unit of length."""
    symbols = statement.free_symbols
    if not symbols or any(lookup(s) is None or s not in MARGIN_MOMENTS for s in symbols):
        return None
    if power_of_length(statement) not in (0, None):
        return None
    return max(MARGIN_MOMENTS.index(symbol) + 1 for symbol in symbols)


def relative(xp: Namespace, moments: Array) -> Array:
    """``moments`` (order + 1, ...): 1, mean, and central moments, each divided by that power of |mean|.

    Of even order 4 and more they are infinite where they aren't known, which no bound can profit from.
    """
    mean = xp.abs(moments[1, ...])
    unit = xp.where(mean > 0, mean, xp.ones_like(mean))
    scaled, power = [moments[0, ...], moments[1, ...] / unit], unit
    for order in range(2, int(moments.shape[0])):
        power = power * unit
        value = moments[order, ...] / xp.where(power > 0, power, xp.ones_like(power))
        unknown = power < LEAST
        if order > 2:
            tiny = xp.logical_and(scaled[2] > 0, scaled[2] < LEAST_SPREAD)
            unknown = xp.logical_or(unknown, tiny)
        if order % 2:
            value = xp.where(unknown, xp.zeros_like(value), value)
        else:
            value = xp.where(unknown, xp.full_like(value, math.inf), value)
        scaled.append(value)
    return xp.stack(scaled)
