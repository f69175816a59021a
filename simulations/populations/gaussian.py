"""Gaussian classes: isotropic, per axis, or with full covariance."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from simulations.populations.base import LARGEST_NUMBER, Population, Spec, check_size
from simulations.runtime.arrays import Generator, constant, drawn_like
from simulations.runtime.errors import InputError
from theory.array import Array, Floats, is_masked, to_numpy
from theory.assumptions import (
    Assumption,
    EqualIsotropicGaussian,
    Gaussian,
    SphericallySymmetric,
    SubGaussian,
    SubGaussianAxes,
)
from theory.geometry import ClassMoments
from theory.geometry.margins import central, gaussian
from theory.geometry.quadratic import ExactProduct, Gap, RootAlong, along
from theory.inheritance import override

FULL_NUMBERS = 6
"""Numbers held at once for each entry of a covariance: itself, its scaled copy, its factor, their spectra."""
MOST_WORK = 3e10
"""Operations for the spectra of all pairs of full covariances."""
GRADED, ROUNDING = 1e-6, 1e-8
"""Share of a variance in the largest from which rounding beside that one could be seen, and how far below 0
rounding leaves an eigenvalue of correlations."""
INDEFINITE = 1e-12
"""Of the largest variance: how far below 0 an eigenvalue may lie."""
MOST_FRACTIONS = 12
"""Dimensions up to which fractions are eliminated."""
TINY = 1e-130
"""Only of numbers below can the difference be so small that its square is lost."""


class ClassSpec(Spec):
    """One class: its mean, and its spread in one of three ways."""

    mean: list[float] = Field(min_length=1)
    std: float | None = Field(default=None, ge=0)
    std_per_axis: list[float] | None = None
    covariance: list[list[float]] | None = None


class GaussianSpec(Spec):
    """Gaussian classes, each with a spread of its own."""

    family: Literal["gaussian"]
    classes: list[ClassSpec] = Field(min_length=2)

    @override
    def build(self) -> GaussianClasses:
        covariances: list[Any] = []
        for c, spec in enumerate(self.classes):
            given = [key for key in ("std", "std_per_axis", "covariance") if getattr(spec, key) is not None]
            if len(given) != 1:
                raise InputError(
                    "has no spread or two; give exactly one of std, std_per_axis and covariance",
                    field=f"classes[{c}]",
                )
            if spec.std is not None:
                covariances.append(float(spec.std) ** 2)
            elif spec.std_per_axis is not None:
                if any(value < 0 for value in spec.std_per_axis):
                    raise InputError(
                        "a standard deviation is negative; use 0 or more", field=f"classes[{c}].std_per_axis"
                    )
                if len(spec.std_per_axis) != len(spec.mean):
                    raise InputError(
                        f"has {len(spec.std_per_axis)} entries; the mean has {len(spec.mean)} coordinates",
                        field=f"classes[{c}].std_per_axis",
                    )
                covariances.append(np.array(spec.std_per_axis) ** 2)
            else:
                covariances.append(spec.covariance)
        return GaussianClasses([each.mean for each in self.classes], covariances)


class GaussianClasses(Population):
    """N(mu_c, S_c). ``covariances`` holds a number (variance per coordinate), a vector (variances along
    the axes) or a matrix for each class.

    Raises InputError on shapes that do not fit, negative variances, and matrices that are not symmetric
    or not positive semidefinite.
    """

    family = "gaussian"
    few_show_all = True

    def __init__(self, means: Sequence[Sequence[float]] | Floats, covariances: Sequence[Any]) -> None:
        self.means = as_means(means)
        if len(covariances) != self.classes:
            raise InputError(
                f"{self.classes} means but {len(covariances)} covariances; give one a class", field="classes"
            )
        full = sum(map(_is_matrix, covariances))
        check_size(self.classes, self.dimension, "classes", FULL_NUMBERS * full * self.dimension**2)
        self.covariances = [
            _covariance(value, self.dimension, f"classes[{c}].covariance")
            for c, value in enumerate(covariances)
        ]
        self._factors = [constant(_factor(value)) for value in self.covariances]

    @property
    def isotropic_variances(self) -> Annotated[Floats, "classes"] | None:
        """(classes,) variance per coordinate when every class is isotropic, else None."""
        rows = [value for value in self.covariances if value.ndim == 1 and np.all(value == value[0])]
        return np.array([row[0] for row in rows]) if len(rows) == self.classes else None

    @override
    def moments(self, unit: float) -> list[ClassMoments]:
        by_class = []
        origin = self.means[0]
        for mean, covariance in zip(self.means, self.covariances, strict=True):
            scaled = covariance / unit / unit
            trace = float(np.sum(scaled if scaled.ndim == 1 else np.diag(scaled)))
            top = float(np.max(scaled) if scaled.ndim == 1 else np.linalg.eigvalsh(scaled)[-1])
            by_class.append(
                ClassMoments(
                    mean=(mean - origin) / unit,
                    covariance=scaled,
                    fourth=trace * trace + 2 * float(np.sum(scaled**2)),
                    directional_fourth=3 * top * top,
                    product=_product(covariance, unit) if covariance.ndim == 2 else None,
                )
            )
        return by_class

    @override
    def margin_moments(self, shots: float, order: int, unit: float) -> Floats | None:
        isotropic = self.isotropic_variances
        if isotropic is not None:
            variances = isotropic / unit / unit
            squares = np.sum(self.all_differences(unit) ** 2, axis=2)
            cumulants = gaussian.isotropic(
                squares, variances[:, None], variances, self.dimension, shots, order
            )
            return to_numpy(central.from_cumulants(cumulants))
        rows = [self._margin_row(i, shots, order, unit) for i in range(self.classes)]
        return (
            None
            if any(row is None for row in rows)
            else np.stack([row for row in rows if row is not None], axis=1)
        )

    def _margin_row(self, i: int, shots: float, order: int, unit: float) -> Floats | None:
        """(order + 1, classes): margins of queries of class ``i``."""
        D = (self.means - self.means[i]) / unit
        if all(value.ndim == 1 for value in self.covariances):
            variances = np.stack(self.covariances) / unit / unit
            return to_numpy(
                central.from_cumulants(gaussian.along_axes(D, variances[i], variances, shots, order))
            )
        if self.classes**2 * (3.0 * self.dimension) ** 3 > MOST_WORK:
            return None
        try:
            row = [self._full_cumulants(i, j, shots, order, unit) for j in range(self.classes)]
        except ValueError:
            return None
        return to_numpy(central.from_cumulants([np.stack(each) for each in zip(*row, strict=True)]))

    def _full_cumulants(self, i: int, j: int, shots: float, order: int, unit: float) -> list[Floats]:
        nearly = _power_of_two(unit)
        covariances = [
            (np.diag(each) if each.ndim == 1 else each) / nearly / nearly
            for each in (self.covariances[i], self.covariances[j])
        ]
        gap = Gap.between(self.means[i], self.means[j]) / nearly
        query, other = (root_along(each, gap) for each in covariances)
        cumulants = gaussian.full(float(gap.high @ gap.high), query, other, shots, order)
        return [each * (nearly / unit) ** (2 * q) for q, each in enumerate(cumulants)]

    @override
    def assumptions(self) -> Iterable[Assumption]:
        yield Gaussian()
        isotropic = self.isotropic_variances
        if isotropic is not None:
            if np.all(isotropic == isotropic[0]) and isotropic[0] > 0:
                yield EqualIsotropicGaussian(float(np.sqrt(isotropic[0])))
            yield SphericallySymmetric()
        tops = [
            float(np.max(value) if value.ndim == 1 else np.linalg.eigvalsh(value)[-1])
            for value in self.covariances
        ]
        yield SubGaussian(tuple(float(np.sqrt(max(top, 0.0))) for top in tops))
        if all(value.ndim == 1 for value in self.covariances):
            yield SubGaussianAxes(tuple(tuple(map(float, value)) for value in self.covariances))

    def factor(self, c: int) -> Floats:
        """A with A A' = S_c: a matrix, or a vector of standard deviations along the axes."""
        return self._factors[c]

    @override
    def noise(self, rng: Generator, c: int, shape: tuple[int, ...]) -> Array:
        normals = rng.standard_normal((*shape, self.dimension))
        factor = drawn_like(self._factors[c], rng)
        return normals * factor if factor.ndim == 1 else normals @ factor.T

    @override
    def centre_noise(self, rng: Generator, c: int, shots: int, episodes: int) -> Array:
        return self.noise(rng, c, (episodes,)) / math.sqrt(shots)

    @property
    @override
    def may_tie(self) -> bool:
        return False

    @override
    def centre_draws(self, shots: int) -> int:
        return self.dimension

    @override
    def spec(self) -> dict[str, Any]:
        classes = []
        for mean, covariance in zip(self.means, self.covariances, strict=True):
            entry: dict[str, Any] = {"mean": mean.tolist()}
            if covariance.ndim == 2:
                entry["covariance"] = covariance.tolist()
            elif np.all(covariance == covariance[0]):
                entry["std"] = float(np.sqrt(covariance[0]))
            else:
                entry["std_per_axis"] = np.sqrt(covariance).tolist()
            classes.append(entry)
        return {"family": self.family, "classes": classes}


