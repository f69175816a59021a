"""One-shot control: how unequal the supports' distances from their class means are.

A support far from its mean hurts its own class's queries and spares all others'. To first order the two
cancel in the error over all classes; what is left is the square of the distance's deviation. Over the
supports of a class, which are its samples, the means of both are known exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from simulations.engines.pool.rows import Rows

Array = Any
CONTROLS = 2
PILOTS = 4
"""Groups from which the coefficients come; the estimate doesn't use them again, and so stays unbiased."""
WORTH = 0.1
"""Least share of a set's variance that the controls must explain in the pilot to be used at all."""


@dataclass(frozen=True, eq=False)
class Controls:
    """Two functions of a support whose mean over each class's supports is 0 (classes, most, 2)."""

    values: Array

    @staticmethod
    def of(rows: Rows, table: Array) -> Controls:
        """For the samples in ``table`` (classes, most; -1 where there is none)."""
        square = np.zeros(table.shape)
        for c, row in enumerate(table):
            points = rows.quick(row[row >= 0])
            gaps = points - points.mean(axis=0)
            square[c, : len(gaps)] = np.einsum("qp,qp->q", gaps, gaps)
        held = table >= 0
        scaled = (square - square[held].mean()) / (square[held].std() or 1.0)
        values = np.stack([scaled, scaled**2], axis=2) * held[:, :, None]
        means = values.sum(axis=1) / held.sum(axis=1)[:, None]
        return Controls((values - means[:, None]) * held[:, :, None])

    def of_sets(self, supports: Array) -> Array:
        """(sets, 2) means over classes, for positions ``supports`` (classes, sets)."""
        return self.values[np.arange(len(supports))[:, None], supports].mean(axis=0)


def coefficients(effects: Array, controls: Array) -> Array:
    """(ways, 2) from a pilot: ``effects`` (ways, groups, sets) of sets of supports and their ``controls``
    (groups, sets, 2); 0 where these explain too little."""
    centred = controls - controls.mean(axis=1, keepdims=True)
    design = centred.reshape(-1, CONTROLS)
    found = np.zeros((len(effects), CONTROLS))
    for row, each in zip(found, effects, strict=True):
        target = (each - each.mean(axis=1, keepdims=True)).ravel()
        solution = np.linalg.lstsq(design, target, rcond=None)[0]
        left, before = float(np.sum((target - design @ solution) ** 2)), float(np.sum(target**2))
        if left < (1 - WORTH) * before:
            row[:] = solution
    return found
