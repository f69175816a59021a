"""One-shot control variates: functions of a support's own position that influence the error.

A support far from its class's mean raises the error of queries of its class and lowers that of all others;
one near other means attracts their queries. Over the supports of a class, which are its samples, the mean of
any function of the sample is known exactly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from theory.array import Flags, Floats, Integers

CONTROLS = 3
PILOT_SETS = 64
"""Sets of supports from which the coefficients come; the estimate doesn't use them again, and so stays
unbiased."""
WORTH = 0.1
"""Least share of a set's variance that the controls must explain in the pilot to be used at all."""


@dataclass(frozen=True, eq=False)
class Controls:
    """Functions of a support whose mean over each class's supports is 0: (classes, most, CONTROLS)."""

    values: Floats

    @staticmethod
    def of(features: Floats, present: Flags) -> Controls:
        """Squared distance from the class mean and chance to draw others' queries, ``features``
        (classes, most, 2); ``held`` (classes, most) says where there is a sample."""
        scaled = np.zeros_like(features)
        for column in range(2):
            column_values = features[:, :, column]
            scaled[:, :, column] = (column_values - column_values[present].mean()) / (
                column_values[present].std() or 1.0
            )
        distance, along = scaled[:, :, 0], scaled[:, :, 1]
        values = np.stack([distance, distance**2, along], axis=2) * present[:, :, None]
        means = values.sum(axis=1) / present.sum(axis=1)[:, None]
        return Controls((values - means[:, None]) * present[:, :, None])

    def of_sets(self, supports: Integers) -> Floats:
        """(sets, CONTROLS) means over classes, for positions ``supports`` (classes, sets)."""
        means: Floats = self.values[np.arange(len(supports))[:, None], supports].mean(axis=0)
        return means


def pilots(sets: int) -> int:
    """Groups of ``sets`` sets that a pilot takes."""
    return max(4, math.ceil(PILOT_SETS / (sets - 1)))


def coefficients(effects: Annotated[Floats, "ways groups sets"], controls: Floats) -> Floats:
    """(ways, CONTROLS) from a pilot: ``effects`` (ways, groups, sets) of sets of supports and their
    ``controls`` (groups, sets, CONTROLS); 0 where these explain too little."""
    groups, sets, count = controls.shape
    design = (controls - controls.mean(axis=1, keepdims=True)).reshape(-1, count)
    free = groups * (sets - 1)
    rows = np.zeros((len(effects), count))
    gram = np.einsum("mi,mj->ij", design, design)
    for row, effect in zip(rows, effects, strict=True):
        target = (effect - effect.mean(axis=1, keepdims=True)).ravel()
        solution = np.linalg.lstsq(gram, np.einsum("mi,m->i", design, target), rcond=None)[0]
        left, before = float(np.sum((target - design @ solution) ** 2)), float(np.sum(target**2))
        if left / (free - count) < (1 - WORTH) * before / free:
            row[:] = solution
    return rows