def as_means(means: Sequence[Sequence[float]] | Floats) -> Annotated[Floats, "classes p"]:
    """(classes, dimension) float64. Raises InputError on ragged or non-finite means, or fewer than 2."""
    lengths = {len(mean) for mean in means}
    if len(lengths) != 1:
        raise InputError(
            f"means have different lengths {sorted(lengths)}; give all the same number of coordinates",
            field="classes",
        )
    if is_masked(means):
        raise InputError("a mean has masked coordinates; give all of them", field="classes")
    array = np.array(means, dtype=np.float64)
    if len(array) < 2:
        raise InputError("holds one class; give at least 2", field="classes")
    if not np.all(np.isfinite(array)):
        raise InputError("a mean is not finite; use ordinary numbers", field="classes")
    if np.any((array != 0) & (np.abs(array) < TINY)):
        _check_squares(array)
    return array


def _check_squares(means: Floats) -> None:
    """Raise InputError where two unlike means are so near that the square of their distance is 0."""
    for i, mean in enumerate(means[:-1]):
        steps = np.max(np.abs(means[i + 1 :] - mean), axis=1)
        lost = np.flatnonzero((steps > 0) & (steps < 1 / LARGEST_NUMBER))
        if len(lost):
            which = f"the means of classes {i} and {i + 1 + int(lost[0])} differ by {steps[lost[0]]:.3g}"
            raise InputError(
                f"{which}, whose square leaves double precision; rescale the population",
                field="classes",
            )


