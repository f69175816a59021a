"""Approximations: what predicts, beside what guarantees. They are scored, and never used as bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

import numpy as np

from theory.array import Floats, Integers, floats
from theory.assumptions import Granted
from theory.bound.answer import BoundValue, NotApplicable, Value
from theory.bound.base import Kind
from theory.bound.blocks import unresolved
from theory.bound.matrix import MatrixBound
from theory.bound.pairs import PairBound
from theory.evaluation.special import orthant_misses
from theory.geometry import ClassGeometry
from theory.setting import Setting

MOST_SUBSETS = 32
"""Sets of other classes that a prediction for fewer ways than classes is averaged over."""
MOST_CLASSES = 200
SEED = 20221017


@dataclass(frozen=True, kw_only=True)
class PairApproximation(PairBound):
    """An approximation of P(M_ij <= 0); for k classes summed over pairs and cut off at 1."""

    kind: Kind = "approximation"
    of_an_unresolved_pair: ClassVar[float] = 0.5
    """Two classes that look alike are told apart by chance."""

    for_k_classes = (
        "stated for an ordered pair of classes (i, j); the error of k classes is predicted by its sum over j "
        "other than i, at most 1, averaged over i"
    )

    def _evaluate(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted, at: dict[str, float]
    ) -> BoundValue:
        answer = super()._evaluate(geometry, setting, granted, at)
        if isinstance(answer, NotApplicable) or answer.per_class is None:
            return answer
        per_class = tuple(min(max(value, 0.0), 1.0) for value in answer.per_class)
        return Value(sum(per_class) / len(per_class), per_class)


@dataclass(frozen=True, kw_only=True)
class OrthantApproximation(MatrixBound):
    """P(some margin of a query of class i is <= 0) for margins as a normal vector of their mean and
    covariance.

    ``sharpens`` is the bound whose ``where`` clauses define m_j, Sigma_jj and Sigma_jl. With fewer ways than
    classes: the mean over all sets of other classes, or over ``MOST_SUBSETS`` of them drawn once for all.
    """

    kind: Kind = "approximation"

    def _evaluate(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted, at: dict[str, float]
    ) -> BoundValue:
        if geometry.unresolved_pairs:
            return NotApplicable(unresolved(geometry))
        size = setting.ways - 1
        if size == 1:
            means, variances = self._pairs(geometry, setting, granted)
            misses = orthant_misses(means.reshape(-1, 1), variances.reshape(-1, 1, 1)).reshape(means.shape)
            np.fill_diagonal(misses, 0.0)
            per_class = misses.sum(axis=1) / (geometry.classes - 1)
        elif geometry.classes > MOST_CLASSES:
            return NotApplicable(f"one orthant a class and set of others: at most {MOST_CLASSES} classes")
        else:
            chosen = subsets(geometry.classes - 1, size)
            rows = self._margins(geometry, setting, granted)
            per_class = np.array([_mean_miss(mean, covariance, chosen) for mean, covariance in rows])
        values = np.where(np.isfinite(per_class), per_class, 1.0)
        return Value(float(np.mean(values)), floats(values))


def subsets(others: int, size: int) -> Integers:
    """(sets, size): places of the classes in each set; every set where they are few, else drawn."""
    if math.comb(others, size) <= MOST_SUBSETS:
        return np.array(list(combinations(range(others), size)))
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence(SEED, spawn_key=(others, size))))
    # Shuffled lists cut into sets: every class is in as many of them, as nearly as can be.
    chosen: list[Integers] = []
    while len(chosen) < MOST_SUBSETS:
        order = rng.permutation(others)
        chosen += [order[start : start + size] for start in range(0, others - size + 1, size)]
    return np.stack(chosen[:MOST_SUBSETS])


def _mean_miss(mean: Floats, covariance: Floats, chosen: Integers) -> float:
    parts = covariance[chosen[:, :, None], chosen[:, None, :]]
    return float(np.mean(orthant_misses(mean[chosen], parts)))
