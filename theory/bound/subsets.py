"""How a statement is read with fewer ways than classes: at subset means, subset by subset, or not at all.

The error is then a mean over the subsets of ``ways`` classes, and a statement that is true of every
population is true of each of them: the mean of its values is what it says of the mean error.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np
import sympy as sp

from theory.array import Array, array_namespace
from theory.bound.concavity import OVER_CLASSES, Declared, is_affine, is_concave, is_convex, is_nested, varies
from theory.expressions import Avg, ForEveryOther, SumOverPairs
from theory.geometry import ClassGeometry
from theory.quantities import NEAREST_MOMENTS
from theory.setting import Setting

MOST_SUBSETS = 1 << 21
"""Entries of all subsets' pairs of classes up to which a bound is averaged subset by subset."""
FROM_BELOW = ("lower", "existence", "impossibility")
EQUAL_FOR_PAIRS = "an equality for a pair of classes: it is none for more than two"
FROM_ABOVE = ("upper", "high_probability", "rate")


def at_means(statement: sp.Expr, kind: str, declared: Declared = frozenset()) -> bool:
    """Whether its value at the subset means of its reductions says no more than the mean of its values does:
    that is no smaller for an upper bound, no larger for a lower one, the same for any other."""
    if kind in FROM_ABOVE:
        return is_concave(statement, declared)
    return is_convex(statement, declared) if kind in FROM_BELOW else is_affine(statement)


@lru_cache(maxsize=1 << 12)
def pair_is_exact(statement: sp.Expr, ways: int) -> bool:
    """Whether the mean over the subsets that hold a pair of classes is known in closed form. Of two ways
    there is but one such subset, the pair."""
    if ways == 2 and not statement.has(ForEveryOther):
        return True
    return not statement.has(SumOverPairs) and is_affine(statement)


def pair_at_means(statement: sp.Expr, kind: str, declared: Declared = frozenset()) -> bool:
    """The same where the subsets are those that hold a pair of classes: sums over pairs of others have no
    such mean in closed form."""
    return not statement.has(SumOverPairs) and at_means(statement, kind, declared)


@lru_cache(maxsize=1 << 12)
def needs_whole_subsets(statement: sp.Expr) -> bool:
    """Whether, subset by subset, more than the other classes of a query class comes in: averages over all
    pairs of a subset, and reductions within reductions."""
    return statement.has(Avg) or is_nested(statement)


def subsets(geometry: ClassGeometry, ways: int) -> Array | None:
    """(subsets, classes): 1 where a class belongs to the subset; None where they are too many."""
    classes = geometry.classes
    count = math.comb(classes, ways)
    if count * classes**2 > MOST_SUBSETS:
        return None
    members = np.zeros((count, classes))
    np.put_along_axis(members, np.array(list(itertools.combinations(range(classes), ways))), 1.0, axis=1)
    return geometry.array(members)


def mean_over_pairs(values: Array, members: Array, rows: slice) -> Array:
    """Of ``values`` (subsets, rows, classes) of pairs: each over the subsets that hold the pair."""
    xp = array_namespace(values)
    both = members[:, rows][:, :, None] * members[:, None, :]
    inside = xp.where(both > 0, values, xp.zeros_like(values))
    count = xp.sum(both, axis=0)
    return xp.sum(inside, axis=0) / xp.where(count > 0, count, xp.ones_like(count))


def mean_over_classes(values: Array, members: Array, rows: slice) -> Array:
    """Of ``values`` (subsets, rows) of classes: each over the subsets that hold the class."""
    xp = array_namespace(values)
    inside = xp.where(members[:, rows] > 0, values, xp.zeros_like(values))
    return xp.sum(inside, axis=0) / xp.sum(members[:, rows], axis=0)


Objective = Callable[[Mapping[sp.Symbol, Array]], Array]


def one_by_one(values: Objective, own_axes: int) -> Objective:
    """For values that have an axis of subsets to themselves: of parameters with an axis in front of
    ``own_axes``, each alone."""

    def objective(parameters: Mapping[sp.Symbol, Array]) -> Array:
        ((symbol, array),) = parameters.items()
        if array.ndim == own_axes:
            return values({symbol: array})
        xp = array_namespace(array)
        return xp.stack([values({symbol: array[place, ...]}) for place in range(array.shape[0])])

    return objective


def why_not(statement: sp.Expr, geometry: ClassGeometry, setting: Setting) -> str | None:
    """Why the statement cannot be read on subsets of the classes at all; None where it can."""
    if setting.ways in (2, geometry.classes) or not _reads_nearest(statement):
        return None
    return (
        f"its moments against the nearest of the other classes are known over all choices of {setting.ways} "
        f"of the {geometry.classes} classes together, not for each choice"
    )


@lru_cache(maxsize=1 << 12)
def _reads_nearest(statement: sp.Expr) -> bool:
    return not statement.free_symbols.isdisjoint(NEAREST_MOMENTS)


def why_no_pair_means(statement: sp.Expr, kind: str, geometry: ClassGeometry, setting: Setting) -> str | None:
    """Why a statement about pairs cannot be read on all classes at once; None where it can."""
    if setting.ways == geometry.classes or not varies(statement):
        return None
    if pair_is_exact(statement, setting.ways) or pair_at_means(statement, kind):
        return why_not(statement, geometry, setting)
    return "with fewer ways than classes its averages over classes differ between the choices of classes"


def too_many(kind: str, classes: int, ways: int) -> str:
    """Why a bound that is not read at means says nothing about ``ways`` of so many classes."""
    shape = "concave" if kind in FROM_ABOVE else "convex" if kind in FROM_BELOW else "affine"
    return (
        f"it is not recognised as {shape} in its averages over classes, and {classes} classes have too many "
        f"subsets of {ways} to take its mean over them"
    )


def nothing(kind: str) -> float:
    """The value of a bound that says nothing."""
    return 0.0 if kind in FROM_BELOW else math.inf


def declared_of(
    nonnegative: tuple[sp.Expr, ...],
    where: tuple[tuple[sp.Symbol, sp.Expr], ...],
    write_out: Callable[[sp.Expr], sp.Expr],
) -> Declared:
    """What a statement declares to be at least 0: outright, and by the assumptions of its abbreviations."""
    named = [symbol for symbol, _ in where if symbol.is_nonnegative]
    written = (write_out(each) for each in (*nonnegative, *named))
    return frozenset(each for each in written if varies(each))


def holds_in_subsets(condition: sp.Basic) -> bool:
    """Whether a condition on all classes is one on the classes of every subset: without reductions, or with
    no others than for every other class."""
    return not condition.has(*OVER_CLASSES, *NEAREST_MOMENTS) and not is_nested(condition)