def _is_matrix(value: object) -> bool:
    """Whether it is a matrix, or is meant as one: its rows may still be ragged."""
    if isinstance(value, np.ndarray):
        return value.ndim == 2
    return isinstance(value, Sequence) and bool(value) and isinstance(value[0], Sequence | np.ndarray)


def _covariance(value: object, dimension: int, field: str) -> Floats:
    if is_masked(value):
        raise InputError("has masked entries; give all of them", field=field)
    try:
        array = np.array(value, dtype=np.float64)
    except ValueError:
        raise InputError("rows have different lengths; write a square matrix", field=field) from None
    if array.ndim == 0:
        array = np.full(dimension, float(array))
    if not np.all(np.isfinite(array)):
        raise InputError("is not finite; use ordinary numbers", field=field)
    if array.shape not in ((dimension,), (dimension, dimension)):
        raise InputError(f"has shape {array.shape}; the mean has {dimension} coordinates", field=field)
    if array.ndim == 1:
        if np.any(array < 0):
            raise InputError("a variance is negative; use 0 or more", field=field)
        return array
    scale = np.max(np.abs(array)) or 1.0
    if np.max(np.abs(array - array.T)) > 1e-12 * scale:
        raise InputError("is not symmetric; make entry (r, s) equal entry (s, r)", field=field)
    array = (array + array.T) / 2
    if np.linalg.eigvalsh(array)[0] < -INDEFINITE * scale:
        raise InputError("has a negative eigenvalue; a covariance is positive semidefinite", field=field)
    return array


