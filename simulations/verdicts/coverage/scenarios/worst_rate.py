"""Few tuples of classes that err as a whole, as often as is worst for the statement.

Every class brings a mark, uniform on [0, 1), and a tuple errs where the marks of its classes add up to less
than a rate, modulo 1. No part of a tuple says anything about its error: a tuple counts once, and nothing of
it is averaged away. (Where the error of a tuple is a mean over its classes, a class counts once: a
statement that takes l where floor(l/k) is right would pass.)

The rate is the worst for the very statement that is tested: just above its limit at some count of errors. At
one tuple a limit from relative entropy then fails exactly as often as it says.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from simulations.verdicts.coverage.evidence import FIXED, INDEPENDENT
from theory.array import Floats
from theory.assumptions import Assumption
from theory.assumptions.sampling import FiniteFamilyOfMaps
from theory.evidence.lineage import Lineage, MapRecord

ABOVE = 1e-9
"""How far the truth lies above the limit that it violates: more than what a test takes for rounding."""
UNREACHED = 0.5
"""The rate where no count of errors gives a limit below 1, so that no rate can violate the statement."""

Limits = Callable[[Floats, float], Floats]
"""(mean errors, failure probability) -> limits."""


def worst_rate(limits: Floats, scale: float = 1.0, largest: float = 1.0) -> float:
    """The rate q <= ``largest`` at which independent errors of ``len(limits) - 1`` tuples most often have a
    limit below ``scale`` q, their truth. ``limits[j]`` belongs to j errors."""
    from scipy.stats import binom

    counts = np.arange(len(limits))
    rates = limits / scale + ABOVE
    rates = rates[(rates > 0) & (rates < largest)]
    if not len(rates):
        return UNREACHED
    missed = limits[None, :] < scale * rates[:, None] - ABOVE / 2 * scale
    chances = np.sum(binom.pmf(counts[None, :], len(limits) - 1, rates[:, None]) * missed, axis=1)
    return float(rates[int(np.argmax(chances))])


def rate_for(
    limits: Limits, tuples: int, scale: float = 1.0, largest: float = 1.0
) -> Callable[[float], float]:
    """The worst rate as a function of the failure probability, found once for each."""

    @lru_cache(maxsize=4)
    def rate(failure: float) -> float:
        return worst_rate(np.asarray(limits(np.arange(tuples + 1) / tuples, failure)), scale, largest)

    return rate


def joint_errors(
    rng: np.random.Generator, replicates: int, shape: tuple[int, int], rate: float, maps: int = 1
) -> Floats:
    """Mean error of the map that errs least of ``maps`` over as many tuples of as many classes as ``shape``
    says: (replicates,). A class has a mark for each map."""
    marks = rng.random((replicates, maps, *shape))
    wrong = np.sum(marks, axis=3) % 1.0 < rate
    least: Floats = np.min(np.mean(wrong, axis=2), axis=1)
    return least


def picked(maps: int) -> tuple[Lineage, tuple[Assumption, ...]]:
    """Lineage and assumptions of classes drawn independently, seen through one of ``maps`` maps."""
    if maps == 1:
        return FIXED, INDEPENDENT
    record = MapRecord(f"the best of {maps} maps", family=maps)
    return Lineage(feature_map=record), (*INDEPENDENT, FiniteFamilyOfMaps(maps))


def of_maps(maps: int) -> str:
    """What a scenario's name says of the choice among maps."""
    return "" if maps == 1 else f", the best of {maps} maps"
