"""Classes with independent Laplace coordinates: anisotropic and not Gaussian."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np
from pydantic import Field

from simulations.populations.base import Population, Spec
from simulations.populations.gaussian import as_means
from simulations.runtime.arrays import Generator, constant, drawn_like
from simulations.runtime.errors import InputError
from theory.array import Array, Floats
from theory.assumptions import Assumption, BoundedKurtosis, FiniteMoments, SphericallySymmetric
from theory.geometry import ClassMoments
from theory.geometry.margins import coordinates
from theory.inheritance import override


class ClassSpec(Spec):
    """One class: its mean, and a standard deviation for each axis."""

    mean: list[float] = Field(min_length=1)
    std_per_axis: list[float] = Field(min_length=1)


class LaplaceSpec(Spec):
    """Classes with independent Laplace coordinates."""

    family: Literal["laplace"]
    classes: list[ClassSpec] = Field(min_length=2)

    @override
    def build(self) -> LaplaceClasses:
        return LaplaceClasses(
            [each.mean for each in self.classes], [each.std_per_axis for each in self.classes]
        )


class LaplaceClasses(Population):
    """Coordinate r of class c is Laplace with standard deviation ``stds[c][r]``.

    Raises InputError on a negative standard deviation or lengths that differ from the mean's.
    """

    family = "laplace"
    few_show_all = True

    def __init__(self, means: Sequence[Sequence[float]] | Floats, stds: Sequence[Sequence[float]]) -> None:
        self.means = as_means(means)
        for c, row in enumerate(stds):
            if len(row) != self.dimension:
                raise InputError(
                    f"has {len(row)} entries; the mean has {self.dimension} coordinates",
                    field=f"classes[{c}].std_per_axis",
                )
            if any(value < 0 for value in row):
                raise InputError(
                    "a standard deviation is negative; use 0 or more", field=f"classes[{c}].std_per_axis"
                )
        self.stds = np.array(stds, dtype=float)
        self._scales = [constant(row / np.sqrt(2)) for row in self.stds]

    @override
    def moments(self, unit: float) -> list[ClassMoments]:
        by_class = []
        for mean, std in zip(self.means, self.stds / unit, strict=True):
            variances = std**2
            by_class.append(
                ClassMoments(
                    mean=(mean - self.means[0]) / unit,
                    covariance=variances,
                    # A Laplace coordinate has fourth moment 6 s^4.
                    fourth=float(np.sum(variances) ** 2 + 5 * np.sum(variances**2)),
                    directional_fourth=float(6 * np.max(variances) ** 2),
                )
            )
        return by_class

    @override
    def margin_moments(self, shots: float, order: int, unit: float) -> Floats | None:
        # A Laplace variable of variance 1 has cumulants 2 (q-1)! 2^(-q/2) of even order q.
        cumulants = [0.0] + [
            0.0 if q % 2 else 2.0 * math.factorial(q - 1) / 2 ** (q // 2) for q in range(1, 2 * order + 1)
        ]
        return coordinates.margin_moments(
            self.stds / unit, self.all_differences(unit), cumulants, shots, order
        )

    @override
    def assumptions(self) -> Iterable[Assumption]:
        yield BoundedKurtosis()
        yield FiniteMoments()
        if self.dimension == 1 or not np.any(self.stds):
            yield SphericallySymmetric()

    @override
    def noise(self, rng: Generator, c: int, shape: tuple[int, ...]) -> Array:
        return rng.laplace(0.0, 1.0, (*shape, self.dimension)) * drawn_like(self._scales[c], rng)

    @override
    def centre_noise(self, rng: Generator, c: int, shots: int, episodes: int) -> Array:
        # A sum of n Laplace variables is a difference of two Gamma(n) variables.
        shape = (episodes, self.dimension)
        difference = rng.standard_gamma(shots, shape) - rng.standard_gamma(shots, shape)
        return difference * (drawn_like(self._scales[c], rng) / shots)

    @property
    @override
    def may_tie(self) -> bool:
        return False

    @override
    def centre_draws(self, shots: int) -> int:
        return 4 * self.dimension

    @override
    def spec(self) -> dict[str, Any]:
        rows = zip(self.means, self.stds, strict=True)
        return {
            "family": self.family,
            "classes": [{"mean": m.tolist(), "std_per_axis": s.tolist()} for m, s in rows],
        }
