"""Finite supports in thousands of dimensions: each atom names the few coordinates where it is not zero.

`FiniteSupport` keeps every coordinate of every atom as a fraction, which is not feasible for a law of 8,192
atoms in 4,096 dimensions. Here moments are sums over the atoms' own coordinates.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from simulations.populations.base import Population
from simulations.populations.finite_support import FiniteSupport
from simulations.populations.proxies import best_proxy
from simulations.runtime.arrays import Generator
from simulations.runtime.errors import InputError
from theory.array import Floats, weights_by_place
from theory.assumptions import (
    Assumption,
    BoundedKurtosis,
    FiniteFourthMoment,
    SphericallySymmetric,
    SubGaussian,
    SubGaussianAxes,
)
from theory.geometry import ClassMoments
from theory.geometry.margins import atoms, nearest_atoms
from theory.inheritance import override
from theory.setting import Setting

DENSE = 400_000
"""Numbers in all atoms of a class up to which they are written out."""
MOST_FOR_KURTOSIS = 130
"""Atoms of a class up to which a bound on its directional fourth moment is computed."""
LARGEST_FILE = 200_000
MIRRORED = 1e-14
"""Of the farthest atom, that two which mirror each other may differ."""
MOST_FOR_MARGINS = 300_000
"""Coordinates that are touched for the moments of margins: some hundredths of a second."""


@dataclass(frozen=True)
class Atom:
    """A point with its probability; coordinates that are not named are 0."""

    weight: float
    place: Mapping[int, float]


class SparseSupport(Population):
    """Classes of finitely many atoms with few coordinates each. Weights sum to 1 up to rounding."""

    family = "finite_support"

    def __init__(self, classes: Sequence[Sequence[Atom]], dimension: int) -> None:
        self.atoms = [[atom for atom in row if atom.weight > 0] for row in classes]
        self._dimension = dimension
        self.weights = [np.array([atom.weight for atom in row]) for row in self.atoms]
        self._axes = [sorted({axis for atom in row for axis in atom.place}) for row in self.atoms]
        self.means = np.zeros((len(classes), dimension))
        for mean, row in zip(self.means, self.atoms, strict=True):
            for atom in row:
                for axis, value in atom.place.items():
                    mean[axis] += atom.weight * value

    def _is_dense(self, c: int) -> bool:
        return len(self.atoms[c]) * len(self._axes[c]) <= DENSE

    def _deviations(self, c: int) -> Floats:
        """(atoms, axes) of class c relative to its mean, along the axes that it uses: it is 0 on others."""
        column = {axis: index for index, axis in enumerate(self._axes[c])}
        points = np.zeros((len(self.atoms[c]), max(1, len(column))))
        for row, atom in zip(points, self.atoms[c], strict=True):
            for axis, value in atom.place.items():
                row[column[axis]] = value
        if column:
            points -= self.means[c][self._axes[c]]
        return points

    # -- moments that a bound may use
    # ---------------------------------------------------------------------------
    @override
    def moments(self, unit: float) -> list[ClassMoments]:
        return [
            self._dense_moments(c, unit) if self._is_dense(c) else self._sparse_moments(c, unit)
            for c in range(self.classes)
        ]

    def _dense_moments(self, c: int, unit: float) -> ClassMoments:
        noise, weights, axes = self._deviations(c) / unit, self.weights[c], self._axes[c]
        third, mean = np.zeros(self._dimension), self.means[c] / unit
        if not axes:
            return ClassMoments(mean, np.zeros(self._dimension), third, 0.0, 0.0)
        squares = np.sum(noise**2, axis=1)
        block = (noise * weights[:, None]).T @ noise
        third[axes] = (weights * squares) @ noise
        variances = np.diagonal(block)
        if np.count_nonzero(block) == np.count_nonzero(variances):
            covariance = np.zeros(self._dimension)
            covariance[axes] = variances
        else:
            covariance = np.zeros((self._dimension, self._dimension))
            covariance[np.ix_(axes, axes)] = block
        directional = None
        if len(weights) <= MOST_FOR_KURTOSIS:
            gram = np.outer(np.sqrt(weights), np.sqrt(weights)) * (noise @ noise.T) ** 2
            directional = float(max(np.linalg.eigvalsh(gram)[-1], 0.0))
        return ClassMoments(mean, covariance, third, float(weights @ squares**2), directional)

    def _sparse_moments(self, c: int, unit: float) -> ClassMoments:
        """Of a class so large that its atoms must lie on the axes, and its mean on one of them."""
        mean, weights = self.means[c], self.weights[c]
        if any(len(atom.place) > 1 for atom in self.atoms[c]) or np.count_nonzero(mean) > 1:
            raise ValueError("a class of so many atoms must have them on the coordinate axes")
        axes = np.array([next(iter(atom.place), 0) for atom in self.atoms[c]])
        values = np.array([next(iter(atom.place.values()), 0.0) for atom in self.atoms[c]])
        squares = float(mean @ mean) + values**2 - 2 * values * mean[axes]

        def total(terms: Floats) -> Floats:
            return weights_by_place(axes, weights * terms, self._dimension)

        covariance = np.maximum(total(values**2) - mean**2, 0.0)
        third = total(squares * values) - float(weights @ squares) * mean
        fourth = float(weights @ squares**2)
        return ClassMoments(mean / unit, covariance / unit**2, third / unit**3, fourth / unit**4)

    def margin_moments(self, shots: float, order: int, unit: float) -> Floats | None:
        """By enumeration of the centres, where there are few: None for the rest."""
        listed = self._listed(shots, unit)
        return None if listed is None else atoms.margin_moments(*listed, shots, order)

    def nearest_moments(self, shots: float, order: int, ways: int, unit: float) -> Floats | None:
        """The same."""
        listed = self._listed(shots, unit)
        return None if listed is None else nearest_atoms.nearest_moments(*listed, Setting(shots, ways), order)

    def _listed(self, shots: float, unit: float) -> tuple[list[Floats], Sequence[Floats], Floats] | None:
        """Atoms about their mean, weights, and differences of means; None where centres are many."""
        used = sorted({axis for axes in self._axes for axis in axes})
        if self.centre_work(shots) > MOST_FOR_MARGINS:
            return None
        means = self.means[:, used]
        noise = []
        for row, mean in zip(self.atoms, means, strict=True):
            places = np.array([[atom.place.get(axis, 0.0) for axis in used] for atom in row])
            noise.append((places.reshape(len(row), len(used)) - mean) / unit)
        return noise, self.weights, (means[None, :, :] - means[:, None, :]) / unit

    def centre_work(self, shots: float) -> float:
        """Coordinates of differences between every query and every centre, over all pairs of classes."""
        axes = len({axis for axes in self._axes for axis in axes})
        sizes = [len(row) for row in self.atoms]
        centres = [
            1 if math.isinf(shots) else math.exp(min(300.0, _log_choose(shots + size - 1, size - 1)))
            for size in sizes
        ]
        return sum(sizes) * sum(centres) * max(1, axes)

    @override
    def assumptions(self) -> Iterable[Assumption]:
        small = all(
            self._is_dense(c) and len(self.atoms[c]) <= MOST_FOR_KURTOSIS for c in range(self.classes)
        )
        yield BoundedKurtosis() if small else FiniteFourthMoment()
        yield SubGaussian(self._proxies)
        if self.dimension == 1:
            yield SubGaussianAxes(tuple((proxy**2,) for proxy in self._proxies))
        if all(map(self._is_spherical, range(self.classes))):
            yield SphericallySymmetric()

    def _is_spherical(self, c: int) -> bool:
        """Whether class c is a point, or on a line its own mirror image, up to the rounding of its mean."""
        if len(self.atoms[c]) == 1 or self.dimension > 1:
            return len(self.atoms[c]) == 1
        noise = self._deviations(c)[:, 0]
        up, down = np.argsort(noise), np.argsort(-noise)
        mirrored = np.abs(noise[up] + noise[down]) <= MIRRORED * np.max(np.abs(noise))
        return bool(np.all(mirrored) and np.array_equal(self.weights[c][up], self.weights[c][down]))

    @cached_property
    def _proxies(self) -> tuple[float, ...]:
        """The best ones on a line; else Hoeffding's half of the diameter, or the largest radius above it."""
        return tuple(self._proxy(c) for c in range(self.classes))

    def _proxy(self, c: int) -> float:
        if self.dimension == 1:
            noise = self._deviations(c)[:, 0]
            return float(best_proxy(noise, self.weights[c])) if np.any(noise) else 0.0
        if self._is_dense(c) and len(self.atoms[c]) <= MOST_FOR_KURTOSIS:
            noise = self._deviations(c)
            squares = np.sum(noise**2, axis=1)
            apart = squares[:, None] + squares[None, :] - 2 * noise @ noise.T
            return float(np.sqrt(max(np.max(apart), 0.0)) / 2)
        mean = self.means[c]
        farthest = max(
            sum(x * x - 2 * x * mean[axis] for axis, x in atom.place.items()) for atom in self.atoms[c]
        )
        return math.sqrt(max(float(mean @ mean) + farthest, 0.0))

    # -- methods that engines and files need
    # ----------------------------------------------------------------------
    @override
    def noise(self, rng: Generator, c: int, shape: tuple[int, ...]) -> Floats:
        chosen = rng.choice(len(self.weights[c]), size=shape, p=self.weights[c] / self.weights[c].sum())
        samples = np.zeros((*shape, self._dimension))
        for index in np.ndindex(*shape):
            for axis, value in self.atoms[c][chosen[index]].place.items():
                samples[(*index, axis)] = value
        values: Floats = samples - self.means[c]
        return values

    def as_finite_support(self) -> FiniteSupport:
        """The same law with every coordinate written out. Raises InputError where there are too many."""
        if sum(map(len, self.atoms)) * self._dimension > LARGEST_FILE:
            raise InputError("has too many coordinates to write out", field="classes")
        points = [
            [[atom.place.get(axis, 0.0) for axis in range(self._dimension)] for atom in row]
            for row in self.atoms
        ]
        return FiniteSupport(points, [[atom.weight for atom in row] for row in self.atoms])

    @override
    def spec(self) -> dict[str, Any]:
        return self.as_finite_support().spec()


def _log_choose(total: float, chosen: float) -> float:
    return math.lgamma(total + 1) - math.lgamma(chosen + 1) - math.lgamma(total - chosen + 1)
