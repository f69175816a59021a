"""Pools in which no query can err, whatever the supports."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulations.runtime.row_source import RowSource
from theory.array import Floats, Integers

MARGIN = 1e-9
"""Share of the largest distance that rounding may take."""
BLOCK = 1 << 20
"""Numbers read at a time."""


def cannot_err(features: RowSource, members: Sequence[Integers]) -> bool:
    """Whether every class lies within a ball so far from the others that no episode errs.

    With all samples of class i within r_i of its mean, a query is at most 2 r_i from its centre, a mean of
    samples, and at least d_ij - r_i - r_j from the centre of class j: no error while 3 r_i + r_j < d_ij.
    """
    origin = np.asarray(features[:1]).astype(np.float64)[0]
    means, radii = [], []
    for rows in members:
        # A few samples already distinguish most pools that are not separated from those that may be.
        mean, radius = _ball(features, rows, origin)
        means.append(mean)
        radii.append(radius)
        if len(means) > 1 and not _apart(np.stack(means), np.array(radii), last=True):
            return False
    return _apart(np.stack(means), np.array(radii))


def _ball(features: RowSource, rows: Integers, origin: Floats) -> tuple[Floats, float]:
    step = max(1, BLOCK // features.shape[1])
    parts = [rows[start : start + step] for start in range(0, len(rows), step)]
    mean = sum((_read(features, part, origin).sum(axis=0) for part in parts), np.zeros_like(origin)) / len(
        rows
    )
    farthest = 0.0
    for part in parts:
        gaps = _read(features, part, origin) - mean
        farthest = max(farthest, float(np.sqrt(np.max(np.einsum("np,np->n", gaps, gaps)))))
    return mean, farthest


def _read(features: RowSource, rows: Integers, origin: Floats) -> Floats:
    return np.asarray(features[rows]).astype(np.float64) - origin


def _apart(means: Floats, radii: Floats, last: bool = False) -> bool:
    """For the last class against all others, or for all pairs."""
    for i in [len(means) - 1] if last else range(len(means)):
        distances = np.linalg.norm(means - means[i], axis=1)
        slack = MARGIN * float(np.max(distances))
        reach = radii + radii[i] + 2 * np.maximum(radii, radii[i]) + slack
        reach[i] = -1.0
        if np.any(reach >= distances):
            return False
    return True
