"""Classes with finitely many atoms: the error is exact, and on a lattice so are ties."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np
from pydantic import Field

from simulations.populations.base import Population, Spec, check_size
from simulations.populations.proxies import best_proxy
from simulations.runtime.arrays import Generator, constant, drawn_like, look_up, multinomial
from simulations.runtime.errors import InputError
from theory.array import Array, Floats
from theory.assumptions import (
    Assumption,
    BoundedKurtosis,
    FollowsLaw,
    SphericallySymmetric,
    SubGaussian,
    SubGaussianAxes,
)
from theory.geometry import ClassMoments
from theory.geometry.margins import atoms, nearest_atoms
from theory.geometry.quadratic import AtomsProduct
from theory.inheritance import override
from theory.setting import Setting

WEIGHT_TOLERANCE = 1e-9
ATOM_NUMBERS = 25
"""Numbers held at once for each pair of atoms of a class, measured at 2,000 atoms."""


MOST_FRACTIONS = 50_000
"""Products of coordinates that are worked out in fractions: about a fifth of a second."""


class ClassSpec(Spec):
    """One class: its points, and a weight for each."""

    points: list[list[Decimal]] = Field(min_length=1)
    weights: list[Decimal] = Field(min_length=1)


class FiniteSupportSpec(Spec):
    """Classes with finitely many points, in decimals as they are written."""

    family: Literal["finite_support"]
    classes: list[ClassSpec] = Field(min_length=2)

    @override
    def build(self) -> FiniteSupport:
        return FiniteSupport(
            [[[Fraction(x) for x in point] for point in each.points] for each in self.classes],
            [[Fraction(w) for w in each.weights] for each in self.classes],
        )


class FiniteSupport(Population):
    """Class c takes ``points[c][a]`` with probability ``weights[c][a]``.

    Coordinates are kept as exact fractions (a float counts as its shortest decimal, 0.1 as 1/10).
    ``law`` names the statement whose very law this is; only ``laws.py`` sets it.
    Raises InputError on ragged points, negative weights, or weights that do not sum to 1 within 1e-9.
    """

    family = "finite_support"

    def __init__(
        self,
        points: Sequence[Sequence[Sequence[Any]]],
        weights: Sequence[Sequence[Any]],
        *,
        law: str | None = None,
    ) -> None:
        if len(points) != len(weights):
            raise InputError(
                f"{len(points)} lists of points but {len(weights)} of weights; give one each a class",
                field="classes",
            )
        dimension = len(points[0][0]) if points and points[0] else 0
        most = max(map(len, points), default=0)
        check_size(len(points), dimension, "classes", (ATOM_NUMBERS + 2 * dimension) * most**2)
        self.exact_points = [[[as_fraction(x) for x in row] for row in rows] for rows in points]
        self.exact_weights = [[as_fraction(w) for w in row] for row in weights]
        self.law = law
        self._check()
        self.exact_weights = [[w / sum(row) for w in row] for row in self.exact_weights]
        self.exact_means = [
            [
                sum((w * x for w, x in zip(row, column, strict=True)), Fraction())
                for column in zip(*rows, strict=True)
            ]
            for rows, row in zip(self.exact_points, self.exact_weights, strict=True)
        ]
        self.weights = [np.array([float(w) for w in row]) for row in self.exact_weights]
        # Every array below is a difference taken before it is rounded: neither a common offset nor a
        # class far from the rest costs a digit.
        self._origin = self.exact_points[0][0]
        self.means = np.array([minus(mean, self._origin) for mean in self.exact_means])
        self.deviations = [
            constant(np.array([minus(row, mean) for row in rows]))
            for rows, mean in zip(self.exact_points, self.exact_means, strict=True)
        ]

    @cached_property
    def points(self) -> list[Floats]:
        """Atoms of each class, (atoms, dimension), relative to the first atom of the first class."""
        return [np.array([minus(row, self._origin) for row in rows]) for rows in self.exact_points]

    @cached_property
    def points_about_first(self) -> list[Floats]:
        """Atoms of each class, (atoms, dimension), relative to the first atom of their own class."""
        return [np.array([minus(row, rows[0]) for row in rows]) for rows in self.exact_points]

    @cached_property
    def weight_denominator(self) -> int:
        """The least whole number that makes all weights of all classes whole."""
        return math.lcm(*(weight.denominator for row in self.exact_weights for weight in row))

    @cached_property
    def _mean_differences(self) -> Floats:
        return np.array([[minus(b, a) for b in self.exact_means] for a in self.exact_means])

    @override
    def differences_from(self, c: int) -> Floats:
        return constant(self._mean_differences[c].copy())

    def _check(self) -> None:
        dimension = len(self.exact_points[0][0]) if self.exact_points and self.exact_points[0] else 0
        for c, (rows, row) in enumerate(zip(self.exact_points, self.exact_weights, strict=True)):
            where = f"classes[{c}]"
            if len(rows) != len(row):
                raise InputError(
                    f"{len(rows)} points but {len(row)} weights; give one weight a point",
                    field=f"{where}.weights",
                )
            if not rows or any(len(point) != dimension or not point for point in rows):
                raise InputError(
                    f"points have different lengths; give every point {dimension} coordinates",
                    field=f"{where}.points",
                )
            if any(w < 0 for w in row):
                raise InputError("a weight is negative; weights are probabilities", field=f"{where}.weights")
            total: Any = sum(row)
            if abs(total - 1) > WEIGHT_TOLERANCE:
                raise InputError(
                    f"weights sum to {float(total):.12g}, not 1; rescale them", field=f"{where}.weights"
                )

    @override
    def moments(self, unit: float) -> list[ClassMoments]:
        by_class = []
        for mean, deviations, weights in zip(self.means, self.deviations, self.weights, strict=True):
            noise = deviations / unit
            squares = np.sum(noise**2, axis=1)
            # Roots first: products of tiny weights vanish.
            roots = np.sqrt(weights)
            gram = np.outer(roots, roots) * (noise @ noise.T) ** 2
            by_class.append(
                ClassMoments(
                    mean=mean / unit,
                    covariance=(noise * weights[:, None]).T @ noise,
                    third=(weights * squares) @ noise,
                    fourth=float(weights @ squares**2),
                    # sup over unit h of E(h.xi)^4 is at most the top eigenvalue over all matrices of norm 1.
                    directional_fourth=float(max(np.linalg.eigvalsh(gram)[-1], 0.0)),
                    product=AtomsProduct(noise, weights),
                )
            )
        return by_class

    @override
    def margin_moments(self, shots: float, order: int, unit: float) -> Floats | None:
        margins = self._margins_at_means(shots, unit)
        if margins is not None:
            return atoms.moments_of_margins(margins, self.weights, order)
        noise = [deviations / unit for deviations in self.deviations]
        return atoms.margin_moments(noise, self.weights, self.all_differences(unit), shots, order)

    @override
    def nearest_moments(self, shots: float, order: int, ways: int, unit: float) -> Floats | None:
        noise = [deviations / unit for deviations in self.deviations]
        differences = self.all_differences(unit)
        margins, setting = self._margins_at_means(shots, unit), Setting(shots, ways)
        return nearest_atoms.nearest_moments(noise, self.weights, differences, setting, order, margins)

    def _margins_at_means(self, shots: float, unit: float) -> list[Floats] | None:
        """(atoms, classes) a class: margins of its atoms where centres are the class means."""
        numbers = sum(map(len, self.exact_points)) * self.classes * self.dimension
        if math.isfinite(shots) or numbers > MOST_FRACTIONS:
            return None
        return [rows / unit / unit for rows in self._exact_margins]

    @cached_property
    def _exact_margins(self) -> list[Floats]:
        """|z - mu_j|^2 - |z - mu_i|^2 = (mu_j - mu_i)'(mu_i + mu_j - 2 z), rounded once: along short axes of
        long classes squared distances would cancel, and leave no margin."""
        margins = []
        for own, points in zip(self.exact_means, self.exact_points, strict=True):
            lines = [[(b - a, b + a) for a, b in zip(own, other, strict=True)] for other in self.exact_means]
            rows = [[_along(line, point) for line in lines] for point in points]
            margins.append(np.array(rows))
        return margins

    @override
    def assumptions(self) -> Iterable[Assumption]:
        yield BoundedKurtosis()
        yield SubGaussian(self._proxies)
        if self.dimension == 1:
            yield SubGaussianAxes(tuple((proxy**2,) for proxy in self._proxies))
        if all(map(self._is_spherical, range(self.classes))):
            yield SphericallySymmetric()
        if self.law is not None:
            yield FollowsLaw(self.law)

    def _is_spherical(self, c: int) -> bool:
        """Whether class c is a point, or on a line its own mirror image: no other finite law is spherical."""
        chances: dict[tuple[Fraction, ...], Fraction] = {}
        for point, weight in zip(self.exact_points[c], self.exact_weights[c], strict=True):
            if weight:
                chances[tuple(point)] = chances.get(tuple(point), Fraction()) + weight
        if len(chances) == 1 or self.dimension > 1:
            return len(chances) == 1
        (mean,) = self.exact_means[c]
        return all(chances.get((2 * mean - x,)) == weight for (x,), weight in chances.items())

    @cached_property
    def _proxies(self) -> tuple[float, ...]:
        """Sub-Gaussian proxies: the best ones on a line; else Hoeffding's, half of the diameter."""
        if self.dimension > 1:
            return tuple(_diameter(points) / 2 for points in self.deviations)
        rows = zip(self.deviations, self.weights, strict=True)
        return tuple(best_proxy(points[:, 0], weights) for points, weights in rows)

    @cached_property
    def lattice(self) -> list[Floats]:
        """Integer coordinates (one array a class) of all atoms on their common lattice: int64 where they
        fit, else Python integers (dtype object), exact and slow."""
        shifted = [
            [[x - o for x, o in zip(row, self._origin, strict=True)] for row in rows]
            for rows in self.exact_points
        ]
        values = [x for rows in shifted for row in rows for x in row]
        denominator = math.lcm(*(x.denominator for x in values))
        numerators = [x.numerator * (denominator // x.denominator) for x in values]
        divisor = math.gcd(*numerators) or 1
        kind: Any = np.int64 if max(map(abs, numerators)) // divisor <= 1 << 30 else object
        return [
            np.array([[int(x * denominator) // divisor for x in row] for row in rows], dtype=kind)
            for rows in shifted
        ]

    @override
    def noise(self, rng: Generator, c: int, shape: tuple[int, ...]) -> Array:
        chosen = rng.choice(len(self.weights[c]), size=shape, p=self.weights[c])
        return look_up(self.deviations[c], chosen)

    @override
    def centre_noise(self, rng: Generator, c: int, shots: int, episodes: int) -> Array:
        counts = multinomial(rng, shots, self.weights[c], episodes)
        return counts @ drawn_like(self.deviations[c], rng) / shots

    @override
    def centre_draws(self, shots: int) -> int:
        return max(len(row) for row in self.weights) * 4

    @override
    def spec(self) -> dict[str, Any]:
        classes = [
            {"points": [[_decimal(x) for x in row] for row in rows], "weights": [_decimal(w) for w in row_w]}
            for rows, row_w in zip(self.exact_points, self.exact_weights, strict=True)
        ]
        return {"family": "finite_support", "classes": classes}


def _diameter(points: Floats) -> float:
    gaps = points[:, None, :] - points[None, :, :]
    return float(np.max(np.linalg.norm(gaps, axis=2)))


def minus(a: Sequence[Fraction], b: Sequence[Fraction]) -> list[float]:
    """``a`` - ``b``, rounded once."""
    return [float(x - y) for x, y in zip(a, b, strict=True)]


Number: TypeAlias = int | float | Fraction | Decimal
"""What coordinates, weights and parameters may be given as."""


def as_fraction(value: Number) -> Fraction:
    """The number as it is written: a float counts as the shortest decimal that reads back as it."""
    if isinstance(value, Fraction | int):
        return Fraction(value)
    if isinstance(value, Decimal):
        return Fraction(value)
    number = float(value)
    if not math.isfinite(number):
        raise InputError(f"coordinates and weights must be finite, not {number}", field="classes")
    return Fraction(repr(number))


def _decimal(value: Fraction) -> Decimal | float:
    """A decimal that reads back as the same fraction where one exists, else the nearest double."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest == 1 and value.denominator < 10**200:
        import decimal

        with decimal.localcontext(decimal.Context(prec=400)):
            return Decimal(value.numerator) / Decimal(value.denominator)
    return float(value)


def _along(line: Sequence[tuple[Fraction, Fraction]], point: Sequence[Fraction]) -> float:
    """The margin of ``point`` from difference and sum of two means."""
    return float(sum(gap * (twice - 2 * x) for (gap, twice), x in zip(line, point, strict=True)))
