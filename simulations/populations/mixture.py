"""Classes that are mixtures of isotropic Gaussians: several modes, skewness, no common shape."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from pydantic import Field

from simulations.populations.base import Population, Spec, check_size
from simulations.populations.finite_support import as_fraction, minus
from simulations.populations.gaussian import as_means
from simulations.runtime.arrays import Generator, constant, drawn_like, look_up, multinomial, namespace
from simulations.runtime.errors import InputError
from theory.array import Array, Floats
from theory.assumptions import Assumption, BoundedKurtosis, SphericallySymmetric, SubGaussian
from theory.geometry import ClassMoments
from theory.geometry.margins import mixtures
from theory.geometry.quadratic import AtomsProduct, Gap
from theory.inheritance import override

WEIGHT_TOLERANCE = 1e-9


class PartSpec(Spec):
    """One isotropic Gaussian part of a class."""

    weight: float = Field(ge=0)
    mean: list[float] = Field(min_length=1)
    std: float = Field(ge=0)


class ClassSpec(Spec):
    """One class: its parts, whose weights sum to 1."""

    parts: list[PartSpec] = Field(min_length=1)


class MixtureSpec(Spec):
    """Classes that are mixtures of isotropic Gaussians."""

    family: Literal["mixture"]
    classes: list[ClassSpec] = Field(min_length=2)

    @override
    def build(self) -> MixtureClasses:
        return MixtureClasses(
            [[(part.weight, part.mean, part.std) for part in each.parts] for each in self.classes]
        )


@dataclass(frozen=True, eq=False)
class _Mixture:
    weights: Floats  # (parts,)
    means: Floats  # (parts, dimension)
    stds: Floats  # (parts,)
    offsets: Floats  # (parts, dimension), of the means of the parts from that of the class


class MixtureClasses(Population):
    """``classes[c]`` lists (weight, mean, std) of the isotropic Gaussian parts of class c.

    A float counts as the shortest decimal that reads back as it: parts without spread tie where they do on
    paper. Raises InputError when the weights of a class do not sum to 1 within 1e-9 or means are ragged.
    """

    family = "mixture"

    def __init__(self, classes: Sequence[Sequence[tuple[float, Sequence[float], float]]]) -> None:
        lengths = {len(mean) for parts in classes for _, mean, _ in parts}
        if len(lengths) != 1:
            raise InputError(
                f"means have different lengths {sorted(lengths)}; give all the same number of coordinates",
                field="classes",
            )
        dimension, most = lengths.pop(), max(map(len, classes))
        # The differences of a class's parts, and a full covariance of every class.
        others = 3 * dimension * most**2 + 4 * len(classes) * dimension**2
        check_size(len(classes), dimension, "classes", others)
        self.parts: list[_Mixture] = []
        exact_means = []
        for c, parts in enumerate(classes):
            weights = np.array([part[0] for part in parts], dtype=float)
            if abs(weights.sum() - 1) > WEIGHT_TOLERANCE:
                raise InputError(
                    f"weights sum to {weights.sum():.12g}, not 1; rescale them", field=f"classes[{c}].parts"
                )
            points = [[as_fraction(x) for x in part[1]] for part in parts]
            exact_means.append(_exact_mean([as_fraction(part[0]) for part in parts], points))
            self.parts.append(
                _Mixture(
                    weights / weights.sum(),
                    np.array([part[1] for part in parts], dtype=float),
                    constant(np.array([part[2] for part in parts], dtype=float)),
                    constant(np.array([minus(point, exact_means[c]) for point in points])),
                )
            )
        self.means = as_means([[float(x) for x in mean] for mean in exact_means])
        # What rounding takes from the means, of which each is rounded to the digits of its own length.
        self._rest = np.array(
            [
                [float(x - Fraction(rounded)) for x, rounded in zip(mean, row, strict=True)]
                for mean, row in zip(exact_means, self.means.tolist(), strict=True)
            ]
        )
        self._variances = [constant(part.stds**2) for part in self.parts]

    @override
    def differences_from(self, c: int) -> Floats:
        gap = Gap.between(self.means[c], self.means)
        return np.asarray(gap.high + (gap.low + (self._rest - self._rest[c])))

    @override
    def moments(self, unit: float) -> list[ClassMoments]:
        p, by_class = self.dimension, []
        for c, part in enumerate(self.parts):
            offsets = part.offsets / unit
            variances = (part.stds / unit) ** 2
            squares = np.sum(offsets**2, axis=1)
            covariance = (offsets * part.weights[:, None]).T @ offsets
            covariance += (part.weights @ variances) * np.eye(p)
            fourth = squares**2 + (4 + 2 * p) * squares * variances + p * (p + 2) * variances**2
            along = squares**2 + 6 * squares * variances + 3 * variances**2
            by_class.append(
                ClassMoments(
                    mean=self.differences_from(0)[c] / unit,
                    covariance=covariance,
                    third=(part.weights * (squares + (p + 2) * variances)) @ offsets,
                    fourth=float(part.weights @ fourth),
                    directional_fourth=float(part.weights @ along),
                    product=AtomsProduct(offsets, part.weights, float(part.weights @ variances)),
                )
            )
        return by_class

    @override
    def margin_moments(self, shots: float, order: int, unit: float) -> Floats | None:
        parts = [(part.weights, part.offsets / unit, (part.stds / unit) ** 2) for part in self.parts]
        return mixtures.margin_moments(parts, self.all_differences(unit), shots, order)

    @override
    def assumptions(self) -> Iterable[Assumption]:
        yield BoundedKurtosis()
        yield SubGaussian(tuple(self._proxy(part) for part in self.parts))
        if all(map(self._is_spherical, self.parts)):
            yield SphericallySymmetric()

    def _is_spherical(self, part: _Mixture) -> bool:
        """Whether all parts of positive weight share their mean, or on a line mirror one another about it."""
        used = part.weights > 0
        means = part.means[used]
        if np.all(means == means[0]):
            return True
        if self.dimension > 1:
            return False
        middle = Fraction(float(np.min(means))) + Fraction(float(np.max(means)))
        chances: dict[tuple[Fraction, float], float] = {}
        for weight, (mean,), std in zip(part.weights[used], means, part.stds[used], strict=True):
            place = Fraction(float(mean)), float(std)
            chances[place] = chances.get(place, 0.0) + float(weight)
        return all(chances.get((middle - mean, std)) == weight for (mean, std), weight in chances.items())

    @staticmethod
    def _proxy(part: _Mixture) -> float:
        """Largest part variance plus Hoeffding's quarter of the squared diameter of the part means."""
        gaps = part.means[:, None, :] - part.means[None, :, :]
        diameter = float(np.sqrt(np.max(np.sum(gaps**2, axis=2))))
        return float(np.sqrt(np.max(part.stds) ** 2 + diameter**2 / 4))

    @override
    def noise(self, rng: Generator, c: int, shape: tuple[int, ...]) -> Array:
        part = self.parts[c]
        chosen = rng.choice(len(part.weights), size=shape, p=part.weights)
        normals = rng.standard_normal((*shape, self.dimension))
        return look_up(part.offsets, chosen) + normals * look_up(part.stds, chosen)[..., None]

    @override
    def centre_noise(self, rng: Generator, c: int, shots: int, episodes: int) -> Array:
        part = self.parts[c]
        counts = multinomial(rng, shots, part.weights, episodes)
        xp = namespace(rng)
        # Shares before variances: counts times squares of the largest lengths would overflow.
        spread = xp.sqrt((counts / shots) @ drawn_like(self._variances[c], rng)) / math.sqrt(shots)
        normals = rng.standard_normal((episodes, self.dimension))
        return counts @ drawn_like(part.offsets, rng) / shots + normals * spread[:, None]

    @property
    @override
    def may_tie(self) -> bool:
        # Parts without spread are atoms.
        return any(bool(np.any(part.stds == 0)) for part in self.parts)

    @override
    def centre_draws(self, shots: int) -> int:
        return self.dimension + 4 * max(len(part.weights) for part in self.parts)

    @override
    def spec(self) -> dict[str, Any]:
        return {
            "family": self.family,
            "classes": [
                {
                    "parts": [
                        {"weight": float(w), "mean": m.tolist(), "std": float(s)}
                        for w, m, s in zip(part.weights, part.means, part.stds, strict=True)
                    ]
                }
                for part in self.parts
            ],
        }


def _exact_mean(weights: Sequence[Fraction], points: Sequence[Sequence[Fraction]]) -> list[Fraction]:
    total = sum(weights)
    return [
        sum((w * x for w, x in zip(weights, column, strict=True)), Fraction()) / total
        for column in zip(*points, strict=True)
    ]
