"""Refuse at once what would not fit the memory: many classes, whose pairs are held, whatever the samples.

The number of samples does not matter: they are read by blocks.
"""

from __future__ import annotations

from simulations.runtime.memory import require_memory

PAIR, PAIR_GROUPS, MOST_GROUPS, CLASS = 30, 70, 1e8, 40
"""Numbers held at once in a measurement: for a pair of classes; for a pair, while moments without one group
of samples are kept, and those at most; for a coordinate of a class. Measured up to 1000 classes."""
KERNEL = 5
"""Numbers of a certificate for a pair of classes."""
REMEDY = "use fewer classes, for example those of --min-samples"


def require_for_measurement(classes: int, dimension: int) -> None:
    """Raises InputError where the moments of all pairs of classes do not fit."""
    groups = min(PAIR_GROUPS * float(classes) ** 2, MOST_GROUPS)
    numbers = PAIR * float(classes) ** 2 + groups + CLASS * float(classes) * dimension
    what = f"the moments of {classes} classes in dimension {dimension}"
    require_memory(8 * numbers, what, REMEDY, field="labels")


def require_for_certificates(classes: int) -> None:
    """Raises InputError where the errors of all pairs of classes do not fit."""
    needed = 8 * KERNEL * float(classes) ** 2
    require_memory(needed, f"the errors of all pairs of {classes} classes", REMEDY, field="labels")