def _factor(covariance: Floats) -> Floats:
    """A with A A' = S (a vector of standard deviations for a diagonal S)."""
    return np.sqrt(covariance) if covariance.ndim == 1 else root_of(covariance)


def _power_of_two(unit: float) -> float:
    """As near a unit as there is one: dividing by it changes no digit."""
    return 2.0 ** math.frexp(unit)[1]


def _product(covariance: Floats, unit: float) -> ExactProduct:
    nearly = _power_of_two(unit)
    return ExactProduct(covariance / nearly / nearly, unit / nearly)


def root_along(covariance: Annotated[Floats, "p p"], gap: Gap) -> RootAlong:
    """A root (p, p + 1) whose first column has all that a difference of means sees, so that no others have to
    cancel. Raises ValueError where S has visibly none.

    What rounding leaves of the first column in the rest, 1e-16 of its variance, is a column of 1e-8 of its
    length, which may be long beside the other class: it is taken out.
    """
    seen = along(covariance, gap)
    none = np.zeros(len(covariance))
    if not seen.variance > 0:
        return RootAlong(np.column_stack([none, root_of(covariance)]), np.append(none, 0.0))
    length = math.sqrt(seen.variance)
    first = seen.image / length
    rest = covariance - first[:, None] * first
    if np.linalg.eigvalsh(rest)[0] < -INDEFINITE * np.max(np.abs(covariance)):
        raise ValueError("a covariance is not positive semidefinite to the digits that matter")
    across, direction = root_of(rest), gap.high / np.linalg.norm(gap.high)
    across -= direction[:, None] * (direction @ across)
    return RootAlong(np.column_stack([first, across]), np.append(length, none))


def is_semidefinite(covariance: Floats) -> bool:
    """Whether the very entries are a covariance: by elimination in fractions where rounding decides it, and
    False where that is not affordable."""
    if np.linalg.eigvalsh(covariance)[0] > len(covariance) * 2.0**-52 * np.max(np.abs(covariance)):
        return True
    if len(covariance) > MOST_FRACTIONS:
        return False
    rows = [[Fraction(x) for x in row] for row in covariance.tolist()]
    while rows:
        # The largest pivot: where it is 0, all that is left has to be.
        best = max(range(len(rows)), key=lambda r: rows[r][r])
        pivot = rows[best]
        if pivot[best] <= 0:
            return all(x == 0 for row in rows for x in row)
        rest = [r for r in range(len(rows)) if r != best]
        rows = [[rows[r][c] - rows[r][best] * pivot[c] / pivot[best] for c in rest] for r in rest]
    return True


def root_of(covariance: Annotated[Floats, "p p"]) -> Annotated[Floats, "p p"]:
    """A with A A' = S for a full S, in which coordinates of small variance keep their digits beside those of
    large: eigenvectors know entries to 1e-16 of the largest, those of the correlations each to its own."""
    diagonal = np.maximum(np.diag(covariance), 0.0)
    if is_graded(diagonal):
        spread = diagonal > 0
        # A coordinate without spread has no covariances either, and hides no other's digits.
        scale = np.sqrt(np.where(spread, diagonal, 1.0))
        values, vectors = np.linalg.eigh(covariance / scale[:, None] / scale[None, :])
        if values[0] > -ROUNDING:
            return np.asarray(np.sqrt(diagonal)[:, None] * vectors * np.sqrt(np.maximum(values, 0.0)))
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))


def is_graded(variances: Annotated[Floats, "p"]) -> bool:
    """Whether a positive one is so far below the largest that rounding beside that one could be seen."""
    positive = variances[variances > 0]
    return bool(len(positive)) and bool(np.min(positive) < GRADED * np.max(positive))
