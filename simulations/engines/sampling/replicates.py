"""Conditions on independent replicates for a t interval of their means."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np

from simulations.engines.base import Refused
from simulations.runtime.arrays import between
from theory.array import Array, Floats, Integers, array_namespace, to_numpy

GUARD_LEVEL = 1e-7
MOST_SKEW = 2.0
"""Skewness of the replicates (of 64 normal ones: 0.3) beyond which a t interval of them alone is not
trusted."""
MOST_SLOPE = 2.0
"""An error moves about as much as the sum of its pair probabilities. Where that sum hardly varies, as with
very many shots, its fitted slope is rounding over rounding, of any size: it would multiply the rounding by
which sampled and exact sums differ."""


def check_control(control: Annotated[Floats, "replicates"], target: float, power: float) -> None:
    """Raise ``Refused`` unless the replicates of the control close on its exact mean, and know it to the
    share ``power``."""
    from scipy.special import stdtrit

    count = len(control)
    mean = float(np.mean(control))
    error = float(np.std(control, ddof=1)) / math.sqrt(count)
    allowed = float(stdtrit(count - 1, 1 - GUARD_LEVEL / 2)) * error + 1e-6 * target
    if not abs(mean - target) <= allowed:
        raise Refused(f"the control does not close: {mean:.6g} sampled, {target:.6g} exact")
    if error > power * target:
        raise Refused(f"the control is known to {error / target:.1%} only, too inaccurate for the comparison")


def lean_of_points(
    moments: Annotated[Floats, "quantities classes moments"], multiplicities: Integers, points: int
) -> Annotated[Floats, "quantities"]:
    """(quantities,): ``lean`` of the rule ``Replicates``, not yet relative, of means over classes, each of so
    many points in all, from the variance and the third central moment of a point.

    As if the points were independent, of a mean whose skewness many points show where few replicates do not:
    what a few points in thousands carry most replicates miss, and then say nothing of it. Where a lattice
    takes variance away it takes away the more of what is smooth, and this is about right still.
    """
    share = multiplicities / np.sum(multiplicities)
    variance, third = np.sum(moments * np.stack([share**2, share**3], axis=1), axis=1).T
    return np.where(variance > 0, third / np.where(variance > 0, variance, 1.0), 0.0) / points


def jump(spread: Annotated[Floats, "replicates"]) -> float:
    """0 where the replicates are about symmetric; else how far the mean may be off beyond their spread: up
    to three more replicates like the farthest might as well have been among them (the rule of three)."""
    centred = spread - spread.mean()
    scale = math.sqrt(float(np.mean(centred**2)))
    if abs(float(np.mean(centred**3))) <= MOST_SKEW * scale**3:
        return 0.0
    return 3 * float(np.max(np.abs(centred))) / len(spread)


def regressed(
    values: Annotated[Floats, "quantities replicates"],
    control: Annotated[Floats, "replicates"],
    target: float,
    pilot: int,
) -> Annotated[Floats, "quantities rest"]:
    """``values`` (quantities, replicates) regressed on the control, of mean ``target``, with a slope from the
    first ``pilot`` replicates, which are then dropped: unbiased."""
    slope = to_numpy(slopes(values[:, :pilot], control[:pilot]))
    controlled: Floats = values[:, pilot:] - slope[:, None] * (control[pilot:] - target)[None, :]
    return controlled


def regressed_by_halves(
    values: Annotated[Floats, "quantities replicates"],
    control: Annotated[Floats, "replicates"],
    target: float,
) -> tuple[Annotated[Floats, "quantities replicates"], Annotated[Floats, "quantities"]]:
    """``values`` (quantities, replicates) regressed on the control, of mean ``target``, each half with the
    slope of the other: unbiased, and no replicate is spent on slopes alone. Also the mean of both slopes."""
    half = len(control) // 2
    parts, used = [], []
    for own, other in ((slice(half), slice(half, None)), (slice(half, None), slice(half))):
        slope = to_numpy(slopes(values[:, other], control[other]))
        parts.append(values[:, own] - slope[:, None] * (control[own] - target)[None, :])
        used.append(slope * (len(control[own]) / len(control)))
    return np.concatenate(parts, axis=1), used[0] + used[1]


def slopes(values: Annotated[Array, "quantities samples"], control: Array) -> Annotated[Array, "quantities"]:
    """(quantities,): least squares of ``values`` (quantities, samples) on the control, (samples,) or
    (quantities, samples), up to ``MOST_SLOPE``: any slope from other samples leaves a mean unbiased."""
    xp = array_namespace(values)
    centred = control - xp.mean(control, axis=-1, keepdims=True)
    spread = xp.maximum(xp.sum(centred**2, axis=-1), 1e-300)
    return between(xp.sum(values * centred, axis=-1) / spread, -MOST_SLOPE, MOST_SLOPE)
