"""Errors by class are probabilities whose mean is the error, whatever sampling or controls make of them."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from theory.array import Floats

AGREE = 1e-12
"""Of the value, that rounding may leave between it and the mean of the classes' errors."""
RESOLVED = 0.1
"""Share of its own error to which every class must be known for errors by class to be given."""


def resolved(per_class: Annotated[Floats, "classes"], room: Annotated[Floats, "classes"]) -> bool:
    """Whether errors that may each be off by ``room``, at about 95 %, are worth telling class by class: the
    mean may be well known where a class that hardly adds to it was hardly seen."""
    return bool(np.all(np.isfinite(room) & (room <= RESOLVED * per_class)))


def moved_within(
    per_class: Annotated[Floats, "classes"],
    low: Annotated[Floats, "classes"],
    high: Annotated[Floats, "classes"],
    value: float,
) -> Annotated[Floats, "classes"]:
    """Errors by class (classes,), or none, moved into their own brackets so that their mean is ``value``,
    which lies between the means of the ends."""
    if not len(per_class):
        return per_class
    inside = np.clip(per_class, low, high)
    short = value - float(np.mean(inside))
    room = (high if short > 0 else low) - inside
    most = float(np.mean(room))
    return np.clip(inside + room * min(1.0, short / most), low, high) if most != 0 else inside


def probabilities(value: float, per_class: tuple[float, ...]) -> tuple[float, tuple[float, ...]]:
    """An error and those by class, of which it is the mean, where sampling may have left [0, 1]: the error
    moves to its nearer end, and so do the classes, those with room making up for those without."""
    value, errors = min(max(value, 0.0), 1.0), np.array(per_class)
    inside = np.all((errors >= 0) & (errors <= 1))
    if inside and abs(float(np.mean(errors)) - value) <= AGREE * value:
        return value, per_class
    ends = np.zeros_like(errors), np.ones_like(errors)
    return value, tuple(map(float, moved_within(errors, *ends, value)))
